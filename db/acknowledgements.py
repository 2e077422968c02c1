"""Acknowledgements on record: who has a step in hand, until when, and which level had spoken when they said so.

The latest one of a due date counts. Due date and level are not kept: they follow from when it was given, which was
after the step had its date and after the levels that had spoken by then.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from checklists.escalation.acknowledgement import Acknowledgement
from checklists.steps import OPEN
from db.models import StepRow, table_of
from db.notice_models import AcknowledgementRow, EscalationRow, NotificationRow, ReviewRow
from db.reviews import reviewed_steps

_ACKNOWLEDGEMENT, _ESCALATION = table_of(AcknowledgementRow), table_of(EscalationRow)
_NOTICE, _REVIEW, _STEP = table_of(NotificationRow), table_of(ReviewRow), table_of(StepRow)


def acknowledged(connection: Connection, step_id: int, due_on: date, since: datetime) -> Acknowledgement | None:
    """The latest word on the step since it has its due date."""
    these = (_ACKNOWLEDGEMENT.c.step_id == step_id, _ACKNOWLEDGEMENT.c.given_at >= since)
    latest = (_ACKNOWLEDGEMENT.c.given_at.desc(), _ACKNOWLEDGEMENT.c.id.desc())
    row = connection.execute(select(_ACKNOWLEDGEMENT).where(*these).order_by(*latest).limit(1)).one_or_none()
    if row is None:
        return None
    level = last_level(connection, step_id, due_on, row.given_at)
    return Acknowledgement(row.given_by, row.on_behalf_of, due_on, level, row.expected_on, row.words, row.given_at)


def last_level(connection: Connection, step_id: int, due_on: date, by: datetime | None = None) -> str:
    """The last level that has spoken of this due date ("" if none has), by that instant if it is given."""
    query = select(_ESCALATION.c.level).where(_ESCALATION.c.step_id == step_id, _ESCALATION.c.due_on == due_on)
    if by is not None:
        query = query.where(_ESCALATION.c.planned_at <= by)
    ordered = query.order_by(_ESCALATION.c.at.desc(), _ESCALATION.c.repeat.desc())
    return connection.scalar(ordered.limit(1)) or ""


def one_at_a_time(connection: Connection, step_id: int) -> None:
    """Whoever answers for the same step, or acts on it, waits until this transaction ends."""
    connection.execute(select(_STEP.c.id).where(_STEP.c.id == step_id).with_for_update())


def people_told(connection: Connection, step_id: int, due_on: date) -> frozenset[str]:
    """Accounts for whom a notice of this due date was planned."""
    query = select(_NOTICE.c.recipient).where(_NOTICE.c.step_id == step_id, _NOTICE.c.due_on == due_on)
    return frozenset(connection.scalars(query))


def write_acknowledgement(connection: Connection, key: str, step_id: int, given: Acknowledgement) -> None:
    """Record it, and let the step be looked at again at once, by which the next level learns of it."""
    row = {
        "id": key,
        "step_id": step_id,
        "given_by": given.by,
        "on_behalf_of": given.on_behalf_of,
        "expected_on": given.expected_on,
        "words": given.words,
        "given_at": given.given_at,
    }
    connection.execute(insert(_ACKNOWLEDGEMENT), row)
    connection.execute(update(_REVIEW).where(_REVIEW.c.step_id == step_id).values(next_at=given.given_at))


def acknowledgement_standing(connection: Connection, step_id: int, day: date) -> Acknowledgement | None:
    """The promise by which the step's climb rests that day, if there is one."""
    for step in reviewed_steps(connection, [step_id]):
        if step.facts.due_on is not None and step.facts.state in OPEN:
            given = acknowledged(connection, step_id, step.facts.due_on, step.facts.dated_at)
            return given if given and given.stands_on(day) else None
    return None
