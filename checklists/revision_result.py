"""What a change does to checklists and steps, worked out and not yet written.

`revision` fills it; `revision_difference` counts it for people; `db.revision_rows` and `db.revision_events` write it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checklists.revision_steps import DesiredChecklist, StandingChecklist, StandingStep
from checklists.step_numbers import CHECKLIST_SHIFT


@dataclass(slots=True)
class ChangedChecklist:
    """A checklist that is added (`standing` None), changed, or no longer wanted (`desired` None)."""

    id: int
    standing: StandingChecklist | None
    desired: DesiredChecklist | None
    steps: int = 0
    """How many of its steps count: all but the cancelled ones, each once, however often it comes back."""

    @property
    def unit(self) -> str:
        return self.standing.unit if self.standing else self._wanted.unit

    @property
    def slug(self) -> str:
        return self.standing.slug if self.standing else self._wanted.template.template

    @property
    def _wanted(self) -> DesiredChecklist:
        assert self.desired is not None  # noqa: S101 - one of the two is there
        return self.desired


@dataclass(slots=True)
class Revision:
    """What a change does. `after` holds every step on record that changes, as it will be; `before` as it is.

    `moved` are open steps with another due date, `reworded` those whose deadline only says something else; `kept` are
    settled steps that would have moved or fallen away. `agreed` is what two people agree to, line by line: it does not
    depend on how far the work on the steps is, except for work that would be lost.
    """

    where: dict[int, ChangedChecklist] = field(default_factory=dict)
    before: dict[int, StandingStep] = field(default_factory=dict)
    after: dict[int, StandingStep] = field(default_factory=dict)
    added: list[StandingStep] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    reworded: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    kept: list[tuple[int, int | None]] = field(default_factory=list)
    """Settled steps left alone, each with the deadline it would have had (None: it would have been cancelled)."""
    worked: set[int] = field(default_factory=set)
    unlocked: list[int] = field(default_factory=list)
    waiting_again: list[int] = field(default_factory=list)
    needs_added: list[tuple[int, int]] = field(default_factory=list)
    needs_removed: list[tuple[int, int]] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)

    def step(self, number: int) -> StandingStep:
        """A step as it is on record, or as it is added."""
        return self.before[number]

    def unit_of(self, number: int) -> str:
        return self.where[number >> CHECKLIST_SHIFT].unit
