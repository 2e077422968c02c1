"""Deadlines: from a rule and the dates of a decision to a due date that says why it is what it is.

decision → plan (**deadlines**) → steps. A due date is a day in Viet Nam, due until 23:59:59 there; instants are UTC.
How days are counted, with the legal sources, is in `docs/deadlines.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from checklists.deadline_words import count_sentence, published_sentence, undated_sentence
from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from checklists.templates import Anchor, DeadlineRule, StepTemplate
from checklists.terms import TermTooLong, count_term
from checklists.working_calendar import OutsideCalendar, WorkingCalendar

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_END_OF_DAY = time(23, 59, 59)


class DeadlineUncountable(BadInput):
    """Step {step}: its deadline cannot be counted for a decision of {day}: {problem}"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date with what it was computed from. `due_on` is None where the rule gives none, or none yet.

    `provisional`: days off that nobody has announced yet may still move it.
    """

    rule: DeadlineRule
    anchor_on: date | None
    due_on: date | None
    calendar_version: str
    provisional: bool
    explanation: Message = field(hash=False)


def compute_deadline(rule: DeadlineRule, anchors: Mapping[Anchor, date], calendar: WorkingCalendar) -> Deadline:
    """When the rule is due, given the dates known so far (`anchors` lacks what has not happened).

    Raises OutsideCalendar or TermTooLong where counting would need days that nobody has entered.
    """
    start = rule.fixed or anchors.get(rule.anchor)
    if rule.published:
        sentence = published_sentence(rule.published, _counted_due(rule, start, calendar))
        return Deadline(rule, start, rule.published, calendar.version, False, sentence)
    if start is None or rule.anchor is Anchor.NONE:
        return Deadline(rule, None, None, calendar.version, False, undated_sentence(rule))
    term = count_term(rule, start, calendar)
    sentence = count_sentence(rule, term, calendar)
    return Deadline(rule, start, term.due, calendar.version, bool(term.provisional_years), sentence)


def deadline_number(deadline: Deadline, beside: str = "") -> int:
    """A number that equal deadlines share: 63 bits of a hash of all they say (and of what is said `beside` them)."""
    said = f"{deadline.rule.model_dump_json()}|{deadline.anchor_on}|{deadline.due_on}|{deadline.calendar_version}"
    return int.from_bytes(hashlib.sha256(f"{said}|{beside}".encode() if beside else said.encode()).digest()[:8]) >> 1


def uncountable(step: StepTemplate, day: date, calendar: WorkingCalendar) -> DeadlineUncountable | None:
    """Whether the step's deadline runs outside the calendar where everything it may count from happens on `day`."""
    try:
        compute_deadline(step.deadline, dict.fromkeys(Anchor, day), calendar)
    except HandoverError as problem:
        return DeadlineUncountable(step=step.key, day=day, problem=problem.message)
    return None


def due_instant(due_on: date) -> datetime:
    """The last second of the due date in Viet Nam, as a UTC instant."""
    return datetime.combine(due_on, _END_OF_DAY, VIETNAM).astimezone(UTC)


def local_date(instant: datetime) -> date:
    """The date in Viet Nam at that instant, which must have a zone."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone: {instant}")
    return instant.astimezone(VIETNAM).date()


def _counted_due(rule: DeadlineRule, start: date | None, calendar: WorkingCalendar) -> date | None:
    """What counting would give beside a published date, if it can be counted at all."""
    if start is None:
        return None
    try:
        return count_term(rule, start, calendar).due
    except (OutsideCalendar, TermTooLong):
        return None
