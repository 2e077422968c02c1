"""What stands in one digest, in which order, and how much of it.

notices of one person and window → **digests** → the message. A step stands there once, with the highest level that
speaks of it; the most overdue comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from checklists.messages import Message

MOST_LINES = 20
"""Lines that a digest shows; the others are counted and stand behind its link."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One message: the digest (`ids.digest_key`: person and window), the kind of channel, the language."""

    digest: str
    channel: str
    language: str


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One step in a digest. `notices`: the ids of all notices it stands for; `level`: the level's place in its ladder,
    `why`: that level's sentence."""

    step_id: int
    due_on: date
    level: int
    repeat: int
    name: str
    why: Message
    notices: tuple[str, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """The lines to show, how many more there are, and every notice that is told by it (shown or not)."""

    lines: tuple[DigestLine, ...]
    more: int
    notices: tuple[str, ...]

    @property
    def more_words(self) -> Message | None:
        return Message("and {count} more", {"count": self.more}) if self.more else None


def digest_of(lines: Iterable[DigestLine], most: int = MOST_LINES) -> Digest:
    """One digest of all these lines: earliest due date first, so the most overdue, then what is due soonest."""
    ordered = sorted(_once_each(lines), key=lambda line: (line.due_on, -line.level, line.name, line.step_id))
    notices = tuple(notice for line in ordered for notice in line.notices)
    return Digest(tuple(ordered[:most]), max(0, len(ordered) - most), notices)


def grouped(items: Iterable[tuple[GroupKey, Item]]) -> dict[GroupKey, list[Item]]:
    """Items by what must agree for them to leave in one message, in the order in which they came."""
    groups: dict[GroupKey, list[Item]] = {}
    for key, item in items:
        groups.setdefault(key, []).append(item)
    return groups


def _once_each(lines: Iterable[DigestLine]) -> Sequence[DigestLine]:
    """One line for each step: its highest level speaks, and stands for the notices of all."""
    found: dict[int, DigestLine] = {}
    for line in lines:
        before = found.get(line.step_id)
        if before is None:
            found[line.step_id] = line
            continue
        higher = max(before, line, key=lambda one: (one.due_on, one.level, one.repeat))
        notices = tuple(dict.fromkeys((*before.notices, *line.notices)))
        found[line.step_id] = replace(higher, notices=notices, urgent=before.urgent or line.urgent)
    return list(found.values())
