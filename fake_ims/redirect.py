"""Redirect: calls that Python clients make to the real IMS go to a fake instead.

Standard library only, and nothing else of this package: a child process that does not have it
loads this file by its path, on whatever Python it runs, and whenever it starts: hence the late
imports.

What is hooked is the last place that still sees a whole request, below the clients, their
sessions, retries and HTTP redirects, which all go on believing in the real address:

* ``HTTPAdapter.send`` of requests (the V2 SDK's sync calls) and of the copy that V1 carries;
* ``TCPConnector.connect`` of aiohttp (the V2 SDK's async calls);
* ``async_do_action`` of the V2 cores, only to spare https calls a TLS context that nobody uses:
  they make one for each call, which takes thirty times as long as the call. Sync calls make one
  for a host and process.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType, TracebackType
    from typing import Any

    from fake_ims.hooks import Hooks


def is_redirected(host: object) -> bool:
    """Whether a host, without a port, is one of IMS.

    ``ice`` or ``ice-vpc`` in a region, or ``ice`` without one: what the official clients make of
    the product and a region, and what users write by hand.
    """
    if not isinstance(host, str) or not host.isascii():
        return False
    name = host.lower()
    labels = (name[:-1] if name.endswith(".") else name).split(".")
    if labels[-2:] != ["aliyuncs", "com"]:
        return False
    if len(labels) == 3:
        return labels[0] == "ice"
    region = labels[1].replace("-", "")
    return len(labels) == 4 and labels[0] in ("ice", "ice-vpc") and region.isalnum()


def child_variables(url: str) -> dict[str, str]:
    """The environment variables that redirect a child: where to, and this process's PYTHONPATH
    with a folder in front.
    """
    import os

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child")
    there = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    path = os.pathsep.join([folder, *(entry for entry in there if entry != folder)])
    return {"FAKE_IMS_REDIRECT": url, "PYTHONPATH": path}


class Redirect:
    """Sends calls to hosts of IMS to another address, from :meth:`start` to :meth:`stop`.

    The caller sees the address that it called, and so do signatures: the header Host is the one
    that would have been sent. Method, path, query and body are what they were.

    A redirect inside another one wins. Packages may be imported before or after it starts.

    :param url: where to: ``http://127.0.0.1:40213``.
    :param hooks: new, for this redirect alone.
    """

    def __init__(self, url: str, hooks: Hooks) -> None:
        scheme, _, place = url.partition("://")
        host, _, port = place.rpartition(":")
        if scheme != "http" or not host or not port.isdigit():
            raise ValueError(f"{url!r} is not of the form http://127.0.0.1:40213")
        self._url = url
        self._hooks = hooks
        self._live = False

    def start(self) -> Redirect:
        """Redirect from now on."""
        self._live = True
        self._hooks.start(
            {
                "requests.adapters": self._meet_requests,
                "aliyunsdkcore.vendored.requests.adapters": self._meet_requests,
                "aiohttp.connector": self._meet_aiohttp,
                "darabonba.core": self._meet_core,
                "Tea.core": self._meet_core,
            }
        )
        return self

    def stop(self) -> None:
        """Redirect no more. Calls that are under way come to their end."""
        self._live = False
        self._hooks.stop()

    def __enter__(self) -> Redirect:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Redirect to {self._url}{'' if self._live else ', stopped'}>"

    # ------------------------------------------------------------ requests

    def _meet_requests(self, module: ModuleType) -> None:
        self._hooks.replace(getattr(module, "HTTPAdapter", None), "send", self._sending)

    def _sending(self, send: Any) -> Any:
        def redirecting(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            redirected = self._redirected(request) if self._live else None
            if redirected is None:
                return send(adapter, request, *args, **kwargs)
            kwargs.update(cert=None, proxies={})  # neither need be there
            try:
                response = send(adapter, redirected, *args[:3], **kwargs)  # up to verify
            except Exception as error:
                if getattr(error, "request", None) is redirected:
                    error.request = request  # type: ignore[attr-defined]
                raise
            if response.request is redirected:
                response.request, response.url = request, request.url
            return response

        return redirecting

    def _redirected(self, request: Any) -> Any:
        """A copy of a prepared request with another address; None if it is not for us."""
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(request.url)
            host, port = parts.hostname, parts.port
        except (TypeError, ValueError):
            return None
        if host is None or not is_redirected(host) or parts.scheme not in ("http", "https"):
            return None
        redirected = request.copy()
        redirected.url = self._url + request.url.partition(parts.netloc)[2]
        if "Host" not in redirected.headers:  # what http.client would have made of the URL
            usual = port in (None, 443 if parts.scheme == "https" else 80)
            name = host.rstrip(".")
            redirected.headers["Host"] = name if usual else f"{name}:{port}"
        return redirected

    # ------------------------------------------------------------ aiohttp

    def _meet_aiohttp(self, module: ModuleType) -> None:
        self._hooks.replace(getattr(module, "TCPConnector", None), "connect", self._connecting)

    def _connecting(self, connect: Any) -> Any:
        async def redirecting(connector: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
            if self._live and is_redirected(req.url.raw_host):
                req.proxy = None  # it is asked again when the request is written
                req = _Elsewhere(req, self._url)
            return await connect(connector, req, *args, **kwargs)

        return redirecting

    # ------------------------------------------------------------ the V2 cores

    def _meet_core(self, module: ModuleType) -> None:
        for name in ("DaraCore", "TeaCore"):
            self._hooks.replace(getattr(module, name, None), "async_do_action", self._acting)

    def _acting(self, act: Any) -> Any:
        async def plainly(request: Any, *args: Any, **kwargs: Any) -> Any:
            return await act(self._plain(request), *args, **kwargs)

        return plainly

    def _plain(self, request: Any) -> Any:
        """The same request over http, if it is for us."""
        from copy import copy
        from urllib.parse import urlsplit

        if not self._live or str(getattr(request, "protocol", "")).lower() != "https":
            return request
        host = request.headers.get("host") or ""
        try:
            name = urlsplit(host if "//" in host else f"//{host}").hostname
        except ValueError:
            return request
        if not is_redirected(name):
            return request
        plain = copy(request)
        plain.protocol = "http"
        return plain


class _Elsewhere:
    """A request of aiohttp as the connector sees it, which asks it where to connect."""

    def __init__(self, request: Any, url: str) -> None:
        self._request = request
        self.url = type(request.url)(url)
        self.host, self.port = self.url.raw_host, self.url.port
        self.proxy = self.proxy_auth = self.proxy_headers = None

    @property
    def connection_key(self) -> Any:
        """What the connector keeps the connection under."""
        return self._request.connection_key._replace(
            host=self.host, port=self.port, is_ssl=False,
            proxy=None, proxy_auth=None, proxy_headers_hash=None,
        )  # fmt: skip

    def is_ssl(self) -> bool:
        """Never."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)
