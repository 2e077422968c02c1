"""The next time of a duty that comes back: which date, which time it is, and the sentence that says why.

a step settled | a period ended → **next occurrence** → `db.occurrences` → a step of its own, with evidence of its own.

What is decided here, and why:

- A settled step opens the first date after its own, also where that is past: what was missed is still owed. It never
  opens several; the nightly run does, one for each period that ended without its step, so that each missed one stays
  open and is seen by itself. Neither ever passes over a date because it is late.
- A later time does not wait for the steps that the first one waited for. While the first one waits, the duty has not
  begun: no other is opened.
- Dates up to the day from which the first one could be worked on (its checklist was open, no step it needs was) are
  not owed one by one: the first one, overdue as it is, stands for them.
- A blocked time does not hold up those after it; a cancelled one is the last.
- Where the text sets no date, the first time has none, and the next counts from the day it was completed.
- A duty ends with the anchor it names; one that names none ends, for a unit that hands over, with the unit itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from checklists.deadlines import Deadline, deadline_number
from checklists.messages import Message
from checklists.recurring import closing_start, next_due
from checklists.step_numbers import MOST_OCCURRENCES
from checklists.steps import StepState
from checklists.templates import Anchor, Period, Recurrence, StepTemplate


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest time of a duty, or the one just settled. `first_due` is the duty's first date (None: it has none yet);
    `free_on` the day from which it could be worked on, if it may be later than its date."""

    occurrence: int
    due_on: date | None
    first_due: date | None
    free_on: date | None = None


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """What all times of one duty share: its template, its decision's dates and calendar, and whether its unit ends."""

    template: StepTemplate
    anchors: Mapping[Anchor, date]
    calendar_version: str
    hands_over: bool = False

    @property
    def recurrence(self) -> Recurrence | None:
        again = self.template.recurrence
        if again is None or again.until is not None or not self.hands_over:
            return again
        return again.model_copy(update={"until": Anchor.UNIT_CEASED})


@dataclass(frozen=True, slots=True)
class NextOccurrence:
    """A time to be opened."""

    occurrence: int
    deadline: Deadline

    @property
    def deadline_number(self) -> int:
        """As `checklists.deadlines.deadline_number`, of what the sentence says as well: two duties may share dates."""
        said = f"{deadline_number(self.deadline)}|{self.deadline.explanation.render(str)}"
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8]) >> 1


def next_occurrence(latest: Latest, duty: DutyFacts, today: date) -> NextOccurrence | None:
    """The time after `latest`, whose date may be past; None where the duty does not come back any more.

    `today` counts only where the duty had no date: it is then the day of completion.
    """
    again = duty.recurrence
    if again is None or latest.occurrence >= MOST_OCCURRENCES:
        return None
    first, after = latest.first_due or today, latest.due_on or today
    if latest.free_on is not None:
        after = max(after, latest.free_on)
    due = next_due(first, after, again, duty.anchors)
    if due is None:
        return None
    why = tuple(_reasons(latest, first, due, again, duty.anchors))
    sentence = Message("Due {due}: {reasons}.", {"due": due, "reasons": why})
    deadline = Deadline(duty.template.deadline, first, due, duty.calendar_version, False, sentence)
    return NextOccurrence(latest.occurrence + 1, deadline)


def missed_occurrences(latest: Latest, duty: DutyFacts, today: date) -> Iterator[NextOccurrence]:
    """What is to be open by `today` after a dated `latest`: a time for each period that ended, and the running one."""
    while latest.due_on is not None and latest.due_on < today:
        following = next_occurrence(latest, duty, today)
        if following is None:
            return
        yield following
        latest = replace(latest, occurrence=following.occurrence, due_on=following.deadline.due_on)


def opened_payload(step: str, key: str, occurrence: int, due_on: date | None) -> dict[str, object]:
    """What the event of its opening says."""
    return {
        "step": step,
        "key": key,
        "occurrence": occurrence,
        "due_on": due_on.isoformat() if due_on else None,
        "after": {"state": StepState.READY.value, "version": 1},
    }


def _reasons(
    latest: Latest, first: date, due: date, again: Recurrence, anchors: Mapping[Anchor, date]
) -> Iterator[Message]:
    yield Message("time {occurrence}", {"occurrence": latest.occurrence + 1})
    end = anchors.get(again.until) if again.until else None
    closing = closing_start(first, again, end)
    if closing is not None and closing <= due and again.closing_every:
        values = {"pace": _pace(again.closing_every), "days": again.closing_days, "end": end}
        yield Message("{pace} in the last {days} days up to {end}", values)
    elif latest.due_on is None:
        values = {"pace": _pace(again.every), "on": first}
        yield Message("{pace}, counted from the day the time before was completed ({on})", values)
    else:
        yield Message("{pace} from {first}", {"pace": _pace(again.every), "first": first})
    if latest.free_on is not None and latest.due_on is not None and latest.free_on > latest.due_on:
        yield Message("without the dates up to {on}, from when it could be worked on", {"on": latest.free_on})


def _pace(period: Period) -> Message:
    count, unit = int(period[1:-1]), period[-1]
    return _ONCE[unit] if count == 1 else Message(_TIMES[unit].msgid, {"count": count})


_ONCE = {
    "D": Message("every day"),
    "W": Message("every week"),
    "M": Message("every month"),
    "Y": Message("every year"),
}
_TIMES = {
    "D": Message("every {count} days"),
    "W": Message("every {count} weeks"),
    "M": Message("every {count} months"),
    "Y": Message("every {count} years"),
}
