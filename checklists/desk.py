"""What working on steps needs from outside, as a small protocol, and the things that pass through it.

`db.steps` implements `StepDesk`; `checklists.step_handlers` is what works at it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from checklists.events import Event
from checklists.messages import Message
from checklists.people import PersonRole
from checklists.step_rules import Actor, Request, Step
from checklists.templates import StepTemplate
from checklists.units import UnitKey


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """What is attached. A file lies in the evidence store already, under its digest (SHA-256, hex)."""

    kind: str
    digest: str
    name: str
    size: int
    media_type: str
    text: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class HeldStep:
    """A step with where it belongs. `unit` is its checklist's; `holder` who owes it today (after a succession of work,
    another unit)."""

    step: Step
    checklist: int
    decision_id: int
    unit: UnitKey
    holder: UnitKey
    key: str
    counterpart: str
    occurrence: int
    due_on: date | None
    template: StepTemplate


@dataclass(frozen=True, slots=True)
class Order:
    """One act on one step. `version`: what the person saw (None: whatever it is); `id` goes on every event of it.

    `once`: a key the sender made up; however often the same order comes with it, it is carried out once.
    `made_at`: when it was given on a device that had no network then, as the device says."""

    step_id: int
    request: Request
    actor: Actor
    version: int | None = None
    evidence: tuple[NewEvidence, ...] = ()
    id: str | None = None
    once: str | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A step that changed because another did."""

    held: HeldStep
    after: Step
    void: bool = False


@dataclass(frozen=True, slots=True)
class Acted:
    """What an order did. `unlocked` and `waiting_again` are other steps, `opened` is the next time of a duty that comes
    back."""

    held: HeldStep
    after: Step
    unlocked: Sequence[HeldStep] = ()
    waiting_again: Sequence[Followed] = ()
    opened: HeldStep | None = None
    void: bool = False


class StepDesk(Protocol):
    """The steps on record, inside one transaction."""

    @property
    def now(self) -> datetime: ...

    def held(self, step_id: int) -> HeldStep | None: ...

    def roles(self, actor: Actor, unit: UnitKey, on: date) -> Collection[PersonRole]:
        """What the actor may be in that unit; in a substitution, what the absent person may. Raises NoSubstitution."""
        ...

    def first_open_need(self, step_id: int) -> Message | None: ...

    def store(self, held: HeldStep, after: Step, actor: Actor) -> bool:
        """Write the step over the version it was read at; False if somebody else was first."""
        ...

    def attach(self, held: HeldStep, evidence: Sequence[NewEvidence], actor: Actor) -> None: ...

    def withdraw(self, held: HeldStep, digests: Collection[str], actor: Actor) -> None: ...

    def verify(self, held: HeldStep, actor: Actor) -> None: ...

    def void_verification(self, step_id: int, because: str) -> None: ...

    def settle_needs(self, step_id: int) -> list[HeldStep]:
        """Tell the steps that need this one; gives those that are ready now."""
        ...

    def unsettle_needs(self, step_id: int, actor: Actor, because: str) -> list[Followed]:
        """Tell the steps that need this one that it is open again; gives those that wait again, and what they were."""
        ...

    def open_next(self, held: HeldStep) -> HeldStep | None:
        """The next time of a duty that comes back, if it does; None when it is open already or there is none."""
        ...

    def record(self, events: Iterable[Event]) -> None: ...
