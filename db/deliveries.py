"""Deliveries on their way: claimed under a lease, sent with no transaction open, and what came of it written down.

`db.delivery_plans` → **here** → sent, or a dead letter (`checklists.escalation.attempts` has the table of states). A
claim whose holder died is free when its lease ends: perhaps the message left, so it is sent again with the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, case, delete, func, insert, null, select, update
from sqlalchemy import or_ as either

from checklists.escalation.attempts import DeliveryState, Move, after
from db.faults import faultpoint
from db.models import table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow, NotificationRow
from db.session import begin_read, begin_write
from db.statements import Statement, run_together

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


def _named(name: str, column: Any) -> Any:
    return bindparam(name, type_=column.type)


_WHICH, _MINE = _named("which", _DELIVERY.c.id), _named("mine", _DELIVERY.c.attempt)

_TAKEN = Statement(
    lambda _: (
        update(_DELIVERY)
        .where(_DELIVERY.c.id == _WHICH)
        .values(
            state=_named("to", _DELIVERY.c.state),
            attempt=_MINE,
            tries=_named("count", _DELIVERY.c.tries),
            claimed_until=_named("until", _DELIVERY.c.claimed_until),
        )
    )
)
_ATTEMPT_ENDED = Statement(
    lambda _: (
        update(_ATTEMPT)
        .where(_ATTEMPT.c.delivery_id == _WHICH, _ATTEMPT.c.attempt == _MINE)
        .values(
            ended_at=_named("at", _ATTEMPT.c.ended_at),
            outcome=_named("came_of_it", _ATTEMPT.c.outcome),
            words=_named("said", _ATTEMPT.c.words),
        )
    )
)
_RECORDED = Statement(
    lambda _: (
        update(_DELIVERY)
        .where(_DELIVERY.c.id == _WHICH, _DELIVERY.c.attempt == _MINE, _in_our_hands())
        .values(
            state=_named("to", _DELIVERY.c.state),
            claimed_until=null(),
            next_try_at=func.coalesce(_named("again", _DELIVERY.c.next_try_at), _DELIVERY.c.next_try_at),
            ended_at=func.coalesce(_named("at", _DELIVERY.c.ended_at), _DELIVERY.c.ended_at),
        )
    )
)
_NOTICES_ENDED = Statement(
    lambda _: (
        update(_NOTICE)
        .where(_NOTICE.c.delivery_id == _named("which", _NOTICE.c.delivery_id), _NOTICE.c.state == PENDING)
        .values(state=_named("to", _NOTICE.c.state), ended_at=_named("at", _NOTICE.c.ended_at))
    )
)


def _begin_attempts(connection: Connection, claims: Sequence[Claim], now: datetime) -> None:
    for one in claims:
        state = after(DeliveryState(one.was), Move.CLAIM).value
        taken = {"which": one.id, "to": state, "mine": one.attempt, "count": one.tries, "until": one.until}
        _TAKEN.run(connection, taken)
    begun = [
        {"delivery_id": one.id, "attempt": one.attempt, "began_at": now, "outcome": SENDING, "words": ""}
        for one in claims
    ]
    if begun:
        connection.execute(insert(_ATTEMPT), begun)


def record(connection: Connection, attempted: Attempted, now: datetime) -> bool:
    """Write down what came of a try. False when the claim was no longer ours: somebody else sends it since."""
    one, state = attempted.claim, attempted.state.value
    ended = {"which": one.id, "mine": one.attempt, "at": now}
    ends = now if state in {SENT, DEAD} else None
    _, recorded = run_together(
        connection,
        [
            (_ATTEMPT_ENDED, {**ended, "came_of_it": attempted.outcome, "said": attempted.words}),
            (_RECORDED, {**ended, "to": state, "again": attempted.next_try_at, "at": ends}),
        ],
    )
    if recorded.count and ends:
        end_notices(connection, one.id, state, now)
    return bool(recorded.count)


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
    return _NOTICES_ENDED.run(connection, {"which": delivery, "to": state, "at": now}).count


def _still(claim: Claim) -> Any:
    """Ours as long as nobody has claimed it since, also where we were so slow that the lease has passed."""
    return and_(_DELIVERY.c.id == claim.id, _DELIVERY.c.attempt == claim.attempt, _in_our_hands())


def _in_our_hands() -> Any:
    return either(_DELIVERY.c.state == SENDING, _DELIVERY.c.state == UNKNOWN)


def _attempt(delivery: str, attempt: int) -> tuple[Any, ...]:
    return (_ATTEMPT.c.delivery_id == delivery, _ATTEMPT.c.attempt == attempt)


def _end_attempt(connection: Connection, delivery: str, attempt: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(_ATTEMPT).where(*_attempt(delivery, attempt)).values(values))
