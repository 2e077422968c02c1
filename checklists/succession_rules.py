"""What must hold among succession rows: levels that fit, whole or divided, named once, ended once, no circles.

The rows come from a decision or from a table; `path_of` says how a row's place is named there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from checklists import decision_errors as errors
from checklists.circles import circles
from checklists.errors import BadInput
from checklists.messages import Message
from checklists.places import FieldPath
from checklists.unit_mentions import Register, named
from checklists.units import Level, Relation, Succession, Unit, UnitKey

MOST_SUCCESSORS = 1000
_SHOWN_IN_CIRCLE = 10
_LEVEL_WORDS = {
    Level.MINISTRY: Message("ministry"),
    Level.PROVINCE: Message("province"),
    Level.DISTRICT: Message("district"),
    Level.COMMUNE: Message("commune"),
}

Rows = Sequence[tuple[int, Succession]]
PathOf = Callable[[int, str | None], FieldPath]


def level_mistake(before: Unit, after: Unit, path: FieldPath) -> BadInput | None:
    """Units hand over to their own level; a district may be dissolved into communes."""
    if before.key == after.key or before.level is after.level:
        return None
    if before.level is Level.DISTRICT and after.level is Level.COMMUNE:
        return None
    return errors.LevelsDoNotFit(
        path=path,
        predecessor=f"{before.key} {before.name}",
        predecessor_level=_LEVEL_WORDS[before.level],
        successor=f"{after.key} {after.name}",
        successor_level=_LEVEL_WORDS[after.level],
    )


def mistakes_of_predecessors(
    rows: Rows, register: Register, claimed: Mapping[UnitKey, str], path_of: PathOf
) -> Iterator[BadInput]:
    """`claimed` says which other decision a predecessor is in already."""
    grouped: dict[UnitKey, list[tuple[int, Succession]]] = {}
    for place, row in rows:
        grouped.setdefault(row.predecessor, []).append((place, row))
    for key, own in grouped.items():
        if key in claimed:
            path = path_of(own[0][0], "from")
            yield errors.ClaimedByAnother(path=path, unit=named(key, register), number=claimed[key])
        if len(own) == 1 and own[0][1].relation is Relation.WHOLE:
            continue
        once, repeated = _without_repeats(own, path_of)
        yield from repeated
        yield from _relation_mistakes(key, once, register, path_of)


def _without_repeats(rows: Rows, path_of: PathOf) -> tuple[Rows, list[BadInput]]:
    """The first row for each successor, and a mistake for each further one."""
    first: dict[UnitKey, tuple[int, Succession]] = {}
    repeated: list[BadInput] = []
    for place, row in rows:
        earlier, _ = first.setdefault(row.successor, (place, row))
        if earlier != place:
            repeated.append(
                errors.DuplicateRow(
                    path=path_of(place, None),
                    predecessor=row.predecessor,
                    successor=row.successor,
                    first=path_of(earlier, None),
                )
            )
    return list(first.values()), repeated


def _relation_mistakes(key: UnitKey, rows: Rows, register: Register, path_of: PathOf) -> Iterator[BadInput]:
    whole = [place for place, row in rows if row.relation is Relation.WHOLE]
    unit = named(key, register)
    if len(rows) > MOST_SUCCESSORS:
        path = path_of(rows[0][0], "from")
        yield errors.TooManySuccessors(path=path, unit=unit, count=len(rows), limit=MOST_SUCCESSORS)
    if len(rows) == 1 and not whole:
        yield errors.PartAlone(path=path_of(rows[0][0], "relation"), unit=unit)
    elif whole and len(whole) < len(rows):
        yield errors.MixedRelations(path=path_of(whole[0], "relation"), unit=unit)
    elif len(whole) > 1:
        place, row = rows[1]
        path = path_of(place, "relation")
        yield errors.WholeRepeated(path=path, unit=unit, successor=named(row.successor, register), count=len(rows))


def circle_mistakes(rows: Rows, path_of: PathOf) -> Iterator[BadInput]:
    """Rows that lead back to the unit they began with."""
    onward: dict[UnitKey, dict[UnitKey, int]] = {}
    for place, row in rows:
        onward.setdefault(row.predecessor, {}).setdefault(row.successor, place)
    for circle in circles(onward):
        path = path_of(onward[circle[0]][circle[1 % len(circle)]], None)
        if len(circle) == 1:
            yield errors.SuccessorOfItself(path=path, unit=circle[0])
        else:
            yield errors.SuccessionCycle(path=path, circle=circle_in_words(circle))


def chain_mistakes(rows: Rows, register: Register, path_of: PathOf) -> Iterator[BadInput]:
    """Units that take over and hand over, each once: a unit has one role in a decision, so half its work would be lost.
    For rows of one decision that go in no circle; a table may well hold several rounds."""
    taking = {row.successor for _, row in rows}
    first = {row.predecessor: place for place, row in reversed(rows) if row.predecessor in taking}
    for key, place in sorted(first.items(), key=lambda one: one[1]):
        yield errors.TakesOverAndHandsOver(path=path_of(place, "from"), unit=named(key, register))


def circle_in_words(circle: Sequence[UnitKey]) -> str:
    shown = [*circle[:_SHOWN_IN_CIRCLE], *(["…"] if len(circle) > _SHOWN_IN_CIRCLE else []), circle[0]]
    return " → ".join(shown)
