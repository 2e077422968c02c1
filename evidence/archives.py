"""Archives and Office documents (ZIP inside): which of them it is, and whether it is safe to keep and to open.

Limits are on what comes out, counted while it comes out, and archives inside share them: a bomb may be spread over
many members or hidden one level down. What cannot be looked into (passwords, rare packing methods) is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO

from checklists.messages import Message
from evidence.archive_reading import MOST_MEMBERS, Member, members_of, unpacked
from evidence.errors import (
    DamagedArchive,
    HasMacros,
    MemberEncrypted,
    MemberNotAllowed,
    TooManyMembers,
    UnpacksTooLarge,
    ZipBomb,
)
from evidence.kinds import OFFICE, WORDS
from evidence.signatures import HEAD, content_of

MEGABYTE = 1 << 20
MOST_UNPACKED = 1 << 30
HIGHEST_RATIO = 200
HARMLESS = 20 * MEGABYTE
"""What unpacks to no more than this is no bomb, whatever its ratio: blank scans and empty sheets pack well."""
DEEPEST = 2
"""A ZIP may hold a DOCX, which may hold the XLSX behind its chart."""

_RUNS = (
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".lnk",
    ".msi", ".jar", ".apk", ".reg", ".url",
)  # fmt: skip
_MACROS = ("vbaproject.bin", "basic/", "scripts/")
_TELLING = {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"}
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"presentationml.presentation.main+xml", "pptx"),
)
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}


@dataclass(slots=True)
class _Allowance:
    """What may still come out of a file and everything in it."""

    packed: int
    members: int = MOST_MEMBERS
    promised: int = 0

    def take(self, members: Sequence[Member], name: str) -> None:
        """Book what an archive's directory promises. Raises BadInput when it is too much."""
        self.members -= len(members)
        self.promised += sum(member.header.file_size for member in members)
        ratio = self.promised // max(self.packed, 1)
        if self.members < 0:
            raise TooManyMembers(file=name, limit=MOST_MEMBERS)
        if self.promised > HARMLESS and ratio > HIGHEST_RATIO:
            raise ZipBomb(file=name, ratio=ratio, limit=HIGHEST_RATIO)
        if self.promised > MOST_UNPACKED:
            raise UnpacksTooLarge(file=name, size=self.promised // MEGABYTE, limit=MOST_UNPACKED // MEGABYTE)


def archive_content(file: IO[bytes], size: int, name: str) -> str:
    """Which kind of ZIP this is (key of `kinds.WORDS`). Raises BadInput if it is damaged, dangerous or dishonest."""
    return _examined(file, size, name, _Allowance(packed=size), 0)


def _examined(file: IO[bytes], size: int, name: str, allowance: _Allowance, depth: int) -> str:
    members = members_of(file, size, name)
    if all(member.header.is_dir() for member in members):
        raise DamagedArchive(file=name, why=Message("it holds no file"))
    allowance.take(members, name)
    read = {member.name: _examined_member(file, member, name, allowance, depth) for member in members}
    content = _office(read)
    if content in OFFICE:
        _check_office(read, name)
    return content


def _examined_member(file: IO[bytes], member: Member, name: str, allowance: _Allowance, depth: int) -> bytes:
    """Unpack a member to its end; returns its bytes if it is one that says what the archive is."""
    blocks = unpacked(file, member, name)
    first = b""
    while len(first) < HEAD and (block := next(blocks, b"")):
        first += block
    if _checked_content(first, member, name) == "zip":
        with tempfile.SpooledTemporaryFile(max_size=8 * MEGABYTE) as inner:
            inner.writelines(chain((first,), blocks))
            _check_inner(inner, member, name, allowance, depth)
        return b""
    kept = first if member.name in _TELLING else b""
    for block in blocks:
        if kept and len(kept) < MEGABYTE:
            kept += block
    return kept


def _checked_content(first: bytes, member: Member, name: str) -> str:
    found = content_of(first[:HEAD], member.header.file_size)
    if member.name.lower().endswith(_RUNS):
        found = "program"
    if found in {"program", "script", "archive"}:
        raise MemberNotAllowed(file=name, member=member.name, found=WORDS[found])
    return found


def _check_inner(inner: IO[bytes], member: Member, name: str, allowance: _Allowance, depth: int) -> None:
    """An archive in an archive: only Office documents, and not without end."""
    path = f"{name}/{member.name}"
    content = "zip" if depth == DEEPEST else _examined(inner, member.header.file_size, path, allowance, depth + 1)
    if content not in OFFICE:
        raise MemberNotAllowed(file=name, member=member.name, found=WORDS[content])


def _office(read: dict[str, bytes]) -> str:
    """Office documents say what they are in one member; everything else is a plain ZIP."""
    types = read.get("[Content_Types].xml", b"")
    for mark, content in _MARKS:
        if mark in types:
            return content
    if b"macroEnabled" in types:
        return "docx"
    return _MIMETYPES.get(read.get("mimetype", b"").strip(), "zip")


def _check_office(read: dict[str, bytes], name: str) -> None:
    macros = any(part.lower().endswith(_MACROS[0]) or part.lower().startswith(_MACROS[1:]) for part in read)
    if macros or b"macroEnabled" in read.get("[Content_Types].xml", b""):
        raise HasMacros(file=name)
    if b"encryption-data" in read.get("META-INF/manifest.xml", b""):
        raise MemberEncrypted(file=name, member="content.xml")
