"""ClientTokens: the same request twice is one registration."""

from __future__ import annotations

from fake_ims import errors
from fake_ims.clock import Instant, Micros
from fake_ims.settings import Choices


class ClientTokens:
    """What each token was first used for, remembered for a window of world time."""

    def __init__(self, window: Micros) -> None:
        self._window = window
        self._first: dict[str, tuple[object, str, Instant]] = {}

    def find(self, token: str, request: object, now: Instant, choices: Choices) -> str | None:
        """The MediaId that the same request was answered with, or None.

        :raises ApiError: if the token was used for another request, and the setting says so.
        """
        self._forget(now)
        first = self._first.get(token)
        if first is None:
            return None
        choices.note("client_token_window")
        first_request, media_id, at = first
        if self._is_past(at, now):
            return None
        if first_request == request:
            return media_id
        rule = choices.of("client_token_conflict")
        if rule == "reject":
            raise errors.IDEMPOTENCE_MISMATCH()
        return media_id if rule == "first" else None

    def remember(self, token: str, request: object, media_id: str, now: Instant) -> None:
        """Bind a token to a request and its answer."""
        self._first.pop(token, None)
        self._first[token] = (request, media_id, now)

    def _is_past(self, at: Instant, now: Instant) -> bool:
        return at + self._window <= now

    def _forget(self, now: Instant) -> None:
        """Drop the oldest that are past; one of before a jump backwards keeps the rest waiting."""
        while self._first:
            token = next(iter(self._first))
            if not self._is_past(self._first[token][2], now):
                return
            del self._first[token]
