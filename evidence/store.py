"""The evidence store: each file once, under the SHA-256 of what it contains. It knows no database.

The order is file first, row later, never the other way round: `put` returns when the file would survive a power cut,
and only then may the caller write the row that names it. Dying in between leaves at worst a file that no row names,
or a half one in `incoming`, which `leftovers` lists.

    FOLDER/incoming/…          being received
    FOLDER/ab/cd/abcd…         kept, read-only
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from evidence.errors import EmptyFile, EvidenceMissing, NotADigest, TooLarge
from evidence.incoming import (
    BLOCK,
    Leftover,
    leftovers_in,
    reading_errors,
    receiving,
    storage_errors,
    sync_folder,
    write_all,
)
from evidence.kinds import EVERY_TYPE
from evidence.media import allowed_kind, check_content
from evidence.names import clean_name

MEGABYTE = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Integrity(StrEnum):
    """What became of a file since it was put."""

    OK = "ok"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept, with everything a row about it needs."""

    digest: str
    size: int
    media_type: str
    name: str
    already: bool
    """The same content was there before."""


def _never(_: str) -> None:
    """No rehearsal."""


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """Files by digest in one folder. Several processes may use the same folder at once."""

    folder: Path
    types: frozenset[str] = EVERY_TYPE
    max_mb: int = 100
    faultpoint: Callable[[str], None] = field(default=_never, repr=False, compare=False)

    def put(self, stream: BinaryIO, name: str) -> StoredFile:
        """Keep what the stream holds. Raises BadInput if it is refused, DiskFull or CannotStore if it cannot be kept.

        The file is named even if its content is there already: that heals a copy that was damaged since.
        """
        faultpoint = self.faultpoint
        name = clean_name(name)
        kind = allowed_kind(name, self.types)
        with storage_errors(name, self.folder), receiving(self.folder / "incoming") as (file, temporary):
            digest, size = self._received(stream, file, name)
            check_content(file, size, name, kind)
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
            faultpoint("evidence.written")
            place = self.path(digest)
            already = place.exists()
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(place)
            faultpoint("evidence.named")
            for folder in (place.parent, place.parent.parent, self.folder, self.folder.parent):
                sync_folder(folder)
        faultpoint("evidence.kept")
        return StoredFile(digest, size, kind.media_type, name, already)

    def _received(self, stream: BinaryIO, file: BinaryIO, name: str) -> tuple[str, int]:
        """Digest and size of what was written to `file`; not a block more is read than the limit allows."""
        faultpoint = self.faultpoint
        hashed, size = hashlib.sha256(), 0
        while block := _next_block(stream, name):
            size += len(block)
            if size > self.max_mb * MEGABYTE:
                raise TooLarge(file=name, limit=self.max_mb)
            hashed.update(block)
            write_all(file, block)
            faultpoint("evidence.receiving")
        if not size:
            raise EmptyFile(file=name)
        return hashed.hexdigest(), size

    def path(self, digest: str) -> Path:
        """Where a file of this digest stands, if it is kept."""
        if not _DIGEST.fullmatch(digest):
            raise NotADigest(digest=digest)
        return self.folder / digest[:2] / digest[2:4] / digest

    def open(self, digest: str) -> BufferedReader:
        """The file for reading. Raises EvidenceMissing."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError as error:
            raise EvidenceMissing(digest=digest, folder=self.folder) from error

    def check(self, digest: str) -> Integrity:
        """Read the file again and compare."""
        try:
            with reading_errors(digest), self.open(digest) as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except EvidenceMissing:
            return Integrity.MISSING
        return Integrity.OK if same else Integrity.CHANGED

    def digests(self) -> Iterator[str]:
        """Every file that is kept, in order. Those that no row names were put just before a crash, or just now."""
        for first in _folders(self.folder):
            for second in _folders(first):
                names = sorted(entry.name for entry in second.iterdir())
                yield from (name for name in names if _DIGEST.fullmatch(name) and self.path(name).parent == second)

    def leftovers(self) -> list[Leftover]:
        """What crashes left in `incoming`; not what somebody is sending at this moment."""
        return leftovers_in(self.folder / "incoming")

    def remove_leftovers(self, older_than: timedelta, now: datetime) -> list[Leftover]:
        """Remove and return the leftovers that nobody wrote to for so long."""
        old = [one for one in self.leftovers() if now - one.written > older_than]
        for one in old:
            one.path.unlink(missing_ok=True)
        return old


def _next_block(stream: BinaryIO, name: str) -> bytes:
    with reading_errors(name):
        return stream.read(BLOCK)


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(entry for entry in parent.iterdir() if re.fullmatch("[0-9a-f]{2}", entry.name) and entry.is_dir())
