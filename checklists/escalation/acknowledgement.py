"""An acknowledgement: "I have it, expected by …". It stops the climb until that day is past.

a person's answer to a level → **acknowledgement** → facts → review. Whoever was told may answer, and whoever leads the
unit; a promise reaches some working days ahead and cannot be pushed on before the next level has been told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from checklists.deadlines import local_date
from checklists.errors import BadInput, HandoverError
from checklists.escalation.facts import Promise
from checklists.escalation.ladder import EscalationLadder
from checklists.messages import Message
from checklists.step_rules import Actor, PromiseInThePast
from checklists.steps import OPEN, StepState, state_words
from checklists.working_calendar import WorkingCalendar


class NotToldOfIt(HandoverError):
    """{person} was not told of {step} and does not lead its unit, so the answer is not theirs to give."""


class NothingToAcknowledge(HandoverError):
    """{step} is {state}: nobody is reminded of it any more, and there is nothing to acknowledge."""


class PromiseTooFar(BadInput):
    """{expected} is too far ahead: a promise reaches {days} working days, to {latest}. Give a day until then, or block
    the step with a reason."""


class PromiseWithoutWords(BadInput):
    """Say in a few words what is being done. They are shown to whoever is told of the step next."""


class PromisePushedOn(HandoverError):
    """{person} has promised {step} by {expected}, and nobody above has been told since. A later day is for the next
    level to accept; if something hinders the work, block the step with a reason."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A promise on record. `level`: the last level that had spoken when it was given ("" if none had)."""

    by: str
    on_behalf_of: str | None
    due_on: date
    level: str
    expected_on: date
    words: str
    given_at: datetime

    @property
    def promise(self) -> Promise:
        """What a review needs to know of it."""
        return Promise(self.by, self.expected_on)

    def stands_on(self, day: date) -> bool:
        """Whether the climb rests on that day because of it; the promised day itself is the last."""
        return day <= self.expected_on


@dataclass(frozen=True, slots=True)
class Acknowledgeable:
    """A step that somebody answers for: `told` and `leads` are accounts, `level` the last level that has spoken,
    `before` the acknowledgement of this due date that it has, if any."""

    name: str
    state: StepState
    due_on: date
    level: str
    told: frozenset[str]
    leads: frozenset[str]
    before: Acknowledgement | None = None


def acknowledge(
    step: Acknowledgeable,
    actor: Actor,
    expected_on: date,
    words: str,
    *,
    ladder: EscalationLadder,
    calendar: WorkingCalendar,
    now: datetime,
) -> Acknowledgement:
    """The acknowledgement to record. That a substitute stands in for somebody is checked by `people.acting_for`.

    Raises one of the refusals above, PromiseInThePast or OutsideCalendar.
    """
    if step.state not in OPEN:
        raise NothingToAcknowledge(step=step.name, state=state_words(step.state))
    if not actor.people & (step.told | step.leads):
        raise NotToldOfIt(person=actor.account, step=step.name)
    if not words.strip():
        raise PromiseWithoutWords()
    _is_near(expected_on, ladder, calendar, local_date(now))
    _is_not_pushed_on(step, expected_on)
    return Acknowledgement(actor.account, actor.on_behalf_of, step.due_on, step.level, expected_on, words.strip(), now)


def latest_promise(ladder: EscalationLadder, calendar: WorkingCalendar, today: date) -> date:
    """The last day that may be promised today."""
    return calendar.add_working_days(today, ladder.longest_promise)


def _is_near(expected_on: date, ladder: EscalationLadder, calendar: WorkingCalendar, today: date) -> None:
    if expected_on < today:
        raise PromiseInThePast(expected=expected_on)
    latest = latest_promise(ladder, calendar, today)
    if expected_on > latest:
        raise PromiseTooFar(expected=expected_on, days=ladder.longest_promise, latest=latest)


def _is_not_pushed_on(step: Acknowledgeable, expected_on: date) -> None:
    before = step.before
    same = before is not None and (before.due_on, before.level) == (step.due_on, step.level)
    if before is not None and same and expected_on > before.expected_on:
        raise PromisePushedOn(person=before.by, step=step.name, expected=before.expected_on)


ACKNOWLEDGED_WORDS = Message("{person} has it in hand, expected by {expected}: {words}")
"""What pages and notices say of one that stands."""
