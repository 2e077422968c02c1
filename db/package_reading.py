"""The facts of an evidence package, file by file, as streams: docs/package-format.md says where each stands.

`Scope` → `Selection` (which rows) → **one generator for each file**, all from the one transaction of `connection` (use
`db.session.begin_read`) → `bangiao.packages` writes them. Nothing is held in memory but a part of each stream, and the
accounts and units that were named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from checklists.messages import Translate
from checklists.package.records import LeftOutRecord, Words
from checklists.package.scope import Scope
from db.package_rows import Named
from db.package_scope import Selection
from db.templates import TemplateShelf

Rows = Iterator[Mapping[str, Any]]
"""The lines of a `.jsonl` file, in their order."""

Document = Mapping[str, Any]
"""The whole of a `.json` file."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file to copy into the package: `path` is below `data/`, `digest` its SHA-256."""

    path: str
    digest: str
    size: int | None


@dataclass(frozen=True)
class PackageReading:
    """One package's facts. `tree_size`: events with an index below it are in; `absent`: digests that the store lacks,
    so that their rows name no path."""

    connection: Connection
    selection: Selection
    as_of: datetime
    tree_size: int
    languages: Mapping[str, Translate]
    absent: frozenset[str] = frozenset()
    shelf: TemplateShelf = field(default_factory=TemplateShelf)
    named: Named = field(default_factory=Named)

    def files(self) -> Mapping[str, Rows | Document]:
        """Path below `data/` → its rows (`.jsonl`) or document (`.json`), in the order in which they have to be read:
        units and people come last, since the rows before them say whom they name."""
        return {
            "decisions.jsonl": iter(()),
            "checklists.jsonl": iter(()),
            "steps.jsonl": iter(()),
            "evidence.jsonl": iter(()),
            "verifications.jsonl": iter(()),
            "minutes.jsonl": iter(()),
            "notices.jsonl": iter(()),
            "acknowledgements.jsonl": iter(()),
            "events.jsonl": iter(()),
            "missing.jsonl": iter(()),
            "units.jsonl": iter(()),
            "people.jsonl": iter(()),
        }

    def event_indexes(self) -> Iterator[int]:
        """The index in the log of each line of `events.jsonl`, in the same order: for their proofs."""
        return iter(())

    def contents(self) -> Iterator[Content]:
        """The files that the rows name, each once, by digest: evidence that stands, and final minutes."""
        return iter(())

    def left_out(self) -> list[LeftOutRecord]:
        """What the filters kept away from somebody who knows the record."""
        return []

    def filters_text(self) -> Words:
        """What was asked for, in words."""
        return {"vi": "", "en": ""}


def open_package(
    connection: Connection,
    scope: Scope,
    *,
    as_of: datetime,
    tree_size: int,
    languages: Mapping[str, Translate],
    absent: frozenset[str] = frozenset(),
) -> PackageReading:
    """What the scope asks for, as it stands in this transaction. Raises UnknownDecision and the errors of
    `checklists.package.scope_errors` where it names something unknown."""
    selection = Selection(connection, scope, as_of)
    return PackageReading(connection, selection, as_of, tree_size, languages, absent)
