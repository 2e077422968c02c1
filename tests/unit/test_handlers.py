"""The rules of drafting and registering, without a database: which order of commands is accepted, and what is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from builders import CALENDAR, altered, decision_of, refused, step, template, unit

from bangiao.conditions import compile_condition
from checklists.decisions import MergerDecision
from checklists.errors import Refused
from checklists.events import DECISION_DRAFTED, DECISION_REGISTERED, Event
from checklists.frozen_facts import FrozenUnits
from checklists.handlers import (
    AlreadyRegistered,
    DraftOfAnother,
    NotTheDraftedPlan,
    Outcome,
    PlanChanged,
    SamePerson,
    UnknownDecision,
    draft_decision,
    register_decision,
)
from checklists.plan_summary import PlanSummary
from checklists.ports import DRAFTED, REGISTERED, HeldDecision, Planning
from checklists.units import Unit, UnitKey

DECISION = decision_of(("old:1", "new:1", "whole", "merged"), ("old:2", "new:1", "whole", "merged"))
TEMPLATES = (template(step("DAT-01"), step("DAT-02", "successor", needs=[{"step": "DAT-01", "of": "predecessors"}])),)
PLANNING = Planning(TEMPLATES, CALENDAR, compile_condition)


@dataclass
class Office:
    """A record in memory: units, decisions, events. It is its own unit of work; nothing here can fail half-way."""

    units: dict[str, Unit] = field(
        default_factory=lambda: {one.key: one for one in (unit("old:1"), unit("old:2"), unit("new:1"))}
    )
    held: dict[str, HeldDecision] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    now: datetime = datetime(2025, 6, 17, 1, tzinfo=UTC)

    @property
    def decisions(self) -> Office:
        return self

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> Office:  # noqa: ARG002
        return self

    def unit(self, key: UnitKey) -> Unit | None:
        return self.units.get(key)

    def same_code(self, code: str) -> Sequence[UnitKey]:
        return [one.key for one in self.units.values() if one.code == code]

    def find(self, number: str) -> HeldDecision | None:
        return self.held.get(number)

    def claimed(self, besides: str) -> Mapping[UnitKey, str]:
        others = [one for one in self.held.values() if one.state == REGISTERED and one.decision.number != besides]
        return {row.predecessor: one.decision.number for one in others for row in one.decision.successions}

    def save_draft(self, decision: MergerDecision, summary: PlanSummary, facts: FrozenUnits, by: str) -> int:
        known = self.held.get(decision.number)
        number = known.id if known else len(self.held) + 1
        self.held[decision.number] = HeldDecision(number, DRAFTED, decision, summary, facts, by, None)
        return number

    def drafts(self, decision_id: int) -> int:
        return sum((one.type, one.decision_id) == ("decision.drafted", decision_id) for one in self.events)

    def register(self, held: HeldDecision, planning: Planning, by: str) -> None:  # noqa: ARG002
        self.held[held.decision.number] = replace(held, state=REGISTERED, registered_by=by)

    def record(self, events: Iterable[Event]) -> None:
        self.events.extend(events)


@pytest.fixture
def office() -> Office:
    return Office()


def draft(office: Office, decision: MergerDecision = DECISION, by: str = "an", *, replace: bool = False) -> Outcome:
    return draft_decision(decision, office, PLANNING, refused=refused, by=by, replace=replace)


def register(
    office: Office, plan_hash: str, by: str = "binh", number: str = "1/QĐ", planning: Planning = PLANNING
) -> Outcome:
    return register_decision(number, plan_hash, office, planning, by=by, four_eyes=True)


def test_a_draft_holds_the_plan_it_would_have_now(office: Office) -> None:
    outcome = draft(office)
    held = office.held["1/QĐ"]
    assert outcome.changed
    assert (held.state, held.drafted_by, held.summary) == (DRAFTED, "an", outcome.summary)
    assert (outcome.summary.total_units, outcome.summary.total_steps, outcome.summary.needs) == (3, 3, 2)
    assert [(one.type, one.actor, one.subject) for one in office.events] == [(DECISION_DRAFTED, "an", "1/QĐ")]


def test_registering_makes_the_draft_binding_and_records_it_once(office: Office) -> None:
    drafted = draft(office)
    done = register(office, drafted.summary.hash)
    again = register(office, drafted.summary.hash, by="chi")
    assert (done.changed, again.changed) == (True, False)
    assert office.held["1/QĐ"].registered_by == "binh"
    assert [one.type for one in office.events] == [DECISION_DRAFTED, DECISION_REGISTERED]
    assert office.events[-1].payload["plan_hash"] == drafted.summary.hash


def test_a_decision_with_mistakes_is_refused_with_all_of_them(office: Office) -> None:
    wrong = altered(DECISION, effective="2025-06-01", successions=(("old:1", "new:9", "whole", "merged"),))
    with pytest.raises(Refused) as bad:
        draft(office, wrong)
    assert len(bad.value.mistakes) == 2
    assert (office.held, office.events) == ({}, [])


def test_every_rule_of_registering_has_its_own_sentence(office: Office) -> None:
    with pytest.raises(UnknownDecision, match="There is no decision 1/QĐ on record"):
        register(office, "0" * 64)
    drafted = draft(office)
    with pytest.raises(NotTheDraftedPlan, match="is not the hash of the drafted plan of 1/QĐ"):
        register(office, "0" * 64)
    with pytest.raises(SamePerson, match="an drafted decision 1/QĐ and cannot register it as well"):
        register(office, drafted.summary.hash, by="an")
    assert [one.type for one in office.events] == [DECISION_DRAFTED]


def test_a_plan_that_changed_is_refused_with_what_changed(office: Office) -> None:
    drafted = draft(office)
    other = Planning((template(step("DAT-01"), version="2025.2"),), CALENDAR, compile_condition)
    with pytest.raises(PlanChanged) as changed:
        register(office, drafted.summary.hash, planning=other)
    said = str(changed.value)
    assert "templates changed: data-backup" in said
    assert "units removed: new:1" in said
    assert "steps went from 3 to 2" in said
    assert office.held["1/QĐ"].state == DRAFTED


def test_the_same_draft_again_changes_nothing_but_another_person_takes_it_over(office: Office) -> None:
    assert draft(office).changed
    assert not draft(office).changed
    assert draft(office, by="binh").changed
    assert office.held["1/QĐ"].drafted_by == "binh"


def test_other_content_does_not_replace_the_draft_of_another_person_unless_asked_to(office: Office) -> None:
    other = altered(DECISION, source="another text")
    draft(office)
    with pytest.raises(DraftOfAnother, match="an drafted decision 1/QĐ with other content"):
        draft(office, other, by="binh")
    assert office.held["1/QĐ"].decision == DECISION
    done = draft(office, other, by="binh", replace=True)
    assert done.replaced
    assert done.replaced.drafted_by == "an"
    assert (office.held["1/QĐ"].decision, office.held["1/QĐ"].drafted_by) == (other, "binh")
    assert draft(office, DECISION, by="binh").changed
    assert [one.type for one in office.events] == [DECISION_DRAFTED] * 3


def test_a_registered_decision_is_not_replaced(office: Office) -> None:
    register(office, draft(office).summary.hash)
    assert not draft(office, by="chi").changed
    with pytest.raises(AlreadyRegistered, match="drafted by an, registered by binh"):
        draft(office, altered(DECISION, source="another text"))


def test_a_unit_of_a_registered_decision_cannot_be_claimed_by_another(office: Office) -> None:
    other = altered(DECISION, number="2/QĐ")
    drafted = draft(office, other)
    register(office, draft(office).summary.hash)
    with pytest.raises(Refused):
        register(office, drafted.summary.hash, number="2/QĐ")
    assert office.held["2/QĐ"].state == DRAFTED
