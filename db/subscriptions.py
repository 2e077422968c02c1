"""Subscriptions on record: written, claimed by one sender at a time, moved on along the audit log.

`cursor` is the first place in the log that a subscription has not passed. Whoever claims one holds it for a while; what
another sender has taken over meanwhile is not written by the first one any more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from checklists.subscriptions import Failing, SubscriptionState
from db.audit_log import log_size
from db.machine_models import SubscriptionRow
from db.models import table_of

_SUBSCRIPTION = table_of(SubscriptionRow)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as it is kept. `types`: as they were asked for (`cloud_event.types_meant`); `failing_since`
    None: its receiver takes what comes; `last_words`: what came of the last failed try."""

    name: str
    sealed: str
    source: str
    types: tuple[str, ...]
    decision: str | None
    province: str | None
    state: SubscriptionState
    cursor: int
    recorded_by: str
    recorded_at: datetime
    sent: int = 0
    sent_at: datetime | None = None
    tries: int = 0
    failing_since: datetime | None = None
    next_try_at: datetime | None = None
    last_words: str = ""

    @property
    def failing(self) -> Failing | None:
        return Failing(self.tries, self.failing_since) if self.failing_since else None


_FIELDS = tuple(one.name for one in fields(Subscription))
_COLUMNS = tuple(_SUBSCRIPTION.c[name] for name in _FIELDS)


def write_subscription(connection: Connection, one: Subscription) -> None:
    row = {name: getattr(one, name) for name in _FIELDS}
    row |= {"types": json.dumps(one.types), "state": one.state.value}
    connection.execute(insert(_SUBSCRIPTION).values(row))


def subscriptions_on_record(connection: Connection) -> list[Subscription]:
    """All of them, in the order of their names."""
    return [_read(row) for row in connection.execute(select(*_COLUMNS).order_by(_SUBSCRIPTION.c.name))]


def subscription_named(connection: Connection, name: str) -> Subscription | None:
    row = connection.execute(select(*_COLUMNS).where(_SUBSCRIPTION.c.name == name)).one_or_none()
    return _read(row) if row else None


def remove_subscription(connection: Connection, name: str) -> bool:
    return bool(connection.execute(delete(_SUBSCRIPTION).where(_SUBSCRIPTION.c.name == name)).rowcount)


def switch_subscription(connection: Connection, name: str, state: SubscriptionState) -> bool:
    """False when it stood so already."""
    other = update(_SUBSCRIPTION).where(_SUBSCRIPTION.c.name == name, _SUBSCRIPTION.c.state != state.value)
    return bool(connection.execute(other.values(state=state.value)).rowcount)


def begin_anew(connection: Connection, name: str, cursor: int) -> None:
    """It goes on at once, from this place, and its tries are counted from the first."""
    fresh = {"cursor": cursor, "tries": 0, "failing_since": None, "next_try_at": None, "last_words": ""}
    fresh |= {"claimed_by": None, "claimed_until": None}
    connection.execute(update(_SUBSCRIPTION).where(_SUBSCRIPTION.c.name == name).values(fresh))


def claim_waiting(connection: Connection, sender: str, now: datetime, until: datetime) -> list[Subscription]:
    """Those that something may be sent to now, held by `sender` from here on: active ones that have not passed the
    whole log, whose pause is over, and that nobody else holds."""
    claimed = update(_SUBSCRIPTION).where(_waits(connection, now)).values(claimed_by=sender, claimed_until=until)
    return [_read(row) for row in connection.execute(claimed.returning(*_COLUMNS))]


def any_waiting(connection: Connection, now: datetime) -> bool:
    """A cheap look that takes no lock: whether `claim_waiting` may find one."""
    query = select(_SUBSCRIPTION.c.name).where(_waits(connection, now)).limit(1)
    return connection.execute(query).first() is not None


def _waits(connection: Connection, now: datetime) -> ColumnElement[bool]:
    return and_(
        _SUBSCRIPTION.c.state == SubscriptionState.ACTIVE.value,
        _SUBSCRIPTION.c.cursor < log_size(connection),
        or_(_SUBSCRIPTION.c.claimed_until.is_(None), _SUBSCRIPTION.c.claimed_until <= now),
        or_(_SUBSCRIPTION.c.next_try_at.is_(None), _SUBSCRIPTION.c.next_try_at <= now),
    )


def move_on(connection: Connection, one: Subscription, sender: str) -> bool:
    """Write down how far it has come, and give it back; False when another sender has it by now. Its state is left
    alone: somebody may have paused it meanwhile."""
    known = ("cursor", "sent", "sent_at", "tries", "failing_since", "next_try_at", "last_words")
    values: dict[str, Any] = {name: getattr(one, name) for name in known}
    ours = (_SUBSCRIPTION.c.name == one.name, _SUBSCRIPTION.c.claimed_by == sender)
    moved = update(_SUBSCRIPTION).where(*ours).values(values | {"claimed_by": None, "claimed_until": None})
    return bool(connection.execute(moved).rowcount)


def _read(row: Any) -> Subscription:
    kept = Subscription(**row._mapping)
    return replace(kept, types=tuple(json.loads(row.types)), state=SubscriptionState(row.state))
