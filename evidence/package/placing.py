"""A package at its place: whole or not there. It is written beside the target under a passing name and renamed.

Nothing that is there already is replaced, not even by somebody who came a moment before us.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.incoming import sync_folder
from evidence.package.errors import CannotWritePackage, NoSuchTargetFolder, PackageDiskFull, TargetThere
from evidence.package.zipped import copy_folder, write_zip

_FULL = {errno.ENOSPC, errno.EDQUOT}
_PASSING = ".bangiao-"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}

Done = Callable[[int], object]


def must_be_free(target: Path) -> None:
    """Raises TargetThere, or NoSuchTargetFolder where nothing could be written."""
    if os.path.lexists(target):
        raise TargetThere(target=str(target))
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise NoSuchTargetFolder(folder=str(target.parent))


def place_package(folder: Path, name: str, target: Path, done: Done = lambda _bytes: None) -> int:
    """The bag in `folder` at `target`: a ZIP where the name ends in .zip, else a folder; gives its bytes.

    `name` is the bag's own: the top folder in the ZIP.
    """
    must_be_free(target)
    with writing_errors(target.parent, target):
        if is_zip(target):
            return _place_zip(folder, name, target, done)
        return _place_folder(folder, target, done)


def is_zip(target: Path) -> bool:
    return target.suffix.lower() == ".zip"


def _place_zip(folder: Path, name: str, target: Path, done: Done) -> int:
    descriptor, passing = tempfile.mkstemp(dir=target.parent, prefix=_PASSING)
    try:
        with os.fdopen(descriptor, "w+b") as out:
            write_zip(folder, name, out, done)
            out.flush()
            os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
            size = out.tell()
        _rename_file(Path(passing), target)
    finally:
        Path(passing).unlink(missing_ok=True)
    sync_folder(target.parent)
    return size


def _rename_file(passing: Path, target: Path) -> None:
    """A link fails where the name is taken; a rename would replace what is there."""
    try:
        os.link(passing, target)
    except FileExistsError as error:
        raise TargetThere(target=str(target)) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        must_be_free(target)
        passing.rename(target)


def _place_folder(folder: Path, target: Path, done: Done) -> int:
    passing = Path(tempfile.mkdtemp(dir=target.parent, prefix=_PASSING))
    try:
        copy_folder(folder, passing, done)
        passing.chmod(0o755)
        for place in (passing, *passing.rglob("*")):
            if place.is_dir():
                sync_folder(place)
            else:
                _sync_file(place)
        size = sum(place.stat().st_size for place in passing.rglob("*") if place.is_file())
        must_be_free(target)
        passing.rename(target)
    finally:
        shutil.rmtree(passing, ignore_errors=True)
    sync_folder(target.parent)
    return size


def _sync_file(place: Path) -> None:
    with place.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def writing_errors(folder: Path, target: Path) -> Iterator[None]:
    """Errors of the file system as sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise PackageDiskFull(folder=str(folder), target=str(target)) from error
        why = error.strerror or error
        raise CannotWritePackage(folder=str(folder), target=str(target), why=why) from error
