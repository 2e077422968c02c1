"""Evidence files on their way from the store into a bag: read again, compared with the digest they are named by.

Where store and bag share a file system the file is linked, not copied (the store never changes a file it has named);
it is read either way, because the second manifest wants another hash, and because a damaged file must not travel.
What was read before a crash is noted beside the bag and is not read twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from evidence.errors import EvidenceMissing
from evidence.package.bag import BLOCK, PART, Bag, Hashed, HashingFile, hashed_file
from evidence.store import EvidenceStore


class Came(StrEnum):
    """What became of a file that should be in the package."""

    IN = "in"
    ABSENT = "absent"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"


@dataclass
class StoredFiles:
    """Files of the store for one bag; `note` is where those that are in are written down."""

    store: EvidenceStore
    bag: Bag
    note: Path
    known: dict[str, Hashed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = dict(_noted(self.note))

    def bring(self, digest: str, path: str) -> Came:
        """Put the file with this digest at `path` of the bag, if it is what it should be."""
        known, place = self.known.get(path), self.bag.place(path)
        if known and known.sha256 == digest and place.is_file() and place.stat().st_size == known.size:
            self.bag.adopt(path, known)
            return Came.IN
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            hashed = self._brought(digest, place)
        except EvidenceMissing:
            return Came.ABSENT
        except PermissionError:
            return Came.UNREADABLE
        if hashed.sha256 != digest:
            place.unlink()
            return Came.DAMAGED
        self.bag.adopt(path, hashed)
        self._note_down(path, hashed)
        return Came.IN

    def forget_others(self, paths: set[str], folder: str) -> None:
        """Remove from the folder what an earlier, interrupted round had brought and this one does not want."""
        for place in self.bag.place(folder).glob("*"):
            if place.relative_to(self.bag.folder).as_posix() not in paths:
                place.unlink()

    def _brought(self, digest: str, place: Path) -> Hashed:
        source = self.store.path(digest)
        if not source.is_file():
            raise EvidenceMissing(digest=digest, folder=self.store.folder)
        part = place.with_name(place.name + PART)
        part.unlink(missing_ok=True)
        try:
            os.link(source, part)
        except OSError:  # another file system, or one without links
            return self._copied(digest, place)
        hashed = hashed_file(part)
        part.replace(place)
        return hashed

    def _copied(self, digest: str, place: Path) -> Hashed:
        with self.store.open(digest) as source, HashingFile(place) as target:
            while block := source.read(BLOCK):
                target.write(block)
        assert target.hashed is not None  # noqa: S101 - the block ended well
        return target.hashed

    def _note_down(self, path: str, hashed: Hashed) -> None:
        with self.note.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"path": path, **asdict(hashed)}) + "\n")


def _noted(note: Path) -> Iterator[tuple[str, Hashed]]:
    """What an earlier round wrote down; its last line may be a half one."""
    if not note.exists():
        return
    for line in note.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
            yield said.pop("path"), Hashed(**said)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
