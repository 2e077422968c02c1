"""What a review is told of one step.

db → **facts** → review. The database reads them; nothing here is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime

from checklists.escalation.timetable import Planned
from checklists.steps import StepState


@dataclass(frozen=True, slots=True)
class Promise:
    """An acknowledgement that stands: who has it in hand, and by when it is expected."""

    by: str
    expected_on: date


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a review knows of a step.

    `dated_at`: since when it has this due date: its opening, an amendment, the event it counts from. `resumed_at`: when
    it was last reopened, or left being blocked with its clock stopped. `waits_for`: names of open steps it needs.
    `promise`: the latest of this due date, also after its day is past. `planned`: every level so far.
    """

    state: StepState
    due_on: date | None
    dated_at: datetime
    overdue_at_birth: bool = False
    resumed_at: datetime | None = None
    clock_runs: bool = True
    expected_on: date | None = None
    unblocker: str = ""
    waits_for: tuple[str, ...] = ()
    promise: Promise | None = None
    planned: tuple[Planned, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(tuple([getattr(self, name) for name in _COMPARED])))

    def __hash__(self) -> int:
        """Worked out once: many steps share their facts, and each of them asks what they lead to."""
        return self._hash


_COMPARED = [one.name for one in fields(StepFacts) if one.compare]
