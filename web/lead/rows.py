"""A step as a row of a task list: what it is, until when, what its state asks of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bangiao.formats import day
from bangiao.i18n import _
from checklists.steps import OPEN, StepState
from checklists.working_calendar import OutsideCalendar, WorkingCalendar

_TAGS: Mapping[StepState, str] = {
    StepState.WAITING: "",
    StepState.READY: "todo",
    StepState.IN_PROGRESS: "todo",
    StepState.SUBMITTED: "wait",
    StepState.BLOCKED: "late",
}
"""Only what still needs a hand is a tag; what is settled is plain text."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`words` say how a step stands; `tag` is the kind of tag, "" for plain text; `due` says how long is left."""

    words: str
    tag: str
    due: str
    late: bool


def standing(state: StepState, due_on: date | None, today: date, calendar: WorkingCalendar) -> Standing:
    """How a step stands today, for its unit."""
    late = state in OPEN and due_on is not None and due_on < today
    left = time_left(due_on, today, calendar) if state in OPEN else ""
    due = "" if due_on is None else _("Due {day}").format(day=day(due_on)) + (f" · {left}" if left else "")
    return Standing(_state_words(state), _TAGS.get(state, ""), due, late)


def time_left(due_on: date | None, today: date, calendar: WorkingCalendar) -> str:
    """In working days, as people count them; "" without a due date or beyond the calendar."""
    if due_on is None:
        return ""
    if due_on == today:
        return _("due today")
    try:
        if due_on < today:
            return _("{count} working days late").format(count=calendar.working_days_between(due_on, today))
        return _("{count} working days left").format(count=calendar.working_days_between(today, due_on))
    except OutsideCalendar:
        return ""


def _state_words(state: StepState) -> str:
    words = {
        StepState.WAITING: _("Cannot start yet"),
        StepState.READY: _("Not started"),
        StepState.IN_PROGRESS: _("In progress"),
        StepState.SUBMITTED: _("Waiting for verification"),
        StepState.DONE: _("Completed"),
        StepState.BLOCKED: _("Blocked"),
        StepState.NOT_APPLICABLE: _("Not applicable"),
        StepState.CANCELLED: _("Cancelled"),
    }
    return words[state]
