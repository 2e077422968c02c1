"""What people see of a plan before it is registered, its hash, and the difference between two plans."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

from checklists.decisions import MergerDecision
from checklists.messages import Message
from checklists.participants import Participant
from checklists.plan import PlannedChecklist
from checklists.templates import ChecklistTemplate
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar

_SHOWN = 5


@dataclass(slots=True)
class PlanSummary:
    """Counts, dates and digests of one plan.

    `hash` is a SHA-256 over decision, templates, calendar and every planned row: equal facts give an equal hash on any
    machine. `digests` holds a short one per unit, to say later which units a change touched.
    """

    number: str
    content_hash: str
    calendar_version: str
    templates: dict[str, str]
    hash: str = ""
    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    checklists: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    due: Counter[date | None] = field(default_factory=Counter)
    needs: int = 0
    widest_need: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def total_units(self) -> int:
        return self.units.total()

    @property
    def total_checklists(self) -> int:
        return self.checklists.total()

    @property
    def total_steps(self) -> int:
        return self.steps.total()

    def earliest(self) -> date | None:
        return min((day for day in self.due if day), default=None)

    def latest(self) -> date | None:
        return max((day for day in self.due if day), default=None)

    def overdue_on(self, today: date) -> int:
        """Steps whose due date is past on `today`: if opened then, they are overdue at birth."""
        return sum(count for day, count in self.due.items() if day is not None and day < today)

    def facts_text(self) -> str:
        """What the plan was made from, in one fixed form; the hash begins with it."""
        templates = [f"{slug}={version}" for slug, version in sorted(self.templates.items())]
        return "\n".join([self.number, self.content_hash, self.calendar_version, *templates])

    def as_json(self) -> dict[str, Any]:
        """Plain data, from which `from_json` makes an equal summary."""
        return {
            "number": self.number,
            "content_hash": self.content_hash,
            "calendar_version": self.calendar_version,
            "templates": self.templates,
            "hash": self.hash,
            "units": [[level, role, count] for (level, role), count in sorted(self.units.items())],
            "checklists": dict(self.checklists),
            "steps": dict(self.steps),
            "due": [[day and day.isoformat(), count] for day, count in sorted(self.due.items(), key=str)],
            "needs": self.needs,
            "widest_need": self.widest_need,
            "left_out": dict(sorted(self.left_out.items())),
            "digests": self.digests,
        }

    @staticmethod
    def from_json(plain: dict[str, Any]) -> PlanSummary:
        kept = dict(plain)
        kept["units"] = Counter({(level, role): count for level, role, count in plain["units"]})
        kept["due"] = Counter({day and date.fromisoformat(day): count for day, count in plain["due"]})
        for name in ("checklists", "steps", "left_out"):
            kept[name] = Counter(plain[name])
        return PlanSummary(**kept)


class Walkable(Protocol):
    """A plan that can be walked: a `Plan`, or the plan of a changed decision."""

    decision: MergerDecision
    calendar: WorkingCalendar
    participants: list[Participant]

    @property
    def templates(self) -> Sequence[ChecklistTemplate]: ...

    def checklists(self) -> Iterator[PlannedChecklist]: ...


def summarise(plan: Walkable) -> PlanSummary:
    """Walk the plan once: counts, dates, a digest per unit, and the hash over them all."""
    slugs = [template.template for template in plan.templates]
    summary = PlanSummary(
        plan.decision.number,
        plan.decision.content_hash,
        plan.calendar.version,
        {template.template: template.content_hash for template in plan.templates},
    )
    summary.units.update((one.unit.level.value, one.role.value) for one in plan.participants)
    whole = hashlib.sha256(summary.facts_text().encode())
    for unit, checklists in by_unit(plan.checklists()):
        for checklist in checklists:
            _count(summary, checklist, slugs[checklist.template])
        digest = unit_digest(checklists)
        whole.update(digest)
        summary.digests[unit] = shown_digest(digest)
    summary.hash = whole.hexdigest()
    return summary


def by_unit(checklists: Iterable[PlannedChecklist]) -> Iterator[tuple[UnitKey, list[PlannedChecklist]]]:
    """Consecutive checklists of one unit, together."""
    for unit, group in groupby(checklists, key=attrgetter("unit")):
        yield unit, list(group)


def unit_digest(checklists: Iterable[PlannedChecklist]) -> bytes:
    """SHA-256 over one unit's checklists: numbers, steps, counterparts, due dates, needs."""
    digest = hashlib.sha256()
    for one in checklists:
        lines = [f"{one.number}|{one.unit}|{one.role.value}|{one.template}|{one.left_out}"]
        lines += [f"{step.says}|{step.needs}" if step.needs else step.says for step in one.steps]
        digest.update("\n".join(lines).encode())
    return digest.digest()


def shown_digest(digest: bytes) -> str:
    """The short form that is kept per unit."""
    return digest.hex()[:16]


def _count(summary: PlanSummary, checklist: PlannedChecklist, slug: str) -> None:
    summary.checklists[slug] += 1
    summary.steps[slug] += len(checklist.steps)
    summary.left_out.update(checklist.left_out)
    summary.due.update([step.due_on for step in checklist.steps])
    for step in checklist.steps:
        if step.needs:
            summary.needs += len(step.needs)
            summary.widest_need = max(summary.widest_need, len(step.needs))


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """What changed between two plans of one decision: the answer to "why is my plan hash refused?"."""

    decision_changed: bool
    calendar: tuple[str, str] | None
    templates: tuple[str, ...]
    units_added: tuple[str, ...]
    units_removed: tuple[str, ...]
    units_changed: tuple[str, ...]
    steps: tuple[int, int]

    @staticmethod
    def between(old: PlanSummary, new: PlanSummary) -> PlanDifference:
        return PlanDifference(
            old.content_hash != new.content_hash,
            None if old.calendar_version == new.calendar_version else (old.calendar_version, new.calendar_version),
            tuple(sorted({slug for slug, _ in old.templates.items() ^ new.templates.items()})),
            tuple(sorted(new.digests.keys() - old.digests.keys())),
            tuple(sorted(old.digests.keys() - new.digests.keys())),
            tuple(
                sorted(key for key in old.digests.keys() & new.digests.keys() if old.digests[key] != new.digests[key])
            ),
            (old.total_steps, new.total_steps),
        )

    def message(self) -> Message:
        """The difference as one sentence."""
        parts = [
            Message("the text of the decision changed") if self.decision_changed else None,
            Message(
                "the working calendar went from {old} to {new}", dict(zip(("old", "new"), self.calendar, strict=True))
            )
            if self.calendar
            else None,
            Message("templates changed: {names}", {"names": self.templates}) if self.templates else None,
            self._units("units added: {names}", self.units_added),
            self._units("units removed: {names}", self.units_removed),
            self._units("units whose steps changed: {names}", self.units_changed),
            Message("steps went from {old} to {new}", dict(zip(("old", "new"), self.steps, strict=True)))
            if self.steps[0] != self.steps[1]
            else None,
        ]
        return Message("{parts}", {"parts": tuple(part for part in parts if part)})

    @staticmethod
    def _units(msgid: str, keys: tuple[str, ...]) -> Message | None:
        if not keys:
            return None
        shown = (
            keys
            if len(keys) <= _SHOWN
            else (*keys[:_SHOWN], Message("and {count} more", {"count": len(keys) - _SHOWN}))
        )
        return Message(msgid, {"names": shown})
