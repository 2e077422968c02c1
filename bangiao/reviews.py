"""Reviewing deadlines: who is told of which step now, at which level of its ladder.

clock → due steps (`db.reviews`) → rules (`checklists.escalation.review`) → **people** → notices (`db.notices`). What a
review writes it writes once: it may run twice, late, or on two machines. A trial run shows the same and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from bangiao.collection import collection_held_back
from bangiao.review_office import ReviewOffice
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.escalation.ids import notice_id
from checklists.escalation.ladder import Audience
from checklists.escalation.recipients import Recipient
from checklists.escalation.review import LevelPlan, Reviewed
from checklists.escalation.timetable import Planned
from checklists.messages import Message
from checklists.working_calendar import OutsideCalendar
from db.bulk import in_parts
from db.notices import PENDING, ReviewRows, reviewing_alone, write_reviews
from db.review_due import due_steps
from db.reviews import ReviewedStep, reviewed_steps
from db.session import begin_read, begin_write

CHUNK = 2000
"""Steps in one transaction: nobody who writes waits long."""

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
    office = ReviewOffice(local_date(now))
    with begin_read(wiring.engine) as connection:
        office.on(connection)
        numbers = due_steps(connection, now, near(office, now))
        if dry_run:
            for part in in_parts(numbers, CHUNK):
                _chunk(connection, office, part, report)
            return report
    for part in in_parts(numbers, CHUNK):
        with collection_held_back(), begin_write(wiring.engine) as connection:
            reviewing_alone(connection)  # whoever was first has planned it: their rows are read below
            office.on(connection)
            write_reviews(connection, _chunk(connection, office, part, report), now)
    return report


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
        office = ReviewOffice(local_date(start))
        office.on(connection)
        numbers = due_steps(connection, end, near(office, end))
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


def _chunk(connection: Connection, office: ReviewOffice, numbers: Sequence[int], report: ReviewReport) -> ReviewRows:
    steps = reviewed_steps(connection, numbers)
    office.expect(steps)
    rows = ReviewRows()
    for step in steps:
        reviewed = office.reviewed(step, report.at)
        tellings = list(_tellings(step, reviewed, office, report.at))
        report.tellings += tellings
        _add(rows, step, reviewed, tellings, office, report.at)
    report.steps += len(steps)
    return rows


def _tellings(step: ReviewedStep, reviewed: Reviewed, office: ReviewOffice, now: datetime) -> Iterator[Telling]:
    for plan in reviewed.plans:
        told = office.told(step, plan.planned.to)
        to = tuple((one, office.leaves(one.account, now, plan.urgent)) for one in told.recipients)
        yield Telling(step, plan, to, told.findings)


def _add(
    rows: ReviewRows,
    step: ReviewedStep,
    reviewed: Reviewed,
    tellings: list[Telling],
    office: ReviewOffice,
    now: datetime,
) -> None:
    due_on = step.facts.due_on
    if reviewed.stops:
        rows.stopped.append(step.id)
    elif any(one.due_on != due_on for one in step.facts.planned):
        rows.redated.append(step.id)
    findings = office.said((*reviewed.findings, *(finding for one in tellings for finding in one.findings)))
    rows.reviews.append((step.id, reviewed.next_review_at, step.version, due_on, now, findings))
    for one in tellings:
        rows.escalations.append(_escalation(one, now, office.said((one.plan.why,))))
        rows.notices += [_notice(one, recipient, leaves, now) for recipient, leaves in one.to]


def _escalation(one: Telling, now: datetime, why: str) -> tuple[object, ...]:
    """In the order of the columns of `EscalationRow`."""
    of = one.plan.planned
    return one.step.id, of.due_on, of.level, of.repeat, of.to.value, of.at, now, one.plan.late, len(one.to), why


def _notice(one: Telling, recipient: Recipient, leaves: datetime, now: datetime) -> tuple[object, ...]:
    """In the order of the columns of `NotificationRow`."""
    of, step_id, account = one.plan.planned, one.step.id, recipient.account
    named = notice_id(step_id, of.level, of.due_on, of.repeat, account, _ONE_CHANNEL)
    about = (named, _kind(of), step_id, of.level, of.due_on, account, recipient.on_behalf_of)
    return (*about, one.plan.urgent, PENDING, leaves, None, now, None)


@lru_cache(maxsize=1024)
def _kind(planned: Planned) -> str:
    """Which message it becomes."""
    if planned.to is Audience.VERIFIERS:
        return "step.submitted"
    day = local_date(planned.at)
    if day < planned.due_on:
        return "step.reminder"
    return "step.due_today" if day == planned.due_on else "step.overdue"
