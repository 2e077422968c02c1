"""A package as files by name, from a folder or from a ZIP that is read in place. Nothing is unpacked or followed.

package at hand → **names, and each file as a stream** → `checking_bag`, `checking_log`, `checking_rows`. A ZIP is read
from its first byte to its last: whatever is no file of it is a finding.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO, Protocol

from evidence.package.checking_findings import Report
from evidence.package.errors import NotAPackage

BLOCK = 1 << 20
_LOCAL, _CENTRAL, _END, _END64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_UTF8, _STORED, _DEFLATED, _PLAIN_FILE = 0x800, 0, 8, 0o100644
_LARGE = 0xFFFFFFFF


class DamagedFile(Exception):
    """A file inside a ZIP that does not come out as the ZIP announces."""


class Source(Protocol):
    """Where the files of a package are."""

    @property
    def top(self) -> str | None: ...

    names: list[str]

    def stream(self, name: str) -> Iterator[bytes]: ...

    def size(self) -> int:
        """All bytes, for whoever shows progress."""
        ...


@dataclass
class FolderSource:
    """A folder."""

    folder: Path
    top: None = None
    names: list[str] = field(default_factory=list)

    def stream(self, name: str) -> Iterator[bytes]:
        with (self.folder / name).open("rb") as file:
            while block := file.read(BLOCK):
                yield block

    def size(self) -> int:
        return sum((self.folder / name).stat().st_size for name in self.names)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    method: int
    check: int
    packed: int
    size: int
    starts: int = 0


@dataclass
class ZipSource:
    """A ZIP."""

    file: Path
    members: dict[str, _Member]
    top: str
    names: list[str]

    def stream(self, name: str) -> Iterator[bytes]:
        member, check, size = self.members[name], 0, 0
        for block in self._unpacked(member):
            check, size = zlib.crc32(block, check), size + len(block)
            if size > member.size:
                raise DamagedFile(name)
            yield block
        if (check, size) != (member.check, member.size):
            raise DamagedFile(name)

    def _unpacked(self, member: _Member) -> Iterator[bytes]:
        with self.file.open("rb") as raw:
            raw.seek(member.starts)
            blocks = _exactly(raw, member.packed, member.name)
            yield from blocks if member.method == _STORED else _inflated(blocks, member.name)

    def size(self) -> int:
        return sum(one.size for one in self.members.values())


def open_source(package: Path, report: Report) -> Source:
    """Raises NotAPackage, OSError."""
    if package.is_dir():
        return _folder(package, report)
    with package.open("rb") as raw:
        return _zip(package, raw, report)


def _folder(package: Path, report: Report) -> FolderSource:
    source, waiting = FolderSource(package), [package]
    while waiting:
        for one in sorted(waiting.pop().iterdir()):
            name = one.relative_to(package).as_posix()
            if one.is_symlink() or not (one.is_file() or one.is_dir()):
                report.say("special", name)
            elif one.is_dir():
                waiting.append(one)
            else:
                source.names.append(name)
    source.names.sort()
    return source


def _zip(package: Path, raw: BinaryIO, report: Report) -> ZipSource:
    members: dict[str, _Member] = {}
    tops: set[str] = set()
    locals_ = list(_locals(raw, report))
    if not locals_:
        raise NotAPackage(file=str(package), why="ZIP?")
    for member in locals_:
        top, _, name = member.name.partition("/")
        tops.add(top)
        if name in members:
            report.say("twice", member.name)
        members.setdefault(name, member)
    _directory(raw, locals_, report)
    if len(tops) != 1:
        report.say("zip", package.name, found=f"{len(tops)} folders at the top")
    return ZipSource(package, members, min(tops), sorted(members))


def _locals(raw: BinaryIO, report: Report) -> Iterator[_Member]:
    """The files one after another from the first byte on; leaves `raw` where they end."""
    while (head := raw.read(30))[:4] == _LOCAL and len(head) == 30:
        told = [int.from_bytes(head[at : at + size], "little") for at, size in _LOCAL_FIELDS]
        flags, method, check, packed, size, name_length, extra_length = told
        name = raw.read(name_length).decode("utf-8", "replace")
        extra = raw.read(extra_length)
        if packed == _LARGE or size == _LARGE:
            size, packed = _zip64(extra)
        elif extra:
            report.say("zip", name, found="extra field")
        if flags != _UTF8 or method not in {_STORED, _DEFLATED}:
            report.say("zip", name, found="encrypted, streamed, or packed in an unknown way")
        yield _Member(name, method, check, packed, size, raw.tell())
        raw.seek(packed, 1)
    raw.seek(-len(head), 1)


_LOCAL_FIELDS = ((6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))
_CENTRAL_FIELDS = ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (38, 4), (42, 4))


def _zip64(extra: bytes) -> tuple[int, int]:
    return int.from_bytes(extra[4:12], "little"), int.from_bytes(extra[12:20], "little")


def _directory(raw: BinaryIO, members: list[_Member], report: Report) -> None:
    """It must tell of the very same files in the same order, and the file must end with it."""
    for member in members:
        head = raw.read(46)
        told = [int.from_bytes(head[at : at + size], "little") for at, size in _CENTRAL_FIELDS]
        _, method, check, packed, size, name_length, extra_length, comment, attributes, _ = told
        name = raw.read(name_length)
        extra = raw.read(extra_length)
        if head[:4] != _CENTRAL or name != member.name.encode() or told[0] != _UTF8:
            report.say("zip", member.name, found="the directory tells of something else")
            return
        if attributes >> 16 != _PLAIN_FILE:
            report.say("special", member.name)
        same = (method, check) == (member.method, member.check)
        if _LARGE not in (packed, size):
            same = same and (packed, size) == (member.packed, member.size)
        if not same or comment or (extra and extra[:2] != b"\1\0"):
            report.say("zip", member.name, found="the directory tells of another content, or has a comment")
            raw.seek(comment, 1)
    at = raw.tell()
    rest = raw.read(22)
    if rest[:4] == _END64:
        raw.seek(at + 56 + 20)
        rest = raw.read(22)
    ends = raw.tell() == raw.seek(0, SEEK_END)
    if rest[:4] != _END or rest[20:] != b"\0\0" or not ends:
        report.say("zip", "PK", found="something stands behind the directory, or the end is absent")


def _exactly(raw: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    while size:
        block = raw.read(min(BLOCK, size))
        if not block:
            raise DamagedFile(name)
        size -= len(block)
        yield block


def _inflated(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in blocks:
            waiting = block
            while waiting and not stream.eof:
                yield stream.decompress(waiting, BLOCK)
                waiting = stream.unconsumed_tail
            if stream.eof and (stream.unused_data or next(blocks, b"")):
                raise DamagedFile(name)
        if not stream.eof:
            yield stream.flush()
    except zlib.error as error:
        raise DamagedFile(name) from error
    if not stream.eof:
        raise DamagedFile(name)
