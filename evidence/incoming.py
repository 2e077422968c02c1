"""Files on their way into the store: a locked temporary file in the store's own file system, and what can go wrong.

The lock tells a file that is being received from one that a crash left behind: the system drops it with the process.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from evidence.errors import CannotRead, CannotStore, DiskFull

BLOCK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A half-received file of a process that died."""

    path: Path
    size: int
    written: datetime
    """When something was last written to it."""


@contextmanager
def receiving(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new temporary file, unbuffered, and its path; whatever has not been renamed by the end is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "w+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def write_all(file: BinaryIO, block: bytes) -> None:
    """An unbuffered file may take less than it is given."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def reading_errors(name: str) -> Iterator[None]:
    """Errors of where a file comes from; not the store's."""
    try:
        yield
    except OSError as error:
        raise CannotRead(file=name, why=error.strerror or error) from error


@contextmanager
def storage_errors(name: str, folder: Path) -> Iterator[None]:
    """Errors of the file system as sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(file=name, folder=folder) from error
        raise CannotStore(file=name, folder=folder, why=error.strerror or error) from error


def leftovers_in(folder: Path) -> list[Leftover]:
    """The temporary files that nobody is writing, by name."""
    if not folder.is_dir():
        return []
    found = (_leftover(path) for path in sorted(folder.iterdir()))
    return [one for one in found if one is not None]


def _leftover(path: Path) -> Leftover | None:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            told = os.fstat(file.fileno())
    except (BlockingIOError, FileNotFoundError):
        return None
    return Leftover(path, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))
