"""Pictures that were taken from a video: where they lie, and how many there are."""

from __future__ import annotations

import json
from typing import Final, Literal, NamedTuple

from fake_ims.media.locations import Location

FrameType = Literal["NormalSnapshot", "SpriteSnapshot", "CoverSnapshot", "WebVttSnapshot"]
"""What kind of pictures: the words of the event SnapshotComplete in ApsaraVideo VOD."""

COUNT: Final = "{Count}"
TILE_COUNT: Final = "{TileCount}"
"""What stands for the number of a picture, or of a sprite, in a key (documented)."""


class Frames(NamedTuple):
    """Pictures that one job wrote: ``total`` of them, and ``tile_total`` sprites made of those.

    ``key`` has :data:`COUNT` in it, ``tile_key`` :data:`TILE_COUNT`; the numbers begin with 1 and
    have five digits (VOD's document of SnapshotComplete; observed). ``start`` in seconds.
    ``vtt_key`` is a WebVTT file that tells which picture belongs to which time.
    """

    frame_type: FrameType
    job_id: str
    template_id: str
    region: str
    bucket: str
    key: str
    total: int
    start: float = 0.0
    tile_key: str = ""
    tile_total: int = 0
    vtt_key: str = ""

    @property
    def shown_key(self) -> str:
        """The key of what is shown of them: the sprites, or else the pictures."""
        return self.tile_key or self.key

    @property
    def shown_total(self) -> int:
        """How many there are of those."""
        return self.tile_total if self.tile_key else self.total

    def shown_location(self, number: int) -> Location:
        """The object of the sprite of this number, or else of the picture."""
        return self.tile_location(number) if self.tile_key else self.location(number)

    def location(self, number: int) -> Location:
        """The object of the picture of this number."""
        return self._location(self.key.replace(COUNT, f"{number:05d}"))

    def tile_location(self, number: int) -> Location:
        """The object of the sprite of this number."""
        return self._location(self.tile_key.replace(TILE_COUNT, f"{number:05d}"))

    def _location(self, key: str) -> Location:
        return Location("oss", self.region, self.bucket, key)

    def described(self) -> str:
        """The job and what it wrote, as the documents' examples have it: JSON, all of it text."""
        told = {
            "bucket": self.bucket,
            "count": str(self.total),
            "iceJobId": self.job_id,
            "location": f"oss-{self.region}",
            "snapshotRegular": self.key,
            "templateId": self.template_id,
        }
        if self.tile_key:
            told = dict(sorted({
                **told, "spriteRegular": self.tile_key, "tileCount": str(self.tile_total),
            }.items()))  # fmt: skip
        return json.dumps([told], ensure_ascii=False, separators=(",", ":"))
