"""What a steering committee reads before anything is written: the plan of a decision with all that is odd about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bangiao.decision_files import read_decision_file
from bangiao.documents import Limits
from bangiao.wiring import Wiring
from checklists.coverage import LeftOver, left_over
from checklists.decision_rules import mistakes_in
from checklists.decisions import MergerDecision
from checklists.frozen_facts import named_in
from checklists.handlers import must_not_replace
from checklists.participants import Participant, Role
from checklists.people import PersonRole
from checklists.plan import Plan
from checklists.plan_summary import PlanSummary, summarise
from checklists.reach import Askable
from checklists.units import UnitKey
from db.decisions import SqlDecisions
from db.queries import other_decisions_naming
from db.register import SqlRegister
from db.session import begin_read
from db.unassigned import askable


@dataclass(frozen=True)
class DecisionPreview:
    """A plan and what a careful reader would ask about it. Nothing was written to make it."""

    decision: MergerDecision
    summary: PlanSummary
    participants: list[Participant]
    overdue_at_birth: int
    left_over: LeftOver
    overlaps: dict[str, int]
    nobody_to_ask: Counter[tuple[UnitKey, PersonRole]]
    """Steps that would be opened with nobody holding the role that answers for them, by unit and role."""
    widest_split: Participant | None
    widest_merger: Participant | None


def preview_decision(file: Path, wiring: Wiring) -> DecisionPreview:
    """Read, check and plan a decision file. Raises Refused with every mistake found."""
    written = read_decision_file(file, Limits.of(wiring.settings))
    decision = written.decision
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        register = SqlRegister(connection, decision.operational, named_in(decision))
        decisions = SqlDecisions(connection, wiring.now(), wiring.settings.chunk_units)
        if held := decisions.find(decision.number):
            must_not_replace(held, decision)
        claimed = decisions.claimed(decision.number)
        if mistakes := mistakes_in(decision, register, claimed):
            raise written.refusal(mistakes)
        plan = wiring.planning(connection).plan(decision, register)
        summary = summarise(plan)
        return DecisionPreview(
            decision,
            summary,
            plan.participants,
            summary.overdue_on(today),
            left_over(decision, register),
            other_decisions_naming(connection, named_in(decision), decision.number),
            _nobody_to_ask(plan, askable(connection, today)),
            max((one for one in plan.participants if one.role is Role.PREDECESSOR), key=_onward, default=None),
            max((one for one in plan.participants if one.role is not Role.PREDECESSOR), key=_backward, default=None),
        )


def _nobody_to_ask(plan: Plan, known: Askable) -> Counter[tuple[UnitKey, PersonRole]]:
    steps: Counter[tuple[UnitKey, PersonRole]] = Counter()
    for checklist in plan.checklists():
        answering = Counter(step.template.responsible.role for step in checklist.steps)
        for role, count in answering.items():
            if PersonRole(role) not in known.roles(checklist.unit):
                steps[checklist.unit, PersonRole(role)] += count
    return steps


def _onward(one: Participant) -> int:
    return len(one.successors)


def _backward(one: Participant) -> int:
    return len(one.predecessors)
