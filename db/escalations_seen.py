"""What climbed: the last level that has spoken of each open step, who answered, and messages that reached nobody.
SELECT only.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Exists, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from checklists.steps import OPEN
from db.delivery_lists import DeliveryEntry, Wanted, deliveries_listed
from db.models import ChecklistRow, StepRow, UnitRow
from db.notice_models import AcknowledgementRow, DeliveryRow, EscalationRow, NotificationRow
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow


class ClimbedStep(NamedTuple):
    """An open step of which a level has spoken."""

    id: int
    key: str
    template_hash: str
    state: str
    due_on: date
    unit: str
    unit_name: str
    audience: str
    at: datetime
    recipients: int
    counterpart: str
    """The one unit across the table ("" for none)."""


class Answer(NamedTuple):
    """The last word on it."""

    by: str
    expected_on: date
    words: str
    given_at: datetime


_SHOWN = (
    StepRow.id,
    StepRow.key,
    ChecklistRow.template_hash,
    StepRow.state,
    StepRow.due_on,
    UnitRow.key,
    UnitRow.name,
    EscalationRow.at,
    StepRow.counterpart,
)


def climbed_steps(
    connection: Connection,
    reach: Select[str] | None,
    today: date,
    *,
    unanswered: bool,
    window: tuple[int, int],
    before: tuple[datetime, int] | None = None,
) -> list[ClimbedStep]:
    """The latest first, those after the step that a page ended `before` (when it was said, and its number).
    `unanswered`: only those that nobody has said to have in hand until a day that is to come."""
    query = (
        select(*_SHOWN, func.min(EscalationRow.audience), func.sum(EscalationRow.recipients))
        .select_from(EscalationRow)
        .join(StepRow, and_(StepRow.id == EscalationRow.step_id, StepRow.due_on == EscalationRow.due_on))
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(UnitRow, UnitRow.key == OWED_BY)
        .where(StepRow.state.in_(sorted(OPEN)), ~_outdone())
        .group_by(*_SHOWN)
        .order_by(EscalationRow.at.desc(), StepRow.id)
        .limit(window[0])
        .offset(window[1])
    )
    if reach is not None:
        query = query.where(OWED_BY.in_(reach))
    if before is not None:
        same = and_(EscalationRow.at == before[0], StepRow.id > before[1])
        query = query.where(or_(EscalationRow.at < before[0], same))
    if unanswered:
        standing = select(AcknowledgementRow.id).where(
            AcknowledgementRow.step_id == StepRow.id, AcknowledgementRow.expected_on >= today
        )
        query = query.where(~standing.exists())
    rows = connection.execute(query)
    return [ClimbedStep(*row[:4], row[4] or today, *row[5:7], row[9], row[7], int(row[10]), row[8]) for row in rows]


def _outdone() -> Exists:
    """Whether a later level has spoken of the same due date."""
    later = aliased(EscalationRow)
    after = or_(later.at > EscalationRow.at, and_(later.at == EscalationRow.at, later.repeat > EscalationRow.repeat))
    same = (later.step_id == EscalationRow.step_id, later.due_on == EscalationRow.due_on)
    return select(later.step_id).where(*same, after).exists()


def last_answers(connection: Connection, steps: Collection[int]) -> dict[int, Answer]:
    """Of these few steps, the last word on each."""
    query = (
        select(
            AcknowledgementRow.step_id,
            func.coalesce(PersonRow.name, AcknowledgementRow.given_by),
            AcknowledgementRow.expected_on,
            AcknowledgementRow.words,
            AcknowledgementRow.given_at,
        )
        .join(PersonRow, PersonRow.account == AcknowledgementRow.given_by, isouter=True)
        .where(AcknowledgementRow.step_id.in_(sorted(steps)))
        .order_by(AcknowledgementRow.given_at, AcknowledgementRow.id)
    )
    return {row[0]: Answer(*row[1:]) for row in connection.execute(query)}


def dead_letters(connection: Connection, reach: Select[str] | None) -> list[DeliveryEntry]:
    """Messages that reached nobody and tell of a step in reach; the newest first."""
    told = (
        select(NotificationRow.delivery_id)
        .join(DeliveryRow, DeliveryRow.id == NotificationRow.delivery_id)
        .join(StepRow, StepRow.id == NotificationRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(DeliveryRow.state == "dead")
        .distinct()
    )
    dead = deliveries_listed(connection, Wanted(dead=True), None)
    if reach is None or not dead:
        return dead
    mine = set(connection.scalars(told.where(OWED_BY.in_(reach))))
    return [one for one in dead if one.id in mine]
