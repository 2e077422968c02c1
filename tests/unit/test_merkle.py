"""The Merkle tree: the vectors published with Certificate Transparency, and the RFC's own recursive definition."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.audit import merkle
from checklists.audit.merkle import EMPTY_ROOT, Frontier, Levels, consistent, includes, leaf_hash

ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
MANY = [leaf_hash(str(number).encode()) for number in range(600)]
sizes = st.integers(1, len(MANY))


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(old: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if old <= k:
        return [*naive_subproof(old, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(old - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int) -> None:
    grown = Frontier()
    grown.extend(LEAVES[:size])

    assert grown.root().hex() == ROOTS[size - 1]
    assert merkle.root(Levels(LEAVES), size).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == merkle.root(Levels([]), 0) == EMPTY_ROOT == naive_root([])


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [(0, 1, []), (0, 8, [A, B, C]), (5, 8, [D, E, ROOTS[3]]), (2, 3, [ROOTS[1]]), (1, 5, [ROOTS[0], B, D])],
)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, proof: list[str]) -> None:
    found = merkle.inclusion_proof(Levels(LEAVES), index, size)

    assert [one.hex() for one in found] == proof
    assert includes(LEAVES[index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "size", "proof"), [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[3]]), (2, 5, [B, D])]
)
def test_consistency_proofs_are_the_published_ones(old: int, size: int, proof: list[str]) -> None:
    found = merkle.consistency_proof(Levels(LEAVES), old, size)

    assert [one.hex() for one in found] == proof
    assert consistent(old, bytes.fromhex(ROOTS[old - 1]), size, bytes.fromhex(ROOTS[size - 1]), found)


@given(sizes)
def test_growing_leaf_by_leaf_gives_the_recursive_root(size: int) -> None:
    grown = Frontier()
    grown.extend(MANY[:size])

    assert grown.root() == naive_root(MANY[:size]) == merkle.root(Levels(MANY), size)


@given(sizes, st.data())
def test_every_inclusion_proof_is_the_recursive_one_and_proves_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(Levels(MANY), index, size), naive_root(MANY[:size])

    assert proof == naive_path(index, MANY[:size])
    assert includes(MANY[index], index, size, proof, root)
    assert not includes(leaf_hash(b"another"), index, size, proof, root)
    assert not includes(MANY[index], index, size, [*proof, root], root)
    assert not includes(MANY[index], index, size, proof, EMPTY_ROOT)
    assert not includes(MANY[index], size, size, proof, root)
    if proof:
        assert not includes(MANY[index], index, size, proof[:-1], root)
        assert not includes(MANY[index], index ^ 1, size, proof, root)


@given(sizes, st.data())
def test_every_consistency_proof_is_the_recursive_one_and_proves_nothing_else(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(Levels(MANY), old, size)
    old_root, new_root = naive_root(MANY[:old]), naive_root(MANY[:size])

    assert proof == naive_subproof(old, MANY[:size], True)
    assert consistent(old, old_root, size, new_root, proof)
    assert not consistent(old, EMPTY_ROOT, size, new_root, proof)
    assert not consistent(old, old_root, size, EMPTY_ROOT, proof)
    assert not consistent(old, old_root, size, new_root, [*proof, old_root])
    if proof:
        assert not consistent(old, old_root, size, new_root, proof[:-1])


@given(st.integers(2, 300), st.data())
def test_a_rewritten_entry_is_inconsistent_with_what_was_seen_before(size: int, data: st.DataObject) -> None:
    changed, old = data.draw(st.integers(0, size - 2)), data.draw(st.integers(1, size - 1))
    forged = [*MANY[:changed], leaf_hash(b"forged"), *MANY[changed + 1 : size]]
    proof = merkle.consistency_proof(Levels(forged), old, size)

    assert consistent(old, naive_root(MANY[:old]), size, naive_root(forged), proof) == (changed >= old)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_in_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(Levels(LEAVES), index, size)


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_no_tree_continues_nothing_or_a_larger_one(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        merkle.consistency_proof(Levels(LEAVES), old, size)
    assert not consistent(old, EMPTY_ROOT, size, EMPTY_ROOT, [])
