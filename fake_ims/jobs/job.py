"""A job: what was asked for, how far it has come, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from fake_ims.clock import Instant, iso
from fake_ims.media.locations import Location
from fake_ims.texts import check_text, printable, shortened

State = Literal["waiting", "running", "done", "failed", "cancelled"]

Trigger = Literal["API", "Workflow", "Console"]
"""What submitted a job (documented of snapshot and media information jobs)."""

AUTOMATIC: Final[Trigger] = "Workflow"
"""Of a job that a registration set off: no document has a word for that (inferred)."""


class JobFailure(NamedTuple):
    """Why a job failed."""

    code: str
    message: str

    def fields(self) -> dict[str, str]:
        """As events tell of it."""
        return {"ErrorCode": self.code, "ErrorMessage": self.message}


def read_failure(code: str, message: str) -> JobFailure:
    """The failure that a test wants.

    :raises ValueError: for what is no text, or none that an answer can tell.
    """
    check_text("the code of a failure", code)
    check_text("why a job fails", message)
    return JobFailure(code, message)


class JobError(Exception):
    """Raised by the work of a job that cannot be done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = JobFailure(code, message)


class Source(NamedTuple):
    """What a job reads: ``kind`` is ``Media``, ``OSS`` or ``URL``, ``media`` a MediaId or a URL, as
    it was sent. ``location`` is the file, unless it is a URL of no OSS object.
    """

    kind: str
    media: str
    location: Location | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job: never changed, only replaced.

    ``serial`` counts the jobs of a world. ``order`` is what was asked for and ``result`` what came
    of it, in records of its kind. ``media_id`` is the asset that it works on, if any,
    ``automatic`` whether its registration set it off. ``due`` is None for what only a call sets
    off.
    """

    job_id: str
    serial: int
    kind: str
    source: Source
    submitted_at: Instant
    due: Instant | None
    order: Any = None
    media_id: str | None = None
    automatic: bool = False
    name: str | None = None
    user_data: str | None = None
    finished_at: Instant | None = None
    failure: JobFailure | None = None
    cancelled: bool = False
    result: Any = None

    @property
    def trigger(self) -> Trigger:
        """What submitted it."""
        return AUTOMATIC if self.automatic else "API"

    @property
    def succeeded(self) -> bool:
        """Whether something came of it."""
        return self.ended and self.failure is None and not self.cancelled

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.finished_at is not None

    def state(self, now: Instant) -> State:
        """How far it has come: in the first half of its time it waits for its turn."""
        if self.cancelled:
            return "cancelled"
        if self.ended:
            return "done" if self.failure is None else "failed"
        began = self.submitted_at if self.due is None else (self.submitted_at + self.due) // 2
        return "running" if now > began else "waiting"

    def __repr__(self) -> str:
        if self.cancelled:
            how = "cancelled"
        elif self.failure is not None:
            how = f"failed ({printable(shortened(self.failure.message))})"
        elif self.finished_at is not None:
            how = f"done {iso(self.finished_at)}"
        else:
            how = "waits for a call" if self.due is None else f"due {iso(self.due)}"
        on = f" of {printable(shortened(self.source.media))}"
        return f"<job {self.job_id} {self.kind}{on} {how}>"
