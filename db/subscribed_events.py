"""What a subscription is to be told next: events of its kinds and its scope, in the order of the log. SELECT only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from checklists.cloud_event import Told, types_meant
from checklists.events import Event
from checklists.units import Level
from db.audit_log import event_of, log_size
from db.audit_models import AuditEntryRow
from db.bulk import in_parts
from db.decisions_seen import units_named
from db.models import DecisionRow, EventRow, UnitRow, table_of
from db.reach import reached_from
from db.subscriptions import Subscription

_ENTRY, _EVENT = table_of(AuditEntryRow), table_of(EventRow)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What lies next on a subscription's way: events to send, and the place after all of it."""

    told: Sequence[Told]
    end: int


def next_stretch(connection: Connection, one: Subscription, most: int) -> Stretch:
    """From its cursor on, `most` events of its kinds at a time; those outside its scope are passed."""
    size = log_size(connection)
    query = (
        select(_ENTRY.c.audit_index, _EVENT)
        .join(_EVENT, _EVENT.c.id == _ENTRY.c.event_id)
        .where(_ENTRY.c.audit_index >= one.cursor, _ENTRY.c.audit_index < size)
        .where(_EVENT.c.type.in_(types_meant(one.types)))
        .order_by(_ENTRY.c.audit_index)
        .limit(most)
    )
    if one.decision is not None:
        wanted = select(DecisionRow.id).where(DecisionRow.number == one.decision)
        query = query.where(_EVENT.c.decision_id.in_(wanted))
    found = [(int(row.audit_index), event_of(row)) for row in connection.execute(query)]
    end = found[-1][0] + 1 if len(found) == most else size
    return Stretch(_told(connection, _inside(connection, one.province, found)), end)


def _inside(connection: Connection, province: str | None, found: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """What happened in a unit of the province (of its predecessors, too), or to a decision that names one."""
    if province is None or not found:
        return found
    keys = frozenset(connection.scalars(reached_from(select(literal(province).label("key")))))
    named: dict[str, bool] = {}

    def concerns(event: Event) -> bool:
        if not event.type.startswith("decision."):
            return event.subject in keys
        if event.subject not in named:
            named[event.subject] = bool(units_named(connection, event.subject) & keys)
        return named[event.subject]

    return [(index, event) for index, event in found if concerns(event)]


def _told(connection: Connection, found: Collection[tuple[int, Event]]) -> list[Told]:
    decisions = _by_key(connection, DecisionRow.id, DecisionRow.number, {event.decision_id for _, event in found})
    units = _by_key(connection, UnitRow.key, UnitRow.name, {event.subject for _, event in found})
    return [
        Told(
            index,
            event,
            decisions.get(event.decision_id),
            (event.subject, units[event.subject]) if event.subject in units else None,
        )
        for index, event in found
    ]


def is_province(connection: Connection, key: str) -> bool:
    query = select(UnitRow.key).where(UnitRow.key == key, UnitRow.level == Level.PROVINCE.value)
    return connection.scalar(query) is not None


def _by_key(
    connection: Connection, key: InstrumentedAttribute[Any], value: InstrumentedAttribute[str], wanted: set[Any]
) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for part in in_parts([one for one in wanted if one is not None]):
        found |= {row[0]: row[1] for row in connection.execute(select(key, value).where(key.in_(part)))}
    return found
