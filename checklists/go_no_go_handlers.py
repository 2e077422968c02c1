"""Orders about go/no-go: open a question, vote, close it. Each is refused whole or carried out whole, once.

Handlers work at a desk (`GoNoGoDesk`, provided by `db.go_no_go`) and never commit. What happened goes on record as
events of the decision, so that its history and its evidence packages have them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from checklists import go_no_go_errors as errors
from checklists.deadlines import local_date
from checklists.events import GO_NO_GO_CLOSED, GO_NO_GO_OPENED, GO_NO_GO_VOTED, Event
from checklists.go_no_go import Choice, Closing, FrozenReadiness, Question, Vote, choice_words, counted
from checklists.handlers import UnknownDecision
from checklists.reasons import as_kept


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question may be about: a decision's number, whether its checklists are open, and since when it applies."""

    id: int
    number: str
    opened: bool
    operational: date


class GoNoGoDesk(Protocol):
    """Questions on record, inside one transaction."""

    @property
    def now(self) -> datetime: ...

    def subject(self, number: str) -> Subject | None: ...

    def question(self, decision_id: int, number: int) -> Question | None:
        """With all its votes."""
        ...

    def open_one(self, decision_id: int, province: str) -> Question | None:
        """The question about the same that is not closed; there is one at most."""
        ...

    def may_vote(self, decision_id: int, province: str, day: date) -> frozenset[str]:
        """Accounts of the steering committees that reach every unit of it."""
        ...

    def add(
        self, subject: Subject, province: str, decided_for: date, readiness: FrozenReadiness, by: str
    ) -> Question: ...

    def add_vote(self, question: Question, vote: Vote) -> None: ...

    def close(self, question: Question, closing: Closing) -> None: ...

    def record(self, events: Iterable[Event]) -> None: ...


class GoNoGoResult(StrEnum):
    """What came of an order."""

    OPENED = "opened"
    OPEN_ALREADY = "open_already"
    VOTED = "voted"
    VOTED_ANEW = "voted_anew"
    VOTED_SO_BEFORE = "voted_so_before"
    CLOSED = "closed"
    CLOSED_BEFORE = "closed_before"


@dataclass(frozen=True, slots=True)
class GoNoGoOutcome:
    """What an order did, and the question as it stands now."""

    result: GoNoGoResult
    question: Question


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody's wish to open a question. `decided_for` None: the day from which the new units operate."""

    number: str
    by: str
    province: str = ""
    decided_for: date | None = None


def open_question(asking: Asking, readiness: FrozenReadiness, desk: GoNoGoDesk, today: date) -> GoNoGoOutcome:
    """Open it with these figures; the same person's asking the same again changes nothing. Raises UnknownDecision,
    DecisionNotOpen, InOperation, NotAheadOfOperation, ProvinceNotInDecision, NotAVoter, AskedAlready."""
    subject = _subject(asking.number, desk)
    if not subject.opened:
        raise errors.DecisionNotOpen(number=subject.number)
    if today >= subject.operational:
        raise errors.InOperation(number=subject.number, operational=subject.operational)
    day = asking.decided_for or subject.operational
    if not today <= day <= subject.operational:
        raise errors.NotAheadOfOperation(day=day, operational=subject.operational, number=subject.number)
    if not readiness.whole.units:
        raise errors.ProvinceNotInDecision(number=subject.number, province=asking.province or "–")
    _has_a_vote(asking.by, desk.may_vote(subject.id, asking.province, today))
    waiting = desk.open_one(subject.id, asking.province)
    if waiting and (waiting.opened_by, waiting.decided_for) == (asking.by, day):
        return GoNoGoOutcome(GoNoGoResult.OPEN_ALREADY, waiting)
    if waiting:
        raise errors.AskedAlready(person=waiting.opened_by, number=subject.number, day=local_date(waiting.opened_at))
    question = desk.add(subject, asking.province, day, readiness, asking.by)
    said = {"facts_hash": question.facts_hash, "readiness": asdict(readiness.whole)}
    desk.record([_event(GO_NO_GO_OPENED, question, asking.by, desk.now, "", said)])
    return GoNoGoOutcome(GoNoGoResult.OPENED, question)


@dataclass(frozen=True, slots=True)
class Voting:
    """Somebody's vote."""

    number: str
    question: int
    by: str
    choice: str
    reason: str = ""


def vote(voting: Voting, desk: GoNoGoDesk, today: date) -> GoNoGoOutcome:
    """Put it on record; the same vote again changes nothing, another one takes its place and both stay. Raises
    UnknownQuestion, NotAVoter, VotingClosed, UnknownChoice, VoteUnexplained."""
    question = known(voting.number, voting.question, desk)
    _has_a_vote(voting.by, desk.may_vote(question.decision_id, question.province, today))
    if question.closing:
        raise _closed(question.closing)
    choice, reason = _said(voting)
    before = question.last.get(voting.by)
    if before and (before.choice, before.reason) == (choice, reason):
        return GoNoGoOutcome(GoNoGoResult.VOTED_SO_BEFORE, question)
    given = Vote(question.said_so_far + 1, voting.by, choice, reason, desk.now)
    desk.add_vote(question, given)
    said = {"choice": choice.value, "reason": reason} | ({"before": {"choice": before.choice.value}} if before else {})
    desk.record([_event(GO_NO_GO_VOTED, question, voting.by, desk.now, f":{given.number}", said)])
    result = GoNoGoResult.VOTED_ANEW if before else GoNoGoResult.VOTED
    return GoNoGoOutcome(result, replace(question, votes=(*question.votes, given)))


@dataclass(frozen=True, slots=True)
class EndOfVoting:
    """Somebody's wish to close a question. `seen`: how many votes they have read (None: whatever is on record)."""

    number: str
    question: int
    by: str
    seen: int | None = None
    four_eyes: bool = True


def close(end: EndOfVoting, desk: GoNoGoDesk, today: date) -> GoNoGoOutcome:
    """Compute the outcome of the votes on record, by the rule of `go_no_go.Count`; closing again is a no-op that says
    so. Raises UnknownQuestion, NotAVoter, ClosesOwnQuestion, VotedMeanwhile."""
    question = known(end.number, end.question, desk)
    able = desk.may_vote(question.decision_id, question.province, today)
    _has_a_vote(end.by, able)
    if question.closing:
        return GoNoGoOutcome(GoNoGoResult.CLOSED_BEFORE, question)
    if end.four_eyes and end.by == question.opened_by:
        raise errors.ClosesOwnQuestion(person=end.by)
    if end.seen is not None and end.seen != question.said_so_far:
        raise errors.VotedMeanwhile(seen=end.seen, now=question.said_so_far)
    count = counted(question.votes, able)
    closing = Closing(count.outcome, count, end.by, desk.now)
    desk.close(question, closing)
    said = {
        "outcome": closing.outcome.value,
        "votes_counted": count.to_said(),
        "votes": [[one.by, one.choice.value] for one in question.last.values() if one.by in able],
        "facts_hash": question.facts_hash,
    }
    desk.record([_event(GO_NO_GO_CLOSED, question, end.by, desk.now, "", said)])
    return GoNoGoOutcome(GoNoGoResult.CLOSED, replace(question, closing=closing))


def known(number: str, question: int, desk: GoNoGoDesk) -> Question:
    """Raises UnknownDecision, UnknownQuestion."""
    found = desk.question(_subject(number, desk).id, question)
    if found is None:
        raise errors.UnknownQuestion(question=question, number=number)
    return found


def _subject(number: str, desk: GoNoGoDesk) -> Subject:
    subject = desk.subject(number)
    if subject is None:
        raise UnknownDecision(number=number)
    return subject


def _has_a_vote(account: str, able: Collection[str]) -> None:
    if account not in able:
        raise errors.NotAVoter(person=account)


def _said(voting: Voting) -> tuple[Choice, str]:
    if voting.choice not in set(Choice):
        raise errors.UnknownChoice(choice=as_kept(voting.choice[:40]))
    choice, reason = Choice(voting.choice), as_kept(voting.reason)
    if choice is not Choice.GO and not reason:
        raise errors.VoteUnexplained()
    return choice, reason


def _closed(closing: Closing) -> errors.VotingClosed:
    return errors.VotingClosed(person=closing.by, day=local_date(closing.at), outcome=choice_words(closing.outcome))


def _event(kind: str, question: Question, by: str, now: datetime, suffix: str, said: Mapping[str, Any]) -> Event:
    about = {
        "decision_id": question.decision_id,
        "number": question.decision,
        "question": question.id,
        "province": question.province,
        "decided_for": question.decided_for.isoformat(),
    }
    payload = {name: value for name, value in about.items() if value} | dict(said)
    return Event(f"{kind}:{question.id}{suffix}", kind, now, by, question.decision, payload, question.decision_id)
