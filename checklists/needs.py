"""The graph of needs between steps, over all catalogues together: a step may need a step of another catalogue.

template files → **needs** → plan. A need that can never be met, or a ring of steps that wait for each other, would
leave work waiting for ever; it is found here, before a template is published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from checklists.errors import BadInput, HandoverError
from checklists.templates import ChecklistTemplate, Need, Side, StepTemplate
from checklists.units import Level

HANDS_OVER = frozenset({Side.PREDECESSOR, Side.BOTH})
TAKES_OVER = frozenset({Side.SUCCESSOR, Side.BOTH})
_CENTRAL = frozenset({Side.CENTRAL, Side.SUCCESSOR, Side.BOTH})
_EVERY_SIDE = frozenset(Side) - {Side.CENTRAL}
_STANDS: Mapping[str, frozenset[Side]] = {"before": HANDS_OVER, "after": TAKES_OVER, "same": _EVERY_SIDE}
"""Where a unit may stand: it ends (before), it is new (after), or it stays and gets the steps of both sides (same)."""


class StepKeyTwice(BadInput):
    """Step {step} stands twice, in '{one}' and in '{other}'. A step key is unique over all catalogues: rename one."""


class ForeignDuty(BadInput):
    """Step {step} names the duty {duty}, but its key begins with another. Write {duty} or {duty}/act as its key."""


class UnknownNeed(BadInput):
    """Step {step} needs {needed}, and no catalogue has a step of that key. Correct the key or drop the need."""


class UnknownAnchorStep(BadInput):
    """The deadline of step {step} counts from {needed}, and no catalogue has a step of that key. Correct the key."""


class NeedNeverMet(BadInput):
    """Step {step} needs {needed} of {of}, which can never be: {needed} is for side '{side}', level {levels}. Correct
    'of', 'level' or the step that is needed."""


class NeedOfTheirSuccessors(BadInput):
    """Step {step} needs {needed} of its successors, but there is one {needed} for each unit that a successor hands over
    to, and none of them is for the unit that asks. Need another step of the successors."""


class NeedTwice(BadInput):
    """Step {step} names its need of {needed} twice. Drop one."""


class NeedsInARing(BadInput):
    """These steps wait for each other, so none could ever begin: {ring}. Drop one of these needs."""


class Finding(NamedTuple):
    """A mistake, and where it is: the template and the path inside it (as pydantic writes a location)."""

    template: str
    path: tuple[str | int, ...]
    mistake: HandoverError


class _Placed(NamedTuple):
    template: str
    place: int
    step: StepTemplate

    def finding(self, mistake: HandoverError, *path: str | int) -> Finding:
        return Finding(self.template, ("steps", self.place, *path), mistake)


def find_mistakes(templates: Sequence[ChecklistTemplate]) -> list[Finding]:
    """Every mistake of keys and needs in this set of templates."""
    placed = [
        _Placed(template.template, index, step) for template in templates for index, step in enumerate(template.steps)
    ]
    known: dict[str, _Placed] = {}
    findings: list[Finding] = []
    for one in placed:
        first = known.setdefault(one.step.key, one)
        if first is not one:
            twice = StepKeyTwice(step=one.step.key, one=first.template, other=one.template)
            findings.append(one.finding(twice, "key"))
        if one.step.key.partition("/")[0] != one.step.duty:
            findings.append(one.finding(ForeignDuty(step=one.step.key, duty=one.step.duty), "duty"))
    for one in placed:
        findings.extend(_in_step(one, known))
    return findings + list(_rings(known))


def _in_step(one: _Placed, known: Mapping[str, _Placed]) -> Iterator[Finding]:
    anchor = one.step.deadline.step
    if anchor is not None and anchor not in known:
        yield one.finding(UnknownAnchorStep(step=one.step.key, needed=anchor), "deadline", "step")
    for index, need in enumerate(one.step.needs):
        if (target := known.get(need.step)) is None:
            yield one.finding(UnknownNeed(step=one.step.key, needed=need.step), "needs", index, "step")
            continue
        if need in one.step.needs[:index]:
            yield one.finding(NeedTwice(step=one.step.key, needed=need.step), "needs", index)
        if not can_be_met(one.step, need, target.step):
            never = NeedNeverMet(
                step=one.step.key,
                needed=need.step,
                of=need.of if need.level is None else f"{need.of} ({need.level})",
                side=target.step.side,
                levels=", ".join(target.step.levels),
            )
            yield one.finding(never, "needs", index)
        elif need.of == "successors" and target.step.per is not None:
            yield one.finding(NeedOfTheirSuccessors(step=one.step.key, needed=need.step), "needs", index)


def can_be_met(step: StepTemplate, need: Need, target: StepTemplate) -> bool:
    """Whether some unit that gets `step` can face (or be) a unit that gets `target`, as `need` says."""
    levels = [level for level in target.levels if need.level in (None, level)]
    if need.of == "unit":
        return any(_share_a_unit(step.side, target.side, level) for level in levels if level in step.levels)
    own, others = (TAKES_OVER, HANDS_OVER) if need.of == "predecessors" else (HANDS_OVER, TAKES_OVER)
    reachable = any(_may_face(own_level, level) for own_level in step.levels for level in levels)
    return step.side in own and target.side in others and reachable


def _share_a_unit(one: Side, other: Side, level: Level) -> bool:
    stands = [*_STANDS.values(), *([_CENTRAL] if level is Level.MINISTRY else [])]
    return any(one in sides and other in sides for sides in stands)


def _may_face(one: Level, other: Level) -> bool:
    """Territorial units succeed each other across levels (a district becomes a special zone); ministries do not."""
    return (one is Level.MINISTRY) == (other is Level.MINISTRY)


_Node = tuple[str, str]


def _rings(known: Mapping[str, _Placed]) -> Iterator[Finding]:
    graph = _graph(known)
    while (ring := _one_ring(graph)) is not None:
        keys = [key for key, _ in ring]
        yield known[keys[0]].finding(NeedsInARing(ring=" → ".join(keys)), "needs")
        members = set(keys)
        for node in graph:  # one sentence per ring, whatever the place of the units in it
            if node[0] in members:
                graph[node] = {other for other in graph[node] if other[0] not in members}


def _graph(known: Mapping[str, _Placed]) -> dict[_Node, set[_Node]]:
    """(step, where its unit stands) → what it waits for."""
    graph: dict[_Node, set[_Node]] = defaultdict(set)
    for one in known.values():
        needs = one.step.needs
        if one.step.deadline.step is not None:
            needs = (*needs, Need(step=one.step.deadline.step))
        for need in needs:
            if (target := known.get(need.step)) is not None:
                for here, there in _edges(one.step, need, target.step):
                    graph[(one.step.key, here)].add((need.step, there))
    return graph


def _edges(step: StepTemplate, need: Need, target: StepTemplate) -> Iterator[tuple[str, str]]:
    if not can_be_met(step, need, target):
        return
    if need.of == "unit":
        if step.side is Side.CENTRAL or target.side is Side.CENTRAL:
            yield "central", "central"
            return
        yield from ((stand, stand) for stand, sides in _STANDS.items() if step.side in sides and target.side in sides)
    elif need.of == "predecessors":
        yield from (("after", "before"), ("same", "before"))
    else:
        yield from (("before", "after"), ("before", "same"))


def _one_ring(graph: Mapping[_Node, set[_Node]]) -> list[_Node] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        ring: list[_Node] = found.args[1]
        return ring[::-1]
    return None
