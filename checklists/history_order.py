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
    events.CHANGE_DRAFTED,
    events.CHANGE_WITHDRAWN,
    events.DECISION_AMENDED,
    events.DECISION_REVOKED,
    events.DECISION_TEMPLATE_APPLIED,
    events.DECISION_CALENDAR_APPLIED,
    events.CHECKLIST_CHANGED,
    events.DECISION_WORK_MOVED,
    events.WORK_MOVED,
    events.MINUTES_DRAFTED,
    events.MINUTES_CONFIRMED,
    events.MINUTES_FINAL,
)
Pair = tuple[int, int]

_RANKS = {kind: rank for rank, kind in enumerate(_FIRST)}
_FOLLOWED = {events.STEP_UNLOCKED, events.STEP_WAITS_AGAIN}


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of one instant, causes first. Contradictory ones (there are none) come last."""
    waiting = sorted(entries, key=lambda entry: _key(entry.event))
    recorded = [entry.event for entry in waiting]
    versions, followed = list(_versions(recorded)), list(_followed(recorded))
    inside = {place: at for at, place in enumerate(_topological(len(recorded), [*versions, *followed]))}
    act = _acts(len(recorded), recorded, versions, followed)
    between = [(act[cause], act[consequence]) for cause, consequence in versions]
    turn = {place: at for at, place in enumerate(_topological(len(recorded), between))}
    return [waiting[place] for place in sorted(inside, key=lambda place: (turn[act[place]], inside[place]))]


def _versions(recorded: Sequence[Event]) -> Iterator[Pair]:
    """(earlier, later) of the same step, as places in `recorded`."""
    of_step: dict[int, list[int]] = defaultdict(list)
    for place, event in enumerate(recorded):
        if event.step_id is not None:
            of_step[event.step_id].append(place)
    for places in of_step.values():
        yield from pairwise(
            sorted(places, key=lambda place: (_version(recorded[place]), _void(recorded[place]), place))
        )


def _followed(recorded: Sequence[Event]) -> Iterator[Pair]:
    """(cause, consequence) among the steps of one request."""
    named: dict[tuple[str | None, str], int] = {}
    for place, event in enumerate(recorded):
        if event.step_id is not None:
            named.setdefault((event.request, str(said_in(event).get("step"))), place)
    for place, event in enumerate(recorded):
        cause = named.get((event.request, _cause(event))) if event.type in _FOLLOWED else None
        if cause is not None and recorded[cause].step_id != event.step_id:
            yield cause, place


def _acts(count: int, recorded: Sequence[Event], versions: Iterable[Pair], followed: Iterable[Pair]) -> list[int]:
    """For each place the act it belongs to: what followed from an act happened with it, and nothing in between."""
    above = {place: cause for cause, place in followed}
    above |= {later: earlier for earlier, later in versions if _void(recorded[later])}
    acts = []
    for place in range(count):
        seen = {place}
        while (cause := above.get(place)) is not None and cause not in seen:
            place = cause
            seen.add(place)
        acts.append(place)
    return acts


def _topological(count: int, pairs: Iterable[Pair]) -> list[int]:
    """The numbers below `count`, each after those it is paired after, else the smallest first."""
    after: dict[int, list[int]] = defaultdict(list)
    causes: Counter[int] = Counter()
    for cause, consequence in pairs:
        if cause != consequence:
            after[cause].append(consequence)
            causes[consequence] += 1
    free = [place for place in range(count) if not causes[place]]
    done: list[int] = []
    while free:
        place = heappop(free)
        done.append(place)
        for consequence in after[place]:
            causes[consequence] -= 1
            if not causes[consequence]:
                heappush(free, consequence)
    return done + sorted(set(range(count)) - set(done))


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
