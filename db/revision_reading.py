"""A decision's checklists and steps as they are on record, read whole: what a change is worked out against.

A checklist's steps are one range of step numbers, and a block of checklists is one range as well, so a decision is read
in as many ranges as it has blocks: one, and one more for each change that added checklists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, select

from checklists.people import EVERYWHERE, PersonRole
from checklists.revision_steps import Standing, StandingChecklist, StandingStep, StepWork
from checklists.step_numbers import number_range
from checklists.units import Level, UnitKey
from db.bulk import in_parts
from db.models import AssignmentRow, ChecklistRow, NeedRow, StepRow, SuccessionRow, TemplateRow, UnitRow, table_of
from db.reach import in_force
from db.work_models import PersonRow, StepWorkRow

_STEP, _NEED, _WORK = table_of(StepRow), table_of(NeedRow), table_of(StepWorkRow)
_GAP = 64
"""Numbers of checklists this close to each other are read together; what lies between belongs to nobody, or is left."""

_STEPS = select(
    _STEP.c.id,
    _STEP.c.checklist_id,
    _STEP.c.key,
    _STEP.c.counterpart,
    _STEP.c.occurrence,
    _STEP.c.state,
    _STEP.c.due_on,
    _STEP.c.deadline_id,
    _STEP.c.open_needs,
    _STEP.c.overdue_at_birth,
    _STEP.c.version,
).order_by(_STEP.c.id)


def read_standing(connection: Connection, decision_id: int) -> Standing:
    """The decision's checklists with their steps, needs, and what was said of them."""
    checklists = _checklists(connection, decision_id)
    needs: dict[int, set[int]] = {}
    work: dict[int, StepWork] = {}
    for first, last in step_ranges(sorted(checklists)):
        for row in connection.execute(_STEPS.where(_STEP.c.id >= first, _STEP.c.id < last)).all():
            if (checklist := checklists.get(row[1])) is not None:
                checklist.series.setdefault((row[2], row[3]), []).append(StandingStep._make(row))
        in_range = (_NEED.c.step_id >= first, _NEED.c.step_id < last)
        for step, need in connection.execute(select(_NEED.c.step_id, _NEED.c.needs_id).where(*in_range)).all():
            needs.setdefault(step, set()).add(need)
        said = select(_WORK).where(_WORK.c.step_id >= first, _WORK.c.step_id < last)
        for row in connection.execute(said):
            worked = row.doers != "[]"
            work[row.step_id] = StepWork(row.claim, worked, row.unblocker, row.expected_on, row.clock_runs)
    for one in checklists.values():
        for series in one.series.values():
            series.sort(key=lambda step: step.occurrence)
    return Standing({(one.unit, one.slug): one for one in checklists.values()}, needs, work)


def _checklists(connection: Connection, decision_id: int) -> dict[int, StandingChecklist]:
    query = (
        select(
            ChecklistRow.id,
            ChecklistRow.unit,
            TemplateRow.slug,
            ChecklistRow.template_hash,
            ChecklistRow.role,
            ChecklistRow.left_out,
            ChecklistRow.steps,
        )
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .where(ChecklistRow.decision_id == decision_id)
        .order_by(ChecklistRow.id)
    )
    left_out: dict[str, tuple[str, ...]] = {}
    found = {}
    for number, unit, slug, template, role, left, steps in connection.execute(query):
        if left not in left_out:
            left_out[left] = tuple(json.loads(left))
        found[number] = StandingChecklist(number, UnitKey(unit), slug, template, role, left_out[left], steps)
    return found


def step_ranges(checklists: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of step numbers (the end excluded) that hold all steps of these checklists, given in order."""
    start = previous = None
    for number in checklists:
        if start is None or previous is None:
            start = number
        elif number - previous > _GAP:
            yield number_range(start)[0], number_range(previous)[1]
            start = number
        previous = number
    if start is not None and previous is not None:
        yield number_range(start)[0], number_range(previous)[1]


def people_over(connection: Connection, units: Sequence[str], day: date) -> list[list[str]]:
    """Who leads these units or sits in a committee over them that day: [account, role, unit], in order."""
    roles = (PersonRole.UNIT_LEAD.value, PersonRole.COMMITTEE.value)
    query = (
        select(AssignmentRow.person, AssignmentRow.role, AssignmentRow.unit)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.role.in_(roles), in_force(day))
        .order_by(AssignmentRow.person, AssignmentRow.role, AssignmentRow.unit)
    )
    held = connection.execute(query).all()
    if not held or not units:
        return []
    reach = _above(connection, units) | {EVERYWHERE}
    return [list(row) for row in held if row.unit in reach]


def _above(connection: Connection, units: Sequence[str]) -> set[str]:
    """The units, all that is above them, and the provinces that took over those provinces."""
    reach: set[str] = set()
    fresh = set(units)
    while fresh:
        reach |= fresh
        found: set[str] = set()
        for part in in_parts(sorted(fresh)):
            parents = select(UnitRow.parent).where(UnitRow.key.in_(part), UnitRow.parent.is_not(None))
            heirs = (
                select(SuccessionRow.successor)
                .join(UnitRow, UnitRow.key == SuccessionRow.predecessor)
                .where(SuccessionRow.predecessor.in_(part), UnitRow.level == Level.PROVINCE.value)
            )
            found.update(one for one in connection.scalars(parents.union(heirs)) if one)
        fresh = found - reach
    return reach
