"""What "exactly the plan" means: every row of the record, compared with the plan it was made from."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, func, select

from bangiao.opening import _worked_out
from bangiao.wiring import Wiring
from checklists.events import CHECKLIST_OPENED, CONSUMERS, DECISION_OPENED, DECISION_REGISTERED
from checklists.plan import Plan
from checklists.step_numbers import CHECKLIST_SHIFT
from db.models import (
    ChecklistRow,
    DeadlineRow,
    DecisionRow,
    EventRow,
    NeedRow,
    OpeningRow,
    OutboxRow,
    Row,
    StepRow,
    table_of,
)
from db.session import begin_read

OPENED = (OpeningRow, ChecklistRow, StepRow, NeedRow, DeadlineRow)
"""Where opening writes, besides events."""


def rows_of(wiring: Wiring, *tables: type[Row]) -> dict[str, int]:
    """How many rows each table holds."""
    with begin_read(wiring.engine) as connection:
        return {
            one.__tablename__: connection.scalar(select(func.count()).select_from(table_of(one))) or 0 for one in tables
        }


def everything(wiring: Wiring) -> dict[str, int]:
    return rows_of(wiring, *(mapper.class_ for mapper in Row.registry.mappers))


def assert_exactly_the_plan(wiring: Wiring, decision_id: int) -> None:
    """Checklists, steps, needs, deadlines, chunks, events and outbox rows: those of the plan, each once, no other."""
    registered = _worked_out(wiring, decision_id)
    with begin_read(wiring.engine) as connection:
        decision = connection.execute(select(table_of(DecisionRow)).where(DecisionRow.id == decision_id)).one()
        first = decision.first_checklist
        assert _checklists(connection, decision_id) == _planned_checklists(registered.plan, first)
        steps, needs = _steps(connection, decision_id), _needs(connection, decision_id)
        assert steps == _planned_steps(registered.plan, first)
        assert needs == _planned_needs(registered.plan, first)
        assert {needed for _, needed in needs} <= {step[0] for step in steps}
        _assert_chunks(connection, decision, registered.plan)
        _assert_events(connection, decision)


def _planned_checklists(plan: Plan, first: int) -> set[tuple[Any, ...]]:
    hashes = [one.content_hash for one in plan.templates]
    return {
        (first + one.number, one.unit, hashes[one.template], one.role.value, len(one.steps), one.left_out)
        for one in plan.checklists()
    }


def _checklists(connection: Connection, decision_id: int) -> set[tuple[Any, ...]]:
    rows = connection.execute(select(table_of(ChecklistRow)).where(ChecklistRow.decision_id == decision_id)).all()
    found = {
        (row.id, row.unit, row.template_hash, row.role, row.steps, tuple(json.loads(row.left_out))) for row in rows
    }
    assert len(found) == len(rows)
    return found


def _planned_steps(plan: Plan, first: int) -> set[tuple[Any, ...]]:
    return {
        (
            (first + one.number << CHECKLIST_SHIFT) + step.place,
            first + one.number,
            step.template.key,
            step.counterpart or "",
            step.due_on,
            "waiting" if step.needs else "ready",
            len(step.needs),
        )
        for one in plan.checklists()
        for step in one.steps
    }


def _steps(connection: Connection, decision_id: int) -> set[tuple[Any, ...]]:
    """The steps on record; each must carry the due date of the deadline it points to, and be overdue only if so."""
    rows = connection.execute(
        select(table_of(StepRow), DeadlineRow.due_on.label("computed"), ChecklistRow.opened_at)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
        .where(ChecklistRow.decision_id == decision_id)
    ).all()
    assert [row.id for row in rows if row.due_on != row.computed] == []
    assert [row.id for row in rows if row.version != 1] == []
    return {(row.id, row.checklist_id, row.key, row.counterpart, row.due_on, row.state, row.open_needs) for row in rows}


def _planned_needs(plan: Plan, first: int) -> set[tuple[int, int]]:
    shift = first << CHECKLIST_SHIFT
    return {
        ((first + one.number << CHECKLIST_SHIFT) + step.place, shift + need)
        for one in plan.checklists()
        for step in one.steps
        for need in step.needs
    }


def _needs(connection: Connection, decision_id: int) -> set[tuple[int, int]]:
    rows = connection.execute(
        select(NeedRow.step_id, NeedRow.needs_id)
        .join(StepRow, StepRow.id == NeedRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(ChecklistRow.decision_id == decision_id)
    ).all()
    return {(row[0], row[1]) for row in rows}


def _assert_chunks(connection: Connection, decision: Any, plan: Plan) -> None:
    rows = connection.execute(
        select(table_of(OpeningRow)).where(OpeningRow.decision_id == decision.id).order_by(OpeningRow.chunk)
    ).all()
    assert [row.chunk for row in rows] == list(range(-(-len(plan.participants) // decision.chunk_units)))
    assert sum(row.units for row in rows) == len(plan.participants)
    planned = json.loads(decision.plan)
    assert sum(row.checklists for row in rows) == sum(planned["checklists"].values())
    assert sum(row.steps for row in rows) == sum(planned["steps"].values())


def _assert_events(connection: Connection, decision: Any) -> None:
    """One event per fact of the state, one outbox row per event and consumer."""
    events = connection.execute(select(table_of(EventRow)).where(EventRow.decision_id == decision.id)).all()
    checklists = connection.execute(
        select(ChecklistRow.id, ChecklistRow.unit, ChecklistRow.steps).where(ChecklistRow.decision_id == decision.id)
    ).all()
    opened = {row.id: (row.subject, json.loads(row.payload)) for row in events if row.type == CHECKLIST_OPENED}
    assert opened.keys() == {f"{CHECKLIST_OPENED}:{row.id}" for row in checklists}
    for row in checklists:
        subject, payload = opened[f"{CHECKLIST_OPENED}:{row.id}"]
        assert (subject, payload["checklist"], payload["steps"]) == (row.unit, row.id, row.steps)
    kinds = Counter(row.type for row in events)
    assert kinds[DECISION_REGISTERED] == 1
    assert kinds[DECISION_OPENED] == (decision.opened_at is not None)
    told = {(row[0], row[1]) for row in connection.execute(select(OutboxRow.event_id, OutboxRow.consumer))}
    wanted = {(row.id, consumer) for row in events for consumer in CONSUMERS[row.type]}
    assert {row for row in told if row[0] in {event.id for event in events}} == wanted
    assert {row.occurred_at.astimezone(UTC) for row in events if row.type == DECISION_OPENED} == (
        {decision.opened_at.astimezone(UTC)} if decision.opened_at else set()
    )
