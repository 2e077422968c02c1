"""From notices to deliveries, as rows: who has notices that may leave, which digests left already, and the new rows.

notices (`db.notices`) → **here** → `db.deliveries`. One planner at a time: what it finds still holds when it writes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, and_, bindparam, func, select, update

from db.bulk import in_parts, insert_rows, raw_instant
from db.models import table_of
from db.notice_models import DeliveryRow, NotificationRow
from db.notices import PENDING
from db.session import begin_read

_DELIVERY, _NOTICE = table_of(DeliveryRow), table_of(NotificationRow)

_PLANNERS = 0x62616E6769616F01
"""The name of PostgreSQL's advisory lock that a planner holds."""

_REMEMBERED = timedelta(days=2)
"""How long ago a digest of a window that is still open can have been planned; no window is longer than a day."""


class Waiting(NamedTuple):
    """One person's notices that may leave, urgent ones apart; `since`: when the first of them might have."""

    recipient: str
    urgent: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written; the notices that may leave for this person join it. `state`: pending, or dead where
    there is no channel."""

    id: str
    recipient: str
    digest: str
    channel: str
    address: str
    urgent: bool
    state: str
    replaces: str | None = None


def anything_waits(engine: Engine, now: datetime) -> bool:
    """A cheap look that takes no lock."""
    with begin_read(engine) as connection:
        return connection.execute(select(_NOTICE.c.id).where(*_may_leave(now)).limit(1)).first() is not None


def only_planner(connection: Connection) -> bool:
    """Whether nobody else plans deliveries; until the end of this transaction nobody will."""
    if connection.dialect.name != "postgresql":
        return True  # its one writer is us
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_PLANNERS))))


def waiting_people(connection: Connection, now: datetime, after: str, limit: int) -> list[Waiting]:
    """At most `limit` entries, ordered by person, of people after this one; all entries of a person or none."""
    people = (
        select(_NOTICE.c.recipient)
        .where(*_may_leave(now), _NOTICE.c.recipient > after)
        .group_by(_NOTICE.c.recipient)
        .order_by(_NOTICE.c.recipient)
        .limit(limit)
    )
    query = (
        select(_NOTICE.c.recipient, _NOTICE.c.urgent, func.min(_NOTICE.c.send_at))
        .where(*_may_leave(now), _NOTICE.c.recipient.in_(people))
        .group_by(_NOTICE.c.recipient, _NOTICE.c.urgent)
        .order_by(_NOTICE.c.recipient, _NOTICE.c.urgent.desc())
    )
    return [Waiting(*row) for row in connection.execute(query)]


def digests_planned(connection: Connection, people: Collection[str], now: datetime) -> dict[tuple[str, bool], set[str]]:
    """Person and urgency → keys of the digests that were planned lately."""
    found: dict[tuple[str, bool], set[str]] = {}
    for part in in_parts(list(people)):
        query = select(_DELIVERY.c.recipient, _DELIVERY.c.urgent, _DELIVERY.c.digest).where(
            _DELIVERY.c.recipient.in_(part), _DELIVERY.c.created_at > now - _REMEMBERED
        )
        for recipient, urgent, digest in connection.execute(query):
            found.setdefault((recipient, urgent), set()).add(digest)
    return found


def failed_for_others(connection: Connection, people: Collection[str], now: datetime) -> dict[str, set[str]]:
    """Person → channels by which somebody else could not be told of what this person is told instead. Such a notice was
    written in the transaction, so at the instant, in which the other one ended as a dead letter."""
    dead, last, each = _NOTICE.alias("dead"), _DELIVERY.alias("last"), _DELIVERY.alias("each")
    found: dict[str, set[str]] = {}
    for part in in_parts(list(people)):
        query = (
            select(_NOTICE.c.recipient, each.c.channel)
            .distinct()
            .join(dead, and_(dead.c.step_id == _NOTICE.c.step_id, dead.c.ended_at == _NOTICE.c.created_at))
            .join(last, last.c.id == dead.c.delivery_id)
            .join(each, and_(each.c.recipient == last.c.recipient, each.c.digest == last.c.digest))
            .where(*_may_leave(now), _NOTICE.c.recipient.in_(part), dead.c.state == "dead")
        )
        for recipient, channel in connection.execute(query):
            found.setdefault(recipient, set()).add(channel)
    return found


def write_plans(connection: Connection, planned: Sequence[NewDelivery], now: datetime) -> None:
    """The deliveries, and the notices joined to them. An urgent one takes along what is not urgent and may leave."""
    if not planned:
        return
    insert_rows(connection, _DELIVERY, [delivery_row(connection, one, now) for one in planned])
    for urgent in (True, False):
        which = [one for one in planned if one.urgent is urgent]
        joins = update(_NOTICE).where(*of_one_person(now))
        joins = joins if urgent else joins.where(_NOTICE.c.urgent.is_(False))
        if which:
            ids = [{"who": one.recipient, "joined": one.id} for one in which]
            connection.execute(joins.values(delivery_id=bindparam("joined")), ids)
    dead = [{"dead": one.id} for one in planned if one.state != PENDING]
    if dead:
        ended = update(_NOTICE).where(_NOTICE.c.delivery_id == bindparam("dead"), _NOTICE.c.state == PENDING)
        connection.execute(ended.values(state="dead", ended_at=now), dead)


def postpone(connection: Connection, later: Sequence[tuple[Waiting, datetime]], now: datetime) -> None:
    """These notices may leave only then."""
    if not later:
        return
    moved = update(_NOTICE).where(*of_one_person(now), _NOTICE.c.urgent == bindparam("pressing"))
    values = [{"who": one.recipient, "pressing": one.urgent, "leaves": at} for one, at in later]
    connection.execute(moved.values(send_at=bindparam("leaves")), values)


def _may_leave(now: datetime) -> tuple[Any, ...]:
    return (_NOTICE.c.state == PENDING, _NOTICE.c.send_at <= now, _NOTICE.c.delivery_id.is_(None))


def of_one_person(now: datetime) -> tuple[Any, ...]:
    """`_may_leave` for the recipient `who`, by their own index: by that of the instants, SQLite would read everybody's
    notices for each person, and ten thousand of them would take minutes."""
    instant = func.coalesce(_NOTICE.c.send_at, None, type_=_NOTICE.c.send_at.type)
    mine = (_NOTICE.c.recipient == bindparam("who"), _NOTICE.c.state == PENDING)
    return (*mine, instant <= now, _NOTICE.c.delivery_id.is_(None))


def delivery_row(connection: Connection, one: NewDelivery, now: datetime) -> tuple[Any, ...]:
    """In the order of the columns."""
    instant = raw_instant(connection.dialect.name, now)
    values = {
        "id": one.id,
        "recipient": one.recipient,
        "digest": one.digest,
        "channel": one.channel,
        "address": one.address,
        "urgent": one.urgent,
        "state": one.state,
        "attempt": 0,
        "tries": 0,
        "next_try_at": instant,
        "claimed_until": None,
        "created_at": instant,
        "ended_at": None if one.state == PENDING else instant,
        "replaces": one.replaces,
    }
    return tuple(values[column.name] for column in _DELIVERY.columns)
