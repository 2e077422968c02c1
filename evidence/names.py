"""The name of an attached file: what is harmless is put right, what lies about itself is refused.

A name is kept for people only; the file itself is stored under its digest. Still it is shown, searched and offered as
a download, so it may not lead out of a folder or look like another name.
"""

from __future__ import annotations

import unicodedata

from evidence.errors import NameHasPath, NameHides, NameTooLong, NoExtension, NoFileName

LONGEST_NAME = 200
_WITHOUT_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""What copying from documents leaves behind: it means nothing in a name, so it is dropped."""
_DECEIVING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Controls (bidirectional ones among them), halves of characters, private and unassigned ones, line ends."""


def deceiving(text: str) -> tuple[int, str] | None:
    """The first character that hides or turns the writing round, as place and `U+…`; None if there is none."""
    for position, character in enumerate(text):
        if unicodedata.category(character) in _DECEIVING:
            return position, f"U+{ord(character):04X}"
    return None


def clean_name(text: str) -> str:
    """The name as it is kept: NFC, single blanks, no blanks or dots at the end. Raises BadInput where it lies."""
    found = deceiving(text.translate(_WITHOUT_WIDTH))
    if found:
        raise NameHides(file=text, character=found[1])
    name = " ".join(unicodedata.normalize("NFC", text.translate(_WITHOUT_WIDTH)).split()).rstrip(". ")
    if not name:
        raise NoFileName()
    if "/" in name or "\\" in name:
        raise NameHasPath(file=text)
    if len(name) > LONGEST_NAME:
        raise NameTooLong(file=name[:40] + "…", length=len(name), limit=LONGEST_NAME)
    return name


def extension_of(name: str) -> str:
    """The extension in small letters, without its dot. Raises NoExtension."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem.strip(". ") or not extension.isalnum():
        raise NoExtension(file=name)
    return extension.lower()
