"""What the reviews of a step will plan if nobody does anything: for simulations, before anything happens.

facts → **forecast** (the same review, run at every instant at which it asks to be run) → `bangiao simulate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from checklists.escalation.facts import StepFacts
from checklists.escalation.ladder import EscalationLadder
from checklists.escalation.review import Reviewed, review
from checklists.working_calendar import WorkingCalendar


def recorded(step: StepFacts, found: Reviewed) -> StepFacts:
    """The facts after what was found has been planned."""
    return replace(step, planned=(*step.planned, *(plan.planned for plan in found.plans)))


def forecast(
    step: StepFacts, ladder: EscalationLadder, calendar: WorkingCalendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, Reviewed]]:
    """Every review from `start` to `end` (both included) that plans or finds something, with its time."""
    now: datetime | None = start
    while now is not None and now <= end:
        found = review(step, ladder, calendar, now)
        if found.plans or found.findings:
            yield now, found
        step, now = recorded(step, found), found.next_review_at
