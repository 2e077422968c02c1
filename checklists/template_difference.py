"""How two versions of a template differ: steps that came, steps that went, steps that say something else."""

from __future__ import annotations

from dataclasses import dataclass

from checklists.templates import ChecklistTemplate, StepTemplate


@dataclass(frozen=True, slots=True)
class TemplateDifference:
    """By step key, in the order of the versions. `moved`: the common steps stand in another order."""

    added: tuple[StepTemplate, ...]
    removed: tuple[StepTemplate, ...]
    changed: tuple[tuple[StepTemplate, StepTemplate], ...]
    same: int
    moved: bool
    retitled: bool

    @property
    def nothing(self) -> bool:
        return not (self.added or self.removed or self.changed or self.moved or self.retitled)


def template_difference(old: ChecklistTemplate, new: ChecklistTemplate) -> TemplateDifference:
    """What is in `new` and not in `old`, and the other way round."""
    before, after = ({step.key: step for step in version.steps} for version in (old, new))
    common = [key for key in after if key in before]
    changed = tuple((before[key], after[key]) for key in common if before[key] != after[key])
    return TemplateDifference(
        tuple(step for key, step in after.items() if key not in before),
        tuple(step for key, step in before.items() if key not in after),
        changed,
        len(common) - len(changed),
        common != [key for key in before if key in after],
        old.title != new.title,
    )
