"""Read models of steps: finding them by name, listing them, and one in full. SELECT only.

Who owes a step is its holder where work has moved, else its checklist's unit: `OWED_BY`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from checklists.steps import OPEN
from db.models import ChecklistRow, DeadlineRow, DecisionRow, NeedRow, StepRow, UnitRow
from db.work_models import EvidenceRow, StepHolderRow, StepWorkRow, VerificationRow

OWED_BY = func.coalesce(StepHolderRow.unit, ChecklistRow.unit)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which steps to list; None and empty: whatever."""

    decision: str | None = None
    unit: str | None = None
    key: str | None = None
    states: Collection[str] = ()
    due_by: date | None = None
    units: Select[str] | None = None
    """Only steps owed by one of these (`db.reach.units_in_reach`)."""


class StepEntry(NamedTuple):
    """A step in a list."""

    id: int
    key: str
    occurrence: int
    counterpart: str
    state: str
    due_on: date | None
    open_needs: int
    version: int
    decision: str
    unit: str
    unit_name: str
    holder: str
    template_hash: str
    reason: str | None
    expected_on: date | None


class EvidenceLine(NamedTuple):
    """One piece of evidence; a withdrawn one stays on record."""

    kind: str
    digest: str
    name: str
    size: int
    media_type: str
    text: str
    dated_on: date
    added_by: str
    on_behalf_of: str | None
    added_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class VerificationLine(NamedTuple):
    """A second person's word."""

    claim: str
    evidence_hash: str
    given_by: str
    on_behalf_of: str | None
    given_at: datetime
    void_at: datetime | None
    void_because: str


class NeededStep(NamedTuple):
    """A step that another needs, or that needs it."""

    id: int
    key: str
    counterpart: str
    state: str
    unit: str
    unit_name: str
    due_on: date | None


def steps_listed(connection: Connection, wanted: Wanted, limit: int | None = None) -> list[StepEntry]:
    """By due date (none last), unit and number."""
    query = (
        _matching(
            select(
                StepRow.id,
                StepRow.key,
                StepRow.occurrence,
                StepRow.counterpart,
                StepRow.state,
                StepRow.due_on,
                StepRow.open_needs,
                StepRow.version,
                DecisionRow.number,
                ChecklistRow.unit,
                UnitRow.name,
                OWED_BY,
                ChecklistRow.template_hash,
                StepWorkRow.reason,
                StepWorkRow.expected_on,
            ),
            wanted,
        )
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
        .order_by(StepRow.due_on.is_(None), StepRow.due_on, UnitRow.sort_key, StepRow.id)
    )
    return [StepEntry(*row) for row in connection.execute(query.limit(limit))]


def steps_counted(connection: Connection, wanted: Wanted) -> int:
    """How many there are of those."""
    counted: int = connection.scalars(_matching(select(func.count()).select_from(StepRow), wanted)).one()
    return counted


def _matching(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = (
        query.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
    )
    for column, value in ((DecisionRow.number, wanted.decision), (OWED_BY, wanted.unit), (StepRow.key, wanted.key)):
        if value is not None:
            query = query.where(column == value)
    if wanted.states:
        query = query.where(StepRow.state.in_(wanted.states))
    if wanted.due_by is not None:
        query = query.where(StepRow.due_on <= wanted.due_by, StepRow.state.in_(OPEN))
    return query if wanted.units is None else query.where(OWED_BY.in_(wanted.units))


def steps_named(
    connection: Connection, unit: str, key: str, counterpart: str, occurrence: int | None, decision: str | None
) -> list[tuple[int, str, str, str]]:
    """(number, decision, counterpart, who owes it now) of a unit's steps of this key, one time after another."""
    query = (
        select(StepRow.id, DecisionRow.number, StepRow.counterpart, OWED_BY)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(ChecklistRow.unit == unit, StepRow.key == key)
        .order_by(StepRow.id)
    )
    if counterpart:
        query = query.where(StepRow.counterpart == counterpart)
    if occurrence is not None:
        query = query.where(StepRow.occurrence == occurrence)
    if decision is not None:
        query = query.where(DecisionRow.number == decision)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def evidence_of(connection: Connection, step_id: int) -> list[EvidenceLine]:
    """In the order in which it was attached."""
    columns = [getattr(EvidenceRow, name) for name in EvidenceLine._fields]
    query = select(*columns).where(EvidenceRow.step_id == step_id).order_by(EvidenceRow.added_at, EvidenceRow.id)
    return [EvidenceLine(*row) for row in connection.execute(query)]


def verifications_of(connection: Connection, step_id: int) -> list[VerificationLine]:
    columns = [getattr(VerificationRow, name) for name in VerificationLine._fields]
    query = select(*columns).where(VerificationRow.step_id == step_id)
    return [VerificationLine(*row) for row in connection.execute(query.order_by(VerificationRow.given_at))]


def deadline_words(connection: Connection, step_id: int) -> tuple[str, str]:
    """Why the step is due when it is, in Vietnamese and in English."""
    query = (
        select(DeadlineRow.explanation_vi, DeadlineRow.explanation_en)
        .join(StepRow, StepRow.deadline_id == DeadlineRow.id)
        .where(StepRow.id == step_id)
    )
    row = connection.execute(query).one()
    return row[0], row[1]


def needs_of(connection: Connection, step_id: int) -> list[NeededStep]:
    """The steps that this one needs."""
    return _around(connection, NeedRow.needs_id, NeedRow.step_id == step_id)


def needing(connection: Connection, step_id: int) -> list[NeededStep]:
    """The steps that need this one."""
    return _around(connection, NeedRow.step_id, NeedRow.needs_id == step_id)


def _around(connection: Connection, side: Any, condition: Any) -> list[NeededStep]:
    query = (
        select(
            StepRow.id, StepRow.key, StepRow.counterpart, StepRow.state, ChecklistRow.unit, UnitRow.name, StepRow.due_on
        )
        .select_from(NeedRow)
        .join(StepRow, StepRow.id == side)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .where(condition)
        .order_by(StepRow.id)
    )
    return [NeededStep(*row) for row in connection.execute(query)]
