"""Succession of work in the database: who ended, which open steps they still owe, the moves, and who holds what now.

decisions in force → endings → `checklists.succession_of_work` → rows of `step_holder`, events. A step has one row there
at most (its primary key): a step that moved is moved again only when its holder ends as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select

from checklists.decisions import MergerDecision
from checklists.events import CONSUMERS, DECISION_WORK_MOVED, WORK_MOVED, Event
from checklists.frozen_facts import FrozenUnits
from checklists.ports import REGISTERED
from checklists.steps import OPEN
from checklists.succession_of_work import Division, Ending, OwedStep, endings_by
from checklists.units import Unit, UnitKey
from db.bulk import in_parts, insert_rows, raw_day, raw_instant
from db.models import ChecklistRow, DecisionRow, EventRow, OutboxRow, StepRow, UnitRow, table_of
from db.register import SqlRegister, successions_of
from db.work_models import StepHolderRow

_DECISION, _HOLDER = table_of(DecisionRow), table_of(StepHolderRow)
_OPEN = tuple(sorted(OPEN))


class InForce(NamedTuple):
    """A registered decision whose units have ended; `opened`: its checklists are in."""

    id: int
    number: str
    content: str
    operational: date
    opened: bool

    def endings(self) -> dict[UnitKey, Ending]:
        """The units it ends, by its own map."""
        return endings_by(MergerDecision.model_validate_json(self.content))


def on_record(connection: Connection, number: str) -> bool:
    """Whether there is a decision of this number, in whatever state."""
    return connection.scalar(select(_DECISION.c.id).where(_DECISION.c.number == number)) is not None


def registered_decision(connection: Connection, number: str) -> InForce | None:
    """The decision of this number, if it is registered and not revoked, whatever its dates."""
    rows = connection.execute(_registered().where(_DECISION.c.number == number)).all()
    return _in_force(rows[0]) if rows else None


def decisions_in_force(connection: Connection, day: date) -> list[InForce]:
    """Registered decisions, not revoked, whose operational date has come by `day`; by number."""
    rows = map(_in_force, connection.execute(_registered().order_by(_DECISION.c.number)))
    return [one for one in rows if one.operational <= day]


def _registered() -> Any:
    return select(_DECISION.c.id, _DECISION.c.number, _DECISION.c.content, _DECISION.c.opened_at).where(
        _DECISION.c.state == REGISTERED
    )


def _in_force(row: Any) -> InForce:
    operational = date.fromisoformat(json.loads(row.content)["operational"])
    return InForce(row.id, row.number, row.content, operational, row.opened_at is not None)


class SqlEndings:
    """How units ended as of a day: by the decisions in force, each by its own map; a unit that none of them names, by
    its record in the register. Implements `checklists.succession_of_work.Endings`."""

    def __init__(self, connection: Connection, day: date, in_force: Iterable[InForce], register: SqlRegister) -> None:
        self._connection = connection
        self._day = day
        self._register = register
        self._ended_by = {
            UnitKey(row[0]): decision for decision in in_force for row in json.loads(decision.content)["successions"]
        }
        self._maps: dict[int, dict[UnitKey, Ending]] = {}
        self._recorded: dict[UnitKey, Ending | None] = {}

    def __call__(self, unit: UnitKey) -> Ending | None:
        if (decision := self._ended_by.get(unit)) is not None:
            if decision.id not in self._maps:  # read only when it is asked about
                self._maps[decision.id] = decision.endings()
            return self._maps[decision.id][unit]
        if unit not in self._recorded:
            self._recorded[unit] = self._by_record(unit)
        return self._recorded[unit]

    def _by_record(self, key: UnitKey) -> Ending | None:
        unit = self._register.unit(key)
        if unit is None or unit.valid_to is None or unit.valid_to >= self._day:
            return None
        onward, _ = successions_of(self._connection, key)
        return Ending(unit.valid_to + timedelta(days=1), tuple(sorted(row.successor for row in onward)))


class FactsFirst:
    """Units as a decision froze them, and those it does not name as the register has them."""

    def __init__(self, connection: Connection, decision_id: int, register: SqlRegister) -> None:
        facts = connection.scalars(select(_DECISION.c.facts).where(_DECISION.c.id == decision_id)).one()
        self._facts = FrozenUnits.from_json(json.loads(facts))
        self._register = register

    def unit(self, key: UnitKey) -> Unit | None:
        return self._facts.unit(key) or self._register.unit(key)


def ended_on_record(connection: Connection, decision_id: int, day: date) -> set[UnitKey]:
    """Units in whose checklists of this decision work may lie, and who hold some, that ended by their own record."""
    own = select(ChecklistRow.unit).where(ChecklistRow.decision_id == decision_id)
    held = select(StepHolderRow.unit).where(StepHolderRow.decision_id == decision_id)
    query = select(UnitRow.key).where(UnitRow.valid_to < day, UnitRow.key.in_(own.union(held)))
    return {UnitKey(key) for key in connection.scalars(query)}


def open_steps_owed_by(connection: Connection, units: Iterable[UnitKey], *, keep: bool) -> list[OwedStep]:
    """The open steps that these units owe today: of their own checklists, and moved to them by an earlier run. With
    `keep` nobody can settle one of them before the transaction ends."""
    wanted = sorted(units)
    holder = func.coalesce(StepHolderRow.unit, ChecklistRow.unit)
    query = (
        select(StepRow.id, holder, StepRow.counterpart)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(_OPEN))
        .order_by(StepRow.id)
    )
    if keep:
        query = query.with_for_update(read=True, of=StepRow)
    own, moved = (
        (StepHolderRow.unit.is_(None), ChecklistRow.unit),
        (StepHolderRow.unit.is_not(None), StepHolderRow.unit),
    )
    return [
        OwedStep._make(row)
        for condition, column in (own, moved)
        for part in in_parts(wanted)
        for row in connection.execute(query.where(condition, column.in_(part)))
    ]


def write_moves(connection: Connection, decision: InForce, division: Division, *, now: datetime, actor: str) -> None:
    """Give the steps to their new holders and record it: one event for each pair of units and ground, and one for the
    decision. Nothing is written where nothing moves."""
    if not division.moves:
        return
    moved_at = raw_instant(connection.dialect.name, now)
    rows = [
        (step, move.to.unit, decision.id, move.to.ground.value, raw_day(move.to.since), moved_at)
        for move in division.moves
        for step in move.steps
    ]
    _take_away(connection, [row[0] for row in rows])
    insert_rows(connection, _HOLDER, rows)
    run = _runs(connection, decision.id) + 1
    _record(connection, list(_events(decision, division, f"{decision.id}:{run}", now, actor)))


def _take_away(connection: Connection, steps: Sequence[int]) -> None:
    """Their present holders, who have ended; most steps have none yet."""
    if not connection.scalar(select(func.count()).select_from(_HOLDER)):
        return
    for part in in_parts([str(step) for step in steps]):
        connection.execute(delete(_HOLDER).where(_HOLDER.c.step_id.in_([int(step) for step in part])))


def _runs(connection: Connection, decision_id: int) -> int:
    """How often work has moved by this decision so far; commands come one after another, so the number is ours."""
    event = table_of(EventRow)
    these = (event.c.decision_id == decision_id, event.c.type == DECISION_WORK_MOVED)
    return connection.scalar(select(func.count()).select_from(event).where(*these)) or 0


def _events(decision: InForce, division: Division, run: str, now: datetime, actor: str) -> Iterable[Event]:
    for place, move in enumerate(division.moves, start=1):
        payload = {
            "to": move.to.unit,
            "ground": move.to.ground.value,
            "since": move.to.since.isoformat(),
            "via": list(move.to.via),
            "count": len(move.steps),
            "steps": move.steps,
        }
        yield Event(f"{WORK_MOVED}:{run}:{place}", WORK_MOVED, now, actor, move.giving, payload, decision.id)
    summary = {
        "number": decision.number,
        "steps": division.moved,
        "from": division.givers,
        "to": division.receivers,
        "could_not_move": division.stayed,
    }
    yield Event(
        f"{DECISION_WORK_MOVED}:{run}",
        DECISION_WORK_MOVED,
        now,
        actor,
        decision.number,
        summary,
        decision.id,
    )


def _record(connection: Connection, events: Sequence[Event]) -> None:
    """Many events at once, each with one outbox row per consumer."""
    dialect = connection.dialect.name
    rows = [
        (
            one.id,
            one.type,
            raw_instant(dialect, one.occurred_at),
            one.actor,
            one.on_behalf_of,
            one.decision_id,
            one.subject,
            one.step_id,
            one.request,
            json.dumps(one.payload, ensure_ascii=False, sort_keys=True),
        )
        for one in events
    ]
    insert_rows(connection, table_of(EventRow), rows)
    told = [
        (one.id, consumer, "pending", 0, raw_instant(dialect, one.occurred_at), None, None, None, None)
        for one in events
        for consumer in CONSUMERS[one.type]
    ]
    insert_rows(connection, table_of(OutboxRow), told)


class StepFromAnother(NamedTuple):
    """A step that a unit holds although it is of another unit's checklist."""

    id: int
    key: str
    counterpart: str
    state: str
    due_on: date | None
    unit: str
    name: str
    decision: str
    ground: str
    since: date


def steps_held_from_others(connection: Connection, unit: str) -> list[StepFromAnother]:
    """What moved to this unit, settled since or not: by the unit it came from, in Vietnamese order, then by number.
    The decision is the one whose dissolution moved it."""
    query = (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.counterpart,
            StepRow.state,
            StepRow.due_on,
            ChecklistRow.unit,
            UnitRow.name,
            DecisionRow.number,
            StepHolderRow.ground,
            StepHolderRow.since,
        )
        .select_from(StepHolderRow)
        .join(StepRow, StepRow.id == StepHolderRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(DecisionRow, DecisionRow.id == StepHolderRow.decision_id)
        .where(StepHolderRow.unit == unit)
        .order_by(UnitRow.sort_key, UnitRow.key, StepRow.id)
    )
    return [StepFromAnother._make(row) for row in connection.execute(query)]
