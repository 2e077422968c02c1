"""What a change of an opened decision is worked out from: the steps it should have, and the steps on record.

`revision_plan` gives the desired ones, `db.revision_reading` the standing ones, `revision` compares them. They meet in
the slot: unit, template, step key, counterpart; numbers and versions belong to the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from checklists.participants import Role
from checklists.templates import ChecklistTemplate, StepTemplate
from checklists.units import UnitKey

Slot = tuple[str, str, str, str]
"""Unit, template slug, step key, counterpart ("" for none): where a step belongs, whatever its number."""


class DesiredStep(NamedTuple):
    """A step that the changed decision should have. `deadline` is the number of its deadline."""

    key: str
    counterpart: str
    place: int
    due_on: date | None
    deadline: int
    needs: tuple[Slot, ...]
    template: StepTemplate


class DesiredChecklist(NamedTuple):
    """A checklist that the changed decision should have."""

    unit: UnitKey
    role: Role
    template: ChecklistTemplate
    steps: list[DesiredStep]
    left_out: tuple[str, ...]


class StandingStep(NamedTuple):
    """A step on record, without what people have said of it."""

    id: int
    checklist: int
    key: str
    counterpart: str
    occurrence: int
    state: str
    due_on: date | None
    deadline: int
    open_needs: int
    overdue_at_birth: bool
    version: int


class StepWork(NamedTuple):
    """What people have said of a step, as far as a change asks or ends it."""

    claim: str | None
    worked: bool
    unblocker: str = ""
    expected_on: date | None = None
    clock_runs: bool = True


@dataclass(slots=True)
class StandingChecklist:
    """A checklist on record. `series` holds, by key and counterpart, every time of a step in the order they came."""

    id: int
    unit: UnitKey
    slug: str
    template: str
    role: str
    left_out: tuple[str, ...]
    steps: int
    series: dict[tuple[str, str], list[StandingStep]] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """A decision's checklists on record, by unit and template; `needs` by the step that needs, `work` by step."""

    checklists: dict[tuple[str, str], StandingChecklist]
    needs: Mapping[int, set[int]]
    work: Mapping[int, StepWork]

    def slots(self, checklist: StandingChecklist) -> dict[int, Slot]:
        """The slot of every step of a checklist, by number."""
        return {
            step.id: (checklist.unit, checklist.slug, key, counterpart)
            for (key, counterpart), series in checklist.series.items()
            for step in series
        }
