"""The events of one step, unit, decision or person, oldest first, as a stream. SELECT only.

**events on record** → `checklists.history` (sentences) → `bangiao.cli.audit`. A country has 56,000 events of opened
checklists: in the history of a decision or a person each decision's are one entry with their count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Row, Select, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import aliased

from checklists.deadlines import VIETNAM
from checklists.events import (
    CHECKLIST_CHANGED,
    CHECKLIST_OPENED,
    MINUTES_CONFIRMED,
    MINUTES_DRAFTED,
    MINUTES_FINAL,
    WORK_MOVED,
    Event,
)
from checklists.history import Entry
from checklists.history_order import in_order
from checklists.step_names import step_name
from checklists.step_numbers import checklist_of
from db.change_models import MinutesRow
from db.models import ChecklistRow, DecisionRow, EventRow, StepRow, UnitRow, table_of
from db.statements import Statement
from db.work_models import EvidenceRow, StepHolderRow

_FETCHED = 500
_EVENT = table_of(EventRow)
_COUNTERPART = aliased(UnitRow)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose history: of a step, of a unit, of a decision; narrowed to what a person did, and to days (both included).
    A person alone: everything they did, or that was done in their name."""

    step: int | None = None
    unit: str | None = None
    decision: int | None = None
    person: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def counts_openings(self) -> bool:
        """Whether opened checklists are counted instead of listed."""
        return self.step is None and self.unit is None


def entries(connection: Connection, scope: Scope) -> Iterator[Entry]:
    """The history, oldest first; within one instant cause before consequence. Read in parts, never all at once."""
    listed = _listed(connection, scope)
    counted = _counted(connection, scope) if scope.counts_openings else ()
    both = merge(listed, counted, key=lambda entry: entry.event.occurred_at)
    for _instant, group in groupby(both, key=lambda entry: entry.event.occurred_at):
        yield from in_order(group)


_STEP_NAME = (StepRow.key, StepRow.occurrence, _COUNTERPART.name.label("counterpart_name"))


def matching(connection: Connection, scope: Scope) -> Select[Any]:
    """The scope's events with the names that sentences need, in no order; rows for `entry_of`."""
    return (
        select(_EVENT, *_STEP_NAME, UnitRow.name.label("unit_name"), DecisionRow.number.label("decision_number"))
        .join(StepRow, StepRow.id == _EVENT.c.step_id, isouter=True)
        .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        .join(UnitRow, UnitRow.key == _EVENT.c.subject, isouter=True)
        .join(DecisionRow, DecisionRow.id == _EVENT.c.decision_id, isouter=True)
        .where(*_within(connection, scope))
    )


def _listed(connection: Connection, scope: Scope) -> Iterator[Entry]:
    query = matching(connection, scope).order_by(_EVENT.c.occurred_at, _EVENT.c.id)
    if scope.counts_openings:
        query = query.where(_EVENT.c.type != CHECKLIST_OPENED)
    for row in connection.execute(query, execution_options={"yield_per": _FETCHED}):
        yield entry_of(connection, row)


def entry_of(connection: Connection, row: Row[Any]) -> Entry:
    """What a row of `matching` tells."""
    event = Event(
        id=row.id,
        type=row.type,
        occurred_at=row.occurred_at,
        actor=row.actor,
        subject=row.subject,
        payload=_payload(row.payload),
        decision_id=row.decision_id,
        on_behalf_of=row.on_behalf_of,
        step_id=row.step_id,
        request=row.request,
    )
    step = step_name(row.key, row.occurrence, row.counterpart_name, row.unit_name or row.subject) if row.key else ""
    named = event.payload.keys() & {"attached", "withdrawn"}
    evidence = _evidence_of(connection, event.step_id) if named else {}
    return Entry(event, step, row.decision_number or "", evidence)


def _payload(text: str) -> dict[str, Any]:
    """What is on record, as it can be read: a history with one spoilt payload is better than none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


_EVIDENCE = Statement(
    lambda _: select(EvidenceRow.digest, EvidenceRow.kind, EvidenceRow.name, EvidenceRow.text).where(
        EvidenceRow.step_id == bindparam("of_step", type_=table_of(EvidenceRow).c.step_id.type)
    )
)
"""Asked once for each event that names evidence, up to fifty times for a page of the record."""


def _evidence_of(connection: Connection, step: int | None) -> dict[str, dict[str, Any]]:
    rows = _EVIDENCE.run(connection, {"of_step": step}).rows
    return {row.digest: {"kind": row.kind, "name": row.name, "text": row.text} for row in rows}


def _counted(connection: Connection, scope: Scope) -> list[Entry]:
    """One entry for each decision and whoever opened its checklists, at the instant of the first one."""
    first, last = func.min(_EVENT.c.occurred_at), func.max(_EVENT.c.occurred_at)
    query = (
        select(
            _EVENT.c.decision_id,
            DecisionRow.number,
            _EVENT.c.actor,
            func.count().label("checklists"),
            func.count(_EVENT.c.subject.distinct()).label("units"),
            first.label("first"),
            last.label("last"),
        )
        .join(DecisionRow, DecisionRow.id == _EVENT.c.decision_id)
        .where(_EVENT.c.type == CHECKLIST_OPENED, *_within(connection, scope))
        .group_by(_EVENT.c.decision_id, DecisionRow.number, _EVENT.c.actor)
        .order_by(first, _EVENT.c.decision_id, _EVENT.c.actor)
    )
    return [_openings(row) for row in connection.execute(query)]


def _openings(row: Row[Any]) -> Entry:
    payload = {"checklists": row.checklists, "units": row.units}
    event = Event(
        id=f"{CHECKLIST_OPENED}:*:{row.decision_id}:{row.actor}",
        type=CHECKLIST_OPENED,
        occurred_at=row.first,
        actor=row.actor,
        subject=row.number,
        payload=payload,
        decision_id=row.decision_id,
    )
    return Entry(event, decision=row.number, last_at=row.last if row.last > row.first else None)


def _within(connection: Connection, scope: Scope) -> Iterator[ColumnElement[bool]]:
    if scope.step is not None:
        opened = f"{CHECKLIST_OPENED}:{checklist_of(scope.step)}"
        yield or_(_EVENT.c.step_id == scope.step, _EVENT.c.id.in_([opened, *_naming(connection, scope.step)]))
    if scope.unit is not None:
        yield _EVENT.c.id.in_(_about_unit(scope.unit))
    if scope.decision is not None:
        yield _EVENT.c.decision_id == scope.decision
    if scope.person is not None:
        yield done_by(scope.person)
    yield from _between(scope.since, scope.until)


def _naming(connection: Connection, step: int) -> list[str]:
    """Events of a whole checklist or unit that name the step: changes of its checklist, and moves from unit to unit."""
    checklist = select(ChecklistRow.unit).where(ChecklistRow.id == checklist_of(step))
    holders, seen, found = list(connection.scalars(checklist)), set[str](), list[str]()
    while holders:
        unit = holders.pop()
        seen.add(unit)
        of_many = or_(
            and_(_EVENT.c.subject == unit, _EVENT.c.type.in_((WORK_MOVED, CHECKLIST_CHANGED))),
            _EVENT.c.id.in_(_final_minutes(connection, unit)),
        )
        query = select(_EVENT.c.id, _EVENT.c.payload).where(of_many)
        for event_id, text in connection.execute(query):
            payload = _payload(text)
            if any(step in value for value in payload.values() if isinstance(value, list)):
                found.append(event_id)
                holders += {str(payload["to"])} - seen if "to" in payload else []
    return found


def _final_minutes(connection: Connection, unit: str) -> list[str]:
    """Events by which minutes became evidence of steps of both sides; their subject is the unit that hands over."""
    sides = or_(MinutesRow.giving == unit, MinutesRow.receiving == unit)
    return [f"{MINUTES_FINAL}:{number}" for number in connection.scalars(select(MinutesRow.id).where(sides))]


def _about_unit(unit: str) -> CompoundSelect[str]:
    """One question for each ground, each found by its own index: of an OR, PostgreSQL makes a walk over all events."""
    grounds = (_EVENT.c.subject == unit, *_received_by(unit))
    return union(*(select(_EVENT.c.id).where(one).correlate(None) for one in grounds))


def _received_by(unit: str) -> Iterator[ColumnElement[bool]]:
    """What happened to steps that the unit took over from others, their moving, and minutes with the other side."""
    held = StepHolderRow.unit == unit
    yield _EVENT.c.step_id.in_(select(StepHolderRow.step_id).where(held))
    for decisions, kinds, side in (
        (select(StepHolderRow.decision_id).where(held), (WORK_MOVED,), "to"),
        (select(MinutesRow.decision_id).where(MinutesRow.receiving == unit), _OF_MINUTES, "receiving"),
    ):
        yield and_(
            _EVENT.c.decision_id.in_(decisions),
            _EVENT.c.type.in_(kinds),
            _EVENT.c.payload.contains(f'"{side}": {json.dumps(unit)}', autoescape=True),
        )


_OF_MINUTES = (MINUTES_DRAFTED, MINUTES_CONFIRMED, MINUTES_FINAL)


def done_by(account: str) -> ColumnElement[bool]:
    """Events that are this person's acts, or acts in their name."""
    return or_(_EVENT.c.actor == account, _EVENT.c.on_behalf_of == account)


def _between(since: date | None, until: date | None) -> Iterable[ColumnElement[bool]]:
    """Days in Viet Nam; the first and the last day that there are mean no limit."""
    if since is not None and since > date.min:
        yield _EVENT.c.occurred_at >= _midnight(since)
    if until is not None and until < date.max:
        yield _EVENT.c.occurred_at < _midnight(until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, VIETNAM)
