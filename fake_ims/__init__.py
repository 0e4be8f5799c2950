"""A local in-memory fake of Alibaba Cloud Intelligent Media Services, for tests.

The names below are loaded at first use: a test run that uses none of them pays for none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_ims.addresses import ListenError as ListenError
    from fake_ims.clock import Clock as Clock
    from fake_ims.errors import ApiError as ApiError
    from fake_ims.errors import api_error as api_error
    from fake_ims.events.bends import Bend as Bend
    from fake_ims.events.callbacks import Callback as Callback
    from fake_ims.events.callbacks import Callbacks as Callbacks
    from fake_ims.events.record import Event as Event
    from fake_ims.events.record import Events as Events
    from fake_ims.fake import FakeIms as FakeIms
    from fake_ims.fake_server import FakeServer as FakeServer
    from fake_ims.faults.fault import Fault as Fault
    from fake_ims.faults.reading import FaultError as FaultError
    from fake_ims.gateway.ram import PolicyError as PolicyError
    from fake_ims.gateway.ram import TemporaryKeys as TemporaryKeys
    from fake_ims.gateway.ram import User as User
    from fake_ims.gateway.stubs import Stub as Stub
    from fake_ims.gateway.stubs import StubError as StubError
    from fake_ims.gateway.stubs import StubWarning as StubWarning
    from fake_ims.guard import RealCloudRefusedError as RealCloudRefusedError
    from fake_ims.journal.calls import Call as Call
    from fake_ims.journal.calls import Calls as Calls
    from fake_ims.laboratory import CallbackError as CallbackError
    from fake_ims.library.assets import Asset as Asset
    from fake_ims.library.categories import Category as Category
    from fake_ims.library.marks import Mark as Mark
    from fake_ims.queue_views import EmptyQueueError as EmptyQueueError
    from fake_ims.queue_views import QueueMessage as QueueMessage
    from fake_ims.received import Received as Received
    from fake_ims.receiver import Receiver as Receiver
    from fake_ims.settings import SettingError as SettingError
    from fake_ims.timeline import Timeline as Timeline

__version__ = "0.1.0"

_HOMES = {
    "ApiError": "fake_ims.errors",
    "Asset": "fake_ims.library.assets",
    "Bend": "fake_ims.events.bends",
    "Call": "fake_ims.journal.calls",
    "Callback": "fake_ims.events.callbacks",
    "CallbackError": "fake_ims.laboratory",
    "Callbacks": "fake_ims.events.callbacks",
    "Calls": "fake_ims.journal.calls",
    "Category": "fake_ims.library.categories",
    "Clock": "fake_ims.clock",
    "EmptyQueueError": "fake_ims.queue_views",
    "Event": "fake_ims.events.record",
    "Events": "fake_ims.events.record",
    "FakeIms": "fake_ims.fake",
    "FakeServer": "fake_ims.fake_server",
    "Fault": "fake_ims.faults.fault",
    "FaultError": "fake_ims.faults.reading",
    "ListenError": "fake_ims.addresses",
    "Mark": "fake_ims.library.marks",
    "PolicyError": "fake_ims.gateway.ram",
    "QueueMessage": "fake_ims.queue_views",
    "RealCloudRefusedError": "fake_ims.guard",
    "Received": "fake_ims.received",
    "Receiver": "fake_ims.receiver",
    "SettingError": "fake_ims.settings",
    "Stub": "fake_ims.gateway.stubs",
    "StubError": "fake_ims.gateway.stubs",
    "StubWarning": "fake_ims.gateway.stubs",
    "TemporaryKeys": "fake_ims.gateway.ram",
    "Timeline": "fake_ims.timeline",
    "User": "fake_ims.gateway.ram",
    "api_error": "fake_ims.errors",
}

__all__ = [
    "ApiError",
    "Asset",
    "Bend",
    "Call",
    "Callback",
    "CallbackError",
    "Callbacks",
    "Calls",
    "Category",
    "Clock",
    "EmptyQueueError",
    "Event",
    "Events",
    "FakeIms",
    "FakeServer",
    "Fault",
    "FaultError",
    "ListenError",
    "Mark",
    "PolicyError",
    "QueueMessage",
    "RealCloudRefusedError",
    "Received",
    "Receiver",
    "SettingError",
    "Stub",
    "StubError",
    "StubWarning",
    "TemporaryKeys",
    "Timeline",
    "User",
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
