"""Circles among units: successions that lead back to where they began, parents that are their own descendants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=str)


def circles(onward: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """One circle for each place where the arrows lead back; self-loops included. No recursion: chains may be long."""
    found: list[list[Node]] = []
    finished: set[Node] = set()
    for start in onward:
        if start not in finished:
            _walk(start, onward, finished, found)
    return found


def _walk(start: Node, onward: Mapping[Node, Iterable[Node]], finished: set[Node], found: list[list[Node]]) -> None:
    trail = [start]
    on_trail = {start: 0}
    ahead = [iter(onward.get(start, ()))]
    while trail:
        step = next(ahead[-1], None)
        if step is None:
            ahead.pop()
            done = trail.pop()
            del on_trail[done]
            finished.add(done)
        elif step in on_trail:
            found.append(trail[on_trail[step] :])
        elif step not in finished and step in onward:
            on_trail[step] = len(trail)
            trail.append(step)
            ahead.append(iter(onward[step]))
