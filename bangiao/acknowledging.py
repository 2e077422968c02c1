"""Acknowledging a step: "I have it, expected by …"; the climb rests until that day is past.

a person's word → `checklists.escalation.acknowledgement` → **one transaction** → the acknowledgement, its event, and a
review soon, which sets when to look again. What is planned and not said yet still goes out: it was true when planned.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from bangiao.review_office import ReviewOffice
from bangiao.step_work import in_transaction
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.errors import HandoverError
from checklists.escalation.acknowledgement import Acknowledgeable, Acknowledgement, acknowledge
from checklists.escalation.ladder import Audience
from checklists.events import STEP_ACKNOWLEDGED, Event
from checklists.people import acting_for
from checklists.step_handlers import UnknownStep
from checklists.step_rules import Actor
from db.acknowledgements import acknowledged, last_level, one_at_a_time, people_told, write_acknowledgement
from db.carried_out import carry_out_once
from db.people import substitutions_of
from db.reviews import ReviewedStep, reviewed_steps
from db.steps import SqlSteps
from db.unit_of_work import record_event


class NoDueDateToPromise(HandoverError):
    """{step} has no due date yet: nobody is reminded of it, and there is nothing to acknowledge."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What is on record now. `again`: the same was said before, so that nothing was written."""

    step: ReviewedStep
    acknowledgement: Acknowledgement
    again: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """What a sender made up so that the same is said once, and the event's id that follows from it."""

    once: str
    id: str


def acknowledge_step(
    wiring: Wiring, step_id: int, actor: Actor, expected_on: date, words: str, key: Key | None = None
) -> Acknowledged:
    """Put on record that somebody has the step in hand. Raises what `acknowledgement.acknowledge` raises, UnknownStep,
    NoDueDateToPromise or NoSubstitution; with a key CarriedOutBefore, KeyOfAnother."""

    def work(desk: SqlSteps) -> Acknowledged:
        said = (step_id, actor, expected_on, words)
        if key:
            told = hashlib.sha256(repr(("acknowledge", *said)).encode()).hexdigest()
            carry_out_once(desk.connection, actor.account, key.once, told, desk.now)
        return acknowledge_on(wiring, desk.connection, said, key.id if key else "")

    return in_transaction(wiring, work)


def acknowledge_on(
    wiring: Wiring, connection: Connection, said: tuple[int, Actor, date, str], event_id: str = ""
) -> Acknowledged:
    """The same in a transaction of the caller's. `said`: step, who, expected on, words."""
    step_id, actor, expected_on, words = said
    now = wiring.now()
    office = ReviewOffice(local_date(now))
    office.on(connection)
    one_at_a_time(connection, step_id)
    step = next(iter(reviewed_steps(connection, [step_id])), None)
    if step is None:
        raise UnknownStep(step=step_id)
    acting_for(actor, substitutions_of(connection, actor.account, wiring.today()), wiring.today())
    asked = _acknowledgeable(connection, office, step)
    ladder, calendar = office.ladder(step), office.calendar_of(step)
    given = acknowledge(asked, actor, expected_on, words, ladder=ladder, calendar=calendar, now=now)
    if asked.before and replace(asked.before, given_at=now) == given:
        return Acknowledged(step, asked.before, again=True)
    _write(connection, step, given, event_id)
    return Acknowledged(step, given)


def _acknowledgeable(connection: Connection, office: ReviewOffice, step: ReviewedStep) -> Acknowledgeable:
    due_on = step.facts.due_on
    if due_on is None:
        raise NoDueDateToPromise(step=step.name)
    leads = office.told(replace(step, awaited=()), Audience.UNIT_LEAD)
    return Acknowledgeable(
        step.name,
        step.facts.state,
        due_on,
        last_level(connection, step.id, due_on),
        people_told(connection, step.id, due_on),
        frozenset(one.account for one in leads.recipients),
        acknowledged(connection, step.id, due_on, step.facts.dated_at),
    )


def _write(connection: Connection, step: ReviewedStep, given: Acknowledgement, event_id: str) -> None:
    name = f"acknowledged:{step.id}:{given.by}:{given.given_at.isoformat()}:{given.expected_on}"
    key = event_id or hashlib.sha256(name.encode()).hexdigest()[:32]
    write_acknowledgement(connection, key, step.id, given)
    event = Event(
        id=key,
        type=STEP_ACKNOWLEDGED,
        occurred_at=given.given_at,
        actor=given.by,
        on_behalf_of=given.on_behalf_of,
        subject=step.unit,
        decision_id=step.decision_id,
        step_id=step.id,
        payload={
            "due_on": given.due_on.isoformat(),
            "expected_on": given.expected_on.isoformat(),
            "level": given.level,
            "step": step.name,
            "words": given.words,
        },
    )
    record_event(connection, event)
