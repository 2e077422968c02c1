"""Which minutes and which events belong to a selection: its steps', its units', its decisions', in the period, by the
person. Events about packages themselves never do, so that the same facts give the same package again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, String, and_, cast, func, literal, or_, select

from checklists.events import WORK_MOVED
from checklists.package.scope import ABOUT_PACKAGES
from db.change_models import MinutesConfirmationRow, MinutesRow
from db.models import ChecklistRow, EventRow
from db.package_scope import Selection

_OF_DECISIONS, _OF_MINUTES = "decision.", "minutes."


def minutes_conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    """Minutes of its decision between its units, drafted or confirmed by the person, in the period."""
    yield from selection.of_decision(MinutesRow.decision_id)
    units = _units(selection)
    if units is not None:
        yield or_(MinutesRow.giving.in_(units), MinutesRow.receiving.in_(units))
    if selection.by_what_happened:
        given = select(MinutesConfirmationRow.minutes_id).where(
            *selection.theirs(MinutesConfirmationRow.given_by, MinutesConfirmationRow.on_behalf_of),
            *selection.within(MinutesConfirmationRow.given_at),
        )
        drafted = and_(*selection.theirs(MinutesRow.drafted_by), *selection.within(MinutesRow.drafted_at))
        yield or_(drafted, MinutesRow.id.in_(given))


def event_conditions(connection: Connection, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """All of them have to hold."""
    yield EventRow.type.not_like(f"{ABOUT_PACKAGES}%")
    yield from selection.acts()
    if selection.has_place or selection.by_what_they_are:
        of_steps = and_(EventRow.step_id.is_not(None), *selection.of_step(EventRow.step_id))
        yield or_(of_steps, and_(EventRow.step_id.is_(None), or_(*_of_no_step(connection, selection))))


def _of_no_step(connection: Connection, selection: Selection) -> Iterator[ColumnElement[bool]]:
    units = _units(selection)
    of_decision = selection.of_decision(EventRow.decision_id)
    if units is None:
        yield and_(*of_decision)
        return
    mine = select(ChecklistRow.decision_id).where(*selection.of_checklist(ChecklistRow.id))
    minutes = select(literal(_OF_MINUTES.replace(".", ":")) + cast(MinutesRow.id, String))
    yield and_(EventRow.subject.in_(units), *of_decision)
    yield and_(EventRow.type.like(f"{_OF_DECISIONS}%"), EventRow.decision_id.in_(mine))
    yield and_(EventRow.type == WORK_MOVED, _said(connection, "to").in_(units), *of_decision)
    yield and_(
        EventRow.type.like(f"{_OF_MINUTES}%"), EventRow.request.in_(minutes.where(*minutes_conditions(selection)))
    )


def _units(selection: Selection) -> Any:
    """The units whose events belong; None where no unit bounds the scope."""
    if selection.by_what_they_are:
        return select(ChecklistRow.unit).where(*selection.of_checklist(ChecklistRow.id))
    return selection.units


def _said(connection: Connection, name: str) -> ColumnElement[Any]:
    """A text in the payload; only asked of payloads that have it, since PostgreSQL has to parse each."""
    if connection.dialect.name == "postgresql":
        said: ColumnElement[Any] = cast(EventRow.payload, JSON)[name].as_string()
        return said
    return func.json_extract(EventRow.payload, f"$.{name}")
