"""A ZIP archive's own statements, each held against the bytes: directory, members, and what they unpack to.

Headers lie: the directory may claim 10 bytes where 10 GB come out, members may share their bytes, and a reader that
goes by local headers sees other files than one that goes by the directory. So the directory is read first (small,
bounded), every member's place and local header is checked against it, and unpacking stops at the first byte too many.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from checklists.messages import Message
from evidence.errors import (
    ArchiveLies,
    DamagedArchive,
    MemberEncrypted,
    MemberNameLies,
    MemberPacked,
    TooManyMembers,
)
from evidence.names import deceiving

MOST_MEMBERS = 10_000
BLOCK = 1 << 18
_DIRECTORY_BYTES = MOST_MEMBERS * 512
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCATOR_64 = b"PK\x06\x07"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, IndexError, struct.error)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive and the place of its bytes."""

    header: zipfile.ZipInfo
    start: int

    @property
    def name(self) -> str:
        return self.header.filename

    @property
    def end(self) -> int:
        return self.start + self.header.compress_size


def end_record(file: IO[bytes], size: int) -> bytes:
    """The end of an archive's directory, if the file ends in exactly one; else b"" (nothing may follow it)."""
    file.seek(max(0, size - 22 - 0xFFFF - 76))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or place + 22 > len(tail):
        return b""
    whole = place + 22 + int.from_bytes(tail[place + 20 : place + 22], "little") == len(tail)
    return tail[max(0, place - 76) :] if whole else b""


def members_of(file: IO[bytes], size: int, name: str) -> list[Member]:
    """The archive's members in the order of their bytes, folders among them. Raises BadInput where anything is odd."""
    _check_directory(end_record(file, size), name)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise DamagedArchive(file=name, why=Message("its directory cannot be read")) from error
    headers = sorted(archive.infolist(), key=lambda header: header.header_offset)
    if len(headers) > MOST_MEMBERS:
        raise TooManyMembers(file=name, limit=MOST_MEMBERS)
    _check_names(headers, name)
    before, members = 0, []
    for header in headers:
        if header.header_offset < before or (not before and header.header_offset):
            raise ArchiveLies(file=name, member=header.filename, why=Message("its bytes belong to another part"))
        member = _placed(file, header, name)
        if member.end > archive.start_dir:
            raise ArchiveLies(file=name, member=header.filename, why=Message("its bytes belong to another part"))
        before = max(member.end, 1)
        members.append(member)
    return members


def _check_directory(end: bytes, name: str) -> None:
    """Before anything reads the directory: is it there, and is it of a size that an honest archive has?"""
    place = end.rfind(_END)
    if place < 0:
        raise DamagedArchive(file=name, why=Message("its directory is not at the end"))
    length = int.from_bytes(end[place + 12 : place + 16], "little")
    if end[max(0, place - 20) :].startswith(_LOCATOR_64):
        if not end[max(0, place - 76) :].startswith(_END_64):
            raise DamagedArchive(file=name, why=Message("its directory is not at the end"))
        length = int.from_bytes(end[place - 36 : place - 28], "little")
    if length > _DIRECTORY_BYTES:
        raise TooManyMembers(file=name, limit=MOST_MEMBERS)


def _check_names(headers: Iterable[zipfile.ZipInfo], name: str) -> None:
    """First of all, so that no later sentence repeats a name that deceives."""
    seen: set[str] = set()
    for header in headers:
        why = _lie(header)
        if header.filename in seen:
            why = Message("there are two of this name")
        if why:
            raise MemberNameLies(file=name, member=header.orig_filename, why=why)
        seen.add(header.filename)


def _lie(header: zipfile.ZipInfo) -> Message | None:
    parts = header.orig_filename.replace("\\", "/").split("/")
    if "" in parts[:-1] or ".." in parts or parts[0].endswith(":"):
        return Message("it leads out of the archive")
    if deceiving(header.orig_filename):
        return Message("it hides characters")
    if stat.S_ISLNK(header.external_attr >> 16):
        return Message("it is a link")
    return None


def _placed(file: IO[bytes], header: zipfile.ZipInfo, name: str) -> Member:
    """Where a member's bytes are, by its local header, which must say the same as the directory."""
    if header.flag_bits & _ENCRYPTED:
        raise MemberEncrypted(file=name, member=header.filename)
    if header.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise MemberPacked(file=name, member=header.filename, method=header.compress_type)
    file.seek(header.header_offset)
    local = file.read(30)
    if len(local) < 30 or not local.startswith(b"PK\x03\x04"):
        raise ArchiveLies(file=name, member=header.filename, why=Message("it is not where the directory says"))
    flags, method = struct.unpack("<HH", local[6:10])
    name_length, extra_length = struct.unpack("<HH", local[26:30])
    encoding = "utf-8" if header.flag_bits & _UTF8 else "cp437"
    same_name = file.read(name_length) == header.orig_filename.encode(encoding)
    if not same_name or method != header.compress_type or flags & _ENCRYPTED:
        raise ArchiveLies(file=name, member=header.filename, why=Message("its two headers differ"))
    return Member(header, header.header_offset + 30 + name_length + extra_length)


def unpacked(file: IO[bytes], member: Member, name: str) -> Iterator[bytes]:
    """The member's bytes in blocks; never more than the directory says. Raises ArchiveLies where they are others."""
    left, checksum = member.header.file_size, 0
    for block in _raw(file, member):
        left -= len(block)
        if left < 0:
            raise ArchiveLies(file=name, member=member.name, why=Message("more comes out"))
        checksum = zlib.crc32(block, checksum)
        yield block
    if left:
        raise ArchiveLies(file=name, member=member.name, why=Message("less comes out"))
    if checksum != member.header.CRC:
        raise ArchiveLies(file=name, member=member.name, why=Message("its checksum is another"))


def _raw(file: IO[bytes], member: Member) -> Iterator[bytes]:
    """Stored or inflated blocks of at most BLOCK bytes; where a broken stream ends early, the size tells."""
    inflate = zlib.decompressobj(-15) if member.header.compress_type == zipfile.ZIP_DEFLATED else None
    place = member.start
    while place < member.end:
        file.seek(place)
        packed = file.read(min(BLOCK, member.end - place))
        place += len(packed)
        if not packed:
            return
        yield from [packed] if inflate is None else _inflated(inflate, packed)


def _inflated(inflate: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What this much of a stream inflates to, never empty blocks; a broken stream ends early."""
    more = True
    while more and not inflate.eof:
        try:
            block = inflate.decompress(packed, BLOCK)
        except zlib.error:
            return
        packed = inflate.unconsumed_tail
        more = bool(packed) or len(block) == BLOCK
        if block:
            yield block
