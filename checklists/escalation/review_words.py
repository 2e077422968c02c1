"""Why a level speaks: one sentence of reasons, as Messages.

review → **review_words** → the planned level, and from there the notice and the simulation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from checklists.deadlines import local_date
from checklists.escalation.facts import StepFacts
from checklists.escalation.review_rules import RULE_OF, Situation
from checklists.escalation.timetable import Occasion, Timetable
from checklists.messages import Message
from checklists.steps import StepState
from checklists.working_calendar import WorkingCalendar

_MOST_NAMED = 3


def why(step: StepFacts, table: Timetable, one: Occasion, now: datetime, *, late: bool, handed_on: bool) -> Message:
    """The due date, how late it is, what the state adds, and what is unusual about this level at this time."""
    today = local_date(now)
    reasons = (lateness(table.due_on, today, table.calendar), *_state(step), *_situations(step))
    if handed_on:
        reasons += (Message("it is their turn now"),)
    if late:
        reasons += (Message("this was to be said on {day}", {"day": local_date(one.at)}),)
    if one.missed:
        reasons += (Message("{count} repeats before this one could not be sent", {"count": one.missed}),)
    return Message("Due {due}: {reasons}.", {"due": table.due_on, "reasons": reasons})


def lateness(due_on: date, today: date, calendar: WorkingCalendar) -> Message:
    """How far `today` is from the due date, in working days where the calendar knows both."""
    days = calendar.working_days_between(due_on, today) if calendar.knows(due_on) and calendar.knows(today) else 0
    if today == due_on:
        return Message("due today")
    if today < due_on:
        return Message("due in {term}", {"term": _term(-days)}) if days else Message("due before the next working day")
    return Message("overdue for {term}", {"term": _term(days)}) if days else Message("overdue")


def _term(days: int) -> Message:
    return Message("1 working day") if days == 1 else Message("{days} working days", {"days": days})


def _state(step: StepFacts) -> Iterator[Message]:
    says = RULE_OF[step.state].says
    if says is None or (step.state is StepState.WAITING and not step.waits_for):
        return
    values = {"needs": _named(step.waits_for), "unblocker": step.unblocker or "–", "expected": step.expected_on or "–"}
    yield Message(says.msgid, values)


def _situations(step: StepFacts) -> Iterator[Message]:
    if step.overdue_at_birth and (says := RULE_OF[Situation.OVERDUE_AT_BIRTH].says):
        yield says
    if step.promise and (says := RULE_OF[Situation.ACKNOWLEDGED].says):  # a level that speaks means it is broken
        yield Message(says.msgid, {"person": step.promise.by, "expected": step.promise.expected_on})


def _named(needs: tuple[str, ...]) -> Message:
    shown = needs[:_MOST_NAMED]
    if len(needs) == len(shown):
        return Message("{names}", {"names": shown})
    return Message("{names} and {count} more", {"names": shown, "count": len(needs) - len(shown)})
