"""A local in-memory fake of Alibaba Cloud Intelligent Media Services, for tests.

The names below are loaded at first use: a test run that uses none of them pays for none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_ims.addresses import ListenError as ListenError
    from fake_ims.errors import ApiError as ApiError
    from fake_ims.errors import api_error as api_error
    from fake_ims.fake import FakeIms as FakeIms
    from fake_ims.fake_server import FakeServer as FakeServer
    from fake_ims.faults.reading import FaultError as FaultError
    from fake_ims.gateway.ram import PolicyError as PolicyError
    from fake_ims.gateway.stubs import StubError as StubError
    from fake_ims.gateway.stubs import StubWarning as StubWarning
    from fake_ims.guard import RealCloudRefusedError as RealCloudRefusedError
    from fake_ims.settings import SettingError as SettingError

__version__ = "0.1.0"

_HOMES = {
    "ApiError": "fake_ims.errors",
    "FakeIms": "fake_ims.fake",
    "FakeServer": "fake_ims.fake_server",
    "FaultError": "fake_ims.faults.reading",
    "ListenError": "fake_ims.addresses",
    "PolicyError": "fake_ims.gateway.ram",
    "RealCloudRefusedError": "fake_ims.guard",
    "SettingError": "fake_ims.settings",
    "StubError": "fake_ims.gateway.stubs",
    "StubWarning": "fake_ims.gateway.stubs",
    "api_error": "fake_ims.errors",
}

__all__ = [
    "ApiError",
    "FakeIms",
    "FakeServer",
    "FaultError",
    "ListenError",
    "PolicyError",
    "RealCloudRefusedError",
    "SettingError",
    "StubError",
    "StubWarning",
    "__version__",
    "api_error",
]

if not TYPE_CHECKING:  # to type checkers it would say that there is any name at all

    def __getattr__(name: str) -> Any:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'fake_ims' has no attribute {name!r}")
        return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
