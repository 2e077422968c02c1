"""Opened decisions that count with another calendar than the one in force, and what waits for them. SELECT only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from checklists.change_desk import ChangeKind, ChangeState
from checklists.ports import REGISTERED
from checklists.working_calendar import WorkingCalendar
from db.change_models import PlanChangeRow
from db.models import DecisionRow
from db.revision_calendar import calendar_moves


@dataclass(frozen=True, slots=True)
class WaitingDecision:
    """`steps`: open ones whose due date the calendar would move; `drafted`: which kind of change of it waits for a
    second person ("" none), and by whom."""

    number: str
    calendar_version: str
    steps: int
    drafted: str
    drafted_by: str

    @property
    def drafted_here(self) -> bool:
        return self.drafted == ChangeKind.CALENDAR.value


def waiting_decisions(connection: Connection, calendar: WorkingCalendar) -> list[WaitingDecision]:
    """Those with most steps first."""
    query = (
        select(DecisionRow.number, DecisionRow.calendar_version, PlanChangeRow.kind, PlanChangeRow.drafted_by)
        .join(
            PlanChangeRow,
            (PlanChangeRow.decision_id == DecisionRow.id) & (PlanChangeRow.state == ChangeState.DRAFTED.value),
            isouter=True,
        )
        .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
        .where(DecisionRow.calendar_version != calendar.version)
    )
    rows = connection.execute(query).all()
    if not rows:
        return []
    steps: Counter[str] = Counter()
    for one in calendar_moves(connection, calendar):
        steps[one.number] += one.steps
    found = [
        WaitingDecision(row.number, row.calendar_version, steps[row.number], row.kind or "", row.drafted_by or "")
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.steps, one.number))
