"""May units begin to operate? A question to the steering committee, its votes, and how they become an outcome.

committee → **question** (with the readiness of that moment, frozen) → votes, each with its reason → a second person
closes it → **outcome**, computed by the rule of `counted`. It decides nothing by itself: people read it, and it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from checklists.audit.leaf import canonical
from checklists.messages import Message


class Choice(StrEnum):
    """What somebody votes, and what comes of all votes together."""

    GO = "go"
    CONDITIONS = "conditions"
    NO_GO = "no_go"


_WORDS: Mapping[Choice, Message] = {
    Choice.GO: Message("go"),
    Choice.CONDITIONS: Message("go with conditions"),
    Choice.NO_GO: Message("no go"),
}


def choice_words(choice: Choice) -> Message:
    """As people call it."""
    return _WORDS[choice]


@dataclass(slots=True)
class Readiness:
    """How units stand, as numbers. A unit is ready when every step that it owes is settled."""

    units: int = 0
    ready: int = 0
    steps: int = 0
    settled: int = 0
    overdue: int = 0
    submitted: int = 0
    untouched: int = 0
    blocked: int = 0

    @property
    def percent(self) -> int:
        """Settled, in whole percent; 100 only when nothing is open."""
        return 100 * self.settled // self.steps if self.steps else 0


@dataclass(frozen=True, slots=True)
class FrozenReadiness:
    """The figures that a question is decided on: all units of its subject together, and by workstream."""

    at: datetime
    whole: Readiness
    streams: Mapping[str, Readiness]

    def to_json(self) -> str:
        """Canonical JSON (RFC 8785): equal figures are equal texts."""
        streams = {name: asdict(one) for name, one in self.streams.items()}
        return canonical({"at": self.at.isoformat(), "whole": asdict(self.whole), "streams": streams}).decode()

    @property
    def hash(self) -> str:
        return sha256(self.to_json().encode()).hexdigest()

    @staticmethod
    def from_said(said: Mapping[str, Any]) -> FrozenReadiness:
        """What `to_json` wrote, parsed."""
        streams = {name: Readiness(**one) for name, one in said["streams"].items()}
        return FrozenReadiness(datetime.fromisoformat(said["at"]), Readiness(**said["whole"]), streams)


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody has voted; `number` counts all votes of the question, those of a changed mind too."""

    number: int
    by: str
    choice: Choice
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """Votes that count, and what comes of them. The rule: more than half of those who may vote have to have voted
    (else it is no go), and more than half of the votes have to be for it (a tie is no go); it is a go with conditions
    as soon as one vote for it names some."""

    may_vote: int
    go: int = 0
    conditions: int = 0
    no_go: int = 0

    @property
    def voted(self) -> int:
        return self.go + self.conditions + self.no_go

    @property
    def needed(self) -> int:
        """How many have to vote."""
        return self.may_vote // 2 + 1

    @property
    def enough(self) -> bool:
        return self.voted >= self.needed

    @property
    def outcome(self) -> Choice:
        if not self.enough or 2 * (self.go + self.conditions) <= self.voted:
            return Choice.NO_GO
        return Choice.CONDITIONS if self.conditions else Choice.GO

    def to_said(self) -> dict[str, int]:
        return asdict(self)


def counted(votes: Sequence[Vote], may_vote: Collection[str]) -> Count:
    """The last vote of everybody who may vote now; who may not any more is not counted."""
    choices = [one.choice for one in last_votes(votes).values() if one.by in may_vote]
    return Count(len(may_vote), *(choices.count(choice) for choice in Choice))


def last_votes(votes: Sequence[Vote]) -> dict[str, Vote]:
    """Each voter's last word, in the order in which they first voted."""
    return {one.by: one for one in votes}


@dataclass(frozen=True, slots=True)
class Closing:
    """How a question ended, and by whom."""

    outcome: Choice
    count: Count
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A question on record. `province` "": about all units of the decision."""

    id: int
    decision_id: int
    decision: str
    province: str
    decided_for: date
    readiness: FrozenReadiness
    facts_hash: str
    opened_by: str
    opened_at: datetime
    votes: tuple[Vote, ...] = field(default=())
    closing: Closing | None = None

    @property
    def last(self) -> dict[str, Vote]:
        return last_votes(self.votes)

    @property
    def said_so_far(self) -> int:
        """How many votes are on record: what somebody who closes it has read."""
        return len(self.votes)
