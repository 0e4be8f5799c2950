"""Whatever fault is taken, an HTTP answer comes of it, or what was asked for in its place."""

from __future__ import annotations

import http.client
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from rpc import Reply, Rpc

from fake_ims import FakeIms, FaultError, errors

URL = "oss://bucket/a.mp4"
TEXTS = st.text(st.characters(), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True) | st.sampled_from(
    ["Connection", "content-type", "Date", "x-acs-request-id", "Content-Length", "", "a b", "\xe4"]
)
VALUES = st.from_regex(r"[ -~]{0,12}", fullmatch=True) | TEXTS | st.just("close")
HEADERS = {"headers": st.dictionaries(NAMES, VALUES, max_size=3)}
STATUSES = {"status": st.integers(200, 599) | st.sampled_from([204, 205, 304])}
CODES = st.sampled_from([kind.code for kind in errors.kinds()])
MESSAGES = {"message": TEXTS}

OPTIONS = st.one_of(
    st.fixed_dictionaries({"code": CODES}, optional={**STATUSES, **MESSAGES, **HEADERS}),
    st.fixed_dictionaries({"code": TEXTS, **STATUSES}, optional={**MESSAGES, **HEADERS}),
    st.fixed_dictionaries({"body": st.binary() | TEXTS | JSON}, optional={**STATUSES, **HEADERS}),
    st.fixed_dictionaries(STATUSES, optional=HEADERS),
    st.fixed_dictionaries({"answer": st.just("html")}, optional=STATUSES),
    st.sampled_from(
        [{"answer": "half"}, {"answer": "malformed"}, {"slow": 0.001}, {"reset": True},
         {"latency": 0.001}]
    ),
)  # fmt: skip
WAYS = st.fixed_dictionaries({}, optional={"after_work": st.booleans(), "latency": st.just(0)})
CUT = ({"answer": "half"}, {"reset": True})


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(OPTIONS, WAYS, st.sampled_from(["POST", "GET", "HEAD"]), st.sampled_from(["JSON", "XML"]))
@example({"code": "Forbidden", "headers": {"X-A": "\xe9"}}, {}, "POST", "XML")
@example({"status": 204, "headers": {"Connection": "close"}}, {}, "HEAD", "JSON")
def test_any_fault(
    fake_ims: FakeIms, options: dict[str, Any], ways: dict[str, Any], method: str, form: str
) -> None:
    _, strays = fake_ims.server.calls_after(0)
    with fake_ims.scratch():
        try:
            fault = fake_ims.faults.add(**{**options, **ways})
        except FaultError:
            assume(False)
        rpc = Rpc(fake_ims)
        reply: Reply | None = None
        try:
            reply = rpc.raw(method, rpc.target("RegisterMediaInfo", InputURL=URL, Format=form))
        except (http.client.IncompleteRead, ConnectionError):
            assert options in CUT
        (call,) = fake_ims.calls
        assert call.faults == (fault,)
        assert call.traceback is None
        assert call.status == (None if options.get("reset") else reply.status if reply else 200)
        assert len(repr(call)) < 3000
        if reply is not None:
            assert reply.status == options.get("status", reply.status)
            bodiless = method == "HEAD" or reply.status in (204, 304)
            assert reply.body == (b"" if bodiless else call.body)
        fake_ims.faults.clear()
        assert rpc("GetMediaInfo", MediaId="0" * 32).status == 400
    assert fake_ims.server.calls_after(strays) == ((), strays)
