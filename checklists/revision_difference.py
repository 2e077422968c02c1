"""The difference that a change makes, for people: counted, by step and by unit, kept on record with the change.

revision → **difference** → what the first person reads, what the second commits by its hash. The hash covers what is
agreed (`Revision.agreed`) and work that would be lost; it does not grow old because somebody completes a step.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from checklists.decisions import MergerDecision
from checklists.frozen_facts import named_in
from checklists.messages import Message
from checklists.revision_result import Revision
from checklists.steps import StepState

_DAYS = ("issued", "effective", "operational")
_SHOWN = 5


@dataclass(slots=True)
class Difference:
    """What a change does, in plain data.

    `days`: [name, old, new]; `roles`: [unit, old, new]; `moved`: [template, step key, old due date, new, how many open
    steps move, how many settled ones stay]; `added` and `cancelled`: [template, step key, how many, of which with
    work]; `people`: [account, role, unit]; `colours`: unit → colour, for a template version.
    """

    kind: str
    days: list[list[str]] = field(default_factory=list)
    units_added: list[str] = field(default_factory=list)
    units_removed: list[str] = field(default_factory=list)
    roles: list[list[str]] = field(default_factory=list)
    checklists: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    needs: dict[str, int] = field(default_factory=dict)
    moved: list[list[Any]] = field(default_factory=list)
    added: list[list[Any]] = field(default_factory=list)
    cancelled: list[list[Any]] = field(default_factory=list)
    units: int = 0
    people: list[list[str]] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Difference:
        known = {one.name for one in fields(Difference)}
        return Difference(**{name: value for name, value in plain.items() if name in known})

    @property
    def empty(self) -> bool:
        """Whether no checklist, step or need changes."""
        steps = [count for name, count in self.steps.items() if name != "kept"]
        return not any([*self.checklists.values(), *steps, *self.needs.values()])


def difference_hash(facts: Iterable[str], revision: Revision, *, with_work: bool) -> str:
    """SHA-256 over what is agreed to. `with_work`: also which steps with work on them would be cancelled."""
    lines = [*facts, *revision.agreed]
    if with_work:
        lines += [f"work {number}" for number in sorted(revision.worked)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def difference_of(
    kind: str,
    revision: Revision,
    due: Mapping[int, date | None],
    decisions: tuple[MergerDecision, MergerDecision],
    today: date,
) -> Difference:
    """Count a revision. `due` gives the date of a deadline that a settled step would have had; `decisions` are what was
    decided until now and what would be."""
    before, after = decisions
    units = {one.unit for one in revision.where.values()}
    return Difference(
        kind,
        [[name, *days] for name in _DAYS if len(set(days := _pair(name, before, after))) > 1],
        sorted((named_in(after) - named_in(before)) & units),
        sorted((named_in(before) - named_in(after)) & units),
        _roles(revision),
        _checklists(revision),
        _steps(revision, today),
        {"added": len(revision.needs_added), "removed": len(revision.needs_removed)},
        _moved(revision, due),
        _by_key(revision, ((step.checklist, step.key, False) for step in revision.added)),
        _by_key(
            revision,
            ((step.checklist, step.key, step.id in revision.worked) for step in map(revision.step, revision.cancelled)),
        ),
        len(touched_units(revision)),
    )


def touched_units(revision: Revision) -> set[str]:
    """Units with a step or checklist that changes."""
    steps = {revision.unit_of(number) for number in revision.after}
    added = {revision.where[step.checklist].unit for step in revision.added}
    return steps | added | {one.unit for one in revision.where.values() if _is_rewritten(one)}


def _is_rewritten(one: Any) -> bool:
    if one.standing is None or one.desired is None:
        return one.standing is None
    was = (one.standing.template, one.standing.role, one.standing.left_out)
    return bool(was != (one.desired.template.content_hash, one.desired.role.value, one.desired.left_out))


def _pair(name: str, before: MergerDecision, after: MergerDecision) -> tuple[str, str]:
    return getattr(before, name).isoformat(), getattr(after, name).isoformat()


def _roles(revision: Revision) -> list[list[str]]:
    changed = {
        (one.unit, one.standing.role, one.desired.role.value)
        for one in revision.where.values()
        if one.standing and one.desired and one.standing.role != one.desired.role.value
    }
    return [list(one) for one in sorted(changed)]


def _checklists(revision: Revision) -> dict[str, int]:
    all_ = revision.where.values()
    cancelled = {revision.before[number].checklist for number in revision.cancelled}
    return {
        "added": sum(one.standing is None for one in all_),
        "dropped": sum(one.desired is None and one.id in cancelled for one in all_),
        "rewritten": sum(one.standing is not None and _is_rewritten(one) for one in all_),
    }


def _steps(revision: Revision, today: date) -> dict[str, int]:
    moved = [revision.after[number] for number in revision.moved]
    late = [one for one in (*moved, *revision.added) if one.due_on is not None and one.due_on < today]
    cancelled = set(revision.cancelled)
    return {
        "added": len(revision.added),
        "cancelled": len(cancelled),
        "cancelled_with_work": len(cancelled & revision.worked),
        "moved": len(moved),
        "reworded": len(revision.reworded),
        "kept": len(revision.kept),
        "unlocked": len(revision.unlocked),
        "waiting_again": len(revision.waiting_again),
        "overdue": sum(one.state != StepState.CANCELLED.value for one in late),
    }


def _moved(revision: Revision, due: Mapping[int, date | None]) -> list[list[Any]]:
    counts: dict[tuple[str, str, str, str], list[int]] = {}
    for number in revision.moved:
        was, becomes = revision.before[number], revision.after[number]
        row = (revision.where[was.checklist].slug, was.key, _text(was.due_on), _text(becomes.due_on))
        counts.setdefault(row, [0, 0])[0] += 1
    for number, deadline in revision.kept:
        if deadline is not None:
            was = revision.before[number]
            row = (revision.where[was.checklist].slug, was.key, _text(was.due_on), _text(due.get(deadline)))
            counts.setdefault(row, [0, 0])[1] += 1
    return [[*row, *count] for row, count in sorted(counts.items())]


def _by_key(revision: Revision, steps: Iterable[tuple[int, str, bool]]) -> list[list[Any]]:
    counted: Counter[tuple[str, str]] = Counter()
    worked: Counter[tuple[str, str]] = Counter()
    for checklist, key, with_work in steps:
        row = (revision.where[checklist].slug, key)
        counted[row] += 1
        worked[row] += with_work
    return [[*row, count, worked[row]] for row, count in sorted(counted.items())]


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


_COUNTED = {
    ("checklists", "added"): Message("checklists added"),
    ("checklists", "dropped"): Message("checklists that fall away"),
    ("checklists", "rewritten"): Message("checklists written anew"),
    ("steps", "added"): Message("steps added"),
    ("steps", "cancelled"): Message("steps cancelled"),
    ("steps", "cancelled_with_work"): Message("steps cancelled with work on them"),
    ("steps", "moved"): Message("steps with another due date"),
    ("steps", "reworded"): Message("steps whose date is explained anew"),
    ("steps", "kept"): Message("settled steps that stay as they are"),
    ("steps", "unlocked"): Message("steps that become free"),
    ("steps", "waiting_again"): Message("steps that wait again"),
    ("steps", "overdue"): Message("steps that would be overdue"),
    ("steps", "returned"): Message("steps that go back from successors to their own unit"),
    ("needs", "added"): Message("needs added"),
    ("needs", "removed"): Message("needs removed"),
}


def counted_words(difference: Difference) -> list[tuple[Message, int]]:
    """Every count that is not 0, in words."""
    return [
        (words, count)
        for (group, name), words in _COUNTED.items()
        if (count := getattr(difference, group).get(name, 0))
    ]


def what_differs(old: Difference, new: Difference) -> Message:
    """Two differences of one change, compared in one sentence: what has happened since it was drafted."""
    parts: list[Message] = [
        Message("{what}: {old} → {new}", {"what": words, "old": was, "new": is_})
        for (group, name), words in _COUNTED.items()
        if (was := getattr(old, group).get(name, 0)) != (is_ := getattr(new, group).get(name, 0))
    ]
    for words, was_units, units in (
        ("units added: {names}", old.units_added, new.units_added),
        ("units removed: {names}", old.units_removed, new.units_removed),
    ):
        if was_units != units:
            parts.append(Message(words, {"names": _some(units)}))
    return Message("{parts}", {"parts": tuple(parts)}) if parts else Message("other steps than before, as many of them")


def _some(units: list[str]) -> tuple[object, ...]:
    if len(units) <= _SHOWN:
        return tuple(units) or ("–",)
    return (*units[:_SHOWN], Message("and {count} more", {"count": len(units) - _SHOWN}))
