"""Evidence that is words: a note or a link. Its digest stands beside those of files in what a verifier approves."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal
from urllib.parse import urlsplit

from evidence.errors import EmptyNote, LinkNamesAPerson, LinkTooLong, NotAWebLink, NoteHides, NoteTooLong
from evidence.names import deceiving

LONGEST_NOTE = 10_000
LONGEST_LINK = 2_000


def clean_note(text: str) -> str:
    """The note as it is kept: NFC, lines ended by one line feed, nothing blank around it. Raises BadInput."""
    note = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not note:
        raise EmptyNote()
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(length=len(note), limit=LONGEST_NOTE)
    found = deceiving(note.replace("\n", " ").replace("\t", " "))
    if found:
        raise NoteHides(position=found[0] + 1, character=found[1])
    return note


def clean_link(text: str) -> str:
    """The link as it is kept: a web address with a host, NFC. Raises BadInput."""
    link = unicodedata.normalize("NFC", text.strip())
    if len(link) > LONGEST_LINK:
        raise LinkTooLong(length=len(link), limit=LONGEST_LINK)
    if deceiving(link) or any(character.isspace() or character in '\\<>"' for character in link):
        raise NotAWebLink(link=link)
    try:
        parts = urlsplit(link)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NotAWebLink(link=link)
    if "@" in parts.netloc:
        raise LinkNamesAPerson(link=link)
    return link


def text_digest(kind: Literal["note", "link"], text: str) -> str:
    """SHA-256 (hex) of kind, a zero byte and the text in NFC as UTF-8: a note that only holds a link is not that link.

    An auditor gets the same with stock tools: `printf 'note\\0%s' "$TEXT" | sha256sum`.
    """
    return hashlib.sha256(f"{kind}\0{unicodedata.normalize('NFC', text)}".encode()).hexdigest()
