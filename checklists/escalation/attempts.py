"""The states of a notification on its way, and the one table of how they change.

notices → claimed by the sender → **attempts** → sent, or a dead letter. Sent at least once: what was being sent when
the sender crashed is sent again with the same id. Every attempt is a row; this says what the notification becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from checklists.errors import HandoverError
from checklists.messages import Message


class NoSuchMove(HandoverError):
    """The notification is {state} and stays so. The rule: {rule}."""


class DeliveryState(StrEnum):
    """Where a notification stands on its way to one recipient."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Move(StrEnum):
    """What happens to a notification."""

    CLAIM = "claim"
    ACCEPTED = "accepted"
    FAILED_FOR_NOW = "failed_for_now"
    REFUSED_FOR_GOOD = "refused_for_good"
    LEASE_PASSED = "lease_passed"
    GIVE_UP = "give_up"
    CANCEL = "cancel"
    RESEND = "resend"


_P, _G, _S, _F, _D, _C, _U = DeliveryState


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the table: in one of the states `before`, the move leads to `after`, by this rule."""

    move: Move
    before: frozenset[DeliveryState]
    after: DeliveryState
    rule: Message


CHANGES: tuple[Change, ...] = (
    Change(Move.CLAIM, frozenset({_P, _F, _U}), _G, Message("one sender claims what is due, for as long as its lease")),
    Change(Move.ACCEPTED, frozenset({_G, _U}), _S, Message("the channel took it, even if we hear of it late")),
    Change(Move.FAILED_FOR_NOW, frozenset({_G, _U}), _F, Message("it is tried again, each time after a longer while")),
    Change(Move.REFUSED_FOR_GOOD, frozenset({_G, _U}), _D, Message("a refusal for good is not tried again")),
    Change(
        Move.LEASE_PASSED,
        frozenset({_G}),
        _U,
        Message("the sender stopped while sending: perhaps it arrived, so it is sent again with the same id"),
    ),
    Change(
        Move.GIVE_UP, frozenset({_F, _U}), _D, Message("after the last try it is a dead letter, and others are told")
    ),
    Change(Move.CANCEL, frozenset({_P, _F, _U}), _C, Message("what is settled is not said any more")),
    Change(Move.RESEND, frozenset({_D}), _P, Message("somebody sends a dead letter again, and its tries begin anew")),
)
"""A message that is being sent is not cancelled: it may have left already. Sent and cancelled are final."""

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long to wait after each failed try; 8 tries over 22 hours."""

MOST_TRIES = len(RETRY_AFTER) + 1

LONGEST_WAIT = timedelta(hours=24)
"""How long a message may wait for its turn at a server that is left alone, or a channel that cannot be used."""


def after(state: DeliveryState, move: Move) -> DeliveryState:
    """The state that follows. Raises NoSuchMove."""
    for change in CHANGES:
        if change.move is move and state in change.before:
            return change.after
    raise NoSuchMove(state=delivery_words(state), rule=next(one.rule for one in CHANGES if one.move is move))


def after_failure(tries: int, *, for_good: bool = False) -> tuple[Move, ...]:
    """The moves after the `tries`-th try came to nothing."""
    if for_good:
        return (Move.REFUSED_FOR_GOOD,)
    return (Move.FAILED_FOR_NOW,) if tries < MOST_TRIES else (Move.FAILED_FOR_NOW, Move.GIVE_UP)


def delivery_words(state: DeliveryState) -> Message:
    """The state as people call it."""
    return _STATES[state]


_STATES = {
    _P: Message("not sent yet"),
    _G: Message("being sent"),
    _S: Message("sent"),
    _F: Message("failed, to be tried again"),
    _D: Message("a dead letter"),
    _C: Message("no longer to be sent"),
    _U: Message("perhaps sent"),
}
