"""Which of several notices about one step speaks for all of them: that of the highest level.

notices of one person and window → **digests** → the message, where each step stands once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from checklists.escalation.ladder import EscalationLadder


class OfALevel(Protocol):
    """What is planned for a level of a ladder, named by its key."""

    @property
    def level(self) -> str: ...


Notice = TypeVar("Notice", bound=OfALevel)


def speaks_for(notices: Sequence[Notice], ladder: EscalationLadder) -> Notice:
    """The one of the highest level, and of these the last; a level that the ladder does not have is the lowest."""
    places = {level.key: place for place, level in enumerate(ladder.levels)}
    return max(reversed(notices), key=lambda one: places.get(one.level, -1))
