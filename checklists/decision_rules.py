"""What must hold before a decision may be planned. Every mistake is found, not only the first.

Next on the way: `participants` reads the same rows and relies on these rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from checklists import decision_errors as errors
from checklists.decision_shape import EmptyText
from checklists.decisions import MergerDecision
from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from checklists.places import FieldPath, quoted
from checklists.succession_rules import chain_mistakes, circle_mistakes, level_mistake, mistakes_of_predecessors
from checklists.text_rules import text_mistakes
from checklists.unit_mentions import Register, named, unit_mistake
from checklists.units import Level, Unit, UnitKey

__all__ = ["Register", "mistakes_in"]

EARLIEST_DAY = date(1945, 9, 2)
YEARS_AHEAD = 50
LONGEST_NUMBER = 60
_CLIMB = 8
"""Steps from a unit up to its province, at most; more is a register with a circle in it."""


def mistakes_in(decision: MergerDecision, register: Register, claimed: Mapping[UnitKey, str]) -> list[HandoverError]:
    """Everything that makes the decision refusable; `claimed` says which other decision a predecessor is in already."""
    if not decision.successions and not decision.central:
        return [*_in_texts(decision), *_in_days(decision), errors.NobodyConcerned(path=FieldPath.of("successions"))]
    rows = list(enumerate(decision.successions))
    others = {key: number for key, number in claimed.items() if number != decision.number}
    return [
        *_in_texts(decision),
        *_in_days(decision),
        *_in_ministries(decision, register),
        *_in_province(decision, register),
        *_in_rows(decision, register),
        *mistakes_of_predecessors(rows, register, others, path_of_row),
        *(list(circle_mistakes(rows, path_of_row)) or chain_mistakes(rows, register, path_of_row)),
    ]


def path_of_row(place: int, field: str | None = None) -> FieldPath:
    return FieldPath.of("successions", place, *([field] if field else []))


def day_mistake(day: date, start: date, path: FieldPath | str) -> BadInput | None:
    """Whether `day` can be meant at all, beside the day `start` (the domain knows no today to count from)."""
    latest = date(min(start.year + YEARS_AHEAD, 2199), 12, 31)
    if EARLIEST_DAY <= day <= latest:
        return None
    return errors.ImplausibleDay(path=path, day=day, earliest=EARLIEST_DAY, latest=latest)


def _in_texts(decision: MergerDecision) -> Iterator[BadInput]:
    for field in ("number", "kind", "issuing_body", "source"):
        yield from text_mistakes(getattr(decision, field), FieldPath.of(field))
    for language in ("vi", "en"):
        yield from text_mistakes(getattr(decision.title, language), FieldPath.of("title", language))
    for place, row in enumerate(decision.successions):
        if not row.basis:
            yield EmptyText(path=path_of_row(place, "basis"), value="")
        yield from text_mistakes(row.basis, path_of_row(place, "basis"))
    if len(decision.number) > LONGEST_NUMBER:
        yield errors.BadNumber(path=FieldPath.of("number"), value=quoted(decision.number), limit=LONGEST_NUMBER)


def _in_days(decision: MergerDecision) -> Iterator[BadInput]:
    for field in ("issued", "effective", "operational"):
        if mistake := day_mistake(getattr(decision, field), decision.issued, FieldPath.of(field)):
            yield mistake
    issued, effective, operational = decision.issued, decision.effective, decision.operational
    if effective < issued:
        yield errors.EffectiveBeforeIssued(path=FieldPath.of("effective"), effective=effective, issued=issued)
    if operational < effective:
        yield errors.OperationalBeforeEffective(
            path=FieldPath.of("operational"), operational=operational, effective=effective
        )


def _in_ministries(decision: MergerDecision, register: Register) -> Iterator[BadInput]:
    for place, key in enumerate(decision.central):
        path = FieldPath.of("central", place)
        unit = register.unit(key)
        if unit is None:
            yield unit_mistake(key, path, register) or errors.NotAUnitKey(path=path, value=key)
        elif unit.level is not Level.MINISTRY:
            yield errors.NotAMinistry(path=path, unit=named(key, register))
        elif key in decision.central[:place]:
            yield errors.NamedTwice(path=path, unit=named(key, register))


def _in_province(decision: MergerDecision, register: Register) -> Iterator[BadInput]:
    """The province itself, and the successors that lie outside it (each once, at its first row)."""
    if decision.province is None:
        return
    province = register.unit(decision.province)
    path = FieldPath.of("province")
    if province is None:
        mistake = unit_mistake(decision.province, path, register)
        if mistake:
            yield mistake
    elif province.level is not Level.PROVINCE:
        yield errors.NotAProvince(path=path, unit=named(province.key, register))
    else:
        yield from _outside(decision, province, register)


def _outside(decision: MergerDecision, province: Unit, register: Register) -> Iterator[BadInput]:
    seen: set[UnitKey] = set()
    for place, row in enumerate(decision.successions):
        if row.successor in seen or (unit := register.unit(row.successor)) is None:
            continue
        seen.add(row.successor)
        top = _top(unit, register)
        if top.key != province.key:
            yield errors.OutsideProvince(
                path=path_of_row(place, "to"),
                unit=named(unit.key, register),
                actual=named(top.key, register),
                province=named(province.key, register),
            )


def _top(unit: Unit, register: Register) -> Unit:
    """The unit at the top of `unit`'s parents."""
    for _ in range(_CLIMB):
        above = register.unit(unit.parent) if unit.parent else None
        if above is None or unit.level is Level.PROVINCE:
            return unit
        unit = above
    return unit


def _in_rows(decision: MergerDecision, register: Register) -> Iterator[BadInput]:
    """What is wrong with one row by itself; an unknown unit is named once, at its first row."""
    unknown: set[UnitKey] = set()
    for place, row in enumerate(decision.successions):
        before, after = register.unit(row.predecessor), register.unit(row.successor)
        for field, key in (("from", row.predecessor), ("to", row.successor)):
            if key not in unknown and (mistake := unit_mistake(key, path_of_row(place, field), register)):
                unknown.add(key)
                yield mistake
        if before and after and (misfit := level_mistake(before, after, path_of_row(place, "to"))):
            yield misfit
        if after and after.key not in unknown and not _is_there(after, decision.operational):
            unknown.add(after.key)
            yield _not_there(errors.SuccessorNotThere, path_of_row(place, "to"), after, decision.operational, register)
        if before and before.key not in unknown and not _is_there(before, decision.ceased):
            unknown.add(before.key)
            yield _not_there(errors.PredecessorNotThere, path_of_row(place, "from"), before, decision.ceased, register)


def _is_there(unit: Unit, day: date) -> bool:
    return (unit.valid_from or date.min) <= day <= (unit.valid_to or date.max)


def _not_there(rule: type[BadInput], path: FieldPath, unit: Unit, day: date, register: Register) -> BadInput:
    start = unit.valid_from or Message("the beginning")
    end = unit.valid_to or Message("further notice")
    return rule(path=path, unit=named(unit.key, register), start=start, end=end, day=day)
