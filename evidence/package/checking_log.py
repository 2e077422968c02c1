"""The audit log inside a package: its heads, that each continues the one before, and a proof for every entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from checklists.audit.checkpoint import (
    NotACheckpoint,
    NotAVerifierKey,
    SignedCheckpoint,
    VerifierKey,
    parse_checkpoint,
    parse_verifier_key,
)
from checklists.audit.leaf import Disclosure, hash_of, unproved
from checklists.audit.merkle import consistent, includes
from evidence.package.checking_bag import Reader
from evidence.package.checking_findings import Report
from evidence.package.checking_shapes import read
from evidence.signing.notes import signed_by

_HEAD = re.compile(r"data/checkpoints/([0-9]{12,19})\.txt")
_HASH = re.compile(r"[0-9a-f]{64}")


def keys_in(text: str) -> list[VerifierKey]:
    """One key a line. Raises NotAVerifierKey."""
    return [parse_verifier_key(line) for line in text.splitlines() if line.strip()]


def check_heads(reader: Reader, trusted: Sequence[VerifierKey]) -> list[SignedCheckpoint]:
    """The heads of the package, oldest first. Without trusted keys, by the keys that lie beside them."""
    report, held = reader.report, []
    own = _own_keys(reader)
    keys = list(trusted) or own
    if not trusted:
        report.doubt("no-log-key", found=", ".join(map(str, own)))
    elif not set(trusted) & set(own):
        report.say("log-key", "seal/log.vkey")
    for name in sorted(one for one in reader.names if _HEAD.fullmatch(one)):
        try:
            head = parse_checkpoint(reader.whole(name).decode("utf-8"))
        except (NotACheckpoint, UnicodeDecodeError) as error:
            report.say("checkpoint", name, found=getattr(error, "reason", "C2SP tlog-checkpoint"))
            continue
        held.append(head)
        if name != f"data/checkpoints/{head.checkpoint.size:012d}.txt":
            report.say("checkpoint", name, found=head.checkpoint.size)
        if signed_by(head, keys) is None:
            report.say("log-key", name)
    if not held:
        report.say("absent", "data/checkpoints")
    _continue_each_other(reader, held)
    return held


def _own_keys(reader: Reader) -> list[VerifierKey]:
    try:
        return keys_in(reader.whole("seal/log.vkey").decode("utf-8"))
    except (NotAVerifierKey, UnicodeDecodeError):
        reader.report.say("row", "seal/log.vkey", found="NAME+ID+KEY")
        return []


def _continue_each_other(reader: Reader, held: list[SignedCheckpoint]) -> None:
    listed = read(reader.whole("data/checkpoints/consistency.json"))
    links = [(one.checkpoint, two.checkpoint) for one, two in pairwise(held)]
    if not isinstance(listed, list) or len(listed) != len(links):
        reader.report.say("count", "data/checkpoints/consistency.json", len(links), _length(listed))
        return
    for (old, new), proof in zip(links, listed, strict=True):
        about = isinstance(proof, dict) and proof.keys() == {"from", "to", "path"}
        path = hashes(proof["path"]) if about and (proof["from"], proof["to"]) == (old.size, new.size) else None
        linked = old.size == 0 or (path is not None and consistent(old.size, old.root, new.size, new.root, path))
        if not linked or old.origin != new.origin:
            reader.report.say("chain", told=old.size, found=new.size)


def _length(value: Any) -> int | str:
    return len(value) if isinstance(value, list) else "–"


def hashes(path: Any) -> list[bytes] | None:
    """The hashes of a proof; None where it is none."""
    if not isinstance(path, list) or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in path):
        return None
    return [bytes.fromhex(one) for one in path]


def check_earlier(held: list[SignedCheckpoint], earlier: Sequence[SignedCheckpoint], report: Report) -> None:
    """What somebody kept from before must be in the package as it was."""
    own = {one.checkpoint.size: one.checkpoint for one in held}
    newest = max(own, default=0)
    for one in earlier:
        kept = one.checkpoint
        if kept.size > newest:
            report.say("older", told=kept.size, found=newest)
        elif own.get(kept.size) != kept:
            report.say("chain", told=kept.size, found=newest)


@dataclass
class Entries:
    """The entries with their proofs, checked as they pass; `withheld` counts values that were not disclosed."""

    reader: Reader
    head: SignedCheckpoint | None
    withheld: int = 0
    last: int = -1

    def check(self, entry: Any, proof: Any, place: str) -> None:
        """`entry` and `proof` have the form of their records."""
        document, opened = entry["document"], entry["disclosures"]
        index, sealed = document.get("index"), document.get("sealed")
        if type(index) is not int or not isinstance(sealed, dict) or not all(map(_is_opening, opened.values())):
            self.reader.report.say("row", place, found="document")
            return
        if index <= self.last:
            self.reader.report.say("order", place)
        self.last = index
        self.withheld += len(sealed) - len(opened)
        for name in unproved(document, {name: Disclosure(*pair) for name, pair in opened.items()}):
            self.reader.report.say("commitment", index, found=name)
        if not self._included(document, index, proof):
            self.reader.report.say("proof", index, self.head.checkpoint.size if self.head else "–")

    def _included(self, document: Any, index: int, proof: Any) -> bool:
        path = hashes(proof["path"]) if proof and proof["index"] == index else None
        if self.head is None or path is None:
            return False
        head = self.head.checkpoint
        return includes(hash_of(document), index, head.size, path, head.root)


def _is_opening(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)


def side_by_side(entries: Iterator[Any], proofs: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """Entry and proof of the same line; None for a proof that is not there."""
    for entry in entries:
        yield entry, next(proofs, None)
    for proof in proofs:
        yield None, proof
