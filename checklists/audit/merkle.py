"""The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs, consistency proofs, and checking them.

leaf hashes → **tree** → root (`checkpoint`) and proofs (evidence package). A complete subtree never changes once its
leaves are in, so everything here is put together from nodes (level, position): the hash of the leaves from
`position << level` up to `position + 1 << level`. Whoever keeps nodes pays for a proof with its length, not with the
number of leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

Node = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree at (level, position)."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: enough to append and to give the root, and no more than log2(size) hashes."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)
    """Roots of the complete subtrees, the largest (leftmost) first: one for each bit of `size`."""

    def append(self, leaf: bytes) -> None:
        """`leaf` is a leaf hash."""
        digest, rest = leaf, self.size
        while rest & 1:
            digest = sha256(b"\x01" + self.peaks.pop() + digest).digest()
            rest >>= 1
        self.peaks.append(digest)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        digest = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            digest = node_hash(left, digest)
        return digest


class Levels:
    """All complete subtrees of a list of leaf hashes, in memory: twice the leaves, and any proof at once."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])

    def __call__(self, level: int, position: int) -> bytes:
        return self._levels[level][position]


def root(node: Node, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _range(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves, from the bottom up."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    start, end, proof = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(node, middle, end))
            end = middle
        else:
            proof.append(_range(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, size: int) -> list[bytes]:
    """The hashes that show that the first `old` leaves of `size` are the tree of `old` leaves; none for equal sizes."""
    if not 0 < old <= size:
        raise ValueError(f"no tree of {old} inside one of {size}")
    start, end, proof = 0, size, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(node, middle, end))
            end = middle
        else:
            proof.append(_range(node, start, middle))
            start = middle
    if start:  # else the old root itself, which the asker has
        proof.append(_range(node, start, end))
    return proof[::-1]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows leaf hash `leaf` at `index` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            digest = node_hash(sibling, digest)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and digest == root


def consistent(old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size` leaves continues that of `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == new_root
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    return _climbed(at, last, hashes) == (old_root, new_root)


def _climbed(at: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The old and the new root that a consistency proof leads to; None where it has the wrong length."""
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range(node: Node, start: int, end: int) -> bytes:
    """The hash over leaves `start` up to `end`, a range that the tree itself cuts: complete subtrees, the rest last."""
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(node(level, start >> level))
        start += 1 << level
    digest = parts.pop()
    while parts:
        digest = node_hash(parts.pop(), digest)
    return digest
