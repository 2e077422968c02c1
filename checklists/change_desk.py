"""What changing an opened decision needs from outside, as a small protocol, and the things that pass through it.

`db.revisions` implements `ChangeDesk`; `checklists.change_handlers` is what works at it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from checklists.decision_rules import Register
from checklists.decisions import MergerDecision
from checklists.events import Event
from checklists.frozen_facts import FrozenUnits
from checklists.plan_summary import PlanSummary
from checklists.ports import HeldDecision
from checklists.revision_difference import Difference
from checklists.revision_plan import FootedPlan, Footing
from checklists.revision_result import Revision
from checklists.revision_steps import Standing
from checklists.templates import ChecklistTemplate
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar


class ChangeKind(StrEnum):
    """What is changed of an opened decision."""

    AMEND = "amend"
    REVOKE = "revoke"
    TEMPLATE = "template"
    CALENDAR = "calendar"


class ChangeState(StrEnum):
    """Where a change stands."""

    DRAFTED = "drafted"
    COMMITTED = "committed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants changed. `decision`: the amended text; `template`: a version, by its hash, for `units` (None:
    all) whose colour is `only` that or a lighter one; `calendar`: a version."""

    kind: ChangeKind
    decision: MergerDecision | None = None
    slug: str = ""
    template: str = ""
    units: tuple[str, ...] | None = None
    only: str = ""
    calendar: str = ""

    def canonical_json(self) -> str:
        """The proposal in one spelling; equal proposals are equal texts."""
        said = {
            "kind": self.kind.value,
            "decision": json.loads(self.decision.canonical_json()) if self.decision else None,
            "slug": self.slug,
            "template": self.template,
            "units": sorted(self.units) if self.units is not None else None,
            "only": self.only,
            "calendar": self.calendar,
        }
        return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Proposal:
        said = json.loads(text)
        decision, units = said.get("decision"), said.get("units")
        return Proposal(
            ChangeKind(said["kind"]),
            MergerDecision.model_validate(decision) if decision else None,
            said.get("slug", ""),
            said.get("template", ""),
            tuple(units) if units is not None else None,
            said.get("only", ""),
            said.get("calendar", ""),
        )


@dataclass(frozen=True, slots=True)
class OpenedDecision:
    """A decision on record, with the calendar it was planned with; `opened` when all its checklists are in."""

    held: HeldDecision
    calendar: WorkingCalendar
    opened: bool


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A change on record."""

    id: int
    decision_id: int
    proposal: Proposal
    state: ChangeState
    reason: str
    difference: Difference
    hash: str
    drafted_by: str
    drafted_at: datetime
    committed_by: str | None = None
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What a proposal would do now, to be drafted or to be committed. `decision`, `facts`, `calendar` and `summary` are
    what the decision would say afterwards; `plan` None: nothing is planned any more (revoked); `returned`: open steps
    that lie with their own unit again, each with the unit that holds it."""

    proposal: Proposal
    decision: MergerDecision
    facts: FrozenUnits
    calendar: WorkingCalendar
    summary: PlanSummary
    plan: FootedPlan | None
    standing: Standing
    revision: Revision
    difference: Difference
    hash: str
    returned: Mapping[int, str]


class ChangeDesk(Protocol):
    """Opened decisions and their changes on record, inside one transaction."""

    @property
    def now(self) -> datetime: ...

    def decision(self, number: str) -> OpenedDecision | None: ...

    def drafted(self, decision_id: int) -> HeldChange | None:
        """The change that waits to be committed; there is one at most."""
        ...

    def committed(self, decision_id: int, change_hash: str) -> HeldChange | None: ...

    def standing(self, decision_id: int) -> Standing: ...

    def hold_still(self) -> None:
        """From here on nobody else changes a step until the transaction ends."""
        ...

    def new_numbers(self, checklists: int) -> int:
        """The first number of a block that nobody else gets."""
        ...

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> Register: ...

    def claimed(self, besides: str) -> Mapping[UnitKey, str]: ...

    def calendar(self, version: str) -> WorkingCalendar: ...

    def footed(self, footing: Footing) -> FootedPlan: ...

    def templates(self, versions: Collection[str]) -> Mapping[str, ChecklistTemplate]: ...

    def people(self, units: Collection[str], today: date) -> list[list[str]]:
        """Who leads these units or sits in a committee over them: [account, role, unit]."""
        ...

    def returning(
        self, decision_id: int, before: MergerDecision, after: MergerDecision, today: date
    ) -> Mapping[int, str]:
        """Open steps that moved to a successor on grounds that an amended text takes away, each with its holder."""
        ...

    def save(self, decision_id: int, known: HeldChange | None, worked: WorkedOut, reason: str, by: str) -> HeldChange:
        """Write the draft, or put it in the place of `known`."""
        ...

    def drafts(self, decision_id: int) -> int:
        """How often it was put on record that a change of this decision was drafted."""
        ...

    def carry_out(self, opened: OpenedDecision, change: HeldChange, worked: WorkedOut, by: str) -> None:
        """Write everything that follows, with an event for each checklist and step it touches."""
        ...

    def withdraw(self, change: HeldChange) -> None: ...

    def record(self, events: Iterable[Event]) -> None: ...
