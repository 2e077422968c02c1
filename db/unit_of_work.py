"""One command, one transaction: state, events and outbox rows are committed together or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection, Engine, func, insert, select

from checklists.escalation.ladder import DEFAULT_LADDER
from checklists.events import CONSUMERS, Event
from checklists.units import UnitKey
from db.decisions import LadderOf, SqlDecisions
from db.models import EventRow, OutboxRow, table_of
from db.register import SqlRegister
from db.session import begin_write
from db.statements import Statement, Work, run_together

_EVENT = Statement(lambda _: insert(table_of(EventRow)))
_OUTBOX = Statement(
    lambda _: insert(table_of(OutboxRow)), columns=("event_id", "consumer", "state", "attempt", "available_at")
)

_COMMANDS = 0x62616E6769616F
"""The name of PostgreSQL's advisory lock that a command holds."""


class SqlUnitOfWork:
    """Implements `checklists.ports.UnitOfWork` on one connection."""

    def __init__(self, connection: Connection, now: datetime, chunk_units: int, ladder_of: LadderOf) -> None:
        self.connection = connection
        self.now = now
        self.decisions = SqlDecisions(connection, now, chunk_units, ladder_of)

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> SqlRegister:
        return SqlRegister(self.connection, day, wanted)

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            record_event(self.connection, event)


def record_event(connection: Connection, event: Event) -> None:
    """Append the event and one outbox row per consumer."""
    run_together(connection, event_rows(event))


def event_rows(event: Event) -> list[Work]:
    """What `record_event` writes, for whoever has more to write in the same breath."""
    row = {
        "id": event.id,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "actor": event.actor,
        "on_behalf_of": event.on_behalf_of,
        "decision_id": event.decision_id,
        "subject": event.subject,
        "step_id": event.step_id,
        "request": event.request,
        "payload": json.dumps(event.payload, ensure_ascii=False, sort_keys=True),
    }
    pending = {"event_id": event.id, "state": "pending", "attempt": 0, "available_at": event.occurred_at}
    waiting: list[Work] = [(_OUTBOX, {**pending, "consumer": consumer}) for consumer in CONSUMERS[event.type]]
    return [(_EVENT, row), *waiting]


@contextmanager
def unit_of_work(
    engine: Engine, now: datetime, chunk_units: int, ladder_of: LadderOf = lambda _template: DEFAULT_LADDER
) -> Iterator[SqlUnitOfWork]:
    """A command's transaction. Commands come one after another on both databases: what one has checked (who claims a
    unit, which draft is read) still holds when it writes. Opening checklists does not wait for them."""
    with begin_write(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_COMMANDS)))
        yield SqlUnitOfWork(connection, now, chunk_units, ladder_of)
