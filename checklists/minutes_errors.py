"""Why minutes are not drafted, confirmed or finished: one class for each rule, its docstring the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class NoHandover(BadInput):
    """No decision whose checklists are open has {giving} hand over to {receiving}. See who follows a unit with: bangiao
    units show {giving}"""


class SeveralHandovers(BadInput):
    """{giving} hands over to {receiving} in several decisions: {numbers}. Name one with --decision."""


class UnknownMinutes(BadInput):
    """There are no minutes {number}. See those there are with: bangiao minutes list"""


class MinutesUnclear(BadInput):
    """Several decisions have minutes {number}: {decisions}. Name one with --decision."""


class RepresentativeMissing(BadInput):
    """Nobody is on record as unit lead of {unit}. Say who represents it: {option} "Name; Position"."""


class NumberTaken(BadInput):
    """The number {number} belongs to the minutes between {giving} and {receiving}. Give another with --number, or leave
    it out: the next free one is {free}."""


class MayNotDraft(HandoverError):
    """{person} may not draft these minutes: that takes the role unit lead or steering committee over {giving} or
    {receiving}, there or above."""


class MayNotConfirm(HandoverError):
    """{person} may not confirm for {unit}: that takes the role unit lead there or above."""


class FactsChanged(HandoverError):
    """What minutes {number} tell of has changed since they were drafted: {what}. Nothing was confirmed; draft them
    again and read them: bangiao minutes draft {giving} {receiving} --decision {decision}"""


class NotConfirmedByBoth(HandoverError):
    """Minutes {number} are not confirmed by both sides yet; still missing: {missing}."""


class OnlyPutAway(HandoverError):
    """Minutes {number} are confirmed by both sides and are not changed any more; only their documents are still to be
    put away: bangiao minutes finish {number} --decision {decision}"""
