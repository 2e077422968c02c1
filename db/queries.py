"""Read models for people: SELECT only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from checklists.names import search_key
from checklists.ports import DRAFTED, REGISTERED
from checklists.step_numbers import number_range
from checklists.templates import ChecklistTemplate, StepTemplate
from checklists.units import UnitKey
from db.bulk import in_parts
from db.models import (
    ChecklistRow,
    DeadlineRow,
    DecisionRow,
    NeedRow,
    OpeningRow,
    StepRow,
    SuccessionRow,
    TemplateRow,
    UnitRow,
    table_of,
)
from db.templates import steps_of_all_versions


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision in a list."""

    id: int
    number: str
    state: str
    plan_hash: str
    drafted_by: str
    drafted_at: datetime
    registered_by: str | None
    registered_at: datetime | None
    opened_at: datetime | None
    plan: dict[str, Any]
    checklists_in: int
    steps_in: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a checklist, as its unit sees it."""

    id: int
    key: str
    counterpart: str
    counterpart_name: str
    state: str
    due_on: date | None
    overdue_at_birth: bool
    explanation_vi: str
    explanation_en: str
    needs: int
    open_needs: int


@dataclass(frozen=True, slots=True)
class ChecklistSheet:
    """One checklist in full."""

    id: int
    decision: str
    role: str
    template: ChecklistTemplate
    left_out: tuple[str, ...]
    steps: list[StepLine]
    by_key: Mapping[str, StepTemplate]
    """The words of every step in it, also of those that another version had when they were settled or cancelled."""


def decision_lines(connection: Connection, number: str | None = None) -> list[DecisionLine]:
    """Decisions by number, or the one named, with how much of each is open."""
    opened = (
        select(
            OpeningRow.decision_id,
            func.sum(OpeningRow.checklists).label("checklists"),
            func.sum(OpeningRow.steps).label("steps"),
        )
        .group_by(OpeningRow.decision_id)
        .subquery()
    )
    query = (
        select(table_of(DecisionRow), opened.c.checklists, opened.c.steps)
        .join(opened, opened.c.decision_id == DecisionRow.id, isouter=True)
        .order_by(DecisionRow.number)
    )
    if number is not None:
        query = query.where(DecisionRow.number == number)
    return [
        DecisionLine(
            row.id,
            row.number,
            "opened" if row.opened_at and row.state == REGISTERED else row.state,
            row.plan_hash,
            row.drafted_by,
            row.drafted_at,
            row.registered_by,
            row.registered_at,
            row.opened_at,
            plan,
            *_in_by_now(row, plan),
        )
        for row in connection.execute(query)
        for plan in [json.loads(row.plan)]
    ]


def _in_by_now(row: Any, plan: dict[str, Any]) -> tuple[int, int]:
    """Checklists and steps that are in: all of the plan once the decision is opened (it was counted then, and a later
    change writes what it plans), until then those of the chunks written."""
    if row.opened_at:
        return sum(plan["checklists"].values()), sum(plan["steps"].values())
    return int(row.checklists or 0), int(row.steps or 0)


def other_decisions_naming(connection: Connection, keys: Iterable[UnitKey], besides: str) -> dict[str, int]:
    """Other drafted or registered decisions that name some of these units, with how many."""
    wanted = sorted(keys)
    named: dict[str, set[str]] = {}
    registered = select(SuccessionRow.predecessor, SuccessionRow.successor, SuccessionRow.decision_number).join(
        DecisionRow, and_(DecisionRow.number == SuccessionRow.decision_number, DecisionRow.state == REGISTERED)
    )
    for part in in_parts(wanted):
        inside = or_(SuccessionRow.predecessor.in_(part), SuccessionRow.successor.in_(part))
        for row in connection.execute(registered.where(inside, SuccessionRow.decision_number != besides)):
            named.setdefault(row.decision_number, set()).update({row.predecessor, row.successor} & set(part))
    drafts = select(DecisionRow.number, DecisionRow.facts).where(DecisionRow.state == DRAFTED)
    for number, facts in connection.execute(drafts.where(DecisionRow.number != besides)):
        if units := {unit[0] for unit in json.loads(facts)} & set(wanted):
            named[number] = units
    return {number: len(units) for number, units in sorted(named.items())}


def sheets_of(connection: Connection, unit: str) -> list[ChecklistSheet]:
    """A unit's checklists in full, in the order of their numbers."""
    rows = connection.execute(
        select(ChecklistRow.id, ChecklistRow.role, ChecklistRow.left_out, DecisionRow.number, TemplateRow.content)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .where(ChecklistRow.unit == unit)
        .order_by(ChecklistRow.id)
    ).all()
    return [_sheet(connection, row) for row in rows]


def _sheet(connection: Connection, row: Any) -> ChecklistSheet:
    template, steps = ChecklistTemplate.model_validate_json(row.content), _steps_of(connection, row.id)
    by_key = {step.key: step for step in template.steps}
    if any(line.key not in by_key for line in steps):
        by_key = steps_of_all_versions(connection, template.content_hash)
    left_out = tuple(json.loads(row.left_out))
    return ChecklistSheet(row.id, row.number, row.role, template, left_out, steps, by_key)


def _steps_of(connection: Connection, checklist: int) -> list[StepLine]:
    first, after = number_range(checklist)
    needs = select(func.count()).where(NeedRow.step_id == StepRow.id).correlate(StepRow).scalar_subquery()
    query = (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.counterpart,
            func.coalesce(UnitRow.name, ""),
            StepRow.state,
            StepRow.due_on,
            StepRow.overdue_at_birth,
            DeadlineRow.explanation_vi,
            DeadlineRow.explanation_en,
            needs,
            StepRow.open_needs,
        )
        .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
        .join(UnitRow, UnitRow.key == StepRow.counterpart, isouter=True)
        .where(StepRow.id >= first, StepRow.id < after)
        .order_by(StepRow.id)
    )
    return [StepLine(*row) for row in connection.execute(query)]


def needed_by(connection: Connection, step: int) -> list[tuple[int, str, str, str, str]]:
    """The steps a step waits for: (number, step key, state, unit, unit's name)."""
    query = (
        select(StepRow.id, StepRow.key, StepRow.state, ChecklistRow.unit, UnitRow.name)
        .select_from(NeedRow)
        .join(StepRow, StepRow.id == NeedRow.needs_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .where(NeedRow.step_id == step)
        .order_by(StepRow.id)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query)]


def find_units(
    connection: Connection, search: str, generation: str | None, level: str | None, parent: str | None
) -> list[UnitKey]:
    """Keys of units whose name holds `search` (case, tones and đ ignored), in Vietnamese order by level."""
    query = select(UnitRow.key).order_by(UnitRow.generation, UnitRow.level, UnitRow.sort_key, UnitRow.key)
    if search.strip():
        query = query.where(UnitRow.search_key.contains(search_key(search), autoescape=True))
    for column, wanted in ((UnitRow.generation, generation), (UnitRow.level, level), (UnitRow.parent, parent)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [UnitKey(key) for key in connection.scalars(query)]
