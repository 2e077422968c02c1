"""Everything that the rules of reviews want to know of the steps that are due (`db.review_due`), and who owes them.

Each kind of fact is read once for many steps, past SQLAlchemy's results (`db.statements`); steps of which the same is
true share their facts, so that whoever asks the rules of them may ask once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, case, func, or_, select, type_coerce

from checklists.escalation.facts import Promise, StepFacts
from checklists.escalation.ladder import Audience
from checklists.escalation.timetable import Planned
from checklists.events import STEP_OPENED, STEP_REOPENED, STEP_UNBLOCKED
from checklists.step_names import step_name
from checklists.steps import OPEN, StepState
from db.bulk import in_parts, read_instant
from db.change_models import PlanChangeRow, RescheduleRow
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, StepRow, TemplateRow, UnitRow, table_of
from db.notice_models import AcknowledgementRow, EscalationRow
from db.statements import Answer, Statement, among
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow, StepWorkRow

_AT_ONCE = 2000
_NOBODY: frozenset[str] = frozenset()
_STATES = {one.value: one for one in StepState}
_AUDIENCES = {one.value: one for one in Audience}
_KINDS = (STEP_OPENED, STEP_REOPENED, STEP_UNBLOCKED)

_Planned = tuple[Planned, ...]
_Need = tuple[str, str]
"""An open step that another waits for: name, and the unit that owes it."""


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


def reviewed_steps(connection: Connection, numbers: Sequence[int]) -> list[ReviewedStep]:
    """Those steps with their facts, in order of their numbers."""
    found: list[ReviewedStep] = []
    for part in in_parts(numbers, _AT_ONCE):
        rows = _of(connection, _STEPS, part).rows
        about = _About(connection, part, [row.id for row in rows if row.state == StepState.WAITING])
        found += map(about.step, rows)
    return found


class _About:
    """What else is known of some steps, each kind read at once; `waiting`: those of them that wait for others."""

    def __init__(self, connection: Connection, numbers: Sequence[int], waiting: Sequence[int]) -> None:
        self._planned = _planned(connection, numbers)
        self._promises = _promises(connection, numbers)
        self._moments = _moments(connection, numbers)
        self._rescheduled = _rescheduled(connection, numbers)
        self._needs = _open_needs(connection, waiting)
        self._of_their_own = {*self._promises, *self._moments, *self._rescheduled, *self._needs}
        self._shared: dict[tuple[object, ...], StepFacts] = {}

    def step(self, row: Any) -> ReviewedStep:
        return ReviewedStep(
            row.id,
            step_name(row.key, row.occurrence, row.counterpart_name, row.name),
            row.version,
            row.unit,
            row.name,
            row.holder,
            row.decision_id,
            row.slug,
            row.calendar_version,
            self._facts(row) if row.id in self._of_their_own else self._shared_facts(row),
            tuple(dict.fromkeys(holder for _, holder in self._needs.get(row.id, ()))),
            frozenset(json.loads(row.doers)) if row.doers else _NOBODY,
        )

    def _shared_facts(self, row: Any) -> StepFacts:
        """Equal levels were made one and the same by `_planned`."""
        work = (row.clock_runs, row.expected_on, row.unblocker)
        key = (row.state, row.due_on, row.opened_at, row.overdue_at_birth, work, id(self._planned.get(row.id)))
        if key not in self._shared:
            self._shared[key] = self._facts(row)
        return self._shared[key]

    def _facts(self, row: Any) -> StepFacts:
        moments = self._moments.get(row.id, {})
        resumed = [moments[kind] for kind in (STEP_REOPENED, STEP_UNBLOCKED) if kind in moments]
        dated = [read_instant(row.opened_at), moments.get(STEP_OPENED), self._rescheduled.get(row.id)]
        dated_at = max(one for one in dated if one is not None)
        return StepFacts(
            state=_STATES[row.state],
            due_on=row.due_on,
            dated_at=dated_at,
            overdue_at_birth=row.overdue_at_birth,
            resumed_at=max(resumed, default=None),
            clock_runs=row.clock_runs is not False,
            expected_on=row.expected_on,
            unblocker=row.unblocker or "",
            waits_for=tuple(name for name, _ in self._needs.get(row.id, ())),
            promise=_of_this_date(self._promises.get(row.id), dated_at),
            planned=self._planned.get(row.id, ()),
        )


def _of(connection: Connection, statement: Statement, numbers: Sequence[int]) -> Answer:
    return statement.run(connection, {"these": list(numbers)})


def _steps(dialect: str) -> Any:
    counterpart = table_of(UnitRow).alias("counterpart")
    return (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.occurrence,
            StepRow.state,
            StepRow.due_on,
            StepRow.overdue_at_birth,
            StepRow.version,
            ChecklistRow.unit,
            ChecklistRow.decision_id,
            type_coerce(ChecklistRow.opened_at, String).label("opened_at"),
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
        .where(among(table_of(StepRow).c.id, dialect))
        .order_by(StepRow.id)
    )


_STEPS = Statement(_steps)


def _levels(dialect: str) -> Any:
    of = table_of(EscalationRow).c
    at = type_coerce(of.at, String).label("at")
    query = select(of.step_id, of.level, of.repeat, of.due_on, of.audience, at)
    return query.where(among(of.step_id, dialect)).order_by(of.at)


_LEVELS = Statement(_levels)


def _planned(connection: Connection, numbers: Sequence[int]) -> dict[int, _Planned]:
    """Equal ones are one and the same object."""
    said: dict[int, tuple[Any, ...]] = {}
    for step, *level in _of(connection, _LEVELS, numbers).rows:
        said[step] = (*said.get(step, ()), tuple(level))
    made = {levels: tuple(map(_level, levels)) for levels in set(said.values())}
    return {step: made[levels] for step, levels in said.items()}


def _level(said: tuple[Any, ...]) -> Planned:
    level, repeat, due_on, audience, at = said
    return Planned(level, repeat, due_on, _AUDIENCES[audience], read_instant(at))


def _of_this_date(given: tuple[Promise, datetime] | None, dated_at: datetime) -> Promise | None:
    """What was promised before the step had this due date was promised of another."""
    return given[0] if given and given[1] >= dated_at else None


_ACKNOWLEDGED = Statement(
    lambda dialect: (
        select(table_of(AcknowledgementRow))
        .where(among(table_of(AcknowledgementRow).c.step_id, dialect))
        .order_by(AcknowledgementRow.given_at, AcknowledgementRow.id)
    )
)


def _promises(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Promise, datetime]]:
    """The latest word on each step, and when it was given."""
    rows = _of(connection, _ACKNOWLEDGED, numbers).rows
    return {row.step_id: (Promise(row.given_by, row.expected_on), row.given_at) for row in rows}


_MOMENTS = Statement(
    lambda dialect: (
        select(
            EventRow.step_id,
            EventRow.type,
            EventRow.occurred_at,
            case((EventRow.type == STEP_UNBLOCKED, EventRow.payload)).label("said"),
        )
        .where(among(table_of(EventRow).c.step_id, dialect), or_(*(EventRow.type == kind for kind in _KINDS)))
        .order_by(EventRow.occurred_at)
    )
)


def _moments(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """When each step was last opened, reopened, and unblocked after its clock had stood still."""
    found: dict[int, dict[str, datetime]] = {}
    for step, kind, at, payload in _of(connection, _MOMENTS, numbers).rows:
        if payload is None or _clock_stood(payload):
            found.setdefault(int(step or 0), {})[kind] = at
    return found


def _clock_stood(payload: str) -> bool:
    """Whether the due date did not count until this unblocking; where it did, the climb never paused."""
    return json.loads(payload).get("before", {}).get("clock_runs") is False


_RESCHEDULED = Statement(
    lambda dialect: (
        select(StepRow.id, func.max(PlanChangeRow.committed_at).label("at"))
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(
            RescheduleRow,
            and_(RescheduleRow.new_deadline_id == StepRow.deadline_id, RescheduleRow.step_key == StepRow.key),
        )
        .join(
            PlanChangeRow,
            and_(PlanChangeRow.id == RescheduleRow.change_id, PlanChangeRow.decision_id == ChecklistRow.decision_id),
        )
        .where(among(table_of(StepRow).c.id, dialect))
        .group_by(StepRow.id)
    )
)


def _rescheduled(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """When a committed change gave the step the due date it has."""
    return {step: at for step, at in _of(connection, _RESCHEDULED, numbers).rows if at}


_NEEDS = Statement(
    lambda dialect: (
        select(NeedRow.step_id, StepRow.key, StepRow.occurrence, UnitRow.name, OWED_BY.label("holder"))
        .select_from(NeedRow)
        .join(StepRow, StepRow.id == NeedRow.needs_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(among(table_of(NeedRow).c.step_id, dialect), or_(*(StepRow.state == one.value for one in OPEN)))
        .order_by(NeedRow.step_id, StepRow.id)
    )
)


def _open_needs(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[_Need, ...]]:
    """The open steps that each of these needs."""
    found: dict[int, tuple[_Need, ...]] = {}
    for step, key, occurrence, unit, holder in _of(connection, _NEEDS, numbers).rows if numbers else ():
        found[step] = (*found.get(step, ()), (step_name(key, occurrence, None, unit), holder))
    return found
