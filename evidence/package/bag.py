"""A bag (RFC 8493) in the making: a staging folder whose every file is hashed while it is written.

Only names that we made stand in it. Each file comes under a passing name and is renamed when it is whole and on disk,
so that whoever continues after a crash knows: what has its name is complete.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from evidence.incoming import sync_folder
from evidence.package.bag_info import BAGIT, bag_info
from evidence.package.canonical import canonical

BLOCK = 1 << 20
READ = 1 << 18
"""What is hashed at once stays in the processor's cache for the second hash."""
BUFFER = 1 << 18
PART = ".part"
ALGORITHMS = ("sha256", "sha512")
TAG_MANIFEST = "tagmanifest-sha256.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class Hashed:
    """What a manifest says of one file."""

    sha256: str
    sha512: str
    size: int


class HashingFile:
    """A file that is hashed while it is written, and takes its name when the block ends without an error."""

    def __init__(self, path: Path) -> None:
        self.hashed: Hashed | None = None
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._digests = [hashlib.new(name) for name in ALGORITHMS]
        self._size = 0
        self._file: BinaryIO

    def __enter__(self) -> HashingFile:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("wb", buffering=0)
        return self

    def write(self, content: bytes) -> None:
        for one in self._digests:
            one.update(content)
        self._size += len(content)
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
        if kind is not None:
            self._part.unlink(missing_ok=True)
            return
        self._part.replace(self._path)
        sha256, sha512 = (one.hexdigest() for one in self._digests)
        self.hashed = Hashed(sha256, sha512, self._size)


class Lines:
    """Rows into a `.jsonl` file, gathered to larger writes; `rows` counts them."""

    def __init__(self, file: HashingFile) -> None:
        self.rows = 0
        self._file = file
        self._waiting = bytearray()

    def write(self, row: Any) -> bytes:
        """Write one row; gives its bytes, without the line feed."""
        line = canonical(row)
        self.rows += 1
        self._waiting += line
        self._waiting += b"\n"
        if len(self._waiting) >= BUFFER:
            self.flush()
        return line

    def flush(self) -> None:
        self._file.write(bytes(self._waiting))
        self._waiting.clear()


@dataclass
class Bag:
    """A bag that is being filled. Paths are below its folder, with `/`."""

    folder: Path
    files: dict[str, Hashed] = field(default_factory=dict)

    @contextmanager
    def writing(self, path: str) -> Iterator[HashingFile]:
        with HashingFile(self.place(path)) as file:
            yield file
        assert file.hashed is not None  # noqa: S101 - the block ended well
        self.files[path] = file.hashed

    @contextmanager
    def lines(self, path: str) -> Iterator[Lines]:
        with self.writing(path) as file:
            lines = Lines(file)
            yield lines
            lines.flush()

    def document(self, path: str, value: Any) -> Hashed:
        """One canonical JSON document."""
        return self.write(path, canonical(value))

    def write(self, path: str, content: bytes) -> Hashed:
        with self.writing(path) as file:
            file.write(content)
        return self.files[path]

    def adopt(self, path: str, hashed: Hashed | None = None) -> Hashed:
        """A file that somebody else wrote into the folder; it is read and hashed unless that was done."""
        place = self.place(path)
        self.files[path] = hashed or hashed_file(place)
        return self.files[path]

    def adopt_folder(self, path: str) -> None:
        """All files below `path` that are not known yet."""
        for place in sorted(self.place(path).rglob("*")):
            name = place.relative_to(self.folder).as_posix()
            if place.is_file() and name not in self.files:
                self.adopt(name)

    def drop(self, path: str) -> None:
        """The file is not in the bag any more."""
        self.place(path).unlink(missing_ok=True)
        del self.files[path]

    def place(self, path: str) -> Path:
        """Where the file stands. A name that nobody of us would make is a mistake of ours."""
        if not _NAME.fullmatch(path) or path.endswith(PART):
            raise ValueError(f"no name for a file of a package: {path!r}")
        return self.folder / path

    def payload(self) -> dict[str, Hashed]:
        return {path: one for path, one in sorted(self.files.items()) if path.startswith("data/")}

    @property
    def oxum(self) -> str:
        """Bytes and number of the payload's files, as BagIt writes them."""
        payload = self.payload().values()
        return f"{sum(one.size for one in payload)}.{len(payload)}"

    def finish(self, labels: list[tuple[str, str]]) -> str:
        """Write what makes it a bag, last of all the tag manifest; gives that file's SHA-256."""
        payload = self.payload()
        tags = {"bagit.txt": BAGIT, "bag-info.txt": bag_info([*labels, ("Payload-Oxum", self.oxum)])}
        for name in ALGORITHMS:
            tags[f"manifest-{name}.txt"] = _manifest((getattr(one, name), path) for path, one in payload.items())
        written = {path: self.write(path, content) for path, content in sorted(tags.items())}
        whole = self.write(TAG_MANIFEST, _manifest((one.sha256, path) for path, one in written.items()))
        for folder in {place.parent for place in self.folder.rglob("*")}:
            sync_folder(folder)
        return whole.sha256


def _manifest(lines: Iterator[tuple[str, str]]) -> bytes:
    """Two spaces between digest and path: one is enough for BagIt and too few for some `sha256sum`."""
    return "".join(f"{digest}  {path}\n" for digest, path in lines).encode()


def hashed_file(place: Path) -> Hashed:
    """Read a file and hash it."""
    with place.open("rb", buffering=0) as file:
        return hashed_stream(file)


def hashed_stream(file: BinaryIO) -> Hashed:
    digests, size = [hashlib.new(name) for name in ALGORITHMS], 0
    while block := file.read(READ):
        size += len(block)
        for one in digests:
            one.update(block)
    sha256, sha512 = (one.hexdigest() for one in digests)
    return Hashed(sha256, sha512, size)
