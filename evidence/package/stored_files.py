"""Evidence files on their way from the store into a bag: read again, compared with the digest they are named by.

Where store and bag share a file system the file is linked, not copied (the store never changes a file it has named);
it is read either way, because the second manifest wants another hash, and because a damaged file must not travel.
What was read before a crash is noted beside the bag and is not read twice. Hashing is most of the work and lets other
threads run, so many files are read on as many threads as there are processors.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from evidence.errors import EvidenceMissing
from evidence.incoming import reading_errors
from evidence.package.bag import BLOCK, PART, Bag, Hashed, HashingFile, hashed_file
from evidence.store import EvidenceStore

THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 4 * THREADS


class Came(StrEnum):
    """What became of a file that should be in the package."""

    IN = "in"
    ABSENT = "absent"
    DAMAGED = "damaged"


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
        """Put the file with this digest at `path` of the bag, if it is what it should be. Raises CannotRead: what is
        there and cannot be read is not to be called absent."""
        return self._settled(digest, path, lambda: self._hashed(digest, path))

    def bring_all(self, wanted: Iterable[tuple[str, str]]) -> Iterator[Came]:
        """The same for many (digest, path), in their order; a few are read ahead."""
        with ThreadPoolExecutor(THREADS) as pool:
            ahead: deque[tuple[str, str, Callable[[], Hashed]]] = deque()
            for digest, path in wanted:
                ahead.append((digest, path, pool.submit(self._hashed, digest, path).result))
                if len(ahead) > _AHEAD:
                    yield self._settled(*ahead.popleft())
            while ahead:
                yield self._settled(*ahead.popleft())

    def _hashed(self, digest: str, path: str) -> Hashed:
        """The file at its place in the bag, and its hashes; it is not of the bag yet."""
        known, place = self.known.get(path), self.bag.place(path)
        if known and known.sha256 == digest and place.is_file() and place.stat().st_size == known.size:
            return known
        place.parent.mkdir(parents=True, exist_ok=True)
        return self._brought(digest, place)

    def _settled(self, digest: str, path: str, hashed: Callable[[], Hashed]) -> Came:
        try:
            found = hashed()
        except EvidenceMissing:
            return Came.ABSENT
        if found.sha256 != digest:
            self.bag.place(path).unlink()
            return Came.DAMAGED
        self.bag.adopt(path, found)
        if self.known.get(path) != found:
            self.known[path] = found
            self._note_down(path, found)
        return Came.IN

    def keep_only(self, paths: Iterable[str]) -> int:
        """Of these paths, those that could be brought stay in the bag, and no other file of their folders; gives how
        many there are."""
        wanted = set(paths)
        for path in [one for one in self.bag.files if one in self.known or one in wanted]:
            if path not in wanted:
                self.bag.drop(path)
        for folder in {self.bag.place(path).parent for path in (*wanted, *self.known)}:
            for place in folder.glob("*"):
                if place.relative_to(self.bag.folder).as_posix() not in self.bag.files:
                    place.unlink()
        return len(wanted & self.bag.files.keys())

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
        with reading_errors(digest):
            hashed = hashed_file(part)
        part.replace(place)
        return hashed

    def _copied(self, digest: str, place: Path) -> Hashed:
        with reading_errors(digest):
            source = self.store.open(digest)
        with source, HashingFile(place) as target:
            while block := _next_block(source, digest):
                target.write(block)
        assert target.hashed is not None  # noqa: S101 - the block ended well
        return target.hashed

    def _note_down(self, path: str, hashed: Hashed) -> None:
        with self.note.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"path": path, **asdict(hashed)}) + "\n")


def _next_block(source: BinaryIO, digest: str) -> bytes:
    with reading_errors(digest):
        return source.read(BLOCK)


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
