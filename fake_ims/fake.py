"""FakeIms: a world attached to a listener."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fake_ims.clock import Clock
from fake_ims.event_loops import elsewhere
from fake_ims.events.record import Events
from fake_ims.fake_server import FakeServer
from fake_ims.faults.registry import Faults
from fake_ims.gateway.ram import Ram, TemporaryKeys, User
from fake_ims.gateway.stubs import Response, Stub, Stubs
from fake_ims.journal.calls import Calls
from fake_ims.journal.excerpt import tell
from fake_ims.journal.troubles import Troubles
from fake_ims.seeding import Seeding
from fake_ims.settings import DEFAULTS, SettingError, Settings
from fake_ims.world import World

if TYPE_CHECKING:
    from fake_ims.storage_views import StorageView
    from fake_ims.timeline import Timeline

PROXY_VARIABLES = tuple(
    variant
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    for variant in (name, name.lower())
)
"""The official Python SDK sends loopback calls to these proxies and ignores NO_PROXY (measured)."""


class FakeIms(Seeding):
    """One fake cloud: everything a test needs, on one object.

    A context manager: inside it, the world is live and answers at :attr:`url`.

    :param server: attach to this listener; by default a listener of its own is started.
    :param foremost: on a shared listener, answer for access keys that nobody has.
    :param base: settings to begin with.
    :param label: whose it is, such as a test's id, for messages about it.
    :param run_seed: seeds it, together with its label, if its settings do not.
    :param settings: any of ``fake_ims.settings``; see ``fake-ims serve --help``.
    :raises SettingError: for a setting that does not exist, or a value that it does not take.
    """

    def __init__(
        self,
        *,
        server: FakeServer | None = None,
        foremost: bool = False,
        base: Settings = DEFAULTS,
        label: str = "",
        run_seed: int | None = None,
        **settings: Any,
    ) -> None:
        self.settings = base.replace(**settings) if settings else base
        self.label = label
        self._run_seed = run_seed
        if server is not None:
            own = [name for name in settings if Settings.table[name].scope == "listener"]
            if own:
                raise SettingError(f"{own[0]} is fixed by the server it attaches to")
        self._owns_server = server is None
        self.server = server or FakeServer(base=self.settings)
        self._foremost = foremost
        self._serial: int | None = None
        self._troubles = Troubles()  # of its worlds, once it is live
        self._ended: World | None = None
        self.failed_in: World | None = None
        """The world of the latest :meth:`scratch` block that an exception ended, for reports."""
        super().__init__()

    # ------------------------------------------------------------ life

    def start(self) -> FakeIms:
        """Make the world live.

        :raises ListenError: if the address cannot be had.
        :raises RuntimeError: if it has ended: its keys are refused for ever.
        """
        if self._ended is not None:
            raise RuntimeError("this FakeIms has ended; make another")
        if self._serial is not None:
            return self
        desk = self.server.desk
        shared_keys = self.settings.keys == "session"
        serial = desk.open(
            self.settings,
            foremost=self._foremost,
            shared_keys=shared_keys,
            label=self.label,
            run_seed=self._run_seed,
        )
        if self._owns_server:
            try:
                self.server.start()  # when it answers, the world is there
            except BaseException:
                desk.close(serial)
                raise
        self._serial = serial
        self._troubles = self.world.journal.troubles
        return self

    def close(self) -> None:
        """End the world: its keys are refused from now on; what it holds can still be read."""
        if self._serial is not None:
            self._ended = self.world
            self._ended.end()
            self.server.desk.close(self._serial)
            self._serial = None
            if self._owns_server:
                self.server.stop()

    def __enter__(self) -> FakeIms:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def world(self) -> World:
        """The world itself.

        :raises RuntimeError: before :meth:`start`.
        """
        if self._serial is not None:
            return self.server.desk.world(self._serial)
        if self._ended is not None:
            return self._ended
        raise RuntimeError("FakeIms is not started: use it in a with statement, or call start()")

    def reset(self) -> None:
        """Begin again with an empty world behind the same address and keys.

        Its seed is the one that was set, if one was; else it follows from the seed of the old one.

        The new world has a clock and RAM of its own: take ``ims.clock`` and ``ims.ram`` anew.
        """
        old, _ = self.server.desk.renew(self._live_serial(), "reset")
        old.end()

    @contextlib.contextmanager
    def scratch(self) -> Iterator[FakeIms]:
        """An empty world inside the block, the one from before after it; same address and keys.

        For hypothesis, whose examples share one fixture: all blocks draw the same ids, so that an
        example that failed fails again. A FakeIms has one current world: the
        blocks of two threads must not overlap.
        """
        serial = self._live_serial()
        before, inside = self.server.desk.renew(serial, "scratch")
        try:
            yield self
        except BaseException:
            self.failed_in = inside
            raise
        finally:
            self.server.desk.restore(serial, before)
            inside.end()

    def _live_serial(self) -> int:
        if self._serial is None:
            raise RuntimeError("FakeIms is not live: use it inside its with statement")
        return self._serial

    # ------------------------------------------------------------ how to reach it

    @property
    def url(self) -> str:
        """``http://127.0.0.1:40213``"""
        return self.server.url

    @property
    def endpoint(self) -> str:
        """``127.0.0.1:40213``, as the SDKs' ``endpoint`` wants it."""
        return self.server.endpoint

    @property
    def access_key_id(self) -> str:
        """The key of the world's default caller."""
        return self.ram.default.access_key_id

    @property
    def access_key_secret(self) -> str:
        """The secret of the world's default caller."""
        return self.ram.default.access_key_secret

    @property
    def account_id(self) -> str:
        """The account's UserId, 16 digits."""
        return self.settings.account_id

    @property
    def region(self) -> str:
        """The region that the service is in."""
        return self.settings.region

    def sdk_config(self, caller: User | TemporaryKeys | None = None) -> Any:
        """A ``Config`` of the official Python SDK, for the default caller or another.

        :raises ImportError: if the SDK (``alibabacloud-tea-openapi``) is not installed.
        """
        from alibabacloud_tea_openapi.models import Config

        keys = caller or self.ram.default
        return Config(
            access_key_id=keys.access_key_id,
            access_key_secret=keys.access_key_secret,
            security_token=keys.security_token,
            region_id=self.region,
            endpoint=self.endpoint,
            protocol="http",
        )

    @contextlib.contextmanager
    def redirect(self) -> Iterator[FakeIms]:
        """Inside the block, this process's Python clients that call the real IMS call this fake.

        On a shared listener, it answers there for access keys that nobody has.

        :raises RuntimeError: if the world is not live.
        """
        serial = self._live_serial()
        from fake_ims.hooks import Hooks
        from fake_ims.redirect import Redirect

        with self.server.desk.redirected(serial), Redirect(self.url, Hooks()):
            yield self

    def env(
        self, caller: User | TemporaryKeys | None = None, *, redirect: bool = False
    ) -> dict[str, str]:
        """Environment variables for a child process: keys, address, and no proxies.

        :param redirect: if the child is Python, also do there what :meth:`redirect` does here.
        """
        keys = caller or self.ram.default
        variables = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": keys.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": keys.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": keys.security_token or "",
            "ALIBABA_CLOUD_REGION_ID": self.region,
            "FAKE_IMS_URL": self.url,
            "FAKE_IMS_ENDPOINT": self.endpoint,
            **dict.fromkeys(PROXY_VARIABLES, ""),
        }
        if not redirect:
            return variables
        from fake_ims.redirect import child_variables

        return variables | child_variables(self.url)

    # ------------------------------------------------------------ time and what happens in it

    @property
    def clock(self) -> Clock[Events]:
        """The world's time."""
        return self.world.clock

    def settle(self) -> Events:
        """Run everything that is pending, moving the clock as far as it takes; what happened.

        Callbacks that leave on the way are waited for, and so are further attempts; not inside a
        running event loop, where the receiver may live: :meth:`settle_async` serves there. Nor in
        the handler of a receiver, whose callback is under way.
        """
        return self.world.settle()

    async def settle_async(self) -> Events:
        """:meth:`settle` in another thread, so that a receiver on this event loop can answer."""
        return await elsewhere(self.world.settle)

    @property
    def events(self) -> Events:
        """The events so far, oldest first."""
        return self.world.events()

    def timeline(self, media_id: str) -> Timeline:
        """The story of an asset, to be printed: its calls, events, callbacks and their attempts, as
        far as they are kept, and what is pending.

        :raises KeyError: if nothing is known of such an asset.
        :raises TypeError: for a MediaId that is no text, such as an asset.
        """
        from fake_ims.timeline import timeline_of

        return timeline_of(self.world, media_id)

    # ------------------------------------------------------------ what is in it

    @property
    def storage(self) -> StorageView:
        """The buckets that were added to the service."""
        from fake_ims.storage_views import StorageView

        return StorageView(self._current)

    @property
    def ram(self) -> Ram:
        """Who may do what."""
        return self.world.ram

    @property
    def calls(self) -> Calls:
        """The requests so far, oldest first."""
        return self.world.journal.snapshot()

    @property
    def faults(self) -> Faults:
        """What should go wrong: ``faults.add("GetMediaInfo", code="Throttling.User", times=2)``.

        They belong to the world: :meth:`reset` ends them, and a :meth:`scratch` block has its own.
        """
        return self.world.faults

    @property
    def live(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._serial is not None

    @property
    def troubled(self) -> bool:
        """Whether :meth:`check` may have something to say."""
        return bool(self._troubles) or self.server.troubled

    @property
    def stubs(self) -> Stubs:
        """The answers of the test's own; they belong to the world, as :attr:`faults` do."""
        return self.world.stubs

    def stub(self, action: str, response: Response, *, times: int | None = None) -> Stub:
        """Answer an operation yourself: ``stub("SubmitASRJob", {"JobId": "..."})``.

        The request is authenticated and authorised, and not looked at otherwise. Stubs with
        ``times`` answer first, in their order; when they are used up, the latest without answers.

        :param response: the answer without RequestId, or with one; or a function that makes it of
            a :class:`~fake_ims.journal.calls.Call`, and may raise an
            :class:`~fake_ims.errors.ApiError` (:func:`fake_ims.api_error` makes one).
        :param times: how often it answers; without end by default.
        :raises StubError: for an operation that the service does not have, or what is no answer.
        :warns StubWarning: for each field that the real service does not answer, as far as that
            is known; what a function makes is noted in the journal instead.
        """
        __tracebackhide__ = True
        return self.world.stubs.add(action, response, times, stacklevel=3)

    def check(self) -> None:
        """Fail if the fake met what a passing test should not hide, since the last time.

        That is a call of an operation that is not implemented, an error inside the fake, a request
        on its listener that no fake answers: but for what the setting ``allow`` names. pytest's
        fixture does it at the end of each test.

        :raises AssertionError: with what it was, and an excerpt of the journal.
        """
        __tracebackhide__ = True
        allow = self.settings.allow
        told = [each for each in (self.untold(allow), self.server.untold(allow)) if each]
        if told:
            raise AssertionError("\n".join(told))

    def untold(self, allow: Collection[str]) -> str:
        """What :meth:`check` would say of this world, with ``allow``; it is said once only."""
        return tell(self.world.journal, allow) if self._troubles else ""

    def __repr__(self) -> str:
        if self._ended is not None:
            return f"<FakeIms ended, {self._ended.summary()}>"
        if self._serial is None:
            return "<FakeIms not started>"
        return f"<FakeIms {self.url} {self.world.summary()}>"
