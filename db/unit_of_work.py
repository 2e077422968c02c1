"""One command, one transaction: state, events and outbox rows are committed together or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert

from checklists.events import CONSUMERS, Event
from checklists.units import UnitKey
from db.decisions import SqlDecisions
from db.models import EventRow, OutboxRow
from db.register import SqlRegister
from db.session import begin_write


class SqlUnitOfWork:
    """Implements `checklists.ports.UnitOfWork` on one connection."""

    def __init__(self, connection: Connection, now: datetime, chunk_units: int) -> None:
        self.connection = connection
        self.now = now
        self.decisions = SqlDecisions(connection, now, chunk_units)

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> SqlRegister:
        return SqlRegister(self.connection, day, wanted)

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            record_event(self.connection, event)


def record_event(connection: Connection, event: Event) -> None:
    """Append the event and one outbox row per consumer."""
    payload = json.dumps(event.payload, ensure_ascii=False, sort_keys=True)
    connection.execute(
        insert(EventRow).values(
            id=event.id,
            type=event.type,
            occurred_at=event.occurred_at,
            actor=event.actor,
            decision_id=event.decision_id,
            subject=event.subject,
            payload=payload,
        )
    )
    for consumer in CONSUMERS[event.type]:
        connection.execute(
            insert(OutboxRow).values(
                event_id=event.id, consumer=consumer, state="pending", attempt=0, available_at=event.occurred_at
            )
        )


@contextmanager
def unit_of_work(engine: Engine, now: datetime, chunk_units: int) -> Iterator[SqlUnitOfWork]:
    with begin_write(engine) as connection:
        yield SqlUnitOfWork(connection, now, chunk_units)
