"""The plan of a changed decision, where units may stand on different versions of a template.

decision + facts + calendar + template versions (**footing**) → one `Plan` for each set of versions in use → what each
unit should have. A need crosses from one set to another by slot, never by number; it is dropped where the other side's
version has no such step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from checklists.deadlines import Deadline, deadline_number
from checklists.decisions import MergerDecision
from checklists.participants import Participant, UnitSource
from checklists.plan import Plan, PlannedChecklist
from checklists.ports import Planning
from checklists.revision_steps import DesiredChecklist, DesiredStep, Slot
from checklists.step_numbers import CHECKLIST_SHIFT, COUNTERPART_SHIFT, MOST_COUNTERPARTS, MOST_STEPS
from checklists.templates import ChecklistTemplate
from checklists.working_calendar import WorkingCalendar

PlanningWith = Callable[[WorkingCalendar, tuple[str, ...]], Planning]
"""Planning with a calendar and template versions, by their hashes."""

_PLACES = (MOST_STEPS << COUNTERPART_SHIFT) - 1


@dataclass(frozen=True)
class Footing:
    """What a decision's plan stands on. `templates` is the version of each template for everybody, `own` the version of
    a unit that stands on another one."""

    decision: MergerDecision
    facts: UnitSource
    calendar: WorkingCalendar
    templates: Mapping[str, str]
    own: Mapping[tuple[str, str], str]

    def versions(self, unit: str) -> tuple[str, ...]:
        return tuple(self.own.get((unit, slug), version) for slug, version in self.templates.items())


class FootedPlan:
    """The plan on a footing; walks like a `Plan`, so that it is summarised like one."""

    def __init__(self, footing: Footing, planning_with: PlanningWith) -> None:
        self.decision = footing.decision
        self.calendar = footing.calendar
        self._footing = footing
        everybody = tuple(footing.templates.values())
        own = {footing.versions(unit) for unit, _ in footing.own} - {everybody}
        self._plans = {
            versions: planning_with(footing.calendar, versions).plan(footing.decision, footing.facts)
            for versions in [*sorted(own), everybody]
        }
        self.participants: list[Participant] = self._plans[everybody].participants
        known = {one.content_hash: one for plan in self._plans.values() for one in plan.templates}
        last = {one.content_hash: one for one in self._plans[everybody].templates}
        self.templates: list[ChecklistTemplate] = [
            *(one for version, one in known.items() if version not in last),
            *last.values(),
        ]

    @cached_property
    def deadlines(self) -> dict[int, Deadline]:
        """Every deadline of the plan, by number."""
        return {deadline_number(one): one for plan in self._plans.values() for one in plan.deadlines.values()}

    def checklists(self) -> Iterator[PlannedChecklist]:
        places = {one.content_hash: place for place, one in enumerate(self.templates)}
        for plan, planned in self._planned:
            yield planned._replace(template=places[plan.templates[planned.template].content_hash])

    @cached_property
    def _planned(self) -> list[tuple[Plan, PlannedChecklist]]:
        found = []
        for place, one in enumerate(self.participants):
            plan = self._plans[self._footing.versions(one.unit.key)]
            found += [(plan, checklist) for checklist in plan.checklists(place, place + 1)]
        return found

    @cached_property
    def desired(self) -> list[DesiredChecklist]:
        """What every unit should have, in the plan's order."""
        views = {id(plan): _View(plan) for plan in self._plans.values()}
        return [views[id(plan)].desired(planned) for plan, planned in self._planned]


class _View:
    """One plan, with its relative numbers turned into slots and its deadlines into numbers."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._deadlines = {key: deadline_number(one) for key, one in plan.deadlines.items()}
        self._slots: dict[int, Slot] = {}

    def desired(self, planned: PlannedChecklist) -> DesiredChecklist:
        deadlines = self._deadlines
        steps = [
            DesiredStep(
                template.key,
                counterpart or "",
                place,
                due_on,
                deadlines[template.key],
                tuple(map(self._slot, needs)) if needs else (),
                template,
            )
            for place, template, counterpart, due_on, needs, _ in planned.steps
        ]
        template = self._plan.templates[planned.template]
        return DesiredChecklist(planned.unit, planned.role, template, steps, planned.left_out)

    def _slot(self, number: int) -> Slot:
        known = self._slots.get(number)
        if known is None:
            known = self._slots[number] = self._worked_out(number)
        return known

    def _worked_out(self, number: int) -> Slot:
        ordinal, template = divmod(number >> CHECKLIST_SHIFT, len(self._plan.templates))
        place = number & _PLACES
        whose, checklist = self._plan.participants[ordinal], self._plan.templates[template]
        counterpart = place & MOST_COUNTERPARTS
        faced = whose.successors[counterpart - 1] if counterpart else ""
        return whose.unit.key, checklist.template, checklist.steps[place >> COUNTERPART_SHIFT].key, faced
