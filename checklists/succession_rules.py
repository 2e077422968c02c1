"""What must hold among the rows of one predecessor: whole or divided, named once, ended by one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checklists import decision_errors as errors
from checklists.decisions import MergerDecision
from checklists.errors import BadInput
from checklists.places import FieldPath
from checklists.unit_mentions import Register, named
from checklists.units import Relation, Succession, UnitKey

MOST_SUCCESSORS = 1000

Rows = Sequence[tuple[int, Succession]]


def path_of_row(place: int, field: str | None = None) -> FieldPath:
    return FieldPath.of("successions", place, *([field] if field else []))


def mistakes_of_predecessors(
    decision: MergerDecision, register: Register, claimed: Mapping[UnitKey, str]
) -> Iterator[BadInput]:
    grouped: dict[UnitKey, list[tuple[int, Succession]]] = {}
    for place, row in enumerate(decision.successions):
        grouped.setdefault(row.predecessor, []).append((place, row))
    for key, rows in grouped.items():
        number = claimed.get(key, decision.number)
        if number != decision.number:
            path = path_of_row(rows[0][0], "from")
            yield errors.ClaimedByAnother(path=path, unit=named(key, register), number=number)
        if len(rows) == 1 and rows[0][1].relation is Relation.WHOLE:
            continue
        once, repeated = _without_repeats(rows)
        yield from repeated
        yield from _relation_mistakes(key, once, register)


def _without_repeats(rows: Rows) -> tuple[Rows, list[BadInput]]:
    """The first row for each successor, and a mistake for each further one."""
    first: dict[UnitKey, tuple[int, Succession]] = {}
    repeated: list[BadInput] = []
    for place, row in rows:
        earlier, _ = first.setdefault(row.successor, (place, row))
        if earlier != place:
            repeated.append(
                errors.DuplicateRow(
                    path=path_of_row(place),
                    predecessor=row.predecessor,
                    successor=row.successor,
                    first=path_of_row(earlier),
                )
            )
    return list(first.values()), repeated


def _relation_mistakes(key: UnitKey, rows: Rows, register: Register) -> Iterator[BadInput]:
    whole = [place for place, row in rows if row.relation is Relation.WHOLE]
    unit = named(key, register)
    if len(rows) > MOST_SUCCESSORS:
        path = path_of_row(rows[0][0], "from")
        yield errors.TooManySuccessors(path=path, unit=unit, count=len(rows), limit=MOST_SUCCESSORS)
    if len(rows) == 1 and not whole:
        yield errors.PartAlone(path=path_of_row(rows[0][0], "relation"), unit=unit)
    elif whole and len(whole) < len(rows):
        yield errors.MixedRelations(path=path_of_row(whole[0], "relation"), unit=unit)
    elif len(whole) > 1:
        place, row = rows[1]
        path = path_of_row(place, "relation")
        yield errors.WholeRepeated(path=path, unit=unit, successor=named(row.successor, register), count=len(rows))
