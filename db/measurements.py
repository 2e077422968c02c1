"""How much of what there is, and how long things wait: numbers for monitoring, without a name. SELECT only.

Each is a statement over an index, so that asking four times a minute costs a country of units nothing to speak of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from checklists.steps import OPEN
from db.audit_log import log_size, waiting_since
from db.audit_models import AuditWaitingRow
from db.models import DecisionRow, OutboxRow, StepRow
from db.notice_models import DeliveryRow, HeartbeatRow, NotificationRow
from db.subscriptions import Subscription, subscriptions_on_record

_UNDELIVERED = ("pending", "claimed")
_LETTERS = ("pending", "sending", "failed", "unknown", "dead")
"""States of messages that are not through; those that were sent are history."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: how many, and since when the first."""

    waiting: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Measurements:
    """All of one moment."""

    at: datetime
    steps: Mapping[str, int]
    overdue: int
    decisions: Mapping[str, int]
    outbox: Queue
    log_entries: int
    log_queue: Queue
    notices: Queue
    letters: Mapping[str, int]
    beats: Mapping[str, datetime]
    subscriptions: tuple[Subscription, ...] = field(default=())


def measure(connection: Connection, now: datetime, today: date) -> Measurements:
    """Count everything now."""
    return Measurements(
        at=now,
        steps=_by_state(connection, StepRow.state),
        overdue=_overdue(connection, today),
        decisions=_by_state(connection, DecisionRow.state),
        outbox=_outbox(connection),
        log_entries=log_size(connection),
        log_queue=Queue(*waiting_since(connection)),
        notices=_notices(connection, now),
        letters=dict.fromkeys(_LETTERS, 0) | _by_state(connection, DeliveryRow.state, _LETTERS),
        beats={row[0]: row[1] for row in connection.execute(select(HeartbeatRow.part, HeartbeatRow.at))},
        subscriptions=tuple(subscriptions_on_record(connection)),
    )


def events_so_far(connection: Connection) -> int:
    """How many events there have ever been: whoever sees the same number as before has missed nothing."""
    waiting: int = connection.scalars(select(func.count()).select_from(AuditWaitingRow)).one()
    return log_size(connection) + waiting


def _by_state(connection: Connection, state: object, among: tuple[str, ...] | None = None) -> dict[str, int]:
    query = select(state, func.count()).group_by(state)  # type: ignore[call-overload]
    if among is not None:
        query = query.where(state.in_(among))  # type: ignore[attr-defined]
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _overdue(connection: Connection, today: date) -> int:
    late = select(func.count()).where(StepRow.due_on < today, StepRow.state.in_(sorted(OPEN)))
    return connection.scalars(late).one()


def _outbox(connection: Connection) -> Queue:
    waits = select(func.count(), func.min(OutboxRow.available_at, type_=OutboxRow.available_at.type))
    row = connection.execute(waits.where(OutboxRow.state.in_(_UNDELIVERED))).one()
    return Queue(row[0], row[1])


def _notices(connection: Connection, now: datetime) -> Queue:
    """Those whose time has come."""
    due = (NotificationRow.state == "pending", NotificationRow.delivery_id.is_(None), NotificationRow.send_at <= now)
    first = func.min(NotificationRow.send_at, type_=NotificationRow.send_at.type)
    row = connection.execute(select(func.count(), first).where(*due)).one()
    return Queue(row[0], row[1])
