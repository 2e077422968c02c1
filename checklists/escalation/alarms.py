"""When an alarm is said, when it is said again, and when it is over.

findings (`checklists.escalation.watching`) + what was said before → **here** → an alarm, an all clear, or silence. What
is remembered is kept on record, so that a restart neither repeats an alarm nor forgets to end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checklists.escalation.watching import CAUSE_OF, Finding

AGAIN = timedelta(hours=1)
AGAIN_WHERE_NOT_GRAVE = timedelta(days=1)
OVER_AFTER = timedelta(minutes=10)
"""A finding that comes back sooner was not over: it is the same one, and nobody is told twice."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding as it is remembered. `told_at`: when an alarm about it was last accepted by some channel."""

    kind: str
    seen_at: datetime
    told_at: datetime | None = None


Alarms = Mapping[str, Alarm]
"""By kind of finding."""


def seen_now(alarms: Alarms, found: Sequence[Finding], now: datetime) -> dict[str, Alarm]:
    """What is remembered after this look. What was told and is gone stays until that may be said, or, while there is
    something else, for as long as it might come back."""
    new = {one.kind: replace(alarms.get(one.kind) or Alarm(one.kind, now), seen_at=now) for one in found}
    gone = {kind: one for kind, one in alarms.items() if kind not in new and one.told_at is not None}
    lingering = {kind: one for kind, one in gone.items() if not found or not _over(one, now)}
    return {**lingering, **new}


def to_be_told(alarms: Alarms, found: Sequence[Finding], now: datetime) -> bool:
    """Whether there is something nobody has been told of, or not for long; its mere consequences are no reason."""
    causes = {one.kind for one in found}
    news = [one for one in found if CAUSE_OF.get(one.kind) not in causes]
    return any(_unsaid(alarms.get(one.kind), AGAIN if one.grave else AGAIN_WHERE_NOT_GRAVE, now) for one in news)


def told(alarms: Alarms, found: Iterable[Finding], now: datetime) -> dict[str, Alarm]:
    """After an alarm with these findings was accepted."""
    return {**alarms, **{one.kind: Alarm(one.kind, now, now) for one in found}}


def is_over(alarms: Alarms, found: Sequence[Finding], now: datetime) -> bool:
    """Whether everything that was told has been gone for a while: then it is said, once, and forgotten."""
    return bool(alarms) and not found and all(_over(one, now) for one in alarms.values())


def _unsaid(alarm: Alarm | None, again: timedelta, now: datetime) -> bool:
    return alarm is None or alarm.told_at is None or not alarm.told_at <= now < alarm.told_at + again


def _over(alarm: Alarm, now: datetime) -> bool:
    return not alarm.seen_at <= now < alarm.seen_at + OVER_AFTER
