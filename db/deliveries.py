"""Deliveries on their way: claimed under a lease, sent with no transaction open, and what came of it written down.

`db.delivery_plans` → **here** → sent, or a dead letter (`checklists.escalation.attempts` has the table of states). A
claim whose holder died is free when its lease ends: perhaps the message left, so it is sent again with the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, case, delete, func, insert, select, update
from sqlalchemy import or_ as either

from checklists.escalation.attempts import DeliveryState, Move, after
from db.faults import faultpoint
from db.models import table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow, NotificationRow
from db.session import begin_read, begin_write

_DELIVERY, _ATTEMPT, _NOTICE = table_of(DeliveryRow), table_of(DeliveryAttemptRow), table_of(NotificationRow)

PENDING, SENDING, SENT = DeliveryState.PENDING.value, DeliveryState.SENDING.value, DeliveryState.SENT.value
FAILED, DEAD, CANCELLED = DeliveryState.FAILED.value, DeliveryState.DEAD.value, DeliveryState.CANCELLED.value
UNKNOWN = DeliveryState.UNKNOWN.value
_DUE = (PENDING, FAILED, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that is ours until the lease ends. `attempt` counts every try and says whose claim this is; `tries`
    counts since it was planned, or sent again by somebody."""

    id: str
    recipient: str
    digest: str
    channel: str
    address: str
    urgent: bool
    attempt: int
    tries: int
    was: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of a try: the state that follows, what is written of the attempt, and when the next one is due."""

    claim: Claim
    state: DeliveryState
    outcome: str
    words: str
    next_try_at: datetime | None = None


def channels_with_work(
    engine: Engine, channels: Iterable[str], now: datetime, since: datetime | None = None
) -> list[str]:
    """Those of the channels for which something is due (`since`: as for `claim`): a look that takes no lock."""
    with begin_read(engine) as connection:
        found = []
        for channel in channels:
            wanted = either(_wanted(now, since), _lapsed(now))
            due = select(_DELIVERY.c.id).where(_DELIVERY.c.channel == channel, wanted).limit(1)
            if connection.execute(due).first() is not None:
                found.append(channel)
        return found


def claim(
    engine: Engine, rooms: Mapping[str, int], *, now: datetime, lease: timedelta, since: datetime | None = None
) -> list[Claim]:
    """Take what is due for each channel, as many as there is room for, urgent ones first; no other sender gets them.
    `since`: instead, what was planned (or, sent again by somebody, tried or due first) by then, due now or not."""
    with begin_write(engine) as connection:
        claims = []
        for channel, room in rooms.items():
            _give_up_leases(connection, channel, now)
            claims += _take(connection, channel, room, _wanted(now, since), now + lease)
        _begin_attempts(connection, claims, now)
    faultpoint("notice.claimed")
    return claims


def _due(now: datetime) -> Any:
    return and_(_DELIVERY.c.state.in_(_DUE), _DELIVERY.c.next_try_at <= now)


def _wanted(now: datetime, since: datetime | None) -> Any:
    if since is None:
        return _due(now)
    before = _DELIVERY.c.attempt - _DELIVERY.c.tries
    first = (_ATTEMPT.c.delivery_id == _DELIVERY.c.id, _ATTEMPT.c.attempt == before + 1)
    tried = select(_ATTEMPT.c.began_at).where(*first).scalar_subquery()
    resent = func.coalesce(tried, _DELIVERY.c.next_try_at)
    began = case((before == 0, _DELIVERY.c.created_at), else_=resent)
    return and_(_DELIVERY.c.state.in_(_DUE), began <= since)


def _lapsed(now: datetime) -> Any:
    return and_(_DELIVERY.c.state == SENDING, _DELIVERY.c.claimed_until < now)


def _give_up_leases(connection: Connection, channel: str, now: datetime) -> None:
    """Whoever held these has died or hangs: what they sent is not known."""
    query = select(_DELIVERY.c.id, _DELIVERY.c.attempt).where(_DELIVERY.c.channel == channel, _lapsed(now))
    for delivery, attempt in connection.execute(query.with_for_update(skip_locked=True)).all():
        state = after(DeliveryState.SENDING, Move.LEASE_PASSED).value
        freed = {"state": state, "claimed_until": None, "next_try_at": now}
        connection.execute(update(_DELIVERY).where(_DELIVERY.c.id == delivery).values(freed))
        _end_attempt(connection, delivery, attempt, {"ended_at": now, "outcome": state})


def _take(connection: Connection, channel: str, room: int, wanted: Any, until: datetime) -> list[Claim]:
    query = (
        select(_DELIVERY)
        .where(_DELIVERY.c.channel == channel, wanted)
        .order_by(_DELIVERY.c.urgent.desc(), _DELIVERY.c.next_try_at, _DELIVERY.c.id)
        .limit(room)
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and leaves this out
    )
    return [
        Claim(
            row.id,
            row.recipient,
            row.digest,
            row.channel,
            row.address,
            row.urgent,
            row.attempt + 1,
            row.tries + 1,
            row.state,
            until,
        )
        for row in connection.execute(query).all()
    ]


def _begin_attempts(connection: Connection, claims: Sequence[Claim], now: datetime) -> None:
    for one in claims:
        state = after(DeliveryState(one.was), Move.CLAIM).value
        taken = {"state": state, "attempt": one.attempt, "tries": one.tries, "claimed_until": one.until}
        connection.execute(update(_DELIVERY).where(_DELIVERY.c.id == one.id).values(taken))
    begun = [
        {"delivery_id": one.id, "attempt": one.attempt, "began_at": now, "outcome": SENDING, "words": ""}
        for one in claims
    ]
    if begun:
        connection.execute(insert(_ATTEMPT), begun)


def record(connection: Connection, attempted: Attempted, now: datetime) -> bool:
    """Write down what came of a try. False when the claim was no longer ours: somebody else sends it since."""
    one, state = attempted.claim, attempted.state.value
    _end_attempt(
        connection, one.id, one.attempt, {"ended_at": now, "outcome": attempted.outcome, "words": attempted.words}
    )
    values: dict[str, Any] = {"state": state, "claimed_until": None}
    if attempted.next_try_at is not None:
        values["next_try_at"] = attempted.next_try_at
    if state in {SENT, DEAD}:
        values["ended_at"] = now
    ours = bool(connection.execute(update(_DELIVERY).where(_still(one)).values(values)).rowcount)
    if ours and state in {SENT, DEAD}:
        end_notices(connection, one.id, state, now)
    return ours


def release(connection: Connection, claim: Claim, now: datetime, until: datetime | None = None) -> None:
    """Give a claim back untried, due again at once or at `until`: as if it had never been made."""
    back = {
        "state": claim.was,
        "attempt": claim.attempt - 1,
        "tries": claim.tries - 1,
        "claimed_until": None,
        "next_try_at": until or now,
    }
    if connection.execute(update(_DELIVERY).where(_still(claim)).values(back)).rowcount:
        connection.execute(delete(_ATTEMPT).where(*_attempt(claim.id, claim.attempt)))


def cancel_claimed(connection: Connection, claim: Claim, now: datetime) -> None:
    """Nothing is left to say: what was claimed is not sent after all."""
    release(connection, claim, now)
    state = after(DeliveryState(claim.was), Move.CANCEL).value
    untried = (_DELIVERY.c.id == claim.id, _DELIVERY.c.state == claim.was, _DELIVERY.c.attempt == claim.attempt - 1)
    connection.execute(update(_DELIVERY).where(*untried).values(state=state, ended_at=now))


def end_notices(connection: Connection, delivery: str, state: str, now: datetime) -> int:
    """The notices of a delivery end with it; those that were cancelled before stay so."""
    mine = (_NOTICE.c.delivery_id == delivery, _NOTICE.c.state == PENDING)
    return connection.execute(update(_NOTICE).where(*mine).values(state=state, ended_at=now)).rowcount


def _still(claim: Claim) -> Any:
    """Ours as long as nobody has claimed it since, also where we were so slow that the lease has passed."""
    mine = and_(_DELIVERY.c.id == claim.id, _DELIVERY.c.attempt == claim.attempt)
    return and_(mine, _DELIVERY.c.state.in_((SENDING, UNKNOWN)))


def _attempt(delivery: str, attempt: int) -> tuple[Any, ...]:
    return (_ATTEMPT.c.delivery_id == delivery, _ATTEMPT.c.attempt == attempt)


def _end_attempt(connection: Connection, delivery: str, attempt: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(_ATTEMPT).where(*_attempt(delivery, attempt)).values(values))
