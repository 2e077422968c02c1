"""For which open steps nobody can be asked: no one holds the role that answers for them, in the unit or above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from checklists.people import PersonRole
from checklists.reach import Askable
from checklists.steps import OPEN
from checklists.templates import ChecklistTemplate
from checklists.units import UnitKey
from db.models import AssignmentRow, ChecklistRow, StepRow, TemplateRow, UnitRow
from db.reach import in_force, unit_tree
from db.work_models import PersonRow, StepHolderRow

_USUAL = PersonRole.UNIT_LEAD


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Open steps of a unit for which nobody holds the role that answers for them."""

    unit: UnitKey
    name: str
    role: PersonRole
    steps: int
    overdue: int
    first_due: date | None


def askable(connection: Connection, day: date) -> Askable:
    """Which roles somebody holds over each unit that day, for the whole country at once."""
    query = (
        select(AssignmentRow.unit, AssignmentRow.role)
        .distinct()
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(in_force(day))
    )
    held = [(UnitKey(unit), PersonRole(role)) for unit, role in connection.execute(query)]
    return Askable(unit_tree(connection), held)


def unassigned(
    connection: Connection, day: date, decision_id: int | None = None, unit: str | None = None
) -> list[Unassigned]:
    """Units with open steps that nobody can be asked for, worst first: most overdue, then most steps."""
    known = askable(connection, day)
    lines = [
        Unassigned(UnitKey(key), name, PersonRole(role), steps, int(overdue), first_due)
        for key, name, role, steps, overdue, first_due in connection.execute(
            _open_steps(connection, day, decision_id, unit)
        )
        if PersonRole(role) not in known.roles(UnitKey(key))
    ]
    return sorted(lines, key=lambda one: (-one.overdue, -one.steps, one.first_due or date.max, one.unit, one.role))


def _open_steps(
    connection: Connection, day: date, decision_id: int | None, unit: str | None
) -> Select[*tuple[Any, ...]]:
    """(unit, its name, role, open steps, of which overdue, first due date); the unit is the one that holds them now."""
    holder = func.coalesce(StepHolderRow.unit, ChecklistRow.unit)
    role = _role_that_answers(connection).label("answers")
    query: Select[*tuple[Any, ...]] = (
        select(
            holder.label("holds"),
            role,
            func.count().label("steps"),
            func.sum(case((StepRow.due_on < day, 1), else_=0)).label("overdue"),
            func.min(StepRow.due_on).label("first_due"),
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(sorted(OPEN)))
        .group_by("holds", "answers")
    )
    if decision_id is not None:
        query = query.where(ChecklistRow.decision_id == decision_id)
    counted = (query if unit is None else query.where(holder == unit)).subquery()  # names come after counting: 14,000
    columns = (
        counted.c.holds,
        UnitRow.name,
        counted.c.answers,
        counted.c.steps,
        counted.c.overdue,
        counted.c.first_due,
    )
    return select(*columns).join(UnitRow, UnitRow.key == counted.c.holds)


def _role_that_answers(connection: Connection) -> ColumnElement[str]:
    """The role that answers for a step, as its template says; almost always the unit lead, so only others are named."""
    named: dict[str, list[ColumnElement[bool]]] = {}
    for version, content in connection.execute(select(TemplateRow.hash, TemplateRow.content)):
        for role, keys in _others(ChecklistTemplate.model_validate_json(content)).items():
            named.setdefault(role, []).append(and_(ChecklistRow.template_hash == version, StepRow.key.in_(keys)))
    whens = [(or_(*conditions), literal(role)) for role, conditions in sorted(named.items())]
    usual: ColumnElement[str] = literal(_USUAL.value)
    return case(*whens, else_=usual) if whens else usual


def _others(template: ChecklistTemplate) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in template.steps:
        if step.responsible.role != _USUAL:
            found.setdefault(step.responsible.role, []).append(step.key)
    return found
