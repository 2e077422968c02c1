"""When a message that could not be sent is tried again: eight attempts in about a day, then it is a dead letter."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from checklists.escalation.attempts import MOST_TRIES, RETRY_AFTER

SPREAD = 0.2
LONGEST_ASKED_FOR = timedelta(hours=24)
"""A server may ask for a longer pause than ours, but not for silence."""


def wait_after(message_id: str, attempt: int) -> timedelta | None:
    """The pause after failed attempt number `attempt` (the first is 1); None after the last.

    Up to a fifth shorter or longer, so that messages that failed together do not come back together; the same for the
    same message and attempt, so that planning twice plans the same.
    """
    if attempt >= MOST_TRIES:
        return None
    digest = hashlib.sha256(f"{message_id}:{attempt}".encode()).digest()
    share = int.from_bytes(digest[:8]) / (2**64 - 1)  # 0..1
    return RETRY_AFTER[max(attempt, 1) - 1] * (1 + SPREAD * (2 * share - 1))


def next_attempt(message_id: str, attempt: int, now: datetime, retry_after: float | None = None) -> datetime | None:
    """When to try again after failed attempt number `attempt`, or None when it was the last one.

    A pause that the server asked for (`retry_after`, seconds) is honoured where it is longer than ours, up to a day.
    """
    wait = wait_after(message_id, attempt)
    if wait is None:
        return None
    asked = min(timedelta(seconds=retry_after or 0), LONGEST_ASKED_FOR)
    return now + max(wait, asked)
