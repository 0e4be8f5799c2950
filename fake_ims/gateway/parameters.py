"""What an operation makes of the parameters that were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_ims import errors
from fake_ims.gateway.catalogue import Operation
from fake_ims.gateway.fields import WrongParameterError, gathered
from fake_ims.settings import Choices


def without_effect(operation: Operation, parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The parameters that are accepted but change nothing, by name."""
    schema = operation.request
    return tuple(
        sorted(
            name
            for name, value in _read(operation, parameters).items()
            if value and (name not in schema.names or name in schema.inert)
        )
    )


def _read(operation: Operation, parameters: Mapping[str, str]) -> Mapping[str, str]:
    structures = operation.request.structures
    return gathered(structures, parameters) if structures else parameters


def check_parameters(operation: Operation, parameters: Mapping[str, str], choices: Choices) -> None:
    """Check what is declared to the gateway.

    :raises ApiError: Missing<Name> or Invalid<Name>.
    """
    parameters = _read(operation, parameters)
    for name in operation.request.required:
        if not parameters.get(name):
            product = choices.of("missing_parameter") == "product"
            raise (errors.MISSING_PARAMETER if product else errors.MISSING)(name=name)
    try:
        operation.request.check_declared(parameters)
    except WrongParameterError as wrong:
        raise errors.INVALID(name=wrong.name) from None


def read_record(operation: Operation, parameters: Mapping[str, str], choices: Choices) -> Any:
    """The typed record of the parameters.

    :raises ApiError: InvalidParameter or Invalid<Name>, for the first that is wrong in the order of
        declaration.
    """
    schema, parameters = operation.request, _read(operation, parameters)
    unknown = parameters.keys() - schema.names.keys()
    if unknown and choices.settings.strict:
        raise errors.INVALID_PARAMETER(name=min(unknown))
    try:
        return schema.read(parameters)
    except WrongParameterError as wrong:
        gateway = choices.of("bad_value") == "gateway"
        raise (errors.INVALID if gateway else errors.INVALID_PARAMETER)(name=wrong.name) from None
