"""Go/no-go questions on record, inside one transaction: implements `checklists.go_no_go_handlers.GoNoGoDesk`.

A command's transaction holds the lock of commands (`db.unit_of_work`), so that two votes, or a vote and the closing,
come one after the other.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, literal, select, update

from checklists.deadlines import local_date
from checklists.decisions import anchors_said
from checklists.events import Event
from checklists.go_no_go import Choice, Closing, Count, FrozenReadiness, Question, Readiness, Vote
from checklists.go_no_go_handlers import Subject
from checklists.people import EVERYWHERE, PersonRole
from checklists.ports import REGISTERED
from checklists.templates import Anchor
from db.cockpit import Tally, tallies
from db.decisions_seen import units_named
from db.models import AssignmentRow, DecisionRow, table_of
from db.reach import in_force, reach_of, reached_from
from db.steering_models import GoNoGoRow, GoNoGoVoteRow
from db.unit_of_work import record_event
from db.work_models import PersonRow

_QUESTION, _VOTE = table_of(GoNoGoRow), table_of(GoNoGoVoteRow)


class SqlGoNoGo:
    """Questions as one transaction sees them."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def subject(self, number: str) -> Subject | None:
        query = select(DecisionRow.id, DecisionRow.state, DecisionRow.opened_at, DecisionRow.content)
        row = self.connection.execute(query.where(DecisionRow.number == number)).one_or_none()
        if row is None:
            return None
        opened = row.state == REGISTERED and row.opened_at is not None
        return Subject(row.id, number, opened, anchors_said(row.content)[Anchor.OPERATIONAL])

    def question(self, decision_id: int, number: int) -> Question | None:
        found = self.questions(_QUESTION.c.decision_id == decision_id, _QUESTION.c.id == number)
        return found[0] if found else None

    def open_one(self, decision_id: int, province: str) -> Question | None:
        same = (_QUESTION.c.decision_id == decision_id, _QUESTION.c.province == province)
        found = self.questions(*same, _QUESTION.c.outcome.is_(None))
        return found[0] if found else None

    def any_open(self, decision: str) -> bool:
        """Whether something about this decision is open for votes."""
        query = select(_QUESTION.c.id).join(DecisionRow, DecisionRow.id == _QUESTION.c.decision_id)
        waiting = query.where(DecisionRow.number == decision, _QUESTION.c.outcome.is_(None)).limit(1)
        return self.connection.scalar(waiting) is not None

    def waiting_for(self, account: str) -> list[tuple[str, int]]:
        """Open questions on which somebody has a vote and has not voted: decision and number, the oldest first."""
        voted = select(_VOTE.c.number).where(_VOTE.c.question_id == _QUESTION.c.id, _VOTE.c.given_by == account)
        query = (
            select(DecisionRow.number, _QUESTION.c.id, _QUESTION.c.decision_id, _QUESTION.c.province)
            .join(DecisionRow, DecisionRow.id == _QUESTION.c.decision_id)
            .where(_QUESTION.c.outcome.is_(None), ~voted.exists())
            .order_by(_QUESTION.c.id)
        )
        return [
            (row.number, row.id)
            for row in self.connection.execute(query).all()
            if account in self.may_vote(row.decision_id, row.province, local_date(self.now))
        ]

    def questions(self, *these: ColumnElement[bool]) -> list[Question]:
        """Those for which all of it holds, the newest first."""
        query = select(_QUESTION, DecisionRow.number).join(DecisionRow, DecisionRow.id == _QUESTION.c.decision_id)
        rows = self.connection.execute(query.where(*these).order_by(_QUESTION.c.id.desc())).all()
        votes = self._votes([row.id for row in rows])
        return [_question(row, votes[row.id]) for row in rows]

    def _votes(self, questions: Sequence[int]) -> defaultdict[int, list[Vote]]:
        found: defaultdict[int, list[Vote]] = defaultdict(list)
        query = select(_VOTE).where(_VOTE.c.question_id.in_(questions)).order_by(_VOTE.c.question_id, _VOTE.c.number)
        for row in self.connection.execute(query) if questions else ():
            found[row.question_id].append(Vote(row.number, row.given_by, Choice(row.choice), row.reason, row.given_at))
        return found

    def may_vote(self, decision_id: int, province: str, day: date) -> frozenset[str]:
        return voters(self.connection, self.units(decision_id, province), day)

    def units(self, decision_id: int, province: str) -> frozenset[str]:
        """The units that a question is about."""
        number = self.connection.scalars(select(DecisionRow.number).where(DecisionRow.id == decision_id)).one()
        named = units_named(self.connection, number)
        return named & _reached(self.connection, province) if province else named

    def add(self, subject: Subject, province: str, decided_for: date, readiness: FrozenReadiness, by: str) -> Question:
        number = (self.connection.scalar(select(func.max(_QUESTION.c.id))) or 0) + 1
        facts = {"facts": readiness.to_json(), "facts_hash": readiness.hash}
        row = {
            "id": number,
            "decision_id": subject.id,
            "province": province,
            "decided_for": decided_for,
            "opened_by": by,
            "opened_at": self.now,
            **facts,
        }
        self.connection.execute(insert(_QUESTION), row)
        return Question(
            number, subject.id, subject.number, province, decided_for, readiness, readiness.hash, by, self.now
        )

    def add_vote(self, question: Question, vote: Vote) -> None:
        said = {"choice": vote.choice.value, "reason": vote.reason, "given_by": vote.by, "given_at": vote.at}
        self.connection.execute(insert(_VOTE), {"question_id": question.id, "number": vote.number, **said})

    def close(self, question: Question, closing: Closing) -> None:
        counted = json.dumps(closing.count.to_said(), sort_keys=True)
        said = {"outcome": closing.outcome.value, "counted": counted, "closed_by": closing.by, "closed_at": closing.at}
        self.connection.execute(update(_QUESTION).where(_QUESTION.c.id == question.id).values(**said))

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            record_event(self.connection, event)


def _question(row: Any, votes: list[Vote]) -> Question:
    closing = None
    if row.outcome:
        count = Count(**json.loads(row.counted))
        closing = Closing(Choice(row.outcome), count, row.closed_by, row.closed_at)
    return Question(
        row.id,
        row.decision_id,
        row.number,
        row.province,
        row.decided_for,
        FrozenReadiness.from_said(json.loads(row.facts)),
        row.facts_hash,
        row.opened_by,
        row.opened_at,
        tuple(votes),
        closing,
    )


def voters(connection: Connection, units: frozenset[str], day: date) -> frozenset[str]:
    """Who sits in a steering committee, or in several, that reach all of these units together."""
    if not units:
        return frozenset()
    held: defaultdict[str, set[str]] = defaultdict(set)
    query = (
        select(AssignmentRow.person, AssignmentRow.unit)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.role == PersonRole.COMMITTEE, in_force(day))
    )
    for account, unit in connection.execute(query):
        held[account].add(unit)
    above_one = set(reach_of(connection, min(units)))
    reached: dict[str, frozenset[str]] = {EVERYWHERE: units}
    able = set()
    for account, places in held.items():
        if not places & above_one:
            continue
        for place in places - reached.keys():
            reached[place] = _reached(connection, place)
        if units <= frozenset().union(*(reached[place] for place in places)):
            able.add(account)
    return frozenset(able)


def _reached(connection: Connection, place: str) -> frozenset[str]:
    return frozenset(connection.scalars(reached_from(select(literal(place).label("key")))))


def readiness(connection: Connection, number: str, province: str, now: datetime, day: date) -> FrozenReadiness:
    """How the units of a decision (of one province of it) stand now, counted as the cockpit counts."""
    mine = _reached(connection, province) if province else None
    found = [
        one for one in tallies(connection, day, day) if one.decision == number and (mine is None or one.unit in mine)
    ]
    streams = {one.stream for one in found}
    by_stream = {name: _figures([one for one in found if one.stream == name]) for name in sorted(streams)}
    return FrozenReadiness(now, _figures(found), by_stream)


def _figures(found: Sequence[Tally]) -> Readiness:
    """`units`: those that owe a step; `ready`: those of them that owe none any more."""
    figures, open_steps = Readiness(), defaultdict[str, int](int)
    for one in found:
        open_steps[one.unit] += one.steps - one.settled
        for name in ("steps", "settled", "overdue", "submitted", "untouched", "blocked"):
            setattr(figures, name, getattr(figures, name) + getattr(one, name))
    figures.units = len(open_steps)
    figures.ready = sum(1 for left in open_steps.values() if not left)
    return figures
