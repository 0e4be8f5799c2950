"""The V1 Python SDK: ``python_v1.py product`` or ``common-get|common-post|common-body|xml``."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import AcsRequest, CommonRequest
from story import Access, Call, RefusedError, tell

KIND = sys.argv[1]
LISTS = ("List", "Infos", "Jobs", "Urls")


def connect(access: Access) -> Call:
    """Requests of a client."""
    keys = (access.access_key_id, access.access_key_secret)
    if access.security_token:
        credential = StsTokenCredential(*keys, access.security_token)
    else:
        credential = AccessKeyCredential(*keys)
    client = AcsClient(region_id="cn-shanghai", credential=credential)

    def call(action: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        request = (_product if KIND == "product" else _common)(action, parameters)
        request.set_endpoint(access.endpoint)
        request.set_protocol_type(access.protocol)
        if KIND == "xml":
            return _call_for_xml(client, request)
        try:
            document: Mapping[str, Any] = json.loads(client.do_action_with_exception(request))
        except ServerException as error:
            status = error.get_http_status()
            raise RefusedError(status, error.get_error_code(), error.get_error_msg()) from None
        return document

    return call


def _product(action: str, parameters: dict[str, Any]) -> AcsRequest:
    """The package's own request, with what it lacks added by name."""
    try:
        module = importlib.import_module(f"aliyunsdkice.request.v20201109.{action}Request")
    except ModuleNotFoundError:
        return _common(action, parameters)
    request = getattr(module, f"{action}Request")()
    for name, value in parameters.items():
        setter = getattr(request, f"set_{name}", None)
        if setter is None:
            request.add_query_param(name, value)
        else:
            setter(value)
    return request


def _common(action: str, parameters: dict[str, Any]) -> AcsRequest:
    request = CommonRequest(product="ICE", version="2020-11-09", action_name=action)
    if KIND != "common-get":
        request.set_method("POST")
    add = request.add_body_params if KIND == "common-body" else request.add_query_param
    for name, value in parameters.items():
        add(name, json.dumps(value) if isinstance(value, dict) else value)
    return request


def _call_for_xml(client: AcsClient, request: AcsRequest) -> Mapping[str, Any]:
    """``get_response`` is what lets the format stand; it leaves errors to its caller."""
    request.set_accept_format("XML")
    status, headers, body = client.get_response(request)
    assert headers["Content-Type"].startswith("text/xml"), headers
    document = _read(ElementTree.fromstring(body))
    if status != 200:
        raise RefusedError(status, document["Code"], document["Message"])
    if "MediaInfo" in document:
        document["MediaInfo"].setdefault("FileInfoList", [])  # nothing is written for no items
    return document


def _read(parent: ElementTree.Element) -> dict[str, Any]:
    """The elements in an element; items of a list are side by side, under the list's name."""
    document: dict[str, Any] = {}
    for child in parent:
        value = _read(child) if len(child) else child.text or ""
        is_list = child.tag.endswith(LISTS) and child.tag != "EventTypeList"
        if is_list or parent.tag in ("SubCategories", "Results"):
            document.setdefault(child.tag, []).append(value)
        else:
            document[child.tag] = value
    return document


tell(connect)
