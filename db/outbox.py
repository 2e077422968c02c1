"""Deliveries: an event's way to one consumer, claimed under a lease, acknowledged or put back.

The relay claims rows here, talks to Prefect with no transaction open, and writes down what came of it. A claim whose
holder died is free again when its lease ends; whoever takes it then uses the same idempotency key, so the flow run is
the same one. A row that nobody failed to deliver is due at once, whatever its time says: the clocks of two processes
need not agree.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, or_, select, update

from db.faults import faultpoint
from db.models import EventRow, OutboxRow, table_of
from db.session import begin_read, begin_write

PENDING, CLAIMED, DELIVERED = "pending", "claimed", "delivered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one consumer. `attempt` counts how often the work was handed over anew, not failed tries; with
    `claimed_until` it says whose claim this is."""

    event_id: str
    consumer: str
    event_type: str
    occurred_at: datetime
    subject: str
    decision_id: int | None
    payload: Mapping[str, Any]
    attempt: int
    claimed_until: datetime

    @property
    def idempotency_key(self) -> str:
        """The same for every try of one attempt: delivering twice makes one flow run.

        The event's moment is part of it: a database made anew counts from 1 again, and Prefect remembers old keys.
        """
        key = f"{self.event_id}:{self.consumer}:{self.occurred_at.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        return f"{key}:{self.attempt}" if self.attempt else key


def waiting(engine: Engine, *, consumers: Collection[str], now: datetime) -> bool:
    """Whether anything is due: a cheap look that takes no lock."""
    with begin_read(engine) as connection:
        due = select(OutboxRow.event_id).where(_due(consumers, now)).limit(1)
        return connection.execute(due).first() is not None


def all_delivered(engine: Engine) -> bool:
    """Whether every event has reached all its consumers."""
    with begin_read(engine) as connection:
        left = select(OutboxRow.event_id).where(OutboxRow.state != DELIVERED).limit(1)
        return connection.execute(left).first() is None


def claim(
    engine: Engine, *, consumers: Collection[str], now: datetime, lease: timedelta, limit: int = 50
) -> list[Delivery]:
    """Take up to `limit` due rows for the length of `lease`, oldest first; no other relay gets the same ones."""
    due = (
        select(OutboxRow.event_id, OutboxRow.consumer, OutboxRow.attempt)
        .where(_due(consumers, now))
        .order_by(OutboxRow.available_at, OutboxRow.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and leaves this out
    )
    events = table_of(EventRow)
    until = now + lease
    with begin_write(engine) as connection:
        deliveries = []
        for event_id, consumer, attempt in connection.execute(due).all():
            taken = update(OutboxRow).where(_is(event_id, consumer)).values(state=CLAIMED, claimed_until=until)
            connection.execute(taken)
            event = connection.execute(select(events).where(events.c.id == event_id)).one()
            payload = json.loads(event.payload)
            deliveries.append(
                Delivery(
                    event_id,
                    consumer,
                    event.type,
                    event.occurred_at,
                    event.subject,
                    event.decision_id,
                    payload,
                    attempt,
                    until,
                )
            )
        return deliveries


def acknowledge(engine: Engine, delivery: Delivery, *, now: datetime, run_id: str) -> bool:
    """The consumer has it: `run_id` is the flow run that does the work. False when the claim was no longer ours."""
    done = {"state": DELIVERED, "delivered_at": now, "claimed_until": None, "run_id": run_id, "last_error": None}
    faultpoint("outbox.handed-over")
    ours = _change(engine, delivery, done)
    faultpoint("outbox.acknowledged")
    return ours


def release(engine: Engine, delivery: Delivery) -> bool:
    """Give a claim back untried (Prefect is away): due again at once. False when the claim was no longer ours."""
    return _change(engine, delivery, {"state": PENDING, "claimed_until": None})


def fail(engine: Engine, delivery: Delivery, *, retry_at: datetime, error: str) -> bool:
    """The consumer refused it: due again at `retry_at`, with the reason kept. False when the claim was not ours."""
    again = {"state": PENDING, "claimed_until": None, "available_at": retry_at, "last_error": error}
    return _change(engine, delivery, again)


def hand_again(engine: Engine, event_id: str, consumer: str, *, attempt: int, now: datetime) -> bool:
    """Deliver the event anew, under a new key, because the work of `attempt` came to nothing.

    False when somebody has handed it over again since: two reconcilers make one new attempt.
    """
    anew = {"state": PENDING, "attempt": attempt + 1, "available_at": now, "claimed_until": None}
    unchanged = and_(_is(event_id, consumer), OutboxRow.state == DELIVERED, OutboxRow.attempt == attempt)
    with begin_write(engine) as connection:
        return bool(connection.execute(update(OutboxRow).where(unchanged).values(anew)).rowcount)


def _due(consumers: Collection[str], now: datetime) -> ColumnElement[bool]:
    fresh = and_(OutboxRow.state == PENDING, or_(OutboxRow.last_error.is_(None), OutboxRow.available_at <= now))
    abandoned = and_(OutboxRow.state == CLAIMED, OutboxRow.claimed_until < now)
    return and_(OutboxRow.consumer.in_(consumers), or_(fresh, abandoned))


def _is(event_id: str, consumer: str) -> ColumnElement[bool]:
    return and_(OutboxRow.event_id == event_id, OutboxRow.consumer == consumer)


def _change(engine: Engine, delivery: Delivery, values: Mapping[str, Any]) -> bool:
    """Whoever was slow finds the row in other hands, or done, and leaves it so."""
    ours = and_(
        _is(delivery.event_id, delivery.consumer),
        OutboxRow.state == CLAIMED,
        OutboxRow.attempt == delivery.attempt,
        OutboxRow.claimed_until == delivery.claimed_until,
    )
    with begin_write(engine) as connection:
        return bool(connection.execute(update(OutboxRow).where(ours).values(values)).rowcount)
