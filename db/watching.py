"""What the watch looks at: what waits longer than it may, part by part, each by an index that finds only what is not
settled; and the alarms that are remembered.

the record → **here** → `checklists.escalation.watching`. Counting stops a little over MOST_COUNTED: that there are too
many is said as well by ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, or_, select

from checklists.deadlines import local_date
from checklists.escalation import watching as rules
from checklists.escalation.alarms import Alarm, Alarms
from checklists.escalation.timetable import local_instant
from checklists.escalation.watching import Backlog, Observed
from checklists.ports import REGISTERED
from checklists.steps import OPEN
from checklists.subscriptions import STUCK_AFTER, SubscriptionState
from db.bulk import in_parts, upsert
from db.change_models import PlanChangeRow
from db.channels import channels_on_record
from db.machine_models import SubscriptionRow
from db.models import ChecklistRow, DecisionRow, EventRow, OpeningRow, OutboxRow, StepRow, table_of
from db.notice_models import AlarmRow, DeliveryRow, HeartbeatRow, NotificationRow, ReviewRow
from db.outbox import CLAIMED
from db.outbox import PENDING as UNDELIVERED

_DELIVERY, _NOTICE, _ALARM = table_of(DeliveryRow), table_of(NotificationRow), table_of(AlarmRow)
_PENDING, _SENDING, _FAILED, _UNKNOWN, _DEAD = "pending", "sending", "failed", "unknown", "dead"
_OPEN = [one.value for one in OPEN]

CANDIDATES = 1000
"""Steps without a review that are looked at one by one: more are not needed to know that something is wrong."""


def observe(connection: Connection, at: datetime) -> Observed:
    """Everything but what a channel's sealed part says."""
    beats = {row.part: row.at for row in connection.execute(select(table_of(HeartbeatRow)))}
    backlogs: dict[str, Any] = {name: _backlog(connection, one) for name, one in queries(at, beats).items()}
    return Observed(
        at=at,
        beats=beats,
        unreviewed=_unreviewed(connection, at),
        channels=sum(one.enabled for one in channels_on_record(connection)),
        **backlogs,
    )


def queries(at: datetime, beats: Mapping[str, datetime]) -> dict[str, Select[Any]]:
    """Backlog → since when each thing in it has waited."""
    return {
        "reviews": select(ReviewRow.next_at).where(ReviewRow.next_at <= rules.looked_at_by(at, beats)),
        "outbox": _outbox(at - rules.OUTBOX_GRACE),
        "refused": _refused(at - rules.OUTBOX_GRACE),
        "openings": _openings(at - rules.OPENING_GRACE),
        "notices": select(_NOTICE.c.send_at).where(
            _NOTICE.c.state == _PENDING, _NOTICE.c.send_at <= at - rules.NOTICE_GRACE, _NOTICE.c.delivery_id.is_(None)
        ),
        "untried": select(_DELIVERY.c.next_try_at).where(
            _DELIVERY.c.state.in_((_PENDING, _FAILED, _UNKNOWN)), _DELIVERY.c.next_try_at <= at - rules.DELIVERY_GRACE
        ),
        "lapsed": select(_DELIVERY.c.claimed_until).where(
            _DELIVERY.c.state == _SENDING, _DELIVERY.c.claimed_until <= at - rules.LEASE_GRACE
        ),
        "in_vain": select(_DELIVERY.c.created_at).where(
            _DELIVERY.c.state.in_((_FAILED, _UNKNOWN)), _DELIVERY.c.tries >= rules.TRIES_IN_VAIN
        ),
        "dead": _dead(at),
        "untold": _untold(at),
    }


def unreviewed_query(today: Any) -> Select[Any]:
    """Open steps whose day has come and that no review will look at: never reviewed, reviewed for another due date, or
    at rest although they changed since. A ladder that has spoken its last level rests, and that is right."""
    at_rest = and_(ReviewRow.next_at.is_(None), ReviewRow.version != StepRow.version)
    forgotten = or_(ReviewRow.step_id.is_(None), ReviewRow.due_on.is_distinct_from(StepRow.due_on), at_rest)
    return (
        select(StepRow.id)
        .join(ReviewRow, ReviewRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.due_on <= today, StepRow.state.in_(_OPEN), forgotten)
        .limit(CANDIDATES)
    )


def _unreviewed(connection: Connection, at: datetime) -> Backlog:
    """Those that have been so since before the last review that is owed; what changed since is for the next one."""
    numbers = list(connection.scalars(unreviewed_query(local_date(at))))
    owed = rules.owed_run(at)
    since = [one for part in in_parts(numbers) for one in _since(connection, part) if one <= owed]
    return Backlog(len(since), min(since, default=None))


def _since(connection: Connection, numbers: Any) -> list[datetime]:
    """When each of these steps last changed, or its day came if that was later."""
    touched = select(func.max(EventRow.occurred_at)).where(EventRow.step_id == StepRow.id).scalar_subquery()
    changed = select(func.max(PlanChangeRow.committed_at)).where(PlanChangeRow.decision_id == ChecklistRow.decision_id)
    query = (
        select(StepRow.due_on, ChecklistRow.opened_at, touched, changed.scalar_subquery())
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(StepRow.id.in_(numbers))
    )
    rows: Any = connection.execute(query)
    return [
        max(one for one in (local_instant(due_on, time.min), *moments) if one is not None) for due_on, *moments in rows
    ]


def _outbox(before: datetime) -> Select[Any]:
    waits = and_(OutboxRow.state == UNDELIVERED, OutboxRow.last_error.is_(None), OutboxRow.available_at <= before)
    left = and_(OutboxRow.state == CLAIMED, OutboxRow.claimed_until <= before)
    return select(OutboxRow.available_at).where(_undelivered(), or_(waits, left))


def _refused(before: datetime) -> Select[Any]:
    """Tried again and again: counted from when it happened, since each try moves its time on."""
    return (
        select(EventRow.occurred_at)
        .join(OutboxRow, OutboxRow.event_id == EventRow.id)
        .where(_undelivered(), OutboxRow.last_error.is_not(None), EventRow.occurred_at <= before)
    )


def _undelivered() -> ColumnElement[bool]:
    return OutboxRow.state.in_((UNDELIVERED, CLAIMED))


def _openings(before: datetime) -> Select[Any]:
    """Since the last chunk, or the registration. There are as many decisions as there are papers signed."""
    latest = select(func.max(OpeningRow.opened_at)).where(OpeningRow.decision_id == DecisionRow.id).scalar_subquery()
    moved = func.coalesce(latest, DecisionRow.registered_at, type_=DecisionRow.registered_at.type)
    return select(moved).where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_(None), moved <= before)


def _dead(at: datetime) -> Select[Any]:
    """Dead letters that no other channel has taken over."""
    other = _DELIVERY.alias("taken_over")
    ended = _DELIVERY.c.ended_at.between(at - rules.DEAD_TOLD_FOR, at - rules.DEAD_GRACE)
    taken_over = select(other.c.id).where(other.c.replaces == _DELIVERY.c.id).exists()
    return select(_DELIVERY.c.ended_at).where(_DELIVERY.c.state == _DEAD, ended, ~taken_over)


def _untold(at: datetime) -> Select[Any]:
    """Subscriptions that have failed for long, or that are stopped; a paused one is somebody's will."""
    state, since = SubscriptionRow.state, SubscriptionRow.failing_since
    long = and_(state == SubscriptionState.ACTIVE.value, since <= at - STUCK_AFTER)
    return select(since).where(since.is_not(None), or_(state == SubscriptionState.STOPPED.value, long))


def _backlog(connection: Connection, query: Select[Any]) -> Backlog:
    waits = query.order_by(query.selected_columns[0]).limit(rules.MOST_COUNTED + 1).subquery()
    since = waits.c[0]
    count, first = connection.execute(select(func.count(), func.min(since, type_=since.type)).select_from(waits)).one()
    return Backlog(count, first)


def alarms_kept(connection: Connection) -> Alarms:
    rows = connection.execute(select(_ALARM))
    return {row.kind: Alarm(row.kind, row.seen_at, row.told_at) for row in rows}


def keep_alarms(connection: Connection, before: Alarms, now: Alarms) -> None:
    """What changed, inside the running transaction."""
    for kind, one in now.items():
        if before.get(kind) != one:
            upsert(connection, _ALARM, {"kind": kind, "seen_at": one.seen_at, "told_at": one.told_at})
    if gone := before.keys() - now.keys():
        connection.execute(delete(_ALARM).where(_ALARM.c.kind.in_(sorted(gone))))
