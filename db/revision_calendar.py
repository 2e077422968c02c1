"""Which open due dates another working calendar would move, over all decisions: counted, not read step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from checklists.deadlines import compute_deadline
from checklists.ports import REGISTERED
from checklists.steps import OPEN
from checklists.templates import DeadlineRule
from checklists.working_calendar import WorkingCalendar
from db.models import ChecklistRow, DeadlineRow, DecisionRow, StepRow

_OPEN = sorted(one.value for one in OPEN)


@dataclass(frozen=True, slots=True)
class CalendarMove:
    """Open steps of one key in one decision whose due date would move."""

    number: str
    key: str
    old: date | None
    new: date | None
    steps: int


def calendar_moves(connection: Connection, calendar: WorkingCalendar) -> list[CalendarMove]:
    """For every opened decision that is counted with another calendar; by decision, date and step key."""
    query = (
        select(
            DecisionRow.number,
            StepRow.key,
            DeadlineRow.rule,
            DeadlineRow.anchor_on,
            DeadlineRow.due_on,
            func.count().label("steps"),
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
        .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
        .where(DecisionRow.calendar_version != calendar.version)
        .where(StepRow.state.in_(_OPEN), StepRow.occurrence == 1)
        .group_by(DecisionRow.number, StepRow.key, DeadlineRow.id)
        .order_by(DecisionRow.number, DeadlineRow.due_on, StepRow.key)
    )
    moves = []
    for row in connection.execute(query).all():
        rule = DeadlineRule.model_validate_json(row.rule)
        anchors = {rule.anchor: row.anchor_on} if row.anchor_on else {}
        due_on = compute_deadline(rule, anchors, calendar).due_on
        if due_on != row.due_on:
            moves.append(CalendarMove(row.number, row.key, row.due_on, due_on, row.steps))
    return moves
