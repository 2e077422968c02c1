"""Opening a registered decision's checklists: what the Prefect flow calls, and what can be called without Prefect.

Everything is worked out again from the facts frozen at registration (units, templates, calendar), and refused if that
does not give the registered plan: what is opened is what two people agreed to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bangiao.collection import collection_held_back
from bangiao.i18n import both_languages
from bangiao.wiring import RegisteredPlan, Wiring
from checklists.errors import HandoverError
from checklists.frozen_facts import calendar_from_json
from checklists.plan import PlannedChecklist
from checklists.plan_summary import by_unit, shown_digest, unit_digest
from db.decisions import held
from db.models import CalendarRow, DecisionRow, table_of
from db.opening import Chunk
from db.opening import open_chunk as write_chunk
from db.openings import StaleOpening, finish, opened_chunks, stale_openings
from db.session import begin_read
from notifiers.rendering import render_report

_KEPT_PLANS = 4


class PlanLost(HandoverError):
    """The frozen facts of decision {number} no longer give the plan that was registered for {unit}. Nothing more was
    opened; this needs a person: compare the program's version with the one that registered the decision."""


@dataclass(frozen=True, slots=True)
class ChunkReport:
    """One chunk after an attempt; `opened` is False when it was in already."""

    chunk: int
    units: int
    checklists: int
    steps: int
    opened: bool


def remaining_chunks(wiring: Wiring, decision_id: int) -> list[int]:
    """The chunks that are not in yet, in order; none once the decision is opened, whatever was changed since."""
    with begin_read(wiring.engine) as connection:
        if connection.scalar(select(DecisionRow.opened_at).where(DecisionRow.id == decision_id)):
            return []
    done = opened_chunks(wiring.engine, decision_id)
    return [chunk for chunk in range(_registered(wiring, decision_id).chunks) if chunk not in done]


def open_chunk(wiring: Wiring, decision_id: int, chunk: int, *, actor: str = "bangiao") -> ChunkReport:
    """Open one chunk in one transaction; harmless when repeated or done by two workers at once. Raises PlanLost."""
    with collection_held_back():
        return _open(wiring, decision_id, chunk, actor)


def _open(wiring: Wiring, decision_id: int, chunk: int, actor: str) -> ChunkReport:
    registered = _registered(wiring, decision_id)
    start = chunk * registered.chunk_units
    units = len(registered.plan.participants[start : start + registered.chunk_units])
    checklists = list(registered.plan.checklists(start, start + units))
    _must_be_as_registered(registered, checklists)
    rows = write_chunk(
        wiring.engine,
        Chunk(decision_id, chunk, registered.first_checklist, units, registered.plan, checklists),
        now=wiring.now(),
        today=wiring.today(),
        actor=actor,
        languages=both_languages(),
    )
    if rows is None:
        return ChunkReport(chunk, units, 0, 0, opened=False)
    return ChunkReport(chunk, units, len(rows.checklists), len(rows.steps), opened=True)


def _must_be_as_registered(registered: RegisteredPlan, checklists: list[PlannedChecklist]) -> None:
    for unit, group in by_unit(checklists):
        if registered.summary.digests.get(unit) != shown_digest(unit_digest(group)):
            raise PlanLost(number=registered.plan.decision.number, unit=unit)


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """Where a decision's opening stands, with a table for operators."""

    number: str
    finished: bool
    checklists: int
    steps: int
    markdown: str


def finish_opening(wiring: Wiring, decision_id: int, *, actor: str = "bangiao") -> OpeningReport:
    """Record `decision.opened` when every chunk is in (once); gives the counts so far."""
    registered = _registered(wiring, decision_id)
    counts = finish(wiring.engine, decision_id, registered.chunks, registered.planned, now=wiring.now(), actor=actor)
    report = render_report("decision.opened", "body.md", number=registered.plan.decision.number, counts=counts)
    return OpeningReport(registered.plan.decision.number, counts.finished, counts.checklists, counts.steps, report)


def unfinished(wiring: Wiring, *, stale_before: datetime) -> list[StaleOpening]:
    """Registered decisions whose opening made no progress since `stale_before`: to be handed to Prefect again."""
    return stale_openings(wiring.engine, stale_before=stale_before)


def _registered(wiring: Wiring, decision_id: int) -> RegisteredPlan:
    known = wiring.registered_plans.get(decision_id)
    if known is None:
        if len(wiring.registered_plans) >= _KEPT_PLANS:
            wiring.registered_plans.clear()
        known = wiring.registered_plans[decision_id] = _worked_out(wiring, decision_id)
    return known


def _worked_out(wiring: Wiring, decision_id: int) -> RegisteredPlan:
    with begin_read(wiring.engine) as connection:
        row = connection.execute(select(table_of(DecisionRow)).where(DecisionRow.id == decision_id)).one()
        decision = held(row)
        calendar = connection.scalars(
            select(CalendarRow.content).where(CalendarRow.version == row.calendar_version)
        ).one()
        templates = tuple(decision.summary.templates.values())
        planning = wiring.planning_with(connection, calendar_from_json(json.loads(calendar)), templates)
    plan = planning.plan(decision.decision, decision.facts)
    if len(plan.participants) != decision.summary.total_units:
        raise PlanLost(number=row.number, unit=f"{decision.summary.total_units} → {len(plan.participants)}")
    return RegisteredPlan(plan, row.first_checklist, row.chunk_units, decision.summary)
