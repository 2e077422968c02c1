"""The tree as it is stored: the hashes of leaves, and that of each complete subtree of 256, 65,536, … leaves.

Between two stored levels lie seven that are worked out from at most 256 hashes. A root or a proof so reads a few
hundred rows, however long the log is; proving many entries reads each part once if they come in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from checklists.audit import merkle
from checklists.audit.merkle import Levels
from checklists.errors import HandoverError
from db.audit_models import AuditEntryRow, AuditSubtreeRow
from db.bulk import insert_rows
from db.models import table_of

HEIGHT = 8
"""Every so many levels a hash is stored."""

_WIDTH = 1 << HEIGHT
_HELD = 512
_ENTRY, _SUBTREE = table_of(AuditEntryRow), table_of(AuditSubtreeRow)


class HoleInLog(HandoverError):
    """The audit log has a hole: {found} of {wanted} hashes are there from entry {index} on. Find out more with: bangiao
    audit verify"""


class StoredTree:
    """The first `size` entries as a tree: its root and its proofs."""

    def __init__(self, connection: Connection, size: int) -> None:
        self.size = size
        self._connection = connection
        self._tiles: dict[tuple[int, int], Levels] = {}

    def root(self) -> bytes:
        return merkle.root(self.node, self.size)

    def inclusion_proof(self, index: int) -> list[bytes]:
        return merkle.inclusion_proof(self.node, index, self.size)

    def consistency_proof(self, old: int) -> list[bytes]:
        """That the first `old` entries are the log as it was then."""
        return merkle.consistency_proof(self.node, old, self.size)

    def node(self, level: int, position: int) -> bytes:
        """The hash of the complete subtree there. Raises HoleInLog."""
        stored, height = divmod(level, HEIGHT)
        tile = (position << height) >> HEIGHT
        hashes = self._tile(stored, tile)
        try:
            return hashes(height, position - (tile << HEIGHT >> height))
        except IndexError:
            first = position << level
            raise HoleInLog(found=0, wanted=1 << height, index=first) from None

    def _tile(self, stored: int, tile: int) -> Levels:
        held = self._tiles.get((stored, tile))
        if held is None:
            if len(self._tiles) >= _HELD:
                self._tiles.clear()
            held = self._tiles[stored, tile] = Levels(self._hashes(stored, tile << HEIGHT))
        return held

    def _hashes(self, stored: int, first: int) -> list[bytes]:
        """The row of hashes from which a part of the tree is worked out; it ends where the log ends."""
        wanted = min(_WIDTH, (self.size >> stored * HEIGHT) - first)
        found = stored_hashes(self._connection, stored, first, wanted)
        if len(found) != wanted:
            raise HoleInLog(found=len(found), wanted=wanted, index=first << stored * HEIGHT)
        return found


def stored_hashes(connection: Connection, stored: int, first: int, count: int) -> list[bytes]:
    """Up to `count` hashes of stored level `stored` (0: the leaves), from place `first` on, in order."""
    if stored == 0:
        place, digest = _ENTRY.c.audit_index, _ENTRY.c.leaf_hash
        query = select(digest)
    else:
        place, digest = _SUBTREE.c.position, _SUBTREE.c.hash
        query = select(digest).where(_SUBTREE.c.level == stored * HEIGHT)
    within = query.where(place >= first, place < first + count).order_by(place)
    return [bytes(one) for one in connection.scalars(within)]


def store_subtrees(connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
    """Inside the transaction that appended `leaves` after the first `size`: the subtrees that they completed."""
    rows = list(_completed(connection, size, leaves))
    insert_rows(connection, _SUBTREE, rows)


def _completed(connection: Connection, size: int, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    stored, fresh = 1, list(leaves)
    while fresh:
        first = size >> HEIGHT  # the subtree that is being filled
        if len(fresh) + size < first + 1 << HEIGHT:
            return
        before = stored_hashes(connection, stored - 1, first << HEIGHT, size - (first << HEIGHT))
        below = before + fresh
        fresh = [
            Levels(below[start : start + _WIDTH])(HEIGHT, 0) for start in range(0, len(below) - _WIDTH + 1, _WIDTH)
        ]
        yield from ((stored * HEIGHT, first + place, digest) for place, digest in enumerate(fresh))
        stored, size = stored + 1, first
