"""Secrets that cannot be printed by mistake, and the mask over what servers and libraries say.

A `Secret` comes from `notifiers.secrets.unseal` and goes into a `Channel`; everything that leaves this package as text
(words of an outcome, log lines) has passed `masked`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "****"
_SHORTEST = 4
"""A shorter secret would blot out ordinary words; it is still caught where a name stands before it."""

_NAMED = re.compile(
    r"(?i)\b((?:api[-_]?|access[-_]?|auth[-_]?|secret[-_]?|refresh[-_]?)?(?:key|token|secret|password|passwd|pwd))"
    r"(\"?\s*[=:]\s*\"?)([^\s\"&,;'}]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_IN_URL = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^/\s@]+@")


class Secret:
    """Text that shows as asterisks wherever it is printed, formatted or logged; `reveal` hands it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK if self._text else ''})"

    def __str__(self) -> str:
        return MASK if self._text else ""

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def masked(text: str, secrets: Iterable[Secret] = ()) -> str:
    """`text` without these secrets (also quoted for a URL or in base64), credentials in URLs, and `password=…`."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    text = _IN_URL.sub(rf"\1{MASK}@", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return _NAMED.sub(rf"\1\2{MASK}", text)


def _spellings(secret: str) -> Iterable[str]:
    if len(secret) < _SHORTEST:
        return
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


def masked_address(address: str) -> str:
    """Enough of a person's address to recognise it, too little to use it: `n***@danang.gov.vn`, `***678`."""
    name, at, host = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{host}"
    if "://" in address:
        return address.partition("://")[0] + "://" + address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return f"***{address[-3:]}" if len(address) > 5 else "***"  # of fewer characters none is shown
