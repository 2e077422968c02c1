"""Units of a package for which nobody did anything: no act on a step of theirs, no minutes, in the period if there is
one. Opening a checklist and what the program does by itself are not acts of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, not_, or_, select

from checklists.package.completeness import Completeness
from checklists.package.records import MissingRecord
from db.models import ChecklistRow, EventRow, UnitRow
from db.package_rows import bytewise, stream
from db.package_scope import Selection
from db.work_models import StepHolderRow

_PROGRAM = "bangiao"
_ACTS = ("step.%", "evidence.%", "minutes.%")


def silent_units(connection: Connection, selection: Selection, say: Completeness) -> Iterator[MissingRecord]:
    """By key. What a person did says nothing of units, so a person's package has none."""
    if selection.scope.person is not None:
        return
    counted = _counted(selection)
    query = (
        select(UnitRow.key, UnitRow.name, func.coalesce(counted.c.checklists, 0).label("checklists"))
        .join(counted, counted.c.unit == UnitRow.key, isouter=True)
        .where(or_(counted.c.checklists.is_not(None), UnitRow.key == selection.scope.unit), not_(_acted(selection)))
        .order_by(bytewise(connection, UnitRow.key))
    )
    for row in stream(connection, query):
        yield say.unit(row.key, row.name, row.checklists, selection.has_period)


def _counted(selection: Selection) -> Any:
    """Units with their checklists: all of the place and decision, also those that no step of the scope is in."""
    if selection.by_what_they_are:
        these = selection.of_checklist(ChecklistRow.id)
    else:
        these = (*selection.of_decision(ChecklistRow.decision_id), *selection.here(ChecklistRow.unit))
    query = select(ChecklistRow.unit, func.count().label("checklists")).where(*these)
    return query.group_by(ChecklistRow.unit).subquery("counted")


def _acted(selection: Selection) -> Any:
    acts = (
        or_(*(EventRow.type.like(one) for one in _ACTS)),
        EventRow.actor != _PROGRAM,
        *selection.of_decision(func.coalesce(EventRow.decision_id, 0)),  # by the unit's events, not the decision's
        *selection.within(EventRow.occurred_at),
    )
    own = select(EventRow.id).where(EventRow.subject == UnitRow.key, *acts)
    held = (
        select(EventRow.id)
        .join(StepHolderRow, StepHolderRow.step_id == EventRow.step_id)
        .where(StepHolderRow.unit == UnitRow.key, EventRow.occurred_at >= StepHolderRow.moved_at, *acts)
    )
    return or_(own.exists(), held.exists())
