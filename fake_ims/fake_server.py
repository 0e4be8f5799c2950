"""FakeServer: a listener that worlds attach to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import TracebackType
from typing import Any

from fake_ims.journal.calls import Calls
from fake_ims.journal.excerpt import tell
from fake_ims.server import Listener
from fake_ims.settings import DEFAULTS, Settings
from fake_ims.web.desk import DESK_KEY, Desk
from fake_ims.web.front import front, refuse, report
from fake_ims.world import World


class FakeServer:
    """A listener and the desk behind it. Worlds come and go; the port stays.

    Takes the settings of a listener: ``host``, ``port``, ``max_body``.

    :param base: settings to begin with.
    :param on_end: told of each world that has ended or been put aside.
    """

    def __init__(
        self,
        *,
        base: Settings = DEFAULTS,
        on_end: Callable[[World], object] = lambda world: None,
        **settings: Any,
    ) -> None:
        self.settings = base.replace(**settings)
        self.desk = Desk(on_end)
        self._listener = Listener(
            front,
            host=self.settings.host,
            port=self.settings.port,
            max_body=self.settings.max_body,
            environ={DESK_KEY: self.desk},
            refuse=lambda refusal: refuse(refusal, self.desk),
            report=lambda refusal: report(refusal, self.desk),
        )

    @property
    def url(self) -> str:
        """``http://127.0.0.1:40213``"""
        return self._listener.url

    @property
    def endpoint(self) -> str:
        """``127.0.0.1:40213``, as the SDKs' ``endpoint`` wants it."""
        return self._listener.endpoint

    @property
    def calls(self) -> Calls:
        """Requests that could not be read, or had no world."""
        return self.desk.journal.snapshot()

    def calls_after(self, count: int) -> tuple[Calls, int]:
        """Of :attr:`calls`, those after the first ``count``, and how many there are now in all."""
        return self.desk.journal.after(count)

    @property
    def troubled(self) -> bool:
        """Whether a request came that no fake answers."""
        return len(self.desk.journal.troubles) > 0

    def untold(self, allow: Collection[str]) -> str:
        """What to tell of such requests, unless they are allowed; it is told once only."""
        return tell(self.desk.journal, allow) if self.troubled else ""

    def start(self) -> FakeServer:
        """Listen.

        :raises ListenError: if the address cannot be had.
        """
        self.desk.courier.start()
        for world in self.desk.worlds:
            world.begin()
        self.desk.pump.start()
        self._listener.start()
        return self

    def stop(self) -> None:
        """Stop listening; leaves no thread and no socket behind."""
        for world in self.desk.worlds:
            world.end()
        self._listener.stop()
        self.desk.pump.stop()
        self.desk.courier.stop()

    def __enter__(self) -> FakeServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<FakeServer {self.url} {len(self.desk.worlds)} worlds>"
