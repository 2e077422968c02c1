"""The one sentence that says why a due date is what it is, as Messages (rendered in Vietnamese or English later).

A sentence is a list of reasons joined by commas: the term, how its first day counts, the days off it skips, the roll
to the next working day, and that the days off of a year are not announced yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from checklists.calendar_words import day_title, run_title, runs
from checklists.messages import Message
from checklists.templates import Anchor, DeadlineRule
from checklists.terms import Term
from checklists.working_calendar import WorkingCalendar

_SATURDAY = 5

_ANCHOR_DAYS = {
    Anchor.ISSUED: Message("the day the decision was issued"),
    Anchor.EFFECTIVE: Message("the day the decision took effect"),
    Anchor.OPERATIONAL: Message("the day operation starts"),
    Anchor.UNIT_CEASED: Message("the last day of the old unit"),
}

_EVENT_DAYS = {
    "case-spans-multiple-successors": Message("the day a case is found to concern several successors"),
    "handover-temporary": Message("the day of the temporary handover"),
    "transfer-start": Message("the day the transfer of data starts"),
    "upgrade-start": Message("the day the upgrade of the system starts"),
}
"""The events of the shipped templates; an event of an office's own template is shown by its name."""


def count_sentence(rule: DeadlineRule, term: Term, calendar: WorkingCalendar) -> Message:
    """Why a counted (or fixed) date is what it is."""
    reasons = tuple(_reasons(rule, term, calendar))
    return Message("Due {due}: {reasons}.", {"due": term.due, "reasons": reasons})


def published_sentence(due: date, counted: date | None) -> Message:
    """A date printed in the text wins; the sentence says what counting would have given."""
    if counted is None:
        return Message("Due {due}: the date published in the text.", {"due": due})
    if counted == due:
        return Message("Due {due}: the date published in the text, which counting gives as well.", {"due": due})
    return Message(
        "Due {due}: the date published in the text; counting would give {counted}.", {"due": due, "counted": counted}
    )


def undated_sentence(rule: DeadlineRule) -> Message:
    """Why there is no date: the text gives none, or what it counts from has not happened."""
    if rule.anchor is Anchor.NONE:
        return Message("No due date: the text sets none.")
    waits_for = _counted(rule, _anchor_day(rule)) if rule.offset else _anchor_day(rule)
    return Message("No due date yet: {term}, which is not known yet.", {"term": waits_for})


def _reasons(rule: DeadlineRule, term: Term, calendar: WorkingCalendar) -> Iterator[Message]:
    if rule.offset == 0:
        yield _same_day(rule)
    else:
        yield _counted_on(rule, term.start)
        yield from _first_day(rule, term, calendar)
    if rule.offset and rule.unit == "working":
        yield from _days_that_matter(term, rule, calendar)
    else:
        yield from _last_day(term, calendar)
    if term.provisional_years:
        yield Message(
            "by the provisional days off of {years}, which are not announced yet", {"years": term.provisional_years}
        )


def _last_day(term: Term, calendar: WorkingCalendar) -> Iterator[Message]:
    """What a last day that is off does: it moves a counted term on; a day named otherwise stays, and we say so."""
    if not calendar.knows(term.last) or calendar.is_working(term.last):
        return
    values = {"off": day_title(calendar.status_of(term.last)), "last": term.last, "due": term.due}
    if term.due == term.last:
        yield Message("which is a day off ({off}) and stays", values)
    else:
        yield Message(
            "ending on {off} {last} and so running to the end of the next working day, {due} (art. 148)", values
        )


def _same_day(rule: DeadlineRule) -> Message:
    if rule.anchor is Anchor.FIXED:
        return Message("a date fixed in the text")
    return Message("this is {anchor}", {"anchor": _anchor_day(rule)})


def _counted(rule: DeadlineRule, start: Message) -> Message:
    values = {"count": _count(abs(rule.offset), rule.unit), "start": start}
    return Message("{count} from {start}", values) if rule.offset > 0 else Message("{count} before {start}", values)


def _counted_on(rule: DeadlineRule, on: date) -> Message:
    if rule.anchor is not Anchor.FIXED:
        return _counted(rule, Message("{anchor} ({on})", {"anchor": _anchor_day(rule), "on": on}))
    values = {"count": _count(abs(rule.offset), rule.unit), "on": on}
    return Message("{count} from {on}", values) if rule.offset > 0 else Message("{count} before {on}", values)


def _count(days: int, unit: str) -> Message:
    if unit == "working":
        return Message("1 working day") if days == 1 else Message("{days} working days", {"days": days})
    return Message("1 day") if days == 1 else Message("{days} days", {"days": days})


def _anchor_day(rule: DeadlineRule) -> Message:
    if rule.anchor is Anchor.STEP:
        return Message("the day step {step} is completed", {"step": rule.step})
    if rule.anchor is Anchor.EVENT:
        return _EVENT_DAYS.get(rule.event or "", Message("the day of the event “{event}”", {"event": rule.event}))
    return _ANCHOR_DAYS[rule.anchor]


def _first_day(rule: DeadlineRule, term: Term, calendar: WorkingCalendar) -> Iterator[Message]:
    if rule.first_day == "include":
        if rule.unit == "working" and not calendar.is_working(term.start):
            yield Message("counting from the nearest working day, as this rule says")
        else:
            yield Message("that day counted as the first, as this rule says")
    elif rule.offset > 0:
        yield Message("the first day not counted (Civil Code 2015, art. 147)")


def _days_that_matter(term: Term, rule: DeadlineRule, calendar: WorkingCalendar) -> Iterator[Message]:
    """The days off on weekdays that a working-day term skips, and the make-up days that it counts."""
    first, last = min(term.start, term.due), max(term.start, term.due)
    if rule.first_day == "exclude":  # the start does not count, whatever day it is
        first, last = (first + timedelta(days=1), last) if rule.offset > 0 else (first, last - timedelta(days=1))
    special = calendar.special_days_between(first, last)
    skipped = [run for run in runs(day for day in special if not day.works) if any(_on_weekday(day.on) for day in run)]
    if skipped:
        yield Message("skipping {days}", {"days": tuple(run_title(run) for run in skipped)})
    worked = tuple(day.on for day in special if day.works)
    if worked:
        yield Message("counting the make-up working day {days}", {"days": worked})


def _on_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY
