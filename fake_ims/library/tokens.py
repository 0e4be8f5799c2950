"""ClientTokens: the same request twice is one registration."""

from __future__ import annotations

from fake_ims import errors
from fake_ims.clock import Instant, Micros
from fake_ims.settings import Choices


class ClientTokens:
    """What each token was used for, remembered for a window of world time."""

    def __init__(self, window: Micros) -> None:
        self._window = window
        self._uses: dict[str, tuple[tuple[object, str, Instant], ...]] = {}

    def find(self, token: str, request: object, now: Instant, choices: Choices) -> str | None:
        """The MediaId that the same request was answered with, or None.

        :raises ApiError: if the token was used for another request, and the setting says so.
        """
        self._forget(now)
        uses = self._current(token, now)
        if token in self._uses:
            choices.note("client_token_window")
        for known, media_id, _ in uses:
            if known == request:
                return media_id
        if not uses:
            return None
        rule = choices.of("client_token_conflict")
        if rule == "reject":
            raise errors.IDEMPOTENCE_MISMATCH()
        return uses[0][1] if rule == "first" else None

    def remember(self, token: str, request: object, media_id: str, now: Instant) -> None:
        """Bind a token to a request and its answer, beside what it was used for before."""
        uses = (*self._current(token, now), (request, media_id, now))
        self._uses.pop(token, None)
        self._uses[token] = uses

    def _current(self, token: str, now: Instant) -> tuple[tuple[object, str, Instant], ...]:
        uses = self._uses.get(token, ())
        return tuple(use for use in uses if not self._is_past(use[2], now))

    def _is_past(self, at: Instant, now: Instant) -> bool:
        return at + self._window <= now

    def _forget(self, now: Instant) -> None:
        """Drop the oldest that are past; one of before a jump backwards keeps the rest waiting."""
        while self._uses:
            token = next(iter(self._uses))
            if not self._is_past(self._uses[token][-1][2], now):
                return
            del self._uses[token]
