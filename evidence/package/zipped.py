"""A bag as a ZIP whose bytes follow from the bag alone, written and read as a stream.

Everything that a ZIP usually tells of the machine it was made on is settled: no times, owners, folders, comments.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from evidence.package.bag import BLOCK

DEFLATED = (".jsonl", ".csv")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _MODE = 3, 0o100644 << 16
_UTF8 = 0x800


class _Entry(zipfile.ZipInfo):
    """The standard library marks a name as UTF-8 only where it is not ASCII; a package always says it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(), self.flag_bits | _UTF8


def write_zip(folder: Path, top: str, out: BinaryIO, done: Callable[[int], object] = lambda _bytes: None) -> None:
    """All files below `folder` under the one top folder `top`, names sorted; `done` is told how many bytes went in."""
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        for name in sorted(_names(folder)):
            with (folder / name).open("rb") as source, archive.open(_entry(top, name, folder), "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    done(len(block))


def _names(folder: Path) -> Iterator[str]:
    return (place.relative_to(folder).as_posix() for place in folder.rglob("*") if place.is_file())


def _entry(top: str, name: str, folder: Path) -> zipfile.ZipInfo:
    entry = _Entry(f"{top}/{name}", _EPOCH)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    entry.file_size = (folder / name).stat().st_size
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(DEFLATED) else zipfile.ZIP_STORED
    entry._compresslevel = 1  # type: ignore[attr-defined]  # its public name is younger than Python 3.11
    return entry


def copy_folder(folder: Path, target: Path, done: Callable[[int], object] = lambda _bytes: None) -> None:
    """The same as a folder: every file with 0644, as it would come out of the ZIP."""
    for name in sorted(_names(folder)):
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, place)
        place.chmod(0o644)
        done(place.stat().st_size)
