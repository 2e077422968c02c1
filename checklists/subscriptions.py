"""Subscriptions: another system is told of events, in the order of the log, until somebody pauses it or it stops.

A receiver that refuses is asked again, for a day; then the subscription stops at that event and waits for a person.
Nothing is skipped unless somebody says so: what was told is always the beginning of what was to be told.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from checklists.errors import BadInput, HandoverError
from checklists.messages import Message

AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600))
"""How long to wait after each failed try; the last stands for all that follow."""

SPREAD = 0.2
GIVEN_UP_AFTER = timedelta(days=1)
LONGEST_ASKED_FOR = timedelta(hours=6)
"""A receiver may ask for a longer pause than ours, but not for silence."""

STUCK_AFTER = timedelta(hours=1)
"""So long a receiver may fail before the operator hears of it."""

GONE = 410
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class SubscriptionState(StrEnum):
    """Whether events leave. `stopped`: by us, after a day of failures or because the receiver said it is gone."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


STATE_WORDS = {
    SubscriptionState.ACTIVE: Message("active"),
    SubscriptionState.PAUSED: Message("paused"),
    SubscriptionState.STOPPED: Message("stopped"),
}


class BadSubscriptionName(BadInput):
    """ "{name}" cannot name a subscription. Use small letters without diacritics, digits and hyphens, 40 at most."""


class SubscriptionExists(BadInput):
    """There is a subscription {name} already. Give this one another name, or remove that one first."""


class UnknownSubscription(BadInput):
    """There is no subscription {name}. See: bangiao subscription list"""


class NothingToSkip(HandoverError):
    """The subscription {name} waits for no event: there is nothing to skip. Resume it without that."""


class BadPlace(BadInput):
    """{given} is no place in the audit log; it has {size} entries. Give a number from 0 to {size}."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A receiver that has failed `tries` times in a row, first at `since`."""

    tries: int
    since: datetime

    def over(self, now: datetime) -> bool:
        return now - self.since >= GIVEN_UP_AFTER


def subscription_name(text: str) -> str:
    """Raises BadSubscriptionName."""
    if not _NAME.fullmatch(text):
        raise BadSubscriptionName(name=text)
    return text


def again_at(name: str, failing: Failing, now: datetime, asked: float | None = None) -> datetime:
    """When to try again. Up to a fifth sooner or later, so that subscriptions that failed together do not come back
    together; the same for the same try. `asked`: the pause in seconds that the receiver asks for."""
    digest = hashlib.sha256(f"{name}:{failing.since.isoformat()}:{failing.tries}".encode()).digest()
    share = int.from_bytes(digest[:8]) / (2**64 - 1)
    wait = AGAIN_AFTER[min(failing.tries, len(AGAIN_AFTER)) - 1] * (1 + SPREAD * (2 * share - 1))
    return now + max(wait, min(timedelta(seconds=asked or 0), LONGEST_ASKED_FOR))
