"""SetEventCallback and GetEventCallback."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from marshmallow import fields

from fake_ims.events.configuration import HTTP, MNS, CallbackConfiguration
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import OneOf, RequestSchema, ResponseSchema, Text, Written


class SetEventCallbackRequest(RequestSchema):
    """No parameter is declared as required (documented), but CallbackType says which others must be
    there.
    """

    record = CallbackConfiguration

    callback_type = OneOf(HTTP, MNS, data_key="CallbackType")
    callback_queue_name = Text(data_key="CallbackQueueName")
    callback_url = Text(data_key="CallbackURL", max_bytes=256)
    event_type_list = Text(data_key="EventTypeList")
    auth_switch = OneOf("on", "off", data_key="AuthSwitch")
    auth_key = Text(data_key="AuthKey")


@dataclass(slots=True, eq=False)
class CallbackSet:
    """The answer of SetEventCallback."""

    success: bool = True


class SetEventCallbackResponse(ResponseSchema):
    """``Success`` is a JSON boolean (documented)."""

    success = fields.Boolean(data_key="Success")


@operation(
    "SetEventCallback",
    request=SetEventCallbackRequest,
    response=SetEventCallbackResponse,
    access="update",
    questions=("event_type_list", "callback_content_type"),
)
def set_event_callback(configuration: CallbackConfiguration, services: Services) -> CallbackSet:
    """Set where the events of the region go, and which; whatever was set before is gone."""
    services.callback.set(configuration, services.choices)
    return CallbackSet()


class GetEventCallbackRequest(RequestSchema):
    """No parameters (documented)."""

    record = SimpleNamespace


class GetEventCallbackResponse(ResponseSchema):
    """What was set; AuthSwitch and AuthKey only for HTTP (documented)."""

    callback_type = Written(data_key="CallbackType")
    callback_queue_name = Written(data_key="CallbackQueueName")
    callback_url = Written(data_key="CallbackURL")
    event_type_list = Written(data_key="EventTypeList")
    auth_switch = Written(data_key="AuthSwitch")
    auth_key = Written(data_key="AuthKey")


@operation(
    "GetEventCallback",
    request=GetEventCallbackRequest,
    response=GetEventCallbackResponse,
    access="get",
)
def get_event_callback(request: SimpleNamespace, services: Services) -> CallbackConfiguration:
    """What SetEventCallback has set; nothing before the first time (inferred)."""
    current = services.callback.current or CallbackConfiguration()
    if current.callback_type == HTTP:
        return current
    return CallbackConfiguration(
        callback_type=current.callback_type,
        callback_queue_name=current.callback_queue_name,
        callback_url=current.callback_url,
        event_type_list=current.event_type_list,
    )
