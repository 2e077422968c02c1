"""One decision of any size: the rows of the shipped decisions joined until enough units are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bangiao.calendar_files import vietnam_calendar
from bangiao.conditions import compile_condition
from bangiao.decision_files import read_decision
from bangiao.register_files import decision_files, read_ministries, read_units
from bangiao.template_files import read_shipped_templates
from checklists.decisions import MergerDecision
from checklists.frozen_facts import FrozenUnits, named_in
from checklists.plan import Plan
from checklists.ports import Planning


@dataclass(frozen=True)
class Joined:
    """A decision with everything its plan is made from."""

    decision: MergerDecision
    units: FrozenUnits
    planning: Planning

    def plan(self) -> Plan:
        return self.planning.plan(self.decision, self.units)


def joined_decision(units: int) -> Joined:
    """About `units` units of the commune decisions, in one decision."""
    first, *others = (read_decision(file) for file in decision_files()[1:])
    rows, named = list(first.successions), named_in(first)
    for decision in others:
        for row in decision.successions:
            if len(named) >= units:
                break
            rows.append(row)
            named |= {row.predecessor, row.successor}
    decision = first.model_copy(update={"province": None, "successions": tuple(rows)})
    return Joined(decision, all_units(), planning())


@cache
def all_units() -> FrozenUnits:
    return FrozenUnits([*read_units(), *read_ministries()])


@cache
def planning() -> Planning:
    return Planning(read_shipped_templates(), vietnam_calendar(), compile_condition)


def walk(plan: Plan) -> int:
    """Every step, none kept; gives how many."""
    return sum(len(checklist.steps) for checklist in plan.checklists())
