"""Wiring: the one place where settings become an engine, a clock and the facts that plans are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Engine

from bangiao.calendar_files import vietnam_calendar
from bangiao.clock import Clock, clock_of
from bangiao.conditions import compile_condition
from bangiao.settings import Settings, load_settings
from bangiao.template_files import read_shipped_templates
from checklists.deadlines import local_date
from checklists.plan import Plan
from checklists.ports import Planning
from db.session import open_engine
from db.unit_of_work import SqlUnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class RegisteredPlan:
    """A registered decision's plan, worked out again from its frozen facts, and where its numbers begin."""

    plan: Plan
    first_checklist: int
    chunk_units: int
    digests: Mapping[str, str]

    @property
    def chunks(self) -> int:
        return -(-len(self.plan.participants) // self.chunk_units)


@dataclass(frozen=True)
class Wiring:
    """What a command or a flow works with."""

    settings: Settings
    engine: Engine
    clock: Clock
    registered_plans: dict[int, RegisteredPlan] = field(default_factory=dict, compare=False, repr=False)
    frozen_planning: dict[tuple[str, ...], Planning] = field(default_factory=dict, compare=False, repr=False)

    def now(self) -> datetime:
        return self.clock()

    def today(self) -> date:
        """The local date in Viet Nam."""
        return local_date(self.clock())

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlUnitOfWork]:
        with unit_of_work(self.engine, self.now(), self.settings.chunk_units) as uow:
            yield uow

    @cached_property
    def planning(self) -> Planning:
        """The shipped templates and the Vietnamese calendar, as plans are made today."""
        return Planning(read_shipped_templates(), vietnam_calendar(), compile_condition)


def wire(settings: Settings | None = None) -> Wiring:
    settings = settings or load_settings()
    return Wiring(settings, open_engine(settings.database), clock_of(settings.clock))
