"""Which steps a unit gets. Units with the same facts get the same steps: it is worked out once per profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from checklists.needs import StepKeyTwice
from checklists.participants import Facts, Role
from checklists.step_numbers import CHECKLIST_SHIFT, step_place
from checklists.templates import ChecklistTemplate, Side, StepTemplate
from checklists.units import Level

Condition = Callable[[Facts], bool]
CompileCondition = Callable[[str], Condition]

_SIDES: Mapping[Role, frozenset[Side]] = {
    Role.PREDECESSOR: frozenset({Side.PREDECESSOR, Side.BOTH}),
    Role.SUCCESSOR: frozenset({Side.SUCCESSOR, Side.BOTH}),
    Role.UNCHANGED: frozenset({Side.PREDECESSOR, Side.SUCCESSOR, Side.BOTH}),
    Role.CENTRAL: frozenset({Side.CENTRAL, Side.SUCCESSOR, Side.BOTH}),
}


@dataclass(frozen=True, slots=True)
class Applied:
    """A step template that applies: `place` is its place in its checklist (without counterpart)."""

    place: int
    step: StepTemplate


@dataclass(frozen=True, slots=True)
class Profile:
    """What units of one profile get: per template the steps that apply and the keys left out by a condition."""

    steps: tuple[tuple[Applied, ...], ...]
    left_out: tuple[tuple[str, ...], ...]
    places: Mapping[str, tuple[int, bool]]
    """Step key → (number relative to the unit's first checklist, whether there is one per successor)."""


class Applicability:
    """Answers, per profile of facts, which steps of the templates apply. Raises StepKeyTwice."""

    def __init__(self, templates: Sequence[ChecklistTemplate], compile_condition: CompileCondition) -> None:
        self.templates = tuple(templates)
        _must_differ(self.templates)
        texts = {step.condition.when for template in templates for step in template.steps if step.condition}
        self._conditions = {text: compile_condition(text) for text in sorted(texts)}
        self._profiles: dict[tuple[object, ...], Profile] = {}

    def profile(self, role: Role, level: Level, facts: Facts, key: tuple[object, ...]) -> Profile:
        """`key` identifies the facts; equal keys must come with equal facts."""
        known = self._profiles.get(key)
        if known is None:
            known = self._profiles[key] = self._worked_out(role, level, facts)
        return known

    def _worked_out(self, role: Role, level: Level, facts: Facts) -> Profile:
        holds = {text: condition(facts) for text, condition in self._conditions.items()}
        steps: list[tuple[Applied, ...]] = []
        left_out: list[tuple[str, ...]] = []
        for template in self.templates:
            meant = [
                Applied(step_place(place), step)
                for place, step in enumerate(template.steps)
                if level in step.levels and step.side in _SIDES[role]
            ]
            steps.append(tuple(one for one in meant if _applies(one.step, holds)))
            left_out.append(tuple(one.step.key for one in meant if not _applies(one.step, holds)))
        places = {
            one.step.key: ((place << CHECKLIST_SHIFT) + one.place, one.step.per is not None)
            for place, group in enumerate(steps)
            for one in group
        }
        return Profile(tuple(steps), tuple(left_out), places)


def _must_differ(templates: Sequence[ChecklistTemplate]) -> None:
    """Places, needs and dates go by a step's key alone. Raises StepKeyTwice."""
    first: dict[str, str] = {}
    for template in templates:
        for step in template.steps:
            if step.key in first:
                raise StepKeyTwice(step=step.key, one=first[step.key], other=template.template)
            first[step.key] = template.template


def _applies(step: StepTemplate, holds: Mapping[str, bool]) -> bool:
    return step.condition is None or holds[step.condition.when]
