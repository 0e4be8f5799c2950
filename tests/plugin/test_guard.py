"""The guard between the test process and the real Alibaba Cloud.

Most tests run in a process of their own, because this one has a guard already. Below the guard
they have a net, which notes each host that the guard lets through and stops it there: nothing is
looked up, whatever happens.
"""

from __future__ import annotations

import importlib.util
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from fake_ims import guard, lookout
from fake_ims.settings import Settings

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

NET = """
    import socket
    import sys
    import pytest

    PASSED = []
    EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}

    class StoppedError(OSError):
        pass

    def stop(host):
        if host not in (None, "127.0.0.1", "localhost", "::1"):
            PASSED.append(host)
            raise StoppedError(f"the net stopped {host}")

    def below(name):
        method = getattr(socket.socket, name)

        def stopping(self, *args):
            for address in args[-1:]:
                if isinstance(address, tuple) and address:
                    stop(address[0])
            return method(self, *args)

        setattr(socket.socket, name, stopping)

    for name in ("connect", "connect_ex", "sendto"):
        below(name)

    @pytest.hookimpl(trylast=True)
    def pytest_configure():
        sys.addaudithook(lambda event, args: stop(args[0]) if event in EVENTS else None)

    @pytest.fixture
    def passed():
        PASSED.clear()
        return PASSED
"""


@pytest.fixture(autouse=True)
def net(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NET)


# ---------------------------------------------------------------- which hosts


def test_a_host_of_alibaba_cloud_is_refused_however_it_is_written(project: Project) -> None:
    project.test(
        r"""
        import socket
        import pytest
        from fake_ims.guard import RealCloudRefusedError

        HOSTS = {
            "aliyuncs.com": "aliyuncs.com",
            "ice.cn-shanghai.aliyuncs.com": "ice.cn-shanghai.aliyuncs.com",
            "ICE.cn-shanghai.AliyunCS.com": "ice.cn-shanghai.aliyuncs.com",
            "ice.aliyuncs.com.": "ice.aliyuncs.com",
            b"ice.aliyuncs.com": "ice.aliyuncs.com",
            b"ICE.aliyuncs.COM.": "ice.aliyuncs.com",
            "ice\u3002aliyuncs\uff0ecom": "ice.aliyuncs.com",
            "ice.aliyuncs.com\uff61": "ice.aliyuncs.com",
            "ice.\uff41liyuncs.com": "ice.aliyuncs.com",
            "b\u00fccket.aliyuncs.com": "xn--bcket-kva.aliyuncs.com",
        }

        def connect(host, name):
            with socket.socket() as connection:
                getattr(connection, name)((host, 80))

        def send(host):
            with socket.socket(type=socket.SOCK_DGRAM) as connection:
                connection.sendto(b"", (host, 80))

        WAYS = {
            "getaddrinfo": lambda host: socket.getaddrinfo(host, 80),
            "getaddrinfo by keyword": lambda host: socket.getaddrinfo(host=host, port=80),
            "numeric": lambda host: socket.getaddrinfo(host, 80, flags=socket.AI_NUMERICHOST),
            "gethostbyname": socket.gethostbyname,
            "gethostbyname_ex": socket.gethostbyname_ex,
            "gethostbyaddr": socket.gethostbyaddr,
            "create_connection": lambda host: socket.create_connection((host, 80)),
            "connect": lambda host: connect(host, "connect"),
            "connect_ex": lambda host: connect(host, "connect_ex"),
            "sendto": send,
        }

        @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
        @pytest.mark.parametrize("host", HOSTS, ids=map(repr, HOSTS))
        def test_refused(host, way, passed):
            with pytest.raises(RealCloudRefusedError) as refusal:
                way(host)
            assert f" {HOSTS[host]}, the real Alibaba Cloud" in str(refusal.value)
            assert passed == []

        OTHERS = [
            "x.invalid", "xaliyuncs.com", "aliyuncs.com.invalid", "aliyuncs.invalid",
            "aliyuncs", "b\u00fccher.invalid", b"x.invalid", "com", "aliyuncs.com:80",
        ]

        @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
        @pytest.mark.parametrize("host", OTHERS, ids=map(repr, OTHERS))
        def test_let_through(host, way, passed):
            with pytest.raises(OSError, match="the net stopped"):
                way(host)
            assert passed == [host]

        @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", None])
        def test_loopback(host, passed):
            assert socket.getaddrinfo(host, 80)
            with socket.create_server(("127.0.0.1", 0)) as server:
                with socket.create_connection(server.getsockname()) as connection:
                    assert connection.getpeername() == server.getsockname()
                with socket.socket() as connection:
                    assert connection.connect_ex(server.getsockname()) == 0

        @pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets")
        def test_addresses_that_are_no_host_and_port(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
                server.bind("x.aliyuncs.co")
                server.listen()
                client.connect("x.aliyuncs.co")

        def test_wrong_arguments_are_still_refused_by_the_socket():
            with socket.socket() as connection:
                for arguments in [(), (None,), ((),), (("127.0.0.1", 1), 1), (("127.0.0.1",),)]:
                    with pytest.raises(TypeError):
                        connection.connect(*arguments)
        """
    )
    result = project.run_alone()
    outcomes = result.parseoutcomes()
    assert outcomes == {"passed": 10 * 10 + 9 * 10 + 5}, result.stdout.str()


# ---------------------------------------------------------------- through which clients

CLIENTS = """
    import asyncio
    import contextlib
    import http.client
    import urllib.request
    import pytest

    HOST = "ice.cn-shanghai.aliyuncs.com"

    def by_requests():
        requests = pytest.importorskip("requests")
        requests.get(f"http://{HOST}/")

    def by_urllib():
        urllib.request.urlopen(f"http://{HOST}/")

    def by_http_client():
        http.client.HTTPSConnection(HOST).request("GET", "/")

    def by_asyncio():
        asyncio.run(open_connection())

    def by_uvloop():
        uvloop = pytest.importorskip("uvloop")
        with contextlib.closing(uvloop.new_event_loop()) as loop:
            loop.run_until_complete(open_connection())

    def by_uvloops_getaddrinfo():
        uvloop = pytest.importorskip("uvloop")
        with contextlib.closing(uvloop.new_event_loop()) as loop:
            loop.run_until_complete(loop.getaddrinfo(HOST, 80))

    async def open_connection():
        await asyncio.open_connection(HOST, 80)

    def by_aiohttp():
        asyncio.run(get_with_aiohttp("DefaultResolver"))

    def by_aiohttp_in_threads():
        asyncio.run(get_with_aiohttp("ThreadedResolver"))

    async def get_with_aiohttp(resolver):
        aiohttp = pytest.importorskip("aiohttp")
        connector = aiohttp.TCPConnector(resolver=getattr(aiohttp, resolver)())
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.get(f"http://{HOST}/")

    def sdk():
        client = pytest.importorskip("alibabacloud_ice20201109.client")
        from alibabacloud_ice20201109 import models
        from alibabacloud_tea_openapi.models import Config

        config = Config(
            access_key_id="id", access_key_secret="none", region_id="cn-shanghai", endpoint=HOST
        )
        return client.Client(config), models.GetMediaInfoRequest(media_id="m")

    def by_the_sdk():
        client, request = sdk()
        client.get_media_info(request)

    def by_the_async_sdk():
        client, request = sdk()
        asyncio.run(client.get_media_info_async(request))

    WAYS = [value for name, value in sorted(globals().items()) if name.startswith("by_")]

    @pytest.fixture(autouse=True)
    def net_below_aiodns(monkeypatch, passed):
        try:
            import pycares
        except ImportError:
            return
        for name in ("getaddrinfo", "query"):
            monkeypatch.setattr(
                pycares.Channel, name, lambda self, host, *args, **keywords: passed.append(host)
            )

    @pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
    def test_refused(way, passed):
        with pytest.raises(Exception) as refusal:
            way()
        text = str(refusal.value)
        assert f"does not let this test reach {HOST}" in text
        assert "fake_ims.sdk_config()" in text
        assert "endpoint=fake_ims.endpoint" in text
        assert f"fake_ims_allow_hosts = {HOST}" in text
        assert "fake_ims_guard = false" in text
        assert passed == []
"""


def test_the_refusal_is_readable_through_every_client_before_anything_is_looked_up(
    project: Project,
) -> None:
    project.test(CLIENTS)
    outcomes = project.run_alone("-Wignore").parseoutcomes()
    assert outcomes.pop("passed") >= CLIENTS.count("def by_") - outcomes.pop("skipped", 0)
    assert not outcomes


@pytest.mark.skipif(
    not (importlib.util.find_spec("aiodns") and importlib.util.find_spec("aiohttp")),
    reason="needs aiohttp with aiodns",
)
def test_the_net_below_aiodns_holds_what_the_guard_lets_through(project: Project) -> None:
    project.test(
        CLIENTS.replace("def test_refused(", "def not_run(")
        + """
    def test_let_through(passed):
        async def meant():
            await asyncio.wait_for(get_with_aiohttp("AsyncResolver"), 0.01)

        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(meant())
        assert passed == [HOST]
        """
    )
    result = project.run_alone("--fake-ims-guard=false", "-Wignore")
    result.assert_outcomes(passed=1)


# ---------------------------------------------------------------- other resolvers

RESOLVERS = {
    "aiodns": """
        LOOKED_UP = []

        class DNSResolver:
            def getaddrinfo(self, host, family=0, port=None):
                LOOKED_UP.append(host)

            def query(self, host, qtype):
                LOOKED_UP.append(host)
        """,
    "uvloop": """
        LOOKED_UP = []

        class Loop:
            def getaddrinfo(self, host, port):
                LOOKED_UP.append(host)

            def create_connection(self, factory, host=None, port=None, *, sock=None):
                LOOKED_UP.append(host)
        """,
}

USES_RESOLVERS = """
    import importlib.util
    import inspect
    import sys
    import pytest
    from fake_ims.guard import RealCloudRefusedError

    aiodns, uvloop = IMPORTED

    @pytest.mark.parametrize("host", ["ice.aliyuncs.com", "ICE.AliyunCS.com."])
    def test_refused(host):
        resolver, loop = aiodns.DNSResolver(), uvloop.Loop()
        for call in (
            lambda: resolver.getaddrinfo(host, port=80),
            lambda: resolver.getaddrinfo(host=host, port=80),
            lambda: resolver.query(host, "A"),
            lambda: loop.getaddrinfo(host, 80),
            lambda: loop.create_connection(object, host, 80),
            lambda: loop.create_connection(object, host=host, port=80),
        ):
            with pytest.raises(RealCloudRefusedError, match="ice.aliyuncs.com"):
                call()
        assert aiodns.LOOKED_UP == uvloop.LOOKED_UP == []

    def test_others():
        aiodns.DNSResolver().query("x.invalid", "A")
        uvloop.Loop().create_connection(object, "x.invalid", 80)
        uvloop.Loop().create_connection(object, sock=object())
        assert aiodns.LOOKED_UP == ["x.invalid"]
        assert uvloop.LOOKED_UP == ["x.invalid", None]

    def test_the_modules_are_as_python_made_them():
        for module in IMPORTED:
            assert module.__loader__ is module.__spec__.loader
            assert "fake_ims" not in repr(module.__loader__)
            assert "LOOKED_UP" in inspect.getsource(module)

    def test_who_only_looks_for_the_modules_can_read_their_source():
        for module in IMPORTED:
            sys.modules.pop(module.__name__)
            spec = importlib.util.find_spec(module.__name__)
            assert "LOOKED_UP" in spec.loader.get_source(module.__name__)
            sys.modules[module.__name__] = module
"""


@pytest.mark.parametrize(
    "imported",
    [
        "import aiodns, uvloop; IMPORTED = aiodns, uvloop",
        "import importlib; IMPORTED = [importlib.import_module(n) for n in ('aiodns', 'uvloop')]",
        "from early import IMPORTED",
    ],
)
def test_resolvers_that_go_round_pythons_socket_module_refuse_too(
    project: Project, pytester: pytest.Pytester, imported: str
) -> None:
    pytester.makepyfile(**RESOLVERS, early="import aiodns, uvloop; IMPORTED = aiodns, uvloop")
    if "early" in imported:
        pytester.makeconftest("import early")  # before the plugin is configured
    project.test(f"    {imported}\n{USES_RESOLVERS}")
    project.run_alone().assert_outcomes(passed=5)


def test_a_resolver_module_of_another_shape_does_no_harm(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(aiodns="ANSWER = 1", uvloop="class Loop: pass")
    project.test(
        """
        import aiodns, uvloop

        def test_it():
            assert aiodns.ANSWER == 1
            assert not hasattr(uvloop.Loop, "getaddrinfo")
        """
    )
    project.run_alone().assert_outcomes(passed=1)


def test_a_resolver_that_a_conftest_hides_does_no_harm(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("import sys; sys.modules['aiodns'] = None")
    project.test("def test_it(): pass")
    project.run_alone().assert_outcomes(passed=1)


def test_a_missing_resolver_is_missing_as_ever(project: Project) -> None:
    project.test(
        """
        import sys
        import pytest

        def test_it(monkeypatch):
            monkeypatch.setattr(sys, "path", [])
            with pytest.raises(ModuleNotFoundError, match="uvloop"):
                import uvloop
        """
    )
    project.run_alone().assert_outcomes(passed=1)


def test_the_plugin_looks_out_for_the_resolvers_that_the_guard_knows() -> None:
    assert tuple(guard.RESOLVERS) == lookout.Lookout._RESOLVERS


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("host", "allowed", "through"),
    [
        ("oss-cn-shanghai.aliyuncs.com", ("oss-*.aliyuncs.com",), True),
        ("my-bucket.oss-cn-shanghai.aliyuncs.com", ("oss-*.aliyuncs.com",), False),
        ("my-bucket.oss-cn-shanghai.aliyuncs.com", ("*.oss-cn-shanghai.aliyuncs.com",), True),
        ("oss-cn-shanghai.aliyuncs.com", ("OSS-CN-Shanghai.aliyuncs.com.",), True),
        ("ice.cn-shanghai.aliyuncs.com", ("sts.aliyuncs.com", "ice.*.aliyuncs.com"), True),
        ("ice.cn-shanghai.aliyuncs.com", ("ice",), False),
        ("ice.cn-shanghai.aliyuncs.com", ("aliyuncs.com",), False),
        ("ice.cn-shanghai.aliyuncs.com", ("*",), True),
        ("ice.cn-shanghai.aliyuncs.com", (), False),
    ],
)
def test_the_allow_list_lets_whole_names_through(
    host: str, allowed: tuple[str, ...], through: bool
) -> None:
    if through:
        guard.check(host, Settings(allow_hosts=allowed))
    else:
        with pytest.raises(guard.RealCloudRefusedError, match=host):
            guard.check(host, Settings(allow_hosts=allowed))


LOOKS_UP = """
    import socket
    import pytest
    from fake_ims.guard import RealCloudRefusedError

    def look_up(host):
        try:
            socket.getaddrinfo(host, 80)
        except RealCloudRefusedError:
            return "refused"
        except OSError as error:
            return str(error)

    def test_it(passed):
        hosts = ["oss-cn-shanghai.aliyuncs.com", "my-bucket.oss-cn-shanghai.aliyuncs.com"]
        for host in hosts:
            assert look_up(host) == f"the net stopped {host}"
        assert passed == hosts

    def test_ims():
        assert look_up("ice.cn-shanghai.aliyuncs.com") == "refused"
"""


@pytest.mark.parametrize("where", ["ini", "environment", "line"])
def test_the_allow_list_is_a_setting(
    project: Project, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    hosts = "oss-*.aliyuncs.com my-bucket.oss-cn-shanghai.aliyuncs.com"
    if where == "ini":
        project.ini(fake_ims_allow_hosts=hosts.replace(" ", "\n    "))
    if where == "environment":
        monkeypatch.setenv("FAKE_IMS_ALLOW_HOSTS", hosts.replace(" ", ","))
    line = [f"--fake-ims-allow-hosts={hosts}"] if where == "line" else []
    project.test(LOOKS_UP)
    project.run_alone(*line).assert_outcomes(passed=2)


@pytest.mark.parametrize("where", ["ini", "environment", "line"])
def test_the_guard_is_off_when_the_setting_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "ini":
        project.ini(fake_ims_guard="false")
    if where == "environment":
        monkeypatch.setenv("FAKE_IMS_GUARD", "0")
    project.test(LOOKS_UP)
    result = project.run_alone(*(["--fake-ims-guard=off"] if where == "line" else []))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the net stopped ice.cn-shanghai.aliyuncs.com*"])


def test_a_guard_whose_settings_cannot_be_read_refuses(project: Project) -> None:
    project.ini(fake_ims_guard="maybe")
    project.test(
        """
        import socket

        def test_it():
            socket.getaddrinfo("ice.aliyuncs.com", 80)
        """
    )
    result = project.run_alone()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *UsageError: fake_ims_guard does not take 'maybe': *"])


# ---------------------------------------------------------------- for how long


def test_the_guard_stands_with_and_without_the_fixture_and_ends_with_the_run(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(**RESOLVERS)
    project.test(
        """
        import socket
        import aiodns
        import pytest
        from fake_ims.guard import RealCloudRefusedError

        def refused():
            with pytest.raises(RealCloudRefusedError):
                socket.getaddrinfo("ice.aliyuncs.com", 80)
            with pytest.raises(RealCloudRefusedError), socket.socket() as connection:
                connection.connect(("ice.aliyuncs.com", 80))
            with pytest.raises(RealCloudRefusedError):
                aiodns.DNSResolver().query("ice.aliyuncs.com", "A")

        def test_without(): refused()
        def test_with(fake_ims): refused()
        """
    )
    script = pytester.makepyfile(
        outside="""
        import socket
        import sys
        import pytest

        def state():
            return list(sys.meta_path), {k: v for k, v in vars(socket.socket).items()}

        before = state()
        assert pytest.main(["-p", "fake_ims", "-p", "no:cacheprovider", "--noconftest"]) == 0
        import aiodns
        aiodns.DNSResolver().query("ice.aliyuncs.com", "A")
        assert aiodns.LOOKED_UP == ["ice.aliyuncs.com"]
        assert sys.modules["aiodns"].DNSResolver.query.__qualname__ == "DNSResolver.query"
        assert state() == before
        numeric = socket.AI_NUMERICHOST
        try:
            socket.getaddrinfo("ice.aliyuncs.com", 80, flags=numeric)
        except socket.gaierror:
            print("the guard is gone")
        """
    )
    result = pytester.runpython(script)
    result.stdout.fnmatch_lines(["*2 passed*", "the guard is gone"])


def test_the_guard_ends_when_the_run_does_not_begin(
    project: Project, pytester: pytest.Pytester
) -> None:
    script = pytester.makepyfile(
        outside="""
        import socket
        import pytest

        assert pytest.main(["-p", "fake_ims", "--noconftest", "no-such-file"]) == 4
        assert "connect" not in vars(socket.socket)
        print("the guard is gone")
        """
    )
    pytester.runpython(script).stdout.fnmatch_lines(["the guard is gone"])


def test_a_run_inside_a_run_puts_back_what_it_found(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("")
    before = dict(vars(socket.socket)), list(sys.meta_path)
    project.test(
        """
        import socket

        def test_it():
            assert socket.socket.connect.__wrapped__.__name__ == "connect"
        """
    )
    project.run().assert_outcomes(passed=1)
    assert (dict(vars(socket.socket)), sys.meta_path) == before


def test_an_outer_guard_refuses_for_the_run_inside_too(project: Project) -> None:
    project.test(
        '''
        import socket
        import pytest
        from fake_ims.guard import RealCloudRefusedError

        pytest_plugins = ["pytester"]

        def refused(passed):
            for way in (socket.gethostbyname, lambda host: socket.create_connection((host, 80))):
                with pytest.raises(RealCloudRefusedError):
                    way("ice.aliyuncs.com")
            with pytest.raises(RealCloudRefusedError), socket.socket() as connection:
                connection.connect(("ice.aliyuncs.com", 80))
            assert passed == []

        def test_outer(pytester, passed):
            pytester.makeini("[pytest]\\nfake_ims_guard = false")
            pytester.makepyfile(
                """
                import socket
                import pytest

                def test_inner():
                    with pytest.raises(OSError, match="the real Alibaba Cloud"):
                        socket.getaddrinfo("ice.aliyuncs.com", 80)
                """
            )
            refused(passed)
            pytester.runpytest_inprocess("-p", "fake_ims").assert_outcomes(passed=1)
            refused(passed)
        '''
    )
    project.run_alone("-Wignore").assert_outcomes(passed=1)


def test_what_somebody_else_put_over_the_guard_stays_and_works(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.test("def test_it(): pass")
    script = pytester.makepyfile(
        outside="""
        import socket
        import pytest

        class Other:
            @pytest.hookimpl(trylast=True)
            def pytest_configure(self):
                guarded = socket.socket.connect
                def connect(self, address):
                    print("other", address[1])
                    return guarded(self, address)
                socket.socket.connect = connect

        options = ["-p", "fake_ims", "-p", "no:cacheprovider", "--noconftest"]
        assert pytest.main(options, plugins=[Other()]) == 0
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
            client.connect(server.getsockname())
        print("connected")
        """
    )
    pytester.runpython(script).stdout.fnmatch_lines(["other *", "connected"])


# ---------------------------------------------------------------- the summary

SWALLOWS = """
    import socket
    import pytest

    def test_none(): pass

    @pytest.mark.parametrize("turn", [1, 2])
    def test_swallows(turn):
        for host in ("ICE.aliyuncs.com", "ice.aliyuncs.com"):
            try:
                socket.create_connection((host, 80))
            except OSError:
                pass

    def test_other(): pass
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "xdist"])
def test_the_summary_names_what_was_refused_even_if_the_code_swallowed_it(
    project: Project, workers: tuple[str, ...]
) -> None:
    pytest.importorskip("xdist")
    project.test(SWALLOWS)
    result = project.run_alone(*workers, "-v", plugins=("fake_ims", "xdist"))
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["kept from the real Alibaba Cloud: ice.aliyuncs.com (2 tests)", "    *test_swallows*"]
    )
