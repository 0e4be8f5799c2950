"""Documents as XML: a module of its own, since its pattern takes a while to compile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def write_xml(root: str, document: Mapping[str, Any], namespace: str = "") -> str:
    """The document as XML, what XML cannot write, such as NUL, as U+FFFD; without what is None.

    Of a list one element is written for each item, under the name of the list (inferred).
    """
    text = "".join(_elements(root, document))
    if namespace:
        text = text.replace(f"<{root}>", f'<{root} xmlns="{namespace}">', 1)
    return "<?xml version='1.0' encoding='UTF-8'?>" + text


def _elements(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _elements(name, item)
        return
    if value is None:
        return
    yield f"<{name}>"
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _elements(key, part)
    elif name == "Recommend":
        yield f"<![CDATA[{_legible(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield _legible(text).translate(_ESCAPES)
    yield f"</{name}>"


def _legible(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
