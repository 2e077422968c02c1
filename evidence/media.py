"""Is this file what its name says, and may it be kept? The media type that is stored is the one its content earned.

The name is checked before a byte is read (`allowed_kind`), the content once it is whole on disk (`check_content`).
A file that is two things at once is refused: what a verifier saw must be what an auditor sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import BinaryIO

from evidence.archive_reading import end_record
from evidence.archives import archive_content
from evidence.errors import ContentDiffers, PdfStartsLate, TwoFilesInOne, TypeNotAllowed, TypeRunsScripts
from evidence.kinds import KINDS, OFFICE, SCRIPTABLE, WORDS, Kind
from evidence.names import extension_of
from evidence.signatures import HEAD, content_of
from evidence.texts import check_json, check_letter, check_text, check_xml

_PDF = b"%PDF-"
_PDF_WITHIN = 1024
"""Readers accept a PDF that begins within the first kilobyte, so that is where a second file can hide."""

_TEXT_CHECKS: Mapping[str, Callable[[BinaryIO, int, str], None]] = {
    "text": lambda file, _, name: check_text(file, name),
    "json": check_json,
    "xml": lambda file, _, name: check_xml(file, name),
    "letter": lambda file, _, name: check_letter(file, name),
}


def allowed_kind(name: str, types: Set[str]) -> Kind:
    """What the name promises. Raises BadInput if such files are not accepted."""
    extension = extension_of(name)
    if extension in SCRIPTABLE:
        raise TypeRunsScripts(file=name, extension=extension)
    if extension not in types or extension not in KINDS:
        raise TypeNotAllowed(file=name, extension=extension, allowed=tuple(one for one in KINDS if one in types))
    return KINDS[extension]


def check_content(file: BinaryIO, size: int, name: str, kind: Kind) -> None:
    """Hold the content against what the name promised. Raises BadInput."""
    file.seek(0)
    head = file.read(HEAD)
    found = content_of(head, size)
    if kind.content in OFFICE or kind.content == "zip":
        found = archive_content(file, size, name) if found == "zip" else found
    elif kind.content in _TEXT_CHECKS:
        if found in {"text", "unknown"}:
            _TEXT_CHECKS[kind.content](file, size, name)
            return
    elif kind.content == "pdf" and _PDF in head[:_PDF_WITHIN] and found != "pdf":
        raise _late_or_two(head, found, name)
    if found != kind.content:
        raise ContentDiffers(file=name, extension=extension_of(name), found=WORDS[found])
    if kind.content not in OFFICE and kind.content != "zip":
        _check_single(file, size, head, name, found)


def _late_or_two(head: bytes, found: str, name: str) -> PdfStartsLate | TwoFilesInOne:
    if found in {"text", "unknown"}:
        return PdfStartsLate(file=name, count=head.index(_PDF))
    return TwoFilesInOne(file=name, found=WORDS[found], also=WORDS["pdf"])


def _check_single(file: BinaryIO, size: int, head: bytes, name: str, found: str) -> None:
    """A picture, film, PDF or signature that is nothing else besides."""
    if found != "pdf" and _PDF in head[:_PDF_WITHIN]:
        raise TwoFilesInOne(file=name, found=WORDS[found], also=WORDS["pdf"])
    if end_record(file, size):
        raise TwoFilesInOne(file=name, found=WORDS[found], also=WORDS["zip"])
