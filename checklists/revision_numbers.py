"""Numbers for steps that are added to a checklist on record: never one that a step of it has, or could come to have.

In a checklist each step key owns a block of 2^10 numbers (`step_numbers`): its counterparts, or its times. A new key
takes the block of its place in the template, or the first one after all that are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checklists.errors import HandoverError
from checklists.revision_steps import DesiredStep, StandingStep
from checklists.step_numbers import CHECKLIST_SHIFT, COUNTERPART_SHIFT, MOST_COUNTERPARTS, MOST_STEPS

_IN_CHECKLIST = (1 << CHECKLIST_SHIFT) - 1


class ChecklistFull(HandoverError):
    """Checklist {checklist} has no number left for step {step}: it holds as many steps as a checklist can, with those
    that were cancelled. Revoke the decision and register the new text under its own number."""


class FreeNumbers:
    """Which numbers of one checklist are free. Series are by key and counterpart, in the order of their times."""

    def __init__(self, checklist: int, series: Mapping[tuple[str, str], Sequence[StandingStep]]) -> None:
        self._checklist = checklist
        self._taken: dict[int, str] = {}
        self._blocks: dict[str, int] = {}
        self._used: dict[str, int] = {}
        for (key, _), times in series.items():
            for step in times:
                place = step.id & _IN_CHECKLIST
                self._own(key, place >> COUNTERPART_SHIFT)
                self._used[key] = max(self._used.get(key, 0), place & MOST_COUNTERPARTS)

    def _own(self, key: str, block: int) -> None:
        self._blocks.setdefault(key, block)
        self._taken[block] = key

    def take(self, step: DesiredStep, occurrence: int, times: Sequence[StandingStep]) -> int:
        """A number for the step. Raises ChecklistFull."""
        place = self._place(step, occurrence, times)
        first = self._checklist << CHECKLIST_SHIFT
        return first + place

    def _place(self, step: DesiredStep, occurrence: int, times: Sequence[StandingStep]) -> int:
        known = self._blocks.get(step.key)
        if known is None:
            block = self._free_block(step)
            self._own(step.key, block)
            within = step.place & MOST_COUNTERPARTS
        elif times and not step.counterpart:
            # times stand one after another, so that the next one is arithmetic
            block, within = known, (times[0].id & MOST_COUNTERPARTS) + occurrence - times[0].occurrence
        else:
            wanted = step.place & MOST_COUNTERPARTS
            fresh = known not in self._taken or wanted > self._used.get(step.key, -1)
            block, within = known, wanted if fresh else self._used[step.key] + 1
        if within > MOST_COUNTERPARTS:
            raise ChecklistFull(checklist=self._checklist, step=step.key)
        self._used[step.key] = max(self._used.get(step.key, 0), within)
        return block << COUNTERPART_SHIFT | within

    def _free_block(self, step: DesiredStep) -> int:
        wanted = step.place >> COUNTERPART_SHIFT
        if wanted not in self._taken:
            return wanted
        block = max(self._taken) + 1
        if block >= MOST_STEPS:
            raise ChecklistFull(checklist=self._checklist, step=step.key)
        return block
