"""The facts of an evidence package, file by file, as streams: docs/package-format.md says where each stands.

`Scope` → `Selection` (which rows) → **one generator for each file**, all from the one transaction of `connection` (use
`db.session.begin_read`) → `bangiao.packages` writes them. Nothing is held in memory but a part of each stream, and the
accounts and units that were named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from checklists.messages import Translate
from checklists.package.completeness import Completeness, MissingKind
from checklists.package.file_names import version_file
from checklists.package.records import LeftOutRecord, Words
from checklists.package.scope import Scope
from checklists.package.scope_words import scope_words
from checklists.package.words import Bilingual
from db.delivery_reading import unit_names
from db.package_checklists import StepWordsKnown, checklist_rows
from db.package_decisions import DecisionsRead
from db.package_events import EventsRead
from db.package_left_out import LeftOutRead
from db.package_missing import MissingRead
from db.package_names import person_rows, unit_rows
from db.package_notices import Mask, NoticesRead
from db.package_proofs import Content, ProofsRead
from db.package_rows import Named
from db.package_scope import Selection
from db.package_steps import StepsRead
from db.templates import TemplateShelf

__all__ = ["Content", "Document", "PackageReading", "Rows", "open_package"]

Rows = Iterator[Mapping[str, Any]]
"""The lines of a `.jsonl` file, in their order."""

Document = Mapping[str, Any]
"""The whole of a `.json` file."""


_NONE: Mapping[str, MissingKind] = MappingProxyType({})


class PackageReading:
    """One package's facts. `tree_size`: events with an index below it are in; `mask` is put over addresses."""

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        *,
        as_of: datetime,
        tree_size: int,
        languages: Mapping[str, Translate],
        mask: Mask,
    ) -> None:
        self._connection = connection
        self._bilingual = Bilingual(languages)
        self.selection = Selection(connection, scope, as_of)
        self._named = Named()
        self._words = StepWordsKnown(connection, TemplateShelf())
        self._decisions = DecisionsRead(connection, self.selection, self._named)
        self._steps = StepsRead(connection, self.selection, self._words, self._named)
        self._proofs = ProofsRead(connection, self.selection, self._named)
        self._notices = NoticesRead(connection, self.selection, self._named, mask)
        self._events = EventsRead(connection, self.selection, self._named, tree_size)
        completeness = Completeness(self._bilingual)
        self._missing = MissingRead(connection, self.selection, self._words, completeness, tree_size)

    def files(self, broken: Mapping[str, MissingKind] = _NONE) -> Mapping[str, Rows | Document]:
        """Path below `data/` → its rows (`.jsonl`) or document (`.json`), in the order in which they have to be read:
        units and people come last, since the rows before them say whom they name. `broken`: of `contents`, by digest,
        what the store has lost or not as it was; rows name no path for it, and `missing.jsonl` says so."""
        connection, named, decisions, proofs = self._connection, self._named, self._decisions, self._proofs
        files: dict[str, Any] = {"decisions.jsonl": decisions.decisions()}
        files |= {f"templates/{one['hash']}.json": one for one in decisions.templates()}
        files |= {f"calendars/{version_file(one['version'])}.json": one for one in decisions.calendars()}
        files |= {f"ladders/{one['hash']}.json": one for one in decisions.ladders()}
        files |= {
            "checklists.jsonl": checklist_rows(connection, self.selection, self._words, named),
            "steps.jsonl": self._steps.rows(),
            "evidence.jsonl": proofs.evidence(broken),
            "verifications.jsonl": proofs.verifications(),
            "minutes.jsonl": proofs.minutes(broken),
            "notices.jsonl": self._notices.rows(),
            "acknowledgements.jsonl": proofs.acknowledgements(),
            "events.jsonl": self._events.rows(),
            "missing.jsonl": self._missing.rows(broken),
            "units.jsonl": unit_rows(connection, named),
            "people.jsonl": person_rows(connection, named),
        }
        return files

    def event_indexes(self) -> Iterator[int]:
        """The index in the log of each line of `events.jsonl`, in the same order: for their proofs."""
        return self._events.indexes()

    def contents(self) -> Iterator[Content]:
        """The files that the rows name, each once: evidence that stands, by digest, then final minutes."""
        return self._proofs.contents()

    def left_out(self) -> list[LeftOutRecord]:
        """What the filters kept away from somebody who knows the record."""
        return LeftOutRead(self._connection, self.selection, self._bilingual, self._events.erased()).rows()

    def filters_text(self) -> Words:
        """What was asked for, in words."""
        scope = self.selection.scope
        names = unit_names(self._connection, [one for one in (scope.province, scope.unit) if one])
        return scope_words(scope, names, self._bilingual)


def open_package(
    connection: Connection,
    scope: Scope,
    *,
    as_of: datetime,
    tree_size: int,
    languages: Mapping[str, Translate],
    mask: Mask,
) -> PackageReading:
    """What the scope asks for, as it stands in this transaction. Raises UnknownDecision and the errors of
    `checklists.package.scope_errors` where it names something unknown."""
    return PackageReading(connection, scope, as_of=as_of, tree_size=tree_size, languages=languages, mask=mask)
