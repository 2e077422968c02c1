"""Reviewing deadlines: who is told of which step now, at which level of its ladder.

clock → due steps (`db.reviews`) → rules (`checklists.escalation.review`) → **people** → notices (`db.notices`). What a
review writes it writes once: it may run twice, late, or on two machines. A trial run shows the same and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from bangiao.calendar_files import vietnam_calendar
from bangiao.i18n import both_languages
from bangiao.review_office import ReviewOffice
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.escalation.ids import notice_id
from checklists.escalation.ladder import Audience
from checklists.escalation.recipients import Recipient
from checklists.escalation.review import LevelPlan, Reviewed
from checklists.messages import Message
from checklists.working_calendar import OutsideCalendar
from db.notices import PENDING, ReviewRows, reviewing_alone, said, write_reviews
from db.reviews import ReviewedStep, due_steps, reviewed_steps
from db.session import begin_read, begin_write

CHUNK = 500
"""Steps in one transaction."""

_ALL = 1_000_000_000

_BEYOND_THE_CALENDAR = timedelta(days=14)
"""How far ahead due dates are taken in where nobody has entered the days off yet."""

_ONE_CHANNEL = "person"
"""In the id of a notice: it is planned for a person; by which channel it goes is decided when it leaves."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One level of one step and whom it tells, each with the moment from which it may leave."""

    step: ReviewedStep
    plan: LevelPlan
    to: tuple[tuple[Recipient, datetime], ...]
    findings: tuple[Message, ...] = ()


@dataclass(slots=True)
class ReviewReport:
    """What a review found. In a trial run nothing of it is written."""

    at: datetime
    dry_run: bool
    steps: int = 0
    tellings: list[Telling] = field(default_factory=list)

    @property
    def notices(self) -> int:
        return sum(len(one.to) for one in self.tellings)


def review_deadlines(wiring: Wiring, *, at: datetime | None = None, dry_run: bool = False) -> ReviewReport:
    """Review everything that is due at `at` (now, unless it is a trial run)."""
    now = at or wiring.now()
    report = ReviewReport(now, dry_run)
    office = ReviewOffice(local_date(now), vietnam_calendar())
    last: int | None = 0
    while last is not None:  # each step once, by its number: whatever a review writes, the round comes to its end
        begin = begin_read if dry_run else begin_write
        with begin(wiring.engine) as connection:
            last = _round(connection, office, report, last)
    return report


def _round(connection: Connection, office: ReviewOffice, report: ReviewReport, after: int) -> int | None:
    """Review the next steps after that number, in the running transaction; gives the last, None when all are done."""
    if not report.dry_run:
        reviewing_alone(connection)
    now = report.at
    office.on(connection)
    numbers = due_steps(connection, now, near(office, now), CHUNK, after)
    rows = _chunk(connection, office, numbers, now, report)
    if not report.dry_run:
        write_reviews(connection, rows, now)
    return numbers[-1] if len(numbers) == CHUNK else None


def near(office: ReviewOffice, now: datetime) -> date:
    """The last due date of which some ladder may already have something to say."""
    today, earliest = local_date(now), office.earliest_offset
    try:
        return max(today, office.calendar.add_working_days(today, -earliest)) if earliest < 0 else today
    except OutsideCalendar:
        return today + _BEYOND_THE_CALENDAR


def simulate(wiring: Wiring, start: datetime, end: datetime, decision_id: int | None = None) -> Iterator[Telling]:
    """Who would be told what between two instants if nobody did anything, in order of time; nothing is written."""
    with begin_read(wiring.engine) as connection:
        office = ReviewOffice(local_date(start), vietnam_calendar())
        office.on(connection)
        numbers = due_steps(connection, end, near(office, end), _ALL)
        steps = [one for one in reviewed_steps(connection, numbers) if decision_id in {None, one.decision_id}]
        office.expect(steps)
        found = [telling for step in steps for telling in _fast_forward(step, office, start, end)]
    yield from sorted(found, key=lambda one: (one.plan.planned.at, one.step.id))


def _fast_forward(step: ReviewedStep, office: ReviewOffice, start: datetime, end: datetime) -> Iterator[Telling]:
    now: datetime | None = start
    while now is not None and now <= end:
        reviewed = office.reviewed(step, now)
        yield from _tellings(step, reviewed, office, now)
        planned = (*step.facts.planned, *(one.planned for one in reviewed.plans))
        step = replace(step, facts=replace(step.facts, planned=planned))
        now = reviewed.next_review_at


def _chunk(
    connection: Connection, office: ReviewOffice, numbers: list[int], now: datetime, report: ReviewReport
) -> ReviewRows:
    steps = reviewed_steps(connection, numbers)
    office.expect(steps)
    rows = ReviewRows()
    for step in steps:
        reviewed = office.reviewed(step, now)
        tellings = list(_tellings(step, reviewed, office, now))
        report.tellings += tellings
        _add(rows, step, reviewed, tellings, now)
    report.steps += len(steps)
    return rows


def _tellings(step: ReviewedStep, reviewed: Reviewed, office: ReviewOffice, now: datetime) -> Iterator[Telling]:
    for plan in reviewed.plans:
        told = office.told(step, plan.planned.to)
        to = tuple((one, office.leaves(one.account, now, plan.urgent)) for one in told.recipients)
        yield Telling(step, plan, to, told.findings)


def _add(rows: ReviewRows, step: ReviewedStep, reviewed: Reviewed, tellings: list[Telling], now: datetime) -> None:
    languages = both_languages()
    findings = [*reviewed.findings, *(finding for one in tellings for finding in one.findings)]
    if reviewed.stops:
        rows.stopped.append(step.id)
    elif any(one.due_on != step.facts.due_on for one in step.facts.planned):
        rows.redated.append(step.id)
    rows.reviews.append(
        {
            "step_id": step.id,
            "next_at": reviewed.next_review_at,
            "version": step.version,
            "due_on": step.facts.due_on,
            "reviewed_at": now,
            "findings": said(findings, languages),
        }
    )
    for one in tellings:
        rows.escalations.append(_escalation(one, now) | {"why": said([one.plan.why], languages)})
        rows.notices += [_notice(one, recipient, leaves, now) for recipient, leaves in one.to]


def _escalation(one: Telling, now: datetime) -> dict[str, object]:
    planned = one.plan.planned
    return {
        "step_id": one.step.id,
        "due_on": planned.due_on,
        "level": planned.level,
        "repeat": planned.repeat,
        "audience": planned.to.value,
        "at": planned.at,
        "planned_at": now,
        "late": one.plan.late,
        "recipients": len(one.to),
    }


def _notice(one: Telling, recipient: Recipient, leaves: datetime, now: datetime) -> dict[str, object]:
    planned = one.plan.planned
    return {
        "id": notice_id(one.step.id, planned.level, planned.due_on, planned.repeat, recipient.account, _ONE_CHANNEL),
        "kind": _kind(one),
        "step_id": one.step.id,
        "level": planned.level,
        "due_on": planned.due_on,
        "recipient": recipient.account,
        "in_place_of": recipient.on_behalf_of,
        "urgent": one.plan.urgent,
        "state": PENDING,
        "send_at": leaves,
        "delivery_id": None,
        "created_at": now,
        "ended_at": None,
    }


def _kind(one: Telling) -> str:
    """Which message it becomes."""
    planned = one.plan.planned
    if planned.to is Audience.VERIFIERS:
        return "step.submitted"
    day = local_date(planned.at)
    if day < planned.due_on:
        return "step.reminder"
    return "step.due_today" if day == planned.due_on else "step.overdue"
