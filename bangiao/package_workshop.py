"""Where a package is prepared: one folder for each scope, below the data directory, held by one process at a time.

    DATA/packages/<scope>/bag/          the bag in the making
    DATA/packages/<scope>/brought.jsonl  evidence files that are in it already

A process that dies leaves it; the next export of the same scope goes on with the files that are in, and makes the rest
anew. What nobody goes on with is a finding of `bangiao doctor`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bangiao.package_errors import ExportUnderWay
from bangiao.settings import Settings
from evidence.package.bag import Bag
from evidence.package.stored_files import StoredFiles
from evidence.store import EvidenceStore

FILES = "data/files"
_NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Workshop:
    """The folder of one export, while it is ours."""

    folder: Path

    def fresh_bag(self) -> Bag:
        """A bag without anything but evidence files that an earlier round brought."""
        bag = Bag(self.folder / "bag")
        kept = bag.place(FILES)
        for place in sorted(bag.folder.rglob("*"), reverse=True):
            if place.is_file() and place.parent != kept:
                place.unlink()
            elif place.is_dir() and place not in {kept, kept.parent}:
                shutil.rmtree(place, ignore_errors=True)
        kept.mkdir(parents=True, exist_ok=True)
        return bag

    def files(self, bag: Bag, store: EvidenceStore) -> StoredFiles:
        return StoredFiles(store, bag, self.folder / "brought.jsonl")

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def workshops(settings: Settings) -> Path:
    return settings.data_dir / "packages"


@contextmanager
def workshop(settings: Settings, name: str) -> Iterator[Workshop]:
    """Raises ExportUnderWay while another process prepares a package of the same name."""
    folder = workshops(settings) / name[:_NAME_LENGTH]
    descriptor = _held(folder)
    try:
        yield Workshop(folder)
    finally:
        os.close(descriptor)


def _held(folder: Path) -> int:
    """The folder, locked; the lock goes with the process."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists() and folder.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor  # and not one that its last holder has just removed
        except BlockingIOError as error:
            os.close(descriptor)
            raise ExportUnderWay from error
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class LeftWorkshop:
    """What an export that died has left."""

    folder: Path
    size: int
    touched: datetime

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def left_workshops(settings: Settings) -> list[LeftWorkshop]:
    """Those that nobody holds, by name."""
    top = workshops(settings)
    if not top.is_dir():
        return []
    return [_left(folder) for folder in sorted(top.iterdir()) if folder.is_dir() and not _is_held(folder)]


def _is_held(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _left(folder: Path) -> LeftWorkshop:
    told = [place.lstat() for place in (folder, *folder.rglob("*"))]
    size = sum(one.st_size for one in told)
    return LeftWorkshop(folder, size, datetime.fromtimestamp(max(one.st_mtime for one in told), UTC))
