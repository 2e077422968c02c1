"""The audit log's heads and proofs that go into a package. SELECT only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from checklists.audit import merkle
from checklists.package.records import ProofRecord
from db.audit_models import CheckpointRow, CheckpointStampRow
from db.audit_tree import StoredTree

MOST = 1000
"""So many heads are in at most, and all that are time-stamped: whoever holds an older one asks for a proof."""

_NODES = 4_096


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint as it was signed, with its first time stamp, if it had one by then."""

    size: int
    root: bytes
    text: str
    token: bytes | None


def heads(connection: Connection, size: int, as_of: datetime) -> list[Head]:
    """Those of a log of up to `size` entries, oldest first. A stamp that came after `as_of` is not in: the same package
    must be the same later."""
    stamp, found = CheckpointStampRow, CheckpointRow
    tokens: dict[int, bytes] = {}
    stamps = select(stamp.size, stamp.token).where(stamp.size <= size, stamp.stamped_at <= as_of)
    for of, token in connection.execute(stamps.order_by(stamp.size, stamp.stamped_at)):
        tokens.setdefault(of, bytes(token))
    rows = connection.execute(
        select(found).with_only_columns(found.size, found.root, found.text).where(found.size <= size)
    )
    ordered = sorted(rows, key=lambda row: row.size)
    kept = {row.size for row in ordered[-MOST:]} | set(tokens)
    return [Head(row.size, bytes(row.root), row.text, tokens.get(row.size)) for row in ordered if row.size in kept]


def consistency(connection: Connection, sizes: Iterable[int]) -> list[dict[str, Any]]:
    """From each of these sizes (ascending) to the next: that the log only grew."""
    return [
        {"from": old, "to": new, "path": [one.hex() for one in StoredTree(connection, new).consistency_proof(old)]}
        for old, new in pairwise(sizes)
    ]


def inclusion(connection: Connection, size: int, indexes: Iterable[int]) -> Iterator[ProofRecord]:
    """For each of these entries, that it is in the log of `size` entries."""
    node = lru_cache(maxsize=_NODES)(StoredTree(connection, size).node)  # neighbours' proofs share most of them
    for index in indexes:
        yield {"index": index, "path": [one.hex() for one in merkle.inclusion_proof(node, index, size)]}
