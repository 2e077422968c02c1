"""The facts of a package into its bag: evidence files first, then every row file, all from one view of the record.

`db.package_reading` → **here** → the bag in its workshop. Files come before rows, because a row says whether its file
is there; what is damaged is treated as absent and said to be so.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection

from bangiao.i18n import both_languages
from bangiao.package_changes import RowDigests, key_of
from bangiao.package_progress import Progress
from checklists.audit.leaf import canonical
from checklists.messages import Message
from checklists.package.completeness import MissingKind
from checklists.package.records import LeftOutRecord, Words
from checklists.package.scope import Scope
from db.package_checkpoints import Head, consistency, heads, inclusion
from db.package_reading import PackageReading, Rows, open_package
from evidence.package.bag import Bag
from evidence.package.stored_files import Came, StoredFiles
from notifiers.masking import masked_address

FILES = "data/files/"
_LINES = ".jsonl"
_TOLD_EVERY = 500

_BROKEN = {Came.ABSENT: MissingKind.FILE_ABSENT, Came.DAMAGED: MissingKind.FILE_DAMAGED}

_OF_SCOPE = ("decisions.jsonl", "checklists.jsonl", "steps.jsonl", "events.jsonl", "notices.jsonl", "minutes.jsonl")


@dataclass(frozen=True, slots=True)
class AsOf:
    """When, and up to which entry of the log, a package tells of the record."""

    at: datetime
    size: int


@dataclass(slots=True)
class Facts:
    """What was staged. `digests`: SHA-256 of each file, from which it follows whether two packages say the same."""

    as_of: AsOf
    digests: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, RowDigests] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOutRecord] = field(default_factory=list)
    filters_text: Words = field(default_factory=lambda: Words(vi="", en=""))
    files: int = 0
    checkpoint: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Equal for two packages that say the same, events of packages aside."""
        return hashlib.sha256(canonical(self.digests)).hexdigest()

    @property
    def empty(self) -> bool:
        """Whether nothing at all was found."""
        return not any(self.counts[one] for one in _OF_SCOPE)


@dataclass(frozen=True)
class Staging:
    """One export's way of staging."""

    connection: Connection
    scope: Scope
    bag: Bag
    files: StoredFiles
    progress: Progress

    def bring_files(self, as_of: AsOf) -> dict[str, MissingKind]:
        """The evidence files of the scope; gives those that the store has lost or not as they were, by digest."""
        wanted = list(self._reading(as_of).contents())
        broken: dict[str, MissingKind] = {}
        with self.progress(Message("Evidence files"), len(wanted)) as advance:
            all_come = self.files.bring_all((one.digest, f"data/{one.path}") for one in wanted)
            for one, came in zip(wanted, all_come, strict=True):
                if came is not Came.IN:
                    broken[one.digest] = _BROKEN[came]
                advance(1)
        return broken

    def stage(self, as_of: AsOf, broken: Mapping[str, MissingKind]) -> Facts:
        """Every row file; staging again replaces what is there."""
        facts = Facts(as_of)
        for path in [one for one in self.bag.files if not one.startswith(FILES)]:
            self.bag.drop(path)
        reading = self._reading(as_of)
        with self.progress(Message("Rows"), None) as advance:
            for path, content in reading.files(broken).items():
                if path.endswith(_LINES):
                    self._rows(facts, path, cast("Rows", content), advance)
                else:
                    facts.digests[path] = self.bag.document(f"data/{path}", content).sha256
        facts.left_out, facts.filters_text = reading.left_out(), reading.filters_text()
        facts.digests["left_out"] = hashlib.sha256(canonical(facts.left_out)).hexdigest()
        facts.files = self.files.keep_only(f"data/{one.path}" for one in self._reading(as_of).contents())
        return facts

    def prove(self, facts: Facts) -> None:
        """The log's heads, and a proof for each event."""
        size = facts.as_of.size
        known = heads(self.connection, size, facts.as_of.at)
        for head in known:
            place = f"data/checkpoints/{head.size:012d}.txt"
            self.bag.write(place, head.text.encode())
            if head.token:
                self.bag.write(f"{place.removesuffix('.txt')}.tsr", head.token)
        self.bag.document(
            "data/checkpoints/consistency.json", consistency(self.connection, [one.size for one in known])
        )
        facts.checkpoint = checkpoint_record(known[-1])
        indexes = self._reading(facts.as_of).event_indexes()
        with (
            self.progress(Message("Proofs"), facts.counts["events.jsonl"]) as advance,
            self.bag.lines("data/proofs.jsonl") as lines,
        ):
            for proof in inclusion(self.connection, size, indexes):
                lines.write(proof)
                if lines.rows % _TOLD_EVERY == 0:
                    advance(_TOLD_EVERY)
        facts.counts["proofs.jsonl"] = lines.rows

    def event_indexes(self, as_of: AsOf) -> Iterator[int]:
        return self._reading(as_of).event_indexes()

    def _rows(self, facts: Facts, path: str, rows: Iterable[Mapping[str, Any]], advance: Any) -> None:
        digests = facts.rows[path] = RowDigests()
        with self.bag.lines(f"data/{path}") as lines:
            for row in rows:
                digests.add(key_of(path, row), lines.write(row))
                if path == "missing.jsonl":
                    facts.missing[row["kind"]] += 1
                if lines.rows % _TOLD_EVERY == 0:
                    advance(_TOLD_EVERY)
        facts.counts[path] = lines.rows
        facts.digests[path] = self.bag.files[f"data/{path}"].sha256

    def _reading(self, as_of: AsOf) -> PackageReading:
        return reading_of(self.connection, self.scope, as_of)


def reading_of(connection: Connection, scope: Scope, as_of: AsOf) -> PackageReading:
    """The facts that the scope asks for. Raises what is unknown in it."""
    return open_package(
        connection,
        scope,
        as_of=as_of.at,
        tree_size=as_of.size,
        languages=both_languages(),
        mask=masked_address,
    )


def checkpoint_record(head: Head) -> dict[str, Any]:
    """The newest head, as `scope.json` names it."""
    origin = head.text.split("\n", 1)[0]
    return {"origin": origin, "size": head.size, "root": b64encode(head.root).decode()}


def as_text(value: Any) -> str:
    """Canonical JSON as text, for a column of the database."""
    return canonical(value).decode()
