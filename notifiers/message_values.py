"""Values on their way into a message: facts → one language, nothing that hides, breaks a line or runs.

A template sees plain namespaces, never our objects. Every string loses line breaks, control characters and the marks
that turn the direction of writing; a link that is not http(s) does not arrive at all.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from checklists.deadlines import VIETNAM
from checklists.templates import Text

LONGEST_VALUE = 2_000
LONGEST_LINK = 2_000

_NEVER_IN_A_LINK = frozenset("\"'<>`\\{}|^ ")
_SPACE, _GONE, _MARKED = {"Cc", "Zl", "Zp", "Zs"}, {"Cf", "Cn"}, {"Cs", "Co"}


def seen(value: Any, language: str) -> Any:
    """`value` as a template may see it: facts as namespaces, both-language words in `language`, strings neutral."""
    if value is None:
        return None
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, Text):
        return neutral(getattr(value, language))
    if is_dataclass(value) and not isinstance(value, type):
        return SimpleNamespace(**{name: _field(value, name, language) for name in _names(type(value))})
    if isinstance(value, tuple):
        return tuple(seen(item, language) for item in value)
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _field(facts: Any, name: str, language: str) -> Any:
    value = getattr(facts, name)
    if name == "link":
        return web_link(value)
    return seen(value, language)


@lru_cache(maxsize=4096)
def neutral(text: str) -> str:
    """One line of NFC text: breaks and controls become a space, marks without a shape go, what has no meaning is �."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text.translate(_NEUTRAL))
    return shortened(" ".join(text.split()), LONGEST_VALUE)


class _Neutral(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        became = self[code] = _neutral_char(chr(code))
        return became


_NEUTRAL = _Neutral()


def _neutral_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in _SPACE:
        return " "
    if category in _GONE:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if category in _MARKED else char


def web_link(link: str | None) -> str | None:
    """The link, where it is an ordinary http(s) address that says where it leads; else None."""
    if not link or len(link) > LONGEST_LINK or not link.isprintable() or _NEVER_IN_A_LINK & set(link):
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else None


def shortened(text: str, most: int) -> str:
    """At most `most` characters, ending in … where something was left out; a letter keeps its marks."""
    if len(text) <= most:
        return text
    end = most - 1
    while end and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip(" ,;:.–-") + "…"


def day(value: date, language: str) -> str:
    """dd/MM/yyyy; an instant with its time in Viet Nam."""
    if not isinstance(value, datetime):
        return f"{value:%d/%m/%Y}"
    if value.tzinfo is None:
        raise ValueError("an instant in a message must have a zone")
    local = value.astimezone(VIETNAM)
    return f"{local:%H:%M} ngày {local:%d/%m/%Y}" if language == "vi" else f"{local:%d/%m/%Y at %H:%M}"


def grouped(number: int, language: str) -> str:
    """9970 as 9.970 in Vietnamese and 9,970 in English."""
    return f"{number:,}".replace(",", ".") if language == "vi" else f"{number:,}"
