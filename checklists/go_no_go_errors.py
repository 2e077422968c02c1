"""Why something about a go/no-go question is refused: one class for each rule, its docstring the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class DecisionNotOpen(HandoverError):
    """{number} has no checklists to judge by: it is a draft, revoked, or still being opened. Ask once they are open."""


class InOperation(HandoverError):
    """Under {number} the new units have operated since {operational}: whether they may begin is not asked any more."""


class NotAheadOfOperation(BadInput):
    """The day decided for, {day}, is not between today and {operational}, the day from which {number} has the new units
    operate. Give such a day."""


class ProvinceNotInDecision(BadInput):
    """{number} concerns no unit of {province} that owes a step. Ask about a province of it, or about all its units."""


class AskedAlready(HandoverError):
    """{person} has asked the same of {number} on {day}, and the votes are not closed yet. Vote there, or close it
    first."""


class UnknownQuestion(BadInput):
    """There is no go/no-go question no. {question} about {number}. See: bangiao decision go-no-go show {number}"""


class NotAVoter(HandoverError):
    """{person} has no vote in this question: only a steering committee that reaches all units it is about has one."""


class VoteUnexplained(BadInput):
    """Say why: a vote of no go, or of go with conditions, is kept with its reason or its conditions (--reason)."""


class UnknownChoice(BadInput):
    """“{choice}” is no vote. Vote go, conditions or no_go."""


class VotingClosed(HandoverError):
    """The question was closed by {person} on {day}; the outcome is: {outcome}. Votes are not taken any more. If things
    have changed, ask anew."""


class ClosesOwnQuestion(HandoverError):
    """{person} has opened this question and cannot close it as well: a second person must (setting four_eyes)."""


class VotedMeanwhile(HandoverError):
    """You have read {seen} votes, and {now} are on record by now. Nothing was closed; read them, then close it."""
