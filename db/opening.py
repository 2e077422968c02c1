"""The bulk write: a chunk of a plan becomes checklists, steps, needs and events, in one transaction, exactly once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from checklists.events import CHECKLIST_OPENED
from checklists.messages import Translate
from checklists.plan import Plan, PlannedChecklist
from checklists.step_numbers import CHECKLIST_SHIFT
from db.bulk import insert_if_new, insert_rows, raw_day, raw_instant
from db.deadline_rows import deadline_number, write_deadlines
from db.faults import faultpoint
from db.models import ChecklistRow, EventRow, NeedRow, OpeningRow, StepRow, table_of
from db.session import begin_write

WAITING, READY = "waiting", "ready"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What to open: some units' planned checklists, for a decision whose block of numbers is reserved."""

    decision_id: int
    number: int
    first_checklist: int
    units: int
    plan: Plan
    checklists: list[PlannedChecklist]


@dataclass(slots=True)
class ChunkRows:
    """The rows of a chunk, ready for the driver."""

    checklists: list[tuple[Any, ...]] = field(default_factory=list)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    needs: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)


def open_chunk(
    engine: Engine, chunk: Chunk, *, now: datetime, today: date, actor: str, languages: Mapping[str, Translate]
) -> ChunkRows | None:
    """Write the chunk, or nothing (None) if it is in already. Two workers may try at once: one writes.

    `today` is the local date, by which a step is overdue at birth; `languages` renders the deadlines' explanations.
    """
    deadlines = {key: deadline_number(deadline) for key, deadline in chunk.plan.deadlines.items()}
    rows = _rows(chunk, deadlines, today, raw_instant(engine.dialect.name, now), actor)
    with begin_write(engine) as connection:
        if not _claim(connection, chunk, rows, now):
            return None
        faultpoint("opening.claimed")
        write_deadlines(connection, {deadlines[key]: one for key, one in chunk.plan.deadlines.items()}, languages)
        insert_rows(connection, table_of(ChecklistRow), rows.checklists)
        faultpoint("opening.checklists")
        insert_rows(connection, table_of(StepRow), rows.steps)
        faultpoint("opening.steps")
        insert_rows(connection, table_of(NeedRow), rows.needs)
        faultpoint("opening.needs")
        insert_rows(connection, table_of(EventRow), rows.events)
        faultpoint("opening.events")
    return rows


def _claim(connection: Connection, chunk: Chunk, rows: ChunkRows, now: datetime) -> bool:
    counted = {
        "decision_id": chunk.decision_id,
        "chunk": chunk.number,
        "units": chunk.units,
        "checklists": len(rows.checklists),
        "steps": len(rows.steps),
        "opened_at": now,
    }
    insert = insert_if_new(connection, table_of(OpeningRow)).values(counted)
    # on PostgreSQL SQLAlchemy forgets the count of an INSERT unless told otherwise: it is -1 then, never 1
    return connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount == 1


def _rows(chunk: Chunk, deadlines: Mapping[str, int], today: date, opened_at: str, actor: str) -> ChunkRows:
    rows = ChunkRows()
    hashes = [template.content_hash for template in chunk.plan.templates]
    slugs = [template.template for template in chunk.plan.templates]
    born = _BornSteps(chunk, deadlines, today)
    for planned in chunk.checklists:
        number = chunk.first_checklist + planned.number
        left_out = json.dumps(planned.left_out) if planned.left_out else "[]"
        rows.checklists.append(
            (
                number,
                chunk.decision_id,
                planned.unit,
                hashes[planned.template],
                planned.role.value,
                len(planned.steps),
                left_out,
                opened_at,
            )
        )
        born.add(planned, number, rows)
        rows.events.append(_event(chunk, planned, number, slugs[planned.template], opened_at, actor))
    return rows


class _BornSteps:
    """Planned steps as rows. What steps of one template share (key, due date, deadline) is formatted once."""

    def __init__(self, chunk: Chunk, deadlines: Mapping[str, int], today: date) -> None:
        self._offset = chunk.first_checklist << CHECKLIST_SHIFT
        self._shared = {
            # 0 or 1: SQLite's driver looks for an adapter for each bool, which is a fifth of the step's insert
            key: (raw_day(one.due_on), deadlines[key], int(one.due_on is not None and one.due_on < today))
            for key, one in chunk.plan.deadlines.items()
        }

    def add(self, planned: PlannedChecklist, checklist: int, rows: ChunkRows) -> None:
        first, offset, shared = checklist << CHECKLIST_SHIFT, self._offset, self._shared
        for place, template, counterpart, _, needs, _ in planned.steps:
            due_on, deadline, overdue = shared[template.key]
            step = first + place
            state = WAITING if needs else READY
            rows.steps.append(
                (step, checklist, template.key, counterpart or "", 1, state, due_on, deadline, len(needs), overdue, 1)
            )
            for need in needs:
                rows.needs.append((step, offset + need))


def _event(
    chunk: Chunk, planned: PlannedChecklist, number: int, slug: str, opened_at: str, actor: str
) -> tuple[Any, ...]:
    payload = (
        f'{{"checklist": {number}, "steps": {len(planned.steps)}, "template": "{slug}", "unit": "{planned.unit}"}}'
    )
    return (
        f"{CHECKLIST_OPENED}:{number}",
        CHECKLIST_OPENED,
        opened_at,
        actor,
        None,
        chunk.decision_id,
        planned.unit,
        None,
        None,
        payload,
    )
