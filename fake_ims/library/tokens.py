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
        first_request, media_id, _ = first
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

    def _forget(self, now: Instant) -> None:
        while self._first:
            token = next(iter(self._first))
            if self._first[token][2] + self._window > now:
                return
            del self._first[token]
