"""What a person gives as a reason, or as the name of who can help: put into the form in which it is kept, or refused.

It is read by others in a terminal, on a page and in minutes, so it may not hide anything or turn the writing round.
"""

from __future__ import annotations

import unicodedata

from checklists.errors import BadInput

LONGEST_REASON = 2_000
LONGEST_NAME = 200
_DECEIVING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_WITHOUT_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""What copying from documents leaves behind: it means nothing, so it is dropped."""


class SaidTooLong(BadInput):
    """What was written has {length} characters, at most {limit} are kept here: “{beginning}”. Write it shorter, and
    attach the long text as evidence."""


class SaidHides(BadInput):
    """What was written holds a character that nobody sees or that turns the writing round ({character}, place
    {position}). Write it again without it."""


def as_kept(text: str, limit: int = LONGEST_REASON) -> str:
    """Composed (NFC), in one line, nothing blank around it. Raises SaidTooLong, SaidHides."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text.strip()
    said = " ".join(unicodedata.normalize("NFC", text.translate(_WITHOUT_WIDTH)).split())
    if len(said) > limit:
        raise SaidTooLong(length=len(said), limit=limit, beginning=_printable(said[:40]) + "…")
    for position, character in enumerate(said, start=1):
        if unicodedata.category(character) in _DECEIVING:
            raise SaidHides(character=f"U+{ord(character):04X}", position=position)
    return said


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
