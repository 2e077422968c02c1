"""Canonical JSON (RFC 8785) of plain values, fast: what an event's payload is made of in all but odd cases.

For text, whole numbers, lists and objects with ASCII keys, canonical means: sorted, without blanks, and escaped as the
standard library does. Everything else (fractions, huge numbers, keys whose order depends on UTF-16) is `rfc8785`'s.
"""

from __future__ import annotations

import json
from typing import Any

LARGEST = (1 << 53) - 1
"""The largest whole number that JSON carries safely."""

quoted = json.encoder.encode_basestring
"""A text as JSON, with only those characters escaped that must be."""


class NotPlain(Exception):
    """Somebody else has to write this value."""


def plain_text(value: Any) -> str:
    """Raises NotPlain."""
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is dict:
        return f"{{{','.join([_member(key, value[key]) for key in _sorted(value)])}}}"
    if kind is list:
        return f"[{','.join([plain_text(one) for one in value])}]"
    if kind is int and -LARGEST <= value <= LARGEST:
        return str(value)
    return _constant(value)


def _member(key: str, value: Any) -> str:
    return f"{quoted(key)}:{plain_text(value)}"


def _sorted(value: dict[Any, Any]) -> list[str]:
    for key in value:
        if type(key) is not str or not key.isascii():
            raise NotPlain
    return sorted(value)


def _constant(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise NotPlain
