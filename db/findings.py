"""What does not agree in the record: one set-based query for each rule that every transaction keeps. SELECT only.

record → **rows that break a rule** → `bangiao.health` → the operator. Here: steps, their needs, what is told of them;
evidence and people have modules of their own. Needs are counted anew, from the rows of `need`, and not read from the
counters they are compared with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from checklists.change_desk import ChangeState
from checklists.ports import REGISTERED
from checklists.steps import SETTLED, Claim, StepState
from db.change_models import PlanChangeRow
from db.models import ChecklistRow, DeadlineRow, DecisionRow, EventRow, NeedRow, OutboxRow, StepRow
from db.outbox import CLAIMED, DELIVERED, PENDING
from db.work_models import StepWorkRow

MOST = 1000
"""How many rows of one kind are read; all are counted."""

_SETTLED = sorted(one.value for one in SETTLED)
_NEEDED = aliased(StepRow)


class OddStep(NamedTuple):
    """A step that breaks a rule; `found` and `right` are the two numbers that differ, where there are any."""

    id: int
    unit: str | None
    key: str
    counterpart: str
    occurrence: int
    state: str
    found: int = 0
    right: int = 0


class Odd(NamedTuple):
    """How many rows break a rule, and the first of them."""

    total: int
    rows: list[Any]


def odd(connection: Connection, query: Select[*tuple[Any, ...]], row: Any = OddStep) -> Odd:
    """What the query finds."""
    rows = [row(*one) for one in connection.execute(query.limit(MOST))]
    if len(rows) < MOST:
        return Odd(len(rows), rows)
    return Odd(connection.scalar(select(func.count()).select_from(query.subquery())) or 0, rows)


def steps_with(*numbers: Any) -> Select[*tuple[Any, ...]]:
    """The columns of `OddStep`, with the numbers that differ; also of steps whose checklist is not there."""
    named = (StepRow.id, ChecklistRow.unit, StepRow.key, StepRow.counterpart, StepRow.occurrence, StepRow.state)
    query: Select[*tuple[Any, ...]] = select(*named, *numbers).select_from(StepRow)
    return query.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id, isouter=True).order_by(StepRow.id)


_COUNTED = (
    select(NeedRow.step_id, func.count().label("open"))
    .join(_NEEDED, _NEEDED.id == NeedRow.needs_id, isouter=True)
    .where(or_(_NEEDED.id.is_(None), _NEEDED.state.not_in(_SETTLED)))
    .group_by(NeedRow.step_id)
    .subquery("counted")
)
_OPEN = func.coalesce(_COUNTED.c.open, 0)


def _steps_with_needs() -> Select[*tuple[Any, ...]]:
    return steps_with(StepRow.open_needs, _OPEN).join(_COUNTED, _COUNTED.c.step_id == StepRow.id, isouter=True)


def miscounted(connection: Connection) -> Odd:
    """Steps whose counter of open needs is not the number of steps they need that are open."""
    return odd(connection, _steps_with_needs().where(StepRow.open_needs != _OPEN))


def wrongly_waiting(connection: Connection) -> Odd:
    """Steps that wait for nothing, or go on although something they need is open."""
    goes_on = StepRow.state.in_((StepState.READY.value, StepState.IN_PROGRESS.value))
    says_done = and_(
        StepRow.state == StepState.SUBMITTED.value,
        func.coalesce(StepWorkRow.claim, Claim.DONE.value) != Claim.NOT_APPLICABLE.value,
    )
    wrong = or_(and_(StepRow.state == StepState.WAITING.value, _OPEN == 0), and_(or_(goes_on, says_done), _OPEN > 0))
    query = _steps_with_needs().join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
    return odd(connection, query.where(wrong))


def done_too_early(connection: Connection) -> Odd:
    """Steps that are done although something they need is open."""
    return odd(connection, _steps_with_needs().where(StepRow.state == StepState.DONE.value, _OPEN > 0))


def needing_nobody(connection: Connection) -> Odd:
    """Steps with needs of steps that are not there (`found`: the number)."""
    missing = steps_with(NeedRow.needs_id).join(NeedRow, NeedRow.step_id == StepRow.id)
    missing = missing.join(_NEEDED, _NEEDED.id == NeedRow.needs_id, isouter=True).where(_NEEDED.id.is_(None))
    return odd(connection, missing)


def homeless(connection: Connection) -> Odd:
    """Steps without their checklist or their deadline (`found`, `right`: the two numbers they name)."""
    query = steps_with(StepRow.checklist_id, StepRow.deadline_id)
    query = query.join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id, isouter=True)
    return odd(connection, query.where(or_(ChecklistRow.id.is_(None), DeadlineRow.id.is_(None))))


def changed_without_event(connection: Connection) -> Odd:
    """Steps that somebody changed, or that stand where only an act can bring them, of which no event tells."""
    told = select(EventRow.id).where(EventRow.step_id == StepRow.id)
    worked = select(StepWorkRow.step_id).where(StepWorkRow.step_id == StepRow.id)
    acted = StepRow.state.not_in((StepState.WAITING.value, StepState.READY.value))
    changed = or_(acted, and_(StepRow.version > 1, worked.exists()))
    return odd(connection, steps_with(StepRow.version).where(changed, ~told.exists()))


class Told(NamedTuple):
    """An event of a step that is not there."""

    id: str
    type: str
    step_id: int
    subject: str


def events_of_nothing(connection: Connection) -> Odd:
    """Events of steps that are not there."""
    query = select(EventRow.id, EventRow.type, EventRow.step_id, EventRow.subject)
    there = select(StepRow.id).where(StepRow.id == EventRow.step_id)
    return odd(connection, query.where(EventRow.step_id.is_not(None), ~there.exists()).order_by(EventRow.id), Told)


class Stuck(NamedTuple):
    """An event that does not reach its consumer."""

    event_id: str
    consumer: str
    state: str
    attempt: int
    since: datetime
    last_error: str | None


def stuck_deliveries(connection: Connection, before: datetime, attempts: int) -> Odd:
    """Not taken, or taken and not delivered, since `before`; or handed over `attempts` times and still on the way."""
    since = case(
        (OutboxRow.state == CLAIMED, OutboxRow.claimed_until),
        (OutboxRow.last_error.is_(None), OutboxRow.available_at),
        else_=EventRow.occurred_at,  # each failed try puts the next one off
    )
    query = select(
        OutboxRow.event_id, OutboxRow.consumer, OutboxRow.state, OutboxRow.attempt, since, OutboxRow.last_error
    ).join(EventRow, EventRow.id == OutboxRow.event_id)
    late = and_(OutboxRow.state.in_((PENDING, CLAIMED)), since < literal(before, OutboxRow.available_at.type))
    often = and_(OutboxRow.state != DELIVERED, OutboxRow.attempt >= attempts)
    return odd(connection, query.where(or_(late, often)).order_by(OutboxRow.event_id, OutboxRow.consumer), Stuck)


class Opened(NamedTuple):
    """An opened decision: what was agreed to (JSON), and what is on record; `changed`: it was amended since."""

    number: str
    plan: str
    checklists: int
    steps: int
    changed: bool


def opened_decisions(connection: Connection) -> list[Opened]:
    """Registered decisions whose checklists are said to be open."""
    changed = select(PlanChangeRow.id).where(
        PlanChangeRow.decision_id == DecisionRow.id, PlanChangeRow.state == ChangeState.COMMITTED.value
    )
    query = (
        select(
            DecisionRow.number,
            DecisionRow.plan,
            func.count(ChecklistRow.id),
            func.coalesce(func.sum(ChecklistRow.steps), 0),
            changed.exists(),
        )
        .join(ChecklistRow, ChecklistRow.decision_id == DecisionRow.id, isouter=True)
        .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
        .group_by(DecisionRow.id)
        .order_by(DecisionRow.number)
    )
    return [Opened(row[0], row[1], row[2], int(row[3]), bool(row[4])) for row in connection.execute(query)]


def checklists_short(connection: Connection) -> Odd:
    """Checklists that do not hold the steps they should (`found`, `right`). Cancelled ones may or may not be counted:
    where a change of the decision cancelled them they are not. Further times of a duty that comes back never are."""
    first = StepRow.occurrence == 1
    held = (
        select(
            StepRow.checklist_id,
            func.sum(case((first, 1), else_=0)).label("most"),
            func.sum(case((and_(first, StepRow.state != StepState.CANCELLED.value), 1), else_=0)).label("least"),
        )
        .group_by(StepRow.checklist_id)
        .subquery("held")
    )
    most, least = func.coalesce(held.c.most, 0), func.coalesce(held.c.least, 0)
    query = (
        select(ChecklistRow.id, ChecklistRow.unit, DecisionRow.number, most, ChecklistRow.steps)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(held, held.c.checklist_id == ChecklistRow.id, isouter=True)
        .where(or_(ChecklistRow.steps > most, ChecklistRow.steps < least))
        .order_by(ChecklistRow.id)
    )
    return odd(connection, query, OddChecklist)


class OddChecklist(NamedTuple):
    """A checklist with another number of steps than it should have."""

    id: int
    unit: str
    decision: str
    found: int
    right: int


def newest_event(connection: Connection) -> datetime | None:
    """When the last thing on record happened."""
    return connection.scalar(select(func.max(EventRow.occurred_at)))


def steps_counted(connection: Connection) -> int:
    """How many steps there are."""
    return connection.scalar(select(func.count()).select_from(StepRow)) or 0
