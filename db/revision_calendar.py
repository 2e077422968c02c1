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
from db.models import ChecklistRow, DeadlineRow, DecisionRow, StepRow, TemplateRow

_OPEN = sorted(one.value for one in OPEN)


@dataclass(frozen=True, slots=True)
class CalendarMove:
    """Open steps of one key in one decision whose due date would move."""

    number: str
    key: str
    old: date | None
    new: date | None
    steps: int


@dataclass(frozen=True, slots=True)
class CountedDeadline:
    """A deadline of open steps of one key in one decision, as it is and as the other calendar would have it."""

    decision_id: int
    number: str
    calendar_version: str
    template: str
    key: str
    deadline_id: int
    old: date | None
    new: date | None
    steps: int

    @property
    def moves(self) -> bool:
        return self.old != self.new


def calendar_moves(connection: Connection, calendar: WorkingCalendar) -> list[CalendarMove]:
    """For every opened decision that is counted with another calendar; by decision, date and step key."""
    found: dict[tuple[str, str, int], CalendarMove] = {}
    for one in counted_deadlines(connection, calendar):
        if one.moves:
            key = (one.number, one.key, one.deadline_id)
            known = found[key].steps if key in found else 0
            found[key] = CalendarMove(one.number, one.key, one.old, one.new, known + one.steps)
    return list(found.values())


def counted_deadlines(connection: Connection, calendar: WorkingCalendar) -> list[CountedDeadline]:
    """Of every opened decision that is counted with another calendar; by decision, date and step key."""
    query = (
        select(
            DecisionRow.id,
            DecisionRow.number,
            DecisionRow.calendar_version,
            TemplateRow.slug,
            StepRow.key,
            DeadlineRow.id.label("deadline"),
            DeadlineRow.rule,
            DeadlineRow.anchor_on,
            DeadlineRow.due_on,
            func.count().label("steps"),
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
        .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
        .where(DecisionRow.calendar_version != calendar.version)
        .where(StepRow.state.in_(_OPEN), StepRow.occurrence == 1)
        .group_by(DecisionRow.id, TemplateRow.slug, StepRow.key, DeadlineRow.id)
        .order_by(DecisionRow.number, DeadlineRow.due_on, StepRow.key)
    )
    counted: dict[int, date | None] = {}
    found = []
    for row in connection.execute(query).all():
        if row.deadline not in counted:
            rule = DeadlineRule.model_validate_json(row.rule)
            anchors = {rule.anchor: row.anchor_on} if row.anchor_on else {}
            counted[row.deadline] = compute_deadline(rule, anchors, calendar).due_on
        held = (row.id, row.number, row.calendar_version, row.slug, row.key, row.deadline)
        found.append(CountedDeadline(*held, row.due_on, counted[row.deadline], row.steps))
    return found
