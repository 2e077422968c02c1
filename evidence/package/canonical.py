"""Canonical JSON (RFC 8785) for rows, by the hundred thousand.

The standard library's encoder gives the same bytes for what rows are made of: text, whole numbers, yes and no, lists,
objects. Where that could fail (fractions, numbers beyond 2^53, keys outside the first plane) the exact one is asked.
"""

from __future__ import annotations

import json
import re
from typing import Any

import rfc8785

_LONG_OR_BROKEN_NUMBER = re.compile(r"[:,\[]-?\d+(?:[.eE]|\d{15})")
"""May match inside a text as well; that costs time, not truth."""

_BEYOND_THE_FIRST_PLANE = re.compile("[\U00010000-\U0010ffff]")

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


def canonical(value: Any) -> bytes:
    """The one way to write this value. Raises ValueError for what canonical JSON cannot say."""
    text = _ENCODER.encode(value)
    return rfc8785.dumps(value) if _is_unsure(text) else text.encode()


def _is_unsure(text: str) -> bool:
    if text[0] not in '{["' or (not text.isascii() and _BEYOND_THE_FIRST_PLANE.search(text)):
        return True
    found = _LONG_OR_BROKEN_NUMBER.search(text)
    while found:
        at = found.start()
        if text[at] != ":" or text[at - 1] == '"':  # else it stands in a text: instants have such
            return True
        found = _LONG_OR_BROKEN_NUMBER.search(text, found.end())
    return False
