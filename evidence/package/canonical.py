"""Canonical JSON (RFC 8785) for rows, by the hundred thousand.

The standard library's encoder gives the same bytes for what rows are made of: text, whole numbers, yes and no, lists,
objects. Where that could fail (fractions, numbers beyond 2^53, keys outside the first plane) the exact one is asked.
"""

from __future__ import annotations

import json
import re
from typing import Any

import rfc8785

_LIKE_A_NUMBER = re.compile(r"[:,\[]-?\d+(?:[.eE]|\d{15})")
_NUMBER = re.compile(r"(?:\":|[,\[])-?\d+(?:[.eE]|\d{15})|^-?\d+(?:[.eE]|\d{15})")
_BEYOND_THE_FIRST_PLANE = re.compile("[\U00010000-\U0010ffff]")
"""They may match inside a text as well; that costs time, not truth. Instants match the first, which is the quick one,
and not the second."""

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


def canonical(value: Any) -> bytes:
    """The one way to write this value. Raises ValueError for what canonical JSON cannot say."""
    text = _ENCODER.encode(value)
    return rfc8785.dumps(value) if _is_unsure(text) else text.encode()


def _is_unsure(text: str) -> bool:
    if (text[0] != "{" or _LIKE_A_NUMBER.search(text)) and _NUMBER.search(text):
        return True
    return _BEYOND_THE_FIRST_PLANE.search(text) is not None
