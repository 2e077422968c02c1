"""Which steps are to be reviewed now, with everything the rules want to know of them; and what a review writes.

A step has a row in `review` from the first time its due date comes near; from then on it is found by its next instant.
Steps that are new there, or that changed since, are found among those whose due date is near or past: what that costs
depends on how many are due, not on how many there are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from checklists.escalation.facts import Promise, StepFacts
from checklists.escalation.ladder import Audience
from checklists.escalation.timetable import Planned
from checklists.events import STEP_OPENED, STEP_REOPENED, STEP_UNBLOCKED
from checklists.step_names import step_name
from checklists.steps import OPEN, StepState
from db.bulk import in_parts
from db.change_models import PlanChangeRow, RescheduleRow
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, StepRow, TemplateRow, UnitRow, table_of
from db.notice_models import AcknowledgementRow, EscalationRow, NotificationRow, ReviewRow
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow, StepWorkRow

_OPEN = [one.value for one in OPEN]
_NOBODY: frozenset[str] = frozenset()
_STATES = {one.value: one for one in StepState}
_AUDIENCES = {one.value: one for one in Audience}


@dataclass(frozen=True, slots=True)
class ReviewedStep:
    """A step under review: what the rules ask, and what a notice says of it."""

    id: int
    name: str
    version: int
    unit: str
    unit_name: str
    holder: str
    decision_id: int
    template: str
    calendar_version: str
    facts: StepFacts
    awaited: tuple[str, ...]
    """Units that owe the open steps it needs."""
    doers: frozenset[str]


def due_steps(connection: Connection, now: datetime, near: date) -> list[int]:
    """Numbers of the steps to be reviewed at `now`, in order; due dates up to `near` are taken in.

    A step that changed since its review is due at once; also one that is settled or was moved far ahead, as long as
    something is planned for it and not said: it may not be wanted any more.
    """
    found = [number for query in due_queries(now, near) for number in connection.scalars(query).all()]
    return sorted(set(found))


def due_queries(now: datetime, near: date) -> list[Select[Any]]:
    """One question for each ground, not a union: to sort it, SQLite would read all steps in the order of their numbers
    instead of the few that an index finds."""
    seen_otherwise = or_(ReviewRow.version != StepRow.version, ReviewRow.due_on.is_distinct_from(StepRow.due_on))
    timed = select(ReviewRow.step_id).where(ReviewRow.next_at <= now)
    unsaid = (
        select(NotificationRow.step_id)
        .join(StepRow, StepRow.id == NotificationRow.step_id)
        .join(ReviewRow, ReviewRow.step_id == NotificationRow.step_id)
        .where(NotificationRow.state == "pending", seen_otherwise)
    )
    taken_in = (
        select(StepRow.id)
        .join(ReviewRow, ReviewRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.due_on <= near, StepRow.state.in_(_OPEN), or_(ReviewRow.step_id.is_(None), seen_otherwise))
    )
    return [timed, unsaid, taken_in]


def open_ladders(connection: Connection, decision_id: int | None = None) -> list[tuple[int, str, str]]:
    """Decision, template and holder, each once, of all that is open."""
    query = (
        select(ChecklistRow.decision_id, TemplateRow.slug, OWED_BY)
        .distinct()
        .join(StepRow, StepRow.checklist_id == ChecklistRow.id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(_OPEN))
    )
    if decision_id is not None:
        query = query.where(ChecklistRow.decision_id == decision_id)
    return [(decision, slug, holder) for decision, slug, holder in connection.execute(query).all()]


def reviewed_steps(connection: Connection, numbers: Sequence[int]) -> list[ReviewedStep]:
    """Those steps with their facts, in order of their numbers."""
    found: list[ReviewedStep] = []
    for part in in_parts(numbers):
        rows = connection.execute(_rows(part)).all()
        about = _About(connection, part, [row.id for row in rows if row.state == StepState.WAITING])
        found += map(about.step, rows)
    return found


def _rows(numbers: Sequence[int]) -> Any:
    counterpart = table_of(UnitRow).alias("counterpart")
    return (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.occurrence,
            StepRow.state,
            StepRow.due_on,
            StepRow.deadline_id,
            StepRow.overdue_at_birth,
            StepRow.open_needs,
            StepRow.version,
            ChecklistRow.unit,
            ChecklistRow.decision_id,
            ChecklistRow.opened_at,
            DecisionRow.calendar_version,
            TemplateRow.slug,
            UnitRow.name,
            counterpart.c.name.label("counterpart_name"),
            OWED_BY.label("holder"),
            StepWorkRow.clock_runs,
            StepWorkRow.expected_on,
            StepWorkRow.unblocker,
            StepWorkRow.doers,
        )
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(counterpart, counterpart.c.key == StepRow.counterpart, isouter=True)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.id.in_(numbers))
        .order_by(StepRow.id)
    )


class _About:
    """What else is known of some steps, each kind read at once; `waiting`: those of them that wait for others."""

    def __init__(self, connection: Connection, numbers: Sequence[int], waiting: Sequence[int]) -> None:
        self._planned = _planned(connection, numbers)
        self._promises = _promises(connection, numbers)
        self._moments = _moments(connection, numbers)
        self._rescheduled = _rescheduled(connection, numbers)
        self._needs = _open_needs(connection, waiting)

    def step(self, row: Any) -> ReviewedStep:
        moments, needs = self._moments.get(row.id, {}), self._needs.get(row.id, ())
        resumed = [moments[kind] for kind in (STEP_REOPENED, STEP_UNBLOCKED) if kind in moments]
        dated = [row.opened_at, moments.get(STEP_OPENED), self._rescheduled.get(row.id)]
        dated_at = max(one for one in dated if one is not None)
        facts = StepFacts(
            state=_STATES[row.state],
            due_on=row.due_on,
            dated_at=dated_at,
            overdue_at_birth=row.overdue_at_birth,
            resumed_at=max(resumed, default=None),
            clock_runs=row.clock_runs is not False,
            expected_on=row.expected_on,
            unblocker=row.unblocker or "",
            waits_for=tuple(name for name, _ in needs),
            promise=_of_this_date(self._promises.get(row.id), dated_at),
            planned=self._planned.get(row.id, ()),
        )
        name = step_name(row.key, row.occurrence, row.counterpart_name, row.name)
        return ReviewedStep(
            row.id,
            name,
            row.version,
            row.unit,
            row.name,
            row.holder,
            row.decision_id,
            row.slug,
            row.calendar_version,
            facts,
            tuple(dict.fromkeys(holder for _, holder in needs)),
            frozenset(json.loads(row.doers)) if row.doers else _NOBODY,
        )


def _planned(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Planned, ...]]:
    of = table_of(EscalationRow).c
    query = select(of.step_id, of.level, of.repeat, of.due_on, of.audience, of.at).where(of.step_id.in_(numbers))
    found: dict[int, tuple[Planned, ...]] = {}
    for step, level, repeat, due_on, audience, at in connection.execute(query.order_by(of.at)).all():
        found[step] = (*found.get(step, ()), Planned(level, repeat, due_on, _AUDIENCES[audience], at))
    return found


def _of_this_date(given: tuple[Promise, datetime] | None, dated_at: datetime) -> Promise | None:
    """What was promised before the step had this due date was promised of another."""
    return given[0] if given and given[1] >= dated_at else None


def _promises(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Promise, datetime]]:
    """The latest word on each step, and when it was given."""
    query = select(table_of(AcknowledgementRow)).where(AcknowledgementRow.step_id.in_(numbers))
    rows = connection.execute(query.order_by(AcknowledgementRow.given_at, AcknowledgementRow.id))
    return {row.step_id: (Promise(row.given_by, row.expected_on), row.given_at) for row in rows}


def _moments(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """When each step was last opened, reopened, and unblocked after its clock had stood still."""
    kinds = (STEP_OPENED, STEP_REOPENED, STEP_UNBLOCKED)
    said = case((EventRow.type == STEP_UNBLOCKED, EventRow.payload), else_=None)
    query = (
        select(EventRow.step_id, EventRow.type, EventRow.occurred_at, said)
        .where(EventRow.step_id.in_(numbers), EventRow.type.in_(kinds))
        .order_by(EventRow.occurred_at)
    )
    found: dict[int, dict[str, datetime]] = {}
    for step, kind, at, payload in connection.execute(query).all():
        if payload is None or _clock_stood(payload):
            found.setdefault(int(step or 0), {})[kind] = at
    return found


def _clock_stood(payload: str) -> bool:
    """Whether the due date did not count until this unblocking; where it did, the climb never paused."""
    return json.loads(payload).get("before", {}).get("clock_runs") is False


def _rescheduled(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """When a committed change gave the step the due date it has."""
    query = (
        select(StepRow.id, func.max(PlanChangeRow.committed_at))
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(
            RescheduleRow,
            and_(RescheduleRow.new_deadline_id == StepRow.deadline_id, RescheduleRow.step_key == StepRow.key),
        )
        .join(
            PlanChangeRow,
            and_(PlanChangeRow.id == RescheduleRow.change_id, PlanChangeRow.decision_id == ChecklistRow.decision_id),
        )
        .where(StepRow.id.in_(numbers))
        .group_by(StepRow.id)
    )
    return {step: at for step, at in connection.execute(query) if at}


def _open_needs(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The open steps that each of these needs: name, and the unit that owes it."""
    query = (
        select(NeedRow.step_id, StepRow.key, StepRow.occurrence, UnitRow.name, OWED_BY.label("holder"))
        .select_from(NeedRow)
        .join(StepRow, StepRow.id == NeedRow.needs_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(NeedRow.step_id.in_(numbers), StepRow.state.in_(_OPEN))
        .order_by(NeedRow.step_id, StepRow.id)
    )
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for step, key, occurrence, unit, holder in connection.execute(query):
        found[step] = (*found.get(step, ()), (step_name(key, occurrence, None, unit), holder))
    return found
