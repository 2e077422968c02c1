"""Notices of a package, each with every delivery it travelled in and every attempt of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from checklists.package.records import AttemptRecord, DeliveryRecord, NoticeRecord
from checklists.package.texts import day_or_none, instant, instant_or_none
from db.bulk import in_parts
from db.models import table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow, NotificationRow
from db.package_rows import Named, bytewise, parts
from db.package_scope import Selection

_NOTICE, _DELIVERY, _ATTEMPT = table_of(NotificationRow), table_of(DeliveryRow), table_of(DeliveryAttemptRow)

Mask = Callable[[str], str]
"""A person's address, so that it is recognised and cannot be used."""


@dataclass(frozen=True)
class NoticesRead:
    """The notices of a selection."""

    connection: Connection
    selection: Selection
    named: Named
    mask: Mask

    def rows(self) -> Iterator[NoticeRecord]:
        """By id."""
        query = select(_NOTICE).where(*self.selection.notices()).order_by(bytewise(self.connection, _NOTICE.c.id))
        for part in parts(self.connection, query):
            deliveries = self._deliveries({row.delivery_id for row in part if row.delivery_id})
            for row in part:
                self.named.people(row.recipient, row.in_place_of)
                yield {
                    "id": row.id,
                    "kind": row.kind,
                    "step": None if row.step_id is None else str(row.step_id),
                    "level": row.level,
                    "due_on": day_or_none(row.due_on),
                    "recipient": row.recipient,
                    "in_place_of": row.in_place_of,
                    "urgent": bool(row.urgent),
                    "state": row.state,
                    "created_at": instant(row.created_at),
                    "ended_at": instant_or_none(row.ended_at),
                    "deliveries": _journey(row.delivery_id, deliveries),
                }

    def _deliveries(self, wanted: Collection[str]) -> dict[str, DeliveryRecord]:
        """Those deliveries, and the ones they replace, back to the first."""
        found: dict[str, Any] = {}
        while wanted:
            fresh = [
                row
                for some in in_parts(sorted(wanted))
                for row in self.connection.execute(select(_DELIVERY).where(_DELIVERY.c.id.in_(some)))
            ]
            found |= {row.id: row for row in fresh}
            wanted = {row.replaces for row in fresh if row.replaces} - found.keys()
        attempts = self._attempts(sorted(found))
        return {name: self._record(row, attempts[name]) for name, row in found.items()}

    def _record(self, row: Any, attempts: list[AttemptRecord]) -> DeliveryRecord:
        return {
            "id": row.id,
            "channel": row.channel,
            "address": self.mask(row.address) if row.address else "",
            "state": row.state,
            "created_at": instant(row.created_at),
            "ended_at": instant_or_none(row.ended_at),
            "replaces": row.replaces,
            "attempts": attempts,
        }

    def _attempts(self, deliveries: list[str]) -> dict[str, list[AttemptRecord]]:
        found: dict[str, list[AttemptRecord]] = defaultdict(list)
        for some in in_parts(deliveries):
            query = select(_ATTEMPT).where(_ATTEMPT.c.delivery_id.in_(some))
            for row in self.connection.execute(query.order_by(_ATTEMPT.c.delivery_id, _ATTEMPT.c.attempt)):
                found[row.delivery_id].append(
                    {
                        "attempt": row.attempt,
                        "began_at": instant(row.began_at),
                        "ended_at": instant_or_none(row.ended_at),
                        "outcome": row.outcome,
                        "words": row.words,
                    }
                )
        return found


def _journey(last: str | None, deliveries: dict[str, DeliveryRecord]) -> list[DeliveryRecord]:
    """Oldest first."""
    travelled: list[DeliveryRecord] = []
    while last is not None and last in deliveries:
        travelled.append(deliveries[last])
        last = deliveries[last]["replaces"]
    return travelled[::-1]
