"""Signed URLs of OSS objects, in the form of the documented examples."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from fake_ims.media.locations import InputUrlError, Location, parse_location


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Signs with the account's storage key (OSS signature version 1, with a security token)."""

    access_key_id: str
    secret: bytes
    security_token: str
    region: str
    vod_domain: str

    def sign(self, location: Location, expires: int) -> str:
        """The object's URL with a signature that is valid until ``expires``, seconds since 1970."""
        resource = f"/{location.bucket}/{location.key}?security-token={self.security_token}"
        text = f"GET\n\n\n{expires}\n{resource}"
        digest = hmac.new(self.secret, text.encode(), hashlib.sha1).digest()
        signature = quote(base64.b64encode(digest).decode(), safe="")
        return (
            f"{location.http_url}?Expires={expires}&OSSAccessKeyId={self.access_key_id}"
            f"&Signature={signature}&security-token={self.security_token}"
        )

    def sign_text(self, url: str, expires: int) -> str:
        """Sign a URL that a caller sent, if it names an OSS object; else give it back unchanged."""
        try:
            location = parse_location(url, self.region)
        except InputUrlError:
            return url
        return self.sign(location, expires) if location.source == "oss" else url

    @property
    def vod_bucket(self) -> str:
        """The bucket of ApsaraVideo VOD for this account."""
        return f"outin-{hashlib.md5(self.access_key_id.encode()).hexdigest()}"

    def stored(self, location: Location, suffix: str) -> Location:
        """The object that an asset's file is; one of ApsaraVideo VOD lies in a bucket of VOD's."""
        if location.source == "oss":
            return location
        return Location("oss", location.region, self.vod_bucket, f"{location.key}.{suffix}")

    def file_url(self, location: Location, suffix: str, expires: int, *, cdn: bool) -> str:
        """Where the file of an asset is to be had.

        A file of ApsaraVideo VOD is, with ``cdn``, behind the acceleration domain if the account
        has one.
        """
        stored = self.stored(location, suffix)
        if location.source == "vod" and cdn and self.vod_domain:
            key = hmac.new(self.secret, f"/{stored.key}-{expires}".encode(), hashlib.md5)
            auth_key = f"{expires}-0-0-{key.hexdigest()}"
            return f"http://{self.vod_domain}/{quote(stored.key)}?auth_key={auth_key}"
        return self.sign(stored, expires)
