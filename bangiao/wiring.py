"""Wiring: the one place where settings become an engine, a clock and the facts that plans are made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from bangiao.calendar_in_force import calendar_on
from bangiao.clock import Clock, clock_of
from bangiao.conditions import compile_condition
from bangiao.documents import Limits
from bangiao.ladder_files import ladder_for, read_ladders
from bangiao.settings import Settings, load_settings
from bangiao.template_files import SHIPPED
from checklists.deadlines import local_date
from checklists.escalation.ladder import EscalationLadder
from checklists.plan import Plan
from checklists.plan_summary import PlanSummary
from checklists.ports import Planning
from checklists.templates import ChecklistTemplate
from checklists.working_calendar import WorkingCalendar
from db.faults import arm
from db.session import open_engine
from db.templates import TemplateShelf, current_hashes, template_contents
from db.unit_of_work import SqlUnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class RegisteredPlan:
    """A registered decision's plan, worked out again from its frozen facts, and where its numbers begin."""

    plan: Plan
    first_checklist: int
    chunk_units: int
    summary: PlanSummary

    @property
    def chunks(self) -> int:
        return -(-len(self.plan.participants) // self.chunk_units)

    @property
    def planned(self) -> tuple[int, int]:
        """Checklists and steps that two people agreed to."""
        return self.summary.total_checklists, self.summary.total_steps


@dataclass(frozen=True)
class Wiring:
    """What a command or a flow works with."""

    settings: Settings
    engine: Engine
    clock: Clock
    registered_plans: dict[int, RegisteredPlan] = field(default_factory=dict, compare=False, repr=False)
    shelf: TemplateShelf = field(default_factory=TemplateShelf, compare=False, repr=False)
    known_planning: dict[tuple[str, ...], Planning] = field(default_factory=dict, compare=False, repr=False)

    def now(self) -> datetime:
        return self.clock()

    def today(self) -> date:
        """The local date in Viet Nam."""
        return local_date(self.clock())

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlUnitOfWork]:
        with unit_of_work(self.engine, self.now(), self.settings.chunk_units, self._ladder_of) as uow:
            yield uow

    def _ladder_of(self, template: str) -> EscalationLadder:
        """From the office's file, read when a decision is registered; raises what is wrong with it."""
        file = self.settings.ladders
        return ladder_for(read_ladders(file, Limits.of(self.settings)) if file else {}, template)

    def planning(self, connection: Connection) -> Planning:
        """The newest published templates and the calendar in force, as plans are made today."""
        current = current_hashes(connection)
        shown = [*(slug for slug in SHIPPED if slug in current), *sorted(current.keys() - set(SHIPPED))]
        return self.planning_with(connection, calendar_on(connection), tuple(current[slug] for slug in shown))

    def planning_with(self, connection: Connection, calendar: WorkingCalendar, templates: tuple[str, ...]) -> Planning:
        """Named template versions and a calendar; made once per process, since both are immutable."""
        name = (calendar.version, *templates)
        if name not in self.known_planning:
            contents = template_contents(connection)
            parsed = [ChecklistTemplate.model_validate_json(contents[version]) for version in templates]
            self.known_planning[name] = Planning(parsed, calendar, compile_condition)
        return self.known_planning[name]


def wire(settings: Settings | None = None) -> Wiring:
    settings = settings or load_settings()
    arm(settings.fault)
    return Wiring(settings, open_engine(settings.database), clock_of(settings.clock))
