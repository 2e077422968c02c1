"""Deliveries to look at: lists, and one in full with its notices and tries. SELECT only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from db.deliveries import DEAD
from db.models import ChecklistRow, StepRow, table_of
from db.notice_models import ChannelRow, DeliveryAttemptRow, DeliveryRow, NotificationRow

_DELIVERY, _ATTEMPT, _NOTICE = table_of(DeliveryRow), table_of(DeliveryAttemptRow), table_of(NotificationRow)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to list; None: whatever. `dead`: dead letters, which no other channel has taken over."""

    recipient: str | None = None
    state: str | None = None
    dead: bool = False


class DeliveryEntry(NamedTuple):
    """A delivery in a list; `words` are those of its last try."""

    id: str
    recipient: str
    channel: str
    address: str
    urgent: bool
    state: str
    attempt: int
    next_try_at: datetime
    created_at: datetime
    ended_at: datetime | None
    replaces: str | None
    digest: str
    notices: int
    words: str | None


class TriedLine(NamedTuple):
    attempt: int
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    words: str


class ToldLine(NamedTuple):
    """A notice that a delivery tells."""

    id: str
    kind: str
    level: str
    due_on: date | None
    state: str
    step_id: int
    key: str
    occurrence: int
    counterpart: str
    unit: str


def deliveries_listed(connection: Connection, wanted: Wanted, limit: int | None) -> list[DeliveryEntry]:
    """The newest first."""
    query = _matching(_entries(), wanted).order_by(_DELIVERY.c.created_at.desc(), _DELIVERY.c.id).limit(limit)
    return [DeliveryEntry(*row) for row in connection.execute(query)]


def deliveries_counted(connection: Connection, wanted: Wanted) -> int:
    counted: int = connection.scalars(_matching(select(func.count()).select_from(_DELIVERY), wanted)).one()
    return counted


class WaitingNotices(NamedTuple):
    """Notices in no message yet: how many, when the first of them may leave, and by how many enabled channels."""

    notices: int
    leaves_at: datetime | None
    channels: int


def waiting_notices(connection: Connection, recipient: str | None = None) -> WaitingNotices:
    """What the sender has not put into messages."""
    waits = [_NOTICE.c.state == "pending", _NOTICE.c.delivery_id.is_(None)]
    waits += [_NOTICE.c.recipient == recipient] if recipient is not None else []
    first = func.min(_NOTICE.c.send_at, type_=_NOTICE.c.send_at.type)
    count, leaves_at = connection.execute(select(func.count(), first).where(*waits)).one()
    enabled = select(func.count()).select_from(ChannelRow).where(ChannelRow.enabled.is_(True))
    return WaitingNotices(count, leaves_at, connection.scalars(enabled).one())


def deliveries_named(connection: Connection, start: str) -> list[DeliveryEntry]:
    """Those whose id begins so: two at most, which is one too many."""
    query = _entries().where(_DELIVERY.c.id.startswith(start, autoescape=True)).limit(2)
    return [DeliveryEntry(*row) for row in connection.execute(query)]


def tries_of(connection: Connection, delivery: str) -> list[TriedLine]:
    columns = [_ATTEMPT.c[name] for name in TriedLine._fields]
    query = select(*columns).where(_ATTEMPT.c.delivery_id == delivery).order_by(_ATTEMPT.c.attempt)
    return [TriedLine(*row) for row in connection.execute(query)]


def told_in(connection: Connection, delivery: str) -> list[ToldLine]:
    """Its notices, the earliest due date first."""
    query = (
        select(
            _NOTICE.c.id,
            _NOTICE.c.kind,
            _NOTICE.c.level,
            _NOTICE.c.due_on,
            _NOTICE.c.state,
            StepRow.id,
            StepRow.key,
            StepRow.occurrence,
            StepRow.counterpart,
            ChecklistRow.unit,
        )
        .join(StepRow, StepRow.id == _NOTICE.c.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(_NOTICE.c.delivery_id == delivery)
        .order_by(_NOTICE.c.due_on, StepRow.id)
    )
    return [ToldLine(*row) for row in connection.execute(query)]


def _entries() -> Select[*tuple[Any, ...]]:
    notices = select(func.count()).where(_NOTICE.c.delivery_id == _DELIVERY.c.id).scalar_subquery()
    last = (_ATTEMPT.c.delivery_id == _DELIVERY.c.id, _ATTEMPT.c.attempt == _DELIVERY.c.attempt)
    words = select(_ATTEMPT.c.words).where(*last).scalar_subquery()
    columns = [_DELIVERY.c[name] for name in DeliveryEntry._fields[:-2]]
    return select(*columns, notices, words)


def _matching(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    if wanted.recipient is not None:
        query = query.where(_DELIVERY.c.recipient == wanted.recipient)
    if wanted.state is not None:
        query = query.where(_DELIVERY.c.state == wanted.state)
    if wanted.dead:
        taken_over = _DELIVERY.alias("taken_over")
        other = select(taken_over.c.id).where(taken_over.c.replaces == _DELIVERY.c.id)
        query = query.where(_DELIVERY.c.state == DEAD, ~other.exists())
    return query
