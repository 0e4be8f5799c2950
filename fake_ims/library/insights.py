"""What other services add to an asset, for search and for detailed answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

CUSTOM_FIELDS: Final[Mapping[str, type[int] | type[str]]] = {
    "intField1": int, "strField1": str, "strField2": str,
}  # fmt: skip
"""What callers can search by with CustomFilters, and of which type (documented)."""


def is_custom_value(name: str, value: object) -> bool:
    """Whether a custom field can have this value."""
    if CUSTOM_FIELDS[name] is str:
        return isinstance(value, str)
    return (
        isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < (1 << 63)
    )


class AiLabel(NamedTuple):
    """A label that smart tagging gave."""

    category: str
    label_id: str
    label_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Texts that were read off the pictures, labels, and the fields that callers search by.

    ``custom_fields`` has any of :data:`CUSTOM_FIELDS`.
    """

    ocr: tuple[str, ...] = ()
    labels: tuple[AiLabel, ...] = ()
    custom_fields: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    dynamic_meta_data: str | None = None


NO_INSIGHTS: Final = Insights()


def described(
    old: Insights,
    *,
    ocr: Iterable[str] | None = None,
    labels: Iterable[tuple[str, ...]] | None = None,
    custom_fields: Mapping[str, int | str] | None = None,
    dynamic_meta_data: str | None = None,
) -> Insights:
    """The insights with those replaced that are given.

    :raises TypeError: for a value of another type, such as one text instead of a list of texts.
    :raises ValueError: for a custom field that does not exist, a label without its id, or text
        that UTF-8 cannot encode.
    """
    changes: dict[str, Any] = {}
    if ocr is not None:
        changes["ocr"] = _texts("ocr", ocr)
    if labels is not None:
        changes["labels"] = tuple(_label(each) for each in labels)
    if custom_fields is not None:
        changes["custom_fields"] = _custom(custom_fields)
    if dynamic_meta_data is not None:
        (changes["dynamic_meta_data"],) = _texts("dynamic_meta_data", [dynamic_meta_data])
    return replace(old, **changes)


def _texts(name: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{name} is a list of texts, not the text {values!r}")
    found = tuple(values)
    wrong = next((each for each in found if not isinstance(each, str)), None)
    if wrong is not None:
        raise TypeError(f"{name} is text, not {wrong!r}")
    for each in found:
        each.encode()  # half of a surrogate pair could not be answered
    return found


def _label(values: tuple[str, ...]) -> AiLabel:
    texts = _texts("a label", values)
    if not 2 <= len(texts) <= 3:
        raise ValueError(f"a label is (category, label id) or (category, label id, name): {texts}")
    return AiLabel(*texts)


def _custom(values: Mapping[str, int | str]) -> Mapping[str, int | str]:
    for name, value in values.items():
        if name not in CUSTOM_FIELDS:
            raise ValueError(
                f"no custom field is called {name!r}; there are {', '.join(CUSTOM_FIELDS)}"
            )
        if not is_custom_value(name, value):
            raise TypeError(f"{name} takes {CUSTOM_FIELDS[name].__name__}, not {value!r}")
        str(value).encode()
    return MappingProxyType(dict(values))
