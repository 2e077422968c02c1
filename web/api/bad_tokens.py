"""Tokens that are not good, counted by the place they come from: in memory, so that a flood of them writes nothing.

Good tokens are not held back: nobody guesses 192 random bits, and others may sit behind the same address.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST, WITHIN = 30, timedelta(minutes=5)
_PLACES = 10_000


@dataclass
class BadTokens:
    """When bad ones came, by place; the places seen longest ago are forgotten first."""

    _came: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, place: str, now: datetime) -> int:
        """Count one more. Gives 0, or after how many seconds the place may come again."""
        came = self._came.setdefault(place, deque(maxlen=MOST))
        self._came.move_to_end(place)
        while len(self._came) > _PLACES:
            self._came.popitem(last=False)
        full = len(came) == MOST and now - came[0] < WITHIN
        if not full:
            came.append(now)
            return 0
        return max(1, int((came[0] + WITHIN - now).total_seconds()))
