"""The events of a package: those of its scope that have a place in the audit log, in the order of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from checklists.audit.leaf import opened_document
from checklists.package.records import EventRecord
from db.audit_log import erasures, event_of
from db.audit_models import AuditEntryRow, ErasureRow
from db.models import EventRow, table_of
from db.package_conditions import event_conditions
from db.package_rows import Named, parts
from db.package_scope import Selection

_ENTRY, _EVENT, _ERASURE = table_of(AuditEntryRow), table_of(EventRow), table_of(ErasureRow)


@dataclass(frozen=True)
class EventsRead:
    """The events of a selection, as far as they lie below `tree_size` in the log."""

    connection: Connection
    selection: Selection
    named: Named
    tree_size: int

    def rows(self) -> Iterator[EventRecord]:
        """By index."""
        query = self._placed(_ENTRY.c.audit_index, _ENTRY.c.seed, _EVENT)
        any_erased = self.connection.execute(select(_ERASURE.c.event_id).limit(1)).first() is not None
        for part in parts(self.connection, query):
            erased = erasures(self.connection, [row.id for row in part]) if any_erased else {}
            for row in part:
                event, seed, gone = event_of(row), bytes(row.seed), erased.get(row.id)
                self.named.people(event.actor, event.on_behalf_of)
                document, opened = opened_document(event, seed, row.audit_index, gone)
                yield {"document": document, "disclosures": opened}

    def indexes(self) -> Iterator[int]:
        """The place in the log of each of those rows."""
        for part in parts(self.connection, self._placed(_ENTRY.c.audit_index)):
            yield from (row.audit_index for row in part)

    def erased(self) -> int:
        """How many of their values are gone for good."""
        rows = self._placed(_ENTRY.c.event_id).subquery()
        query = select(func.count()).select_from(_ERASURE).join(rows, rows.c.event_id == _ERASURE.c.event_id)
        return self.connection.scalar(query) or 0

    def _placed(self, *columns: Any) -> Any:
        return (
            select(*columns)
            .join_from(_ENTRY, _EVENT, _EVENT.c.id == _ENTRY.c.event_id)
            .where(_ENTRY.c.audit_index < self.tree_size, *event_conditions(self.connection, self.selection))
            .order_by(_ENTRY.c.audit_index)
        )
