"""What the handlers need from outside, as small protocols; `db` implements them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

from checklists.applicability import Applicability, CompileCondition
from checklists.decision_rules import Register
from checklists.decisions import MergerDecision
from checklists.events import Event
from checklists.frozen_facts import FrozenUnits
from checklists.participants import UnitSource
from checklists.plan import Plan
from checklists.plan_summary import PlanSummary
from checklists.templates import ChecklistTemplate
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar

DRAFTED, REGISTERED, REVOKED = "drafted", "registered", "revoked"


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """A decision as the record holds it."""

    id: int
    state: str
    decision: MergerDecision
    summary: PlanSummary
    facts: FrozenUnits
    drafted_by: str
    registered_by: str | None


class Decisions(Protocol):
    """The decisions on record."""

    def find(self, number: str) -> HeldDecision | None: ...

    def claimed(self, besides: str) -> Mapping[UnitKey, str]:
        """Predecessors of registered decisions other than `besides`, with the number that claims each."""
        ...

    def save_draft(self, decision: MergerDecision, summary: PlanSummary, facts: FrozenUnits, by: str) -> int:
        """Write or replace the draft of this number; gives its id."""
        ...

    def drafts(self, decision_id: int) -> int:
        """How often it was put on record that this decision was drafted."""
        ...

    def register(self, held: HeldDecision, planning: Planning, by: str) -> None:
        """Make the draft binding: state, block of numbers, successions, templates and calendar as they are now."""
        ...


class UnitOfWork(Protocol):
    """One transaction. What is recorded here is committed with the state change or not at all."""

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> Register:
        """The register with the names and kinds in force on `day`; `wanted` says which units will be asked for."""
        ...

    @property
    def decisions(self) -> Decisions: ...

    @property
    def now(self) -> datetime: ...

    def record(self, events: Iterable[Event]) -> None: ...


@dataclass(frozen=True)
class Planning:
    """Everything besides decision and units that a plan is made from."""

    templates: Sequence[ChecklistTemplate]
    calendar: WorkingCalendar
    compile_condition: CompileCondition

    def plan(self, decision: MergerDecision, units: UnitSource) -> Plan:
        return Plan(decision, units, self._applicability, self.calendar)

    @cached_property
    def _applicability(self) -> Applicability:
        """Shared by all plans made with these templates, so that a profile is worked out once."""
        return Applicability(self.templates, self.compile_condition)
