"""What work on minutes needs from outside, as a small protocol, and the things that pass through it.

`db.minutes` implements `MinutesDesk`; `checklists.minutes_handlers` is what works at it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from checklists.desk import NewEvidence, StepDesk
from checklists.events import Event
from checklists.minutes import Confirmation, HandoverMinutes, confirmed_by, is_final
from checklists.minutes_facts import Between
from checklists.people import PersonRole
from checklists.step_rules import Actor
from checklists.templates import Side
from checklists.units import UnitKey

DRAFT, FINAL = "draft", "final"


@dataclass(frozen=True, slots=True)
class Given:
    """A confirmation on record; `absent`: in whose name it was given during a substitution."""

    confirmation: Confirmation
    absent: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.confirmation.actor, self.absent)


@dataclass(frozen=True, slots=True)
class HeldMinutes:
    """Minutes as the record holds them. `pdf` and `docx`: digests of the final documents."""

    id: int
    decision_id: int
    decision: str
    number: str
    giving: UnitKey
    receiving: UnitKey
    state: str
    content: HandoverMinutes
    content_hash: str
    version: int
    drafted_by: str
    drafted_at: datetime
    pdf: str | None
    docx: str | None
    final_at: datetime | None
    given: tuple[Given, ...] = ()

    @property
    def confirmations(self) -> tuple[Confirmation, ...]:
        return tuple(one.confirmation for one in self.given)

    @property
    def counting(self) -> tuple[Given, ...]:
        """The confirmations of this very content, giving side first."""
        found = confirmed_by(self.content, self.confirmations)
        return tuple(
            one
            for side in (Side.PREDECESSOR, Side.SUCCESSOR)
            for one in self.given
            if found.get(side) is one.confirmation
        )

    @property
    def both_confirmed(self) -> bool:
        return is_final(self.content, self.confirmations)


class MinutesDesk(Protocol):
    """Minutes and what they tell of, inside one transaction."""

    @property
    def now(self) -> datetime: ...

    def decisions_between(self, giving: str, receiving: str) -> Sequence[tuple[int, str]]:
        """Id and number of the opened decisions in which the one unit hands over to the other."""
        ...

    def between(self, decision_id: int, giving: str, receiving: str) -> Between:
        """What is on record between the two. In a writer's transaction the steps stay as they are until it ends."""
        ...

    def latest(self, decision_id: int, giving: str, receiving: str) -> HeldMinutes | None:
        """The newest minutes between the two, draft or final."""
        ...

    def numbered(self, number: str, decision: str | None) -> Sequence[HeldMinutes]:
        """The minutes of this number; each decision counts its own."""
        ...

    def next_number(self, decision_id: int) -> str: ...

    def leads(self, unit: UnitKey, days: Iterable[date]) -> Sequence[str]:
        """The names of the unit's own leads on the first of these days on which it has any."""
        ...

    def roles(self, actor: Actor, unit: UnitKey, on: date) -> Collection[PersonRole]: ...

    def name_of(self, account: str) -> str: ...

    def save(self, before: HeldMinutes | None, between: Between, content: HandoverMinutes, by: str) -> HeldMinutes:
        """Write new minutes, or other content of these."""
        ...

    def confirm(self, held: HeldMinutes, given: Given) -> HeldMinutes: ...

    def make_final(self, held: HeldMinutes, pdf: NewEvidence, docx: NewEvidence) -> HeldMinutes: ...

    def entitled(self) -> StepDesk:
        """The desk of steps, for people whose right to act was looked at when they confirmed."""
        ...

    def record(self, events: Iterable[Event]) -> None: ...
