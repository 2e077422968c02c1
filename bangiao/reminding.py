"""Reminding: a committee has whoever holds some steps told of them, beside what the ladder says by itself.

steps → whom a review would tell (`checklists.escalation.review_rules`) → **one transaction** → notices and, for each
step, an event. The notices go the way of all others: into the next digest, at hours at which people may be told. A
notice is named by step, day and person, so that nobody is told twice of a step in a day, whoever asks how often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, select

from bangiao.review_office import ReviewOffice
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.escalation.ids import notice_id
from checklists.escalation.ladder import Audience
from checklists.escalation.recipients import Recipient
from checklists.escalation.review_rules import RULES
from checklists.events import STEP_REMINDED, Event
from checklists.step_handlers import ChangedMeanwhile, UnknownStep
from checklists.steps import OPEN, StepState, state_words
from db.bulk import in_parts
from db.notice_models import NotificationRow
from db.notices import PENDING, ReviewRows, write_reviews
from db.reviews import ReviewedStep, reviewed_steps
from db.unit_of_work import SqlUnitOfWork

_TELLS = {rule.when: rule.tells for rule in RULES if isinstance(rule.when, StepState)}
_ONE_CHANNEL = "person"


class NothingToRemind(HandoverError):
    """{step} is {state}: nobody is reminded of it."""


class NoDayToRemindOf(HandoverError):
    """{step} has no due date yet, so nobody is reminded of it."""


class NobodyToRemind(HandoverError):
    """Nobody can be told of {step}. Have somebody appointed for its unit, or a channel recorded for them."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What came of one step: how many were told now, how many had been told today already; or why nobody was."""

    step_id: int
    told: int = 0
    before: int = 0
    refusal: HandoverError | None = None


def remind(wiring: Wiring, steps: Sequence[tuple[int, int]], by: str) -> list[Reminded]:
    """`steps`: number and version of each, as they were looked at; one answer for each, in their order."""
    today = wiring.today()
    with wiring.unit_of_work() as uow:
        office = ReviewOffice(today)
        office.on(uow.connection)
        found = {one.id: one for one in reviewed_steps(uow.connection, sorted(number for number, _version in steps))}
        office.expect(list(found.values()))
        told = {number: _people(office, found.get(number), (number, version), today) for number, version in steps}
        names = [name for one in told.values() if isinstance(one, dict) for name in one]
        known = _planned(uow.connection, names)
        rows = ReviewRows()
        answers = []
        for number, people in told.items():
            if isinstance(people, HandoverError):
                answers.append(Reminded(number, refusal=people))
                continue
            new = {name: one for name, one in people.items() if name not in known}
            answers.append(Reminded(number, len(new), len(people) - len(new)))
            _tell(uow, office, found[number], new, rows, (by, today))
        write_reviews(uow.connection, rows, uow.now)
    return answers


def _people(
    office: ReviewOffice, step: ReviewedStep | None, seen: tuple[int, int], today: date
) -> dict[str, Recipient] | HandoverError:
    """Who is to be told, by the names of their notices; or why nobody is."""
    number, version = seen
    if step is None:
        return UnknownStep(step=number)
    state = state_words(step.facts.state)
    if step.version != version:
        return ChangedMeanwhile(step=step.name, state=state, version=step.version, id=number)
    if step.facts.state not in OPEN:
        return NothingToRemind(step=step.name, state=state)
    if step.facts.due_on is None:
        return NoDayToRemindOf(step=step.name)
    people = office.told(step, _TELLS.get(step.facts.state) or Audience.UNIT_LEAD).recipients
    named = {notice_id(number, _level(today), today, 0, one.account, _ONE_CHANNEL): one for one in people}
    return named or NobodyToRemind(step=step.name)


def _tell(
    uow: SqlUnitOfWork,
    office: ReviewOffice,
    step: ReviewedStep,
    new: Mapping[str, Recipient],
    rows: ReviewRows,
    who: tuple[str, date],
) -> None:
    by, today = who
    for name, one in new.items():
        leaves = office.leaves(one.account, uow.now, False)
        about = (name, _kind(step, today), step.id, _level(today), step.facts.due_on, one.account, one.on_behalf_of)
        rows.notices.append((*about, False, PENDING, leaves, None, uow.now, None))
    if new:
        uow.record([_event(step, sorted(one.account for one in new.values()), today, (by, uow.now))])


def _planned(connection: Connection, names: Sequence[str]) -> set[str]:
    """Those that were planned before."""
    found: set[str] = set()
    for part in in_parts(names):
        found.update(connection.scalars(select(NotificationRow.id).where(NotificationRow.id.in_(part))))
    return found


def _level(day: date) -> str:
    """Beside the levels of any ladder, one for each day."""
    return f"reminded {day.isoformat()}"


def _kind(step: ReviewedStep, today: date) -> str:
    """Which message it becomes."""
    if step.facts.state is StepState.SUBMITTED:
        return "step.submitted"
    due_on = step.facts.due_on or today
    if due_on < today:
        return "step.overdue"
    return "step.due_today" if due_on == today else "step.reminder"


def _event(step: ReviewedStep, accounts: list[str], day: date, who: tuple[str, datetime]) -> Event:
    by, now = who
    named = sha256(" ".join(accounts).encode()).hexdigest()[:12]
    said = {"step": step.name, "people": len(accounts), "told": accounts}
    event_id = f"{STEP_REMINDED}:{step.id}:{day.isoformat()}:{named}"
    return Event(event_id, STEP_REMINDED, now, by, step.unit, said, step.decision_id, step_id=step.id)
