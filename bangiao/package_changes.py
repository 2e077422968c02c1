"""What changed between two packages of one scope, row by row, without keeping the rows.

Each row leaves 16 bytes: eight of the hash of its key, eight of the hash of its text. They are kept in 256 heaps by
their first byte, so that comparing holds one heap of each side at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_HALF = 8
_RECORD = 2 * _HALF
_HEAPS = 256

Key = Callable[[Mapping[str, Any]], object]

_KEYS: Mapping[str, Key] = {
    "units.jsonl": lambda row: row["key"],
    "people.jsonl": lambda row: row["account"],
    "events.jsonl": lambda row: row["document"]["index"],
    "missing.jsonl": lambda row: (row["kind"], row["unit"], row["step"], row["words"]["en"]),
}
"""What names a row of a file; `id` where nothing else is said."""

Counts = dict[str, int]


def key_of(file: str, row: Mapping[str, Any]) -> object:
    """The row's name in its file."""
    named = _KEYS.get(file)
    return named(row) if named else row["id"]


class RowDigests:
    """The rows of one file; each is added with its text as it is written."""

    def __init__(self) -> None:
        self._heaps = [bytearray() for _ in range(_HEAPS)]

    def add(self, key: object, text: bytes) -> None:
        named = _half(repr(key).encode())
        heap = self._heaps[named[0]]
        heap += named
        heap += _half(text)

    @property
    def content(self) -> bytes:
        """To be kept: each heap's length and records, in order of their keys."""
        return b"".join(_written(heap) for heap in self._heaps)

    def against(self, earlier: bytes) -> Counts:
        """How many rows came, changed and went since `earlier`, which is a `content`."""
        counts = {"added": 0, "changed": 0, "gone": 0}
        for before, heap in zip(_heaps_in(earlier), self._heaps, strict=True):
            old, new = dict(_records(before)), dict(_records(heap))
            counts["added"] += len(new.keys() - old.keys())
            counts["gone"] += len(old.keys() - new.keys())
            counts["changed"] += sum(new[key] != old[key] for key in new.keys() & old.keys())
        return counts


def _half(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HALF).digest()


def _records(heap: bytes | bytearray) -> Iterator[tuple[bytes, bytes]]:
    return (
        (bytes(heap[at : at + _HALF]), bytes(heap[at + _HALF : at + _RECORD])) for at in range(0, len(heap), _RECORD)
    )


def _written(heap: bytearray) -> bytes:
    ordered = b"".join(key + text for key, text in sorted(_records(heap)))
    return (len(ordered) // _RECORD).to_bytes(4, "big") + ordered


def _heaps_in(content: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(_HEAPS):
        size = int.from_bytes(content[at : at + 4], "big") * _RECORD
        yield content[at + 4 : at + 4 + size]
        at += 4 + size
