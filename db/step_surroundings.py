"""What stands around a step on its page, and around a unit's steps on theirs: what they wait for and who owes that,
what came from dissolved units, which levels have spoken, and the receipt of an act. SELECT only.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import aliased

from checklists.step_numbers import number_range
from checklists.steps import OPEN
from db.bulk import in_parts
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, StepRow, SuccessionRow, UnitRow
from db.notice_models import AcknowledgementRow, EscalationRow
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow

_COUNTERPART = aliased(UnitRow)
_OWING = aliased(UnitRow)


class NearStep(NamedTuple):
    """A step that another (`of`) needs, or that needs it; `unit` owes it today."""

    of: int
    id: int
    key: str
    template_hash: str
    counterpart: str
    state: str
    due_on: date | None
    unit: str
    unit_name: str


class StepTakenOver(NamedTuple):
    """A step that a unit owes since the one whose checklist it is in (`origin`) was dissolved."""

    id: int
    key: str
    template_hash: str
    counterpart: str
    state: str
    due_on: date | None
    open_needs: int
    origin: str
    origin_name: str
    decision: str


class Facing(NamedTuple):
    """A unit on the other side of a handover; `takes`: it takes over, else it hands over."""

    name: str
    takes: bool


class Spoken(NamedTuple):
    """A level that has spoken of a due date."""

    level: str
    repeat: int
    audience: str
    due_on: date
    at: datetime
    recipients: int


class Word(NamedTuple):
    """An answer to it."""

    by: str
    name: str
    on_behalf_of: str | None
    expected_on: date
    words: str
    given_at: datetime


class Receipt(NamedTuple):
    """An act as it stands on record. `made_at`: when it was given on a device that had no network then."""

    at: datetime
    made_at: str


def needed_by_steps(connection: Connection, steps: Collection[int], *, only_open: bool = False) -> list[NearStep]:
    """What these steps wait for."""
    conditions = (StepRow.state.in_(OPEN),) if only_open else ()
    return _near(connection, steps, NeedRow.step_id, NeedRow.needs_id, conditions)


def steps_needing(connection: Connection, step: int) -> list[NearStep]:
    """What waits for this step."""
    return _near(connection, (step,), NeedRow.needs_id, NeedRow.step_id, ())


def _near(
    connection: Connection, steps: Collection[int], this: Any, that: Any, conditions: tuple[Any, ...]
) -> list[NearStep]:
    query = (
        select(
            this.label("of"),
            StepRow.id,
            StepRow.key,
            ChecklistRow.template_hash,
            func.coalesce(_COUNTERPART.name, ""),
            StepRow.state,
            StepRow.due_on,
            OWED_BY.label("unit"),
            _OWING.name,
        )
        .select_from(NeedRow)
        .join(StepRow, StepRow.id == that)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        .join(_OWING, _OWING.key == OWED_BY)
        .where(*conditions)
        .order_by(this, StepRow.id)
    )
    found: list[NearStep] = []
    for part in in_parts(sorted(steps)):
        rows = connection.execute(query.where(this.in_(part)))
        found += [NearStep(*row) for row in rows]
    return found


def taken_over(connection: Connection, unit: str) -> list[StepTakenOver]:
    """The steps a unit owes for others, by the unit they came from, in Vietnamese order."""
    query = (
        select(
            StepRow.id,
            StepRow.key,
            ChecklistRow.template_hash,
            func.coalesce(_COUNTERPART.name, ""),
            StepRow.state,
            StepRow.due_on,
            StepRow.open_needs,
            ChecklistRow.unit,
            UnitRow.name,
            DecisionRow.number,
        )
        .select_from(StepHolderRow)
        .join(StepRow, StepRow.id == StepHolderRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        .where(StepHolderRow.unit == unit)
        .order_by(UnitRow.sort_key, UnitRow.key, StepRow.id)
    )
    return [StepTakenOver._make(row) for row in connection.execute(query)]


def moved_away(connection: Connection, checklists: Collection[int]) -> dict[int, str]:
    """Of these checklists, the steps that another unit owes today, with its name."""
    found: dict[int, str] = {}
    for checklist in checklists:
        first, after = number_range(checklist)
        query = select(StepHolderRow.step_id, UnitRow.name).join(UnitRow, UnitRow.key == StepHolderRow.unit)
        rows = connection.execute(query.where(StepHolderRow.step_id >= first, StepHolderRow.step_id < after))
        found |= {row[0]: row[1] for row in rows}
    return found


def facing_units(connection: Connection, unit: str) -> list[Facing]:
    """Whom a unit hands over to and takes over from, by the decisions it has checklists of, in Vietnamese order."""
    numbers = (
        select(DecisionRow.number)
        .join(ChecklistRow, ChecklistRow.decision_id == DecisionRow.id)
        .where(ChecklistRow.unit == unit)
    )
    sides = (
        (SuccessionRow.predecessor, SuccessionRow.successor, True),
        (SuccessionRow.successor, SuccessionRow.predecessor, False),
    )
    found: dict[tuple[str, bool], Facing] = {}
    for this, that, takes in sides:
        query = select(UnitRow.key, UnitRow.name).join(SuccessionRow, that == UnitRow.key)
        these = query.where(this == unit, that != unit, SuccessionRow.decision_number.in_(numbers))
        for key, name in connection.execute(these.order_by(UnitRow.sort_key, UnitRow.key)):
            found.setdefault((key, takes), Facing(name, takes))
    return list(found.values())


def levels_spoken(connection: Connection, step: int) -> list[Spoken]:
    """In the order in which they spoke."""
    columns = [getattr(EscalationRow, name) for name in Spoken._fields]
    query = select(*columns).where(EscalationRow.step_id == step).order_by(EscalationRow.at, EscalationRow.repeat)
    return [Spoken(*row) for row in connection.execute(query)]


def words_given(connection: Connection, step: int) -> list[Word]:
    """Who said that they have it in hand, oldest first."""
    query = (
        select(
            AcknowledgementRow.given_by,
            PersonRow.name,
            AcknowledgementRow.on_behalf_of,
            AcknowledgementRow.expected_on,
            AcknowledgementRow.words,
            AcknowledgementRow.given_at,
        )
        .join(PersonRow, PersonRow.account == AcknowledgementRow.given_by, isouter=True)
        .where(AcknowledgementRow.step_id == step)
        .order_by(AcknowledgementRow.given_at, AcknowledgementRow.id)
    )
    return [Word(row[0], row[1] or row[0], *row[2:]) for row in connection.execute(query)]


def receipt_of(connection: Connection, step: int, named: str) -> Receipt | None:
    """What happened to this step by the order, or as the event, of that id."""
    query = (
        select(EventRow.occurred_at, EventRow.payload)
        .where(EventRow.step_id == step, or_(EventRow.request == named, EventRow.id == named))
        .order_by(EventRow.occurred_at, EventRow.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Receipt(row[0], str(json.loads(row[1]).get("made_at", ""))) if row else None


def event_at(connection: Connection, step: int, kind: str, at: datetime) -> str:
    """The id of what happened to this step at that instant; "" if nothing of the kind did."""
    query = select(EventRow.id).where(EventRow.step_id == step, EventRow.type == kind, EventRow.occurred_at == at)
    return connection.scalars(query.order_by(EventRow.id.desc()).limit(1)).one_or_none() or ""
