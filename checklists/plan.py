"""The plan: what a decision would create, before anything is written.

A generator: one decision's units are held, their steps never are, so memory does not grow with the number of steps.
Numbers in a plan are relative (the decision's block begins at 0); writing adds the block's first number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from checklists.applicability import Applicability, Applied, Profile
from checklists.deadlines import Deadline, compute_deadline
from checklists.decisions import MergerDecision
from checklists.participants import Participant, Role, UnitSource, participants
from checklists.step_numbers import CHECKLIST_SHIFT
from checklists.templates import Need, StepTemplate
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar


class PlannedStep(NamedTuple):
    """A step to be: `place` in its checklist, the relative numbers of the steps it needs, and all but those in one
    canonical line (`says`), which the plan's hash is made of."""

    place: int
    template: StepTemplate
    counterpart: UnitKey | None
    due_on: date | None
    needs: tuple[int, ...]
    says: str


class PlannedChecklist(NamedTuple):
    """A checklist to be, with its relative number; `template` is its place among the plan's templates."""

    number: int
    unit: UnitKey
    role: Role
    template: int
    steps: list[PlannedStep]
    left_out: tuple[str, ...]


class _Part(NamedTuple):
    """A participant with what its profile gives it. In `recipe`, per template, a step that is the same for every unit
    of the profile is made already; the others are worked out for the unit."""

    whose: Participant
    profile: Profile
    recipe: tuple[tuple[PlannedStep | Applied, ...], ...]
    first: int
    """Relative number of the step at place 0 of the unit's first checklist."""


class Plan:
    """One decision over one register, one set of templates and one calendar. Equal facts give equal plans."""

    def __init__(
        self,
        decision: MergerDecision,
        units: UnitSource,
        applicability: Applicability,
        calendar: WorkingCalendar,
    ) -> None:
        self.decision = decision
        self.templates = applicability.templates
        self.calendar = calendar
        self.participants = participants(decision, units)
        anchors = decision.anchors()
        self.deadlines: dict[str, Deadline] = {
            step.key: compute_deadline(step.deadline, anchors, calendar)
            for template in self.templates
            for step in template.steps
        }
        self._due = {key: (one.due_on, f"{key}|{one.due_on}") for key, one in self.deadlines.items()}
        self._parts = self._worked_out(applicability)
        self._by_key = {part.whose.unit.key: part for part in self._parts}

    def checklists(self, start: int = 0, stop: int | None = None) -> Iterator[PlannedChecklist]:
        """The checklists of the participants from `start` up to `stop`, in order of their numbers."""
        for part in self._parts[start:stop]:
            whose = part.whose
            for place, recipe in enumerate(part.recipe):
                if recipe:
                    steps: list[PlannedStep] = []
                    for one in recipe:
                        if isinstance(one, PlannedStep):
                            steps.append(one)
                        else:
                            steps.extend(self._steps(part, one))
                    number = whose.ordinal * len(self.templates) + place
                    left_out = part.profile.left_out[place]
                    yield PlannedChecklist(number, whose.unit.key, whose.role, place, steps, left_out)

    def _worked_out(self, applicability: Applicability) -> list[_Part]:
        recipes: dict[int, tuple[tuple[PlannedStep | Applied, ...], ...]] = {}
        parts = []
        for one in self.participants:
            profile = applicability.profile(one.role, one.unit.level, one.facts, one.profile)
            if id(profile) not in recipes:
                recipes[id(profile)] = tuple(tuple(map(self._prepared, applied)) for applied in profile.steps)
            first = one.ordinal * len(self.templates) << CHECKLIST_SHIFT
            parts.append(_Part(one, profile, recipes[id(profile)], first))
        return parts

    def _prepared(self, one: Applied) -> PlannedStep | Applied:
        if one.step.needs or one.step.per:
            return one
        return self._step(one, 0, None, ())

    def _steps(self, part: _Part, one: Applied) -> Iterator[PlannedStep]:
        needs = one.step.needs
        if one.step.per is None:
            yield self._step(one, 0, None, self._needs(part, needs, 0))
            return
        for place, counterpart in enumerate(part.whose.successors, start=1):
            yield self._step(one, place, counterpart, self._needs(part, needs, place))

    def _step(self, one: Applied, place: int, counterpart: UnitKey | None, needs: tuple[int, ...]) -> PlannedStep:
        due_on, said = self._due[one.step.key]
        says = f"{one.place | place}|{said}|{counterpart}" if counterpart else f"{one.place}|{said}"
        return PlannedStep(one.place | place, one.step, counterpart, due_on, needs, says)

    def _needs(self, part: _Part, needs: tuple[Need, ...], counterpart: int) -> tuple[int, ...]:
        """Relative numbers of the needed steps; `counterpart` is the place of the step's own counterpart (0: none)."""
        found: list[int] = []
        for need in needs:
            if need.of == "unit":
                found += _in_unit(part, need.step, counterpart)
            else:
                found += self._in_others(part, need)
        return tuple(sorted(set(found))) if len(found) > 1 else tuple(found)

    def _in_others(self, part: _Part, need: Need) -> list[int]:
        """The step of this key in every predecessor (or successor); where it is per successor, the one for us."""
        whose, found = part.whose, []
        for key in whose.predecessors if need.of == "predecessors" else whose.successors:
            other = self._by_key[key]
            known = other.profile.places.get(need.step)
            if known is None or (need.level is not None and other.whose.unit.level is not need.level):
                continue
            if known[1] and whose.unit.key not in other.whose.successors:
                continue  # it hands over to others, not to us
            ours = other.whose.successors.index(whose.unit.key) + 1 if known[1] else 0
            found.append(other.first + known[0] + ours)
        return found


def _in_unit(part: _Part, key: str, counterpart: int) -> list[int]:
    """The same unit's steps of this key: the one for the same counterpart, if both have one, else all."""
    if (known := part.profile.places.get(key)) is None:
        return []
    base, per_successor = part.first + known[0], known[1]
    if not per_successor:
        return [base]
    places = [counterpart] if counterpart else range(1, len(part.whose.successors) + 1)
    return [base + place for place in places]
