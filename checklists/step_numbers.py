"""Numbers of checklists and steps, computed instead of looked up (docs/decisions/0005).

checklist = first of the decision's block + unit's place × templates + template's place
step      = checklist × 2^20 + step's place in its template × 2^10 + counterpart's place (0: none, else from 1)

A duty that comes back has no counterpart: its times are numbered there instead, the first 0, the second 1.

So a chunk written twice carries the same numbers, and a need of another unit's step is arithmetic.
"""

from __future__ import annotations

CHECKLIST_SHIFT = 20
COUNTERPART_SHIFT = 10
MOST_STEPS = 1 << (CHECKLIST_SHIFT - COUNTERPART_SHIFT)
MOST_COUNTERPARTS = (1 << COUNTERPART_SHIFT) - 1
MOST_OCCURRENCES = 1 << COUNTERPART_SHIFT
"""A duty of every day so lasts for 2.8 years of one decision; it is not opened again after that."""


def step_place(step: int, counterpart: int = 0) -> int:
    """Place of a step inside its checklist; `counterpart` counts from 1."""
    return step << COUNTERPART_SHIFT | counterpart


def checklist_of(step_number: int) -> int:
    return step_number >> CHECKLIST_SHIFT


def number_range(checklist: int) -> tuple[int, int]:
    """First number of a checklist's steps, and the first of the next checklist."""
    return checklist << CHECKLIST_SHIFT, checklist + 1 << CHECKLIST_SHIFT
