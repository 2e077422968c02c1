"""Drafted and registered decisions in the database; implements `checklists.ports.Decisions`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from checklists.decisions import MergerDecision
from checklists.escalation.ladder import DEFAULT_LADDER, EscalationLadder
from checklists.events import DECISION_DRAFTED
from checklists.frozen_facts import FrozenUnits, calendar_as_json
from checklists.plan_summary import PlanSummary
from checklists.ports import DRAFTED, REGISTERED, HeldDecision, Planning
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar
from db.ladders import fix_ladders
from db.models import CalendarRow, DecisionRow, EventRow, NumberBlockRow, table_of
from db.register import claim_successions
from db.templates import publish_template

LadderOf = Callable[[str], EscalationLadder]
"""A template's ladder, as it is chosen today."""

_DECISION = table_of(DecisionRow)
_BLOCK = table_of(NumberBlockRow)
_CALENDAR = table_of(CalendarRow)


class SqlDecisions:
    """The decisions on record, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        chunk_units: int,
        ladder_of: LadderOf = lambda _template: DEFAULT_LADDER,
    ) -> None:
        self._connection = connection
        self._now = now
        self._chunk_units = chunk_units
        self._ladder_of = ladder_of

    def find(self, number: str) -> HeldDecision | None:
        row = self._connection.execute(select(_DECISION).where(_DECISION.c.number == number)).one_or_none()
        return held(row) if row is not None else None

    def claimed(self, besides: str) -> Mapping[UnitKey, str]:
        others = select(_DECISION.c.number, _DECISION.c.content)
        rows = self._connection.execute(others.where(_DECISION.c.state == REGISTERED, _DECISION.c.number != besides))
        return {UnitKey(said[0]): number for number, content in rows for said in json.loads(content)["successions"]}

    def save_draft(self, decision: MergerDecision, summary: PlanSummary, facts: FrozenUnits, by: str) -> int:
        known = self._connection.scalar(select(_DECISION.c.id).where(_DECISION.c.number == decision.number))
        values = {
            "state": DRAFTED,
            "content": decision.canonical_json(),
            "facts": json.dumps(facts.as_json(), ensure_ascii=False),
            "plan": json.dumps(summary.as_json(), ensure_ascii=False),
            "plan_hash": summary.hash,
            "calendar_version": summary.calendar_version,
            "drafted_by": by,
            "drafted_at": self._now,
        }
        if known is not None:
            self._connection.execute(update(_DECISION).where(_DECISION.c.id == known).values(values))
            return int(known)
        number = take_block(self._connection, "decision", 1)
        self._connection.execute(insert(_DECISION).values(id=number, number=decision.number, **values))
        return number

    def drafts(self, decision_id: int) -> int:
        return recorded(self._connection, decision_id, DECISION_DRAFTED)

    def register(self, held: HeldDecision, planning: Planning, by: str) -> None:
        self._keep_calendar(planning.calendar)
        for template in planning.templates:
            publish_template(self._connection, template, self._now, by)
        ladders = {one.template: self._ladder_of(one.template) for one in planning.templates}
        fix_ladders(self._connection, held.id, ladders, self._now)
        block = held.summary.total_units * len(planning.templates)
        self._connection.execute(
            update(_DECISION)
            .where(_DECISION.c.id == held.id)
            .values(
                state=REGISTERED,
                facts=json.dumps(held.facts.as_json(), ensure_ascii=False),
                registered_by=by,
                registered_at=self._now,
                first_checklist=take_block(self._connection, "checklist", block),
                chunk_units=self._chunk_units,
            )
        )
        claim_successions(self._connection, held.decision.successions, held.decision.number)

    def _keep_calendar(self, calendar: WorkingCalendar) -> None:
        if not self._connection.scalar(select(_CALENDAR.c.version).where(_CALENDAR.c.version == calendar.version)):
            content = json.dumps(calendar_as_json(calendar), ensure_ascii=False)
            self._connection.execute(insert(_CALENDAR).values(version=calendar.version, content=content))


def held(row: Row[Any]) -> HeldDecision:
    return HeldDecision(
        row.id,
        row.state,
        MergerDecision.model_validate_json(row.content),
        PlanSummary.from_json(json.loads(row.plan)),
        FrozenUnits.from_json(json.loads(row.facts)),
        row.drafted_by,
        row.registered_by,
    )


def take_block(connection: Connection, series: str, size: int) -> int:
    """The first of `size` numbers nobody else gets, from 1; call it inside a writer's transaction."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(_BLOCK).values(series=series, next=1 + size)
    taken = fresh.on_conflict_do_update(index_elements=[_BLOCK.c.series], set_={"next": _BLOCK.c.next + size})
    return int(connection.execute(taken.returning(_BLOCK.c.next)).scalar_one()) - size


def recorded(connection: Connection, decision_id: int, kind: str) -> int:
    """How many events of that type a decision has; commands come one after another, so the next number is ours."""
    event = table_of(EventRow)
    these = (event.c.decision_id == decision_id, event.c.type == kind)
    return connection.scalar(select(func.count()).select_from(event).where(*these)) or 0
