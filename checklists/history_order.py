"""The order of a history: by instant, and within one instant cause before consequence.

An instant may hold many events: what followed from an act is recorded with it, and an order in bulk shares one request.
Within it, the versions of a step go up, and what followed from another step comes after it (it says so: `because`,
or a reason that begins with that step's name). Where neither decides, decisions come before checklists and these before
steps, then request, step and version; the event's id decides the rest, so that every reading shows the same order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

from checklists import events
from checklists.events import Event
from checklists.history import Entry, said_in

_FIRST = (
    events.UNITS_IMPORTED,
    events.TEMPLATE_PUBLISHED,
    events.PERSON_RECORDED,
    events.ASSIGNMENT_RECORDED,
    events.SUBSTITUTION_RECORDED,
    events.DECISION_DRAFTED,
    events.DECISION_REGISTERED,
    events.CHECKLIST_OPENED,
    events.DECISION_OPENED,
)
_RANKS = {kind: rank for rank, kind in enumerate(_FIRST)}
_FOLLOWED = {events.STEP_UNLOCKED, events.STEP_WAITS_AGAIN}


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of one instant, causes first. Contradictory ones (there are none) come last."""
    waiting = sorted(entries, key=lambda entry: _key(entry.event))
    after: dict[int, list[int]] = defaultdict(list)
    causes: Counter[int] = Counter()
    for cause, consequence in _pairs([entry.event for entry in waiting]):
        after[cause].append(consequence)
        causes[consequence] += 1
    free = [place for place in range(len(waiting)) if not causes[place]]
    done: list[int] = []
    while free:
        place = heappop(free)
        done.append(place)
        for consequence in after[place]:
            causes[consequence] -= 1
            if not causes[consequence]:
                heappush(free, consequence)
    left = sorted(set(range(len(waiting))) - set(done))
    return [waiting[place] for place in [*done, *left]]


def _pairs(recorded: Sequence[Event]) -> Iterator[tuple[int, int]]:
    """(cause, consequence), as places in `recorded`."""
    of_step: dict[int, list[int]] = defaultdict(list)
    named: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for place, event in enumerate(recorded):
        if event.step_id is not None:
            of_step[event.step_id].append(place)
            named[event.request, str(said_in(event).get("step"))].append(place)
    for places in of_step.values():
        yield from pairwise(
            sorted(places, key=lambda place: (_version(recorded[place]), _void(recorded[place]), place))
        )
    for place, event in enumerate(recorded):
        if event.type in _FOLLOWED:
            causes = named.get((event.request, _cause(event)), ())
            yield from ((cause, place) for cause in causes if recorded[cause].step_id != event.step_id)


def _key(event: Event) -> tuple[Any, ...]:
    rank = _RANKS.get(event.type, len(_FIRST))
    followed = event.type in _FOLLOWED
    return rank, event.request or "", followed, event.step_id or 0, _version(event), _void(event), event.id


def _version(event: Event) -> int:
    """The step's version after the event; 0 where it says none."""
    said = said_in(event)
    after = said.get("after")
    version = said.get("version", after.get("version") if isinstance(after, dict) else None)
    return version if isinstance(version, int) else 0


def _void(event: Event) -> bool:
    return event.type == events.VERIFICATION_VOID


def _cause(event: Event) -> str:
    """The name of the step it followed from: a reason that was passed on begins with it."""
    said = said_in(event)
    return str(said.get("because") or str(said.get("reason") or "").partition(": ")[0])
