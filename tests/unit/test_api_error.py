"""api_error: the errors that the function of a stub raises."""

from __future__ import annotations

from typing import Any

import pytest

from fake_ims import ApiError, api_error


def test_api_error_has_what_it_was_given() -> None:
    error = api_error("ServiceBusy", status=503, message="Try {later}")
    assert (error.code, error.status, error.message) == ("ServiceBusy", 503, "Try {later}")
    assert str(error) == "503 ServiceBusy: Try {later}"
    known = api_error("MediaAlreadyExist", url="oss://b/a.mp4", media_id="m")
    assert known.status == 409
    assert known.message.endswith('"oss://b/a.mp4" has already been registered with mediaId "m".')
    assert api_error("MissingTitle").message == "Title is mandatory for this action."
    assert api_error("MediaAlreadyExist", url="u").message.endswith('mediaId "(media_id)".')
    assert isinstance(api_error("ServiceBusy", status=503), ApiError)


@pytest.mark.parametrize("status", [0, 99, 199, 600, "503", True, 500.0])
def test_api_error_takes_no_status_that_http_does_not_have(status: Any) -> None:
    with pytest.raises(ValueError, match="status is a whole number from 200 to 599"):
        api_error("ServiceBusy", status=status)


def test_api_error_without_a_status_knows_the_table() -> None:
    with pytest.raises(ValueError, match="did you mean InternalError"):
        api_error("InternalEror")


@pytest.mark.parametrize("wrong", [{"message": "\ud800"}, {"code": "A\udfff"}])
def test_api_error_takes_no_text_that_utf_8_cannot_write(wrong: Any) -> None:
    with pytest.raises(UnicodeEncodeError):
        api_error(**{"code": "ServiceBusy", "status": 503, **wrong})
