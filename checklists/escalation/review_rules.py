"""The one table of what a review does with a step: a row for every state, and for what may hold its climb.

steps' facts → review (by **this table**) → levels to plan. Words of a row say the rule to people; `says` is what a
notice adds about the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checklists.escalation.ladder import Audience
from checklists.messages import Message
from checklists.steps import StepState


class Situation(StrEnum):
    """What may be true of a step beside its state."""

    UNDATED = "undated"
    OVERDUE_AT_BIRTH = "overdue_at_birth"
    NEWLY_DATED = "newly_dated"
    RESUMED = "resumed"
    CLOCK_STOPPED = "clock_stopped"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One row. `tells` hears what is meant for the unit lead; None: the review ends and what is unsent is cancelled."""

    when: StepState | Situation
    tells: Audience | None
    words: Message
    says: Message | None = None


_LEAD = Audience.UNIT_LEAD

RULES: tuple[ReviewRule, ...] = (
    ReviewRule(
        StepState.WAITING,
        Audience.AWAITED_LEADS,
        Message("The leads of the steps it waits for are reminded instead; once overdue it climbs and names them."),
        Message("it waits for {needs}"),
    ),
    ReviewRule(StepState.READY, _LEAD, Message("The unit lead is reminded, then it climbs."), Message("not started")),
    ReviewRule(StepState.IN_PROGRESS, _LEAD, Message("The unit lead is reminded, then it climbs.")),
    ReviewRule(
        StepState.SUBMITTED,
        Audience.VERIFIERS,
        Message("The verifiers are reminded instead of the unit lead; once overdue it climbs."),
        Message("it waits for verification"),
    ),
    ReviewRule(
        StepState.BLOCKED,
        _LEAD,
        Message("It climbs as if in progress and names who can unblock it, unless its clock is stopped."),
        Message("blocked, to be unblocked by {unblocker}, expected {expected}"),
    ),
    ReviewRule(StepState.DONE, None, Message("Everything stops, also what is not sent yet.")),
    ReviewRule(StepState.NOT_APPLICABLE, None, Message("Everything stops, also what is not sent yet.")),
    ReviewRule(StepState.CANCELLED, None, Message("Everything stops, also what is not sent yet.")),
    ReviewRule(Situation.UNDATED, None, Message("Without a due date nothing is reviewed until there is one.")),
    ReviewRule(
        Situation.OVERDUE_AT_BIRTH,
        _LEAD,
        Message(
            "It is shown; nobody is told before the respite of some working days from its opening, then level by level."
        ),
        Message("overdue already when it was opened"),
    ),
    ReviewRule(
        Situation.NEWLY_DATED,
        _LEAD,
        Message("The ladder of a due date begins when that date is given; a moved date starts anew."),
    ),
    ReviewRule(
        Situation.RESUMED,
        _LEAD,
        Message(
            "After it was reopened or its clock runs again it goes on with the next level, at the ladder's distances."
        ),
    ),
    ReviewRule(
        Situation.CLOCK_STOPPED,
        _LEAD,
        Message("While blocked with its clock stopped nothing climbs until the expected day is past."),
    ),
    ReviewRule(
        Situation.ACKNOWLEDGED,
        _LEAD,
        Message("Nothing climbs until the promised day is past; then it goes on with the next level."),
        Message("{person} had promised it by {expected}"),
    ),
)
"""Every state has one row. A step's own row decides whom a reminder reaches; the rows of its situations decide how long
it is held, the longest counting (`review.held_until`)."""

RULE_OF = {rule.when: rule for rule in RULES}
