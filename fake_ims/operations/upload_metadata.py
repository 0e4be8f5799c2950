"""What the operations on uploads have in common: what is said of a file, and where it goes."""

from __future__ import annotations

from typing import Any, Final

from fake_ims.gateway.catalogue import Services
from fake_ims.gateway.fields import Int64, RequestSchema, Tags, Text
from fake_ims.library.assets import Asset
from fake_ims.library.uploads import Metadata, target_bucket
from fake_ims.operations.awaiting import await_analysis


class MetadataSchema(RequestSchema):
    """The keys of MediaMetaData, with the limits that they have for an asset."""

    record = Metadata

    title = Text(data_key="Title", max_bytes=128)
    description = Text(data_key="Description", max_bytes=1024)
    cate_id = Int64(data_key="CateId")
    tags = Tags(data_key="Tags", most=16, max_bytes=32)
    business_type = Text(data_key="BusinessType")
    cover_url = Text(data_key="CoverURL", max_bytes=128)


_METADATA: Final = MetadataSchema()


def read_metadata(given: dict[str, Any]) -> Metadata:
    """Read MediaMetaData, or one of its items.

    :raises ValueError: for a value that an asset cannot have.
    """
    texts = {}
    for name, value in given.items():
        if isinstance(value, (dict, list, bool)):
            if name in _METADATA.names:
                raise ValueError(f"{name} must be a text")
        elif value is not None:
            texts[name] = str(value)
            texts[name].encode()  # JSON can spell half of a surrogate pair: a ValueError
    metadata: Metadata = _METADATA.read(texts)
    return metadata


def bucket_of(config: str | None, services: Services) -> tuple[str, str]:
    """The bucket that UploadTargetConfig names, and its region, or those of VOD's own.

    :raises ApiError: as :func:`~fake_ims.library.uploads.target_bucket`.
    """
    return target_bucket(config, services.signer.vod_bucket, services.settings.region)


def expect_callbacks(asset: Asset, services: Services) -> None:
    """Know of the receiver that an upload's UserData names, and note what its events rest on."""
    await_analysis(asset, asset.user_data, services)
    if asset.user_data is not None:
        services.choices.note("event_user_data")


def is_suffix(value: object) -> bool:
    """Whether it can be the suffix of a file, with its dot or without."""
    return isinstance(value, str) and value.lstrip(".").isalnum() and value.isascii()
