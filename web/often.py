"""How often somebody comes: counted in memory, so that a flood of requests writes nothing."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_KNOWN = 10_000


@dataclass
class Often:
    """At most `most` times `within`; those who came longest ago are forgotten first."""

    most: int
    within: timedelta
    _came: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, whom: str, now: datetime) -> int:
        """Count one more. Gives 0, or after how many seconds they may come again."""
        came = self._came.setdefault(whom, deque(maxlen=self.most))
        self._came.move_to_end(whom)
        while len(self._came) > _KNOWN:
            self._came.popitem(last=False)
        full = len(came) == self.most and now - came[0] < self.within
        if not full:
            came.append(now)
            return 0
        return max(1, int((came[0] + self.within - now).total_seconds()))
