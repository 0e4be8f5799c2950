"""How well a behaviour of the real service is known."""

from __future__ import annotations

from enum import Enum


class Evidence(str, Enum):
    """The kind of knowledge behind a behaviour; the weakest is always a named setting."""

    DOCUMENTED = "documented"
    """Alibaba Cloud's documents or the comments of its official SDKs say so."""

    OBSERVED = "observed"
    """Seen in a published log, capture or production program."""

    GENERIC = "generic"
    """True of every Alibaba Cloud RPC product, not checked on this one."""

    INFERRED = "inferred"
    """A reasoned guess: the default can be changed by a setting."""

    FAKE = "fake"
    """Belongs to the fake alone; the real service has nothing like it."""
