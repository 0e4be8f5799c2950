"""How each setting for an open question of callbacks shows, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from alone import ALONE
from rpc import Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.png"
ELSEWHERE = "https://app.example.com/callback"
OWN = "https://own.example.com/callback"


def set_callback(rpc: Rpc, **more: str) -> None:
    """Set the callback to a URL on another machine: what would be posted is recorded."""
    told = {"CallbackType": "HTTP", "CallbackURL": ELSEWHERE, **more}
    assert rpc("SetEventCallback", **told).json["Success"] is True


def event_type_list(ims: FakeIms, rpc: Rpc) -> object:
    ims.register(InputURL=URL)
    set_callback(rpc)
    ims.settle()
    return [callback.event_type for callback in ims.callbacks]


def notify_address(ims: FakeIms, rpc: Rpc) -> object:
    set_callback(rpc, EventTypeList="RegisterMediaComplete")
    rpc.register(URL, UserData=f'{{"NotifyAddress":"{OWN}"}}')
    ims.settle()
    return [callback.to for callback in ims.callbacks]


def notify_events(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register("oss://bucket/first.png", UserData=f'{{"NotifyAddress":"{OWN}"}}')
    set_callback(rpc, EventTypeList="VideoAnalysisComplete")
    rpc.register("oss://bucket/second.mp4", UserData=f'{{"NotifyAddress":"{OWN}"}}', **ALONE)
    ims.settle()
    return sorted(callback.event_type for callback in ims.callbacks if callback.to == OWN)


def notify_signature(ims: FakeIms, rpc: Rpc) -> object:
    set_callback(rpc, AuthSwitch="on", AuthKey="Secret123")
    rpc.register(URL, UserData=f'{{"NotifyAddress":"{OWN}"}}')
    ims.settle()
    return [callback.target.auth_key for callback in ims.callbacks]


def callback_content_type(ims: FakeIms, rpc: Rpc) -> object:
    with ims.callbacks.receiver() as inbox:
        rpc.register(URL, UserData=f'{{"NotifyAddress":"{inbox.url}"}}')
        ims.settle()
        (received,) = inbox.received
    return received.headers["content-type"]


CALLBACK_SCENARIOS: dict[str, tuple[Callable[[FakeIms, Rpc], object], dict[str, object]]] = {
    "event_type_list": (event_type_list, {"all": ["RegisterMediaComplete"], "none": []}),
    "notify_address": (notify_address, {"replace": [OWN], "add": [ELSEWHERE, OWN]}),
    "callback_content_type": (
        callback_content_type,
        {"application/json": "application/json", "text/plain": "text/plain"},
    ),
    "notify_events": (
        notify_events,
        {
            "any": ["RegisterMediaComplete", "RegisterMediaComplete", "VideoAnalysisComplete"],
            "listed": ["VideoAnalysisComplete"],
        },
    ),
    "notify_signature": (notify_signature, {"signed": ["Secret123"], "unsigned": [None]}),
}
