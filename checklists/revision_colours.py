"""What applying another template version would mean for a unit: green, yellow or red.

Green: only words change. Yellow: steps are added or fall away; dates, needs or what proves a step change. Red: work
that somebody has done would be lost or has to wait, or a submitted step would have to be proved more strictly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from checklists.revision_result import ChangedChecklist, Revision
from checklists.steps import OPEN, StepState
from checklists.templates import ChecklistTemplate, StepTemplate

_OPEN = frozenset(one.value for one in OPEN)


class Colour(StrEnum):
    """How much a change asks of a unit, from little to much."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


_ORDER = {colour: place for place, colour in enumerate(Colour)}


def at_most(colour: Colour, limit: Colour) -> bool:
    return _ORDER[colour] <= _ORDER[limit]


def colours(revision: Revision, templates: Mapping[str, ChecklistTemplate]) -> dict[str, Colour]:
    """The colour of every unit that the change touches; `templates` holds the versions on record, by hash."""
    found: dict[str, Colour] = {}
    for unit, colour in _seen(revision, _Differing(templates)):
        if unit not in found or at_most(found[unit], colour):
            found[unit] = colour
    return found


def _seen(revision: Revision, differing: _Differing) -> Iterator[tuple[str, Colour]]:
    for changed in revision.where.values():
        if said := differing.colour(changed):
            yield changed.unit, said
    for step in revision.added:
        yield revision.where[step.checklist].unit, Colour.YELLOW
    needing = {step for step, _ in (*revision.needs_added, *revision.needs_removed)}
    for number in {*revision.moved, *revision.cancelled, *revision.unlocked, *revision.waiting_again, *needing}:
        yield revision.unit_of(number), Colour.RED if number in revision.worked else Colour.YELLOW


class _Differing:
    """What two versions of a template ask differently; worked out once for each pair of versions."""

    def __init__(self, templates: Mapping[str, ChecklistTemplate]) -> None:
        self._templates = templates
        self._pairs: dict[tuple[str, str], dict[str, bool]] = {}

    def colour(self, changed: ChangedChecklist) -> Colour | None:
        """By what is asked of the steps: verification, evidence, who answers, how often."""
        standing, desired = changed.standing, changed.desired
        if standing is None or desired is None or standing.template == desired.template.content_hash:
            return None
        stricter = self._stricter(self._templates[standing.template], desired.template)
        touched = [
            (step, stricter[key])
            for (key, _), times in standing.series.items()
            if key in stricter
            for step in times
            if step.state in _OPEN
        ]
        if any(rises and step.state == StepState.SUBMITTED.value for step, rises in touched):
            return Colour.RED
        return Colour.YELLOW if touched else Colour.GREEN

    def _stricter(self, old: ChecklistTemplate, new: ChecklistTemplate) -> dict[str, bool]:
        """Keys of the steps of which something else is asked, and whether a proof must be stronger."""
        pair = (old.content_hash, new.content_hash)
        if pair not in self._pairs:
            before = {step.key: step for step in old.steps}
            self._pairs[pair] = {
                step.key: _rises(before[step.key], step)
                for step in new.steps
                if step.key in before and _asks(before[step.key]) != _asks(step)
            }
        return self._pairs[pair]


def _asks(step: StepTemplate) -> tuple[object, ...]:
    return step.verify, step.evidence, step.responsible.role, step.recurrence


def _rises(old: StepTemplate, new: StepTemplate) -> bool:
    return (new.verify and not old.verify) or (new.evidence.required and not old.evidence.required)
