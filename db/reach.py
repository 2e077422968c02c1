"""The reach of a role in SQL, upwards from a unit and downwards from a person (`checklists.reach` says the rule).

The upward one stands on the way of every act on a step, and is asked together with the step itself.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union,
)

from checklists.people import EVERYWHERE, PersonRole
from checklists.reach import UnitTree
from checklists.units import Level, UnitKey
from db.models import AssignmentRow, SuccessionRow, UnitRow, table_of
from db.statements import Statement, joined
from db.work_models import PersonRow

_UNIT, _SUCCESSION, _ASSIGNMENT, _PERSON = (table_of(row) for row in (UnitRow, SuccessionRow, AssignmentRow, PersonRow))
_ASKED: ColumnElement[str] = bindparam("unit", type_=_UNIT.c.key.type)


def in_force(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Of an assignment joined to its person: held that day, by somebody who is not disabled."""
    return and_(
        AssignmentRow.since <= day,
        or_(AssignmentRow.until.is_(None), AssignmentRow.until >= day),
        or_(PersonRow.disabled_on.is_(None), PersonRow.disabled_on > day),
    )


def _above(unit: Select[str]) -> CTE:
    """The unit, what is above it, and the provinces that took over those provinces.

    A level is looked up by its key, row by row: as a join, PostgreSQL reads all provinces or all units for it.
    """
    up = unit.cte("up", recursive=True)
    up = up.union(select(_UNIT.c.parent).join(up, up.c.key == _UNIT.c.key).where(_UNIT.c.parent.is_not(None)))
    above = select(up.c.key).cte("above", recursive=True)
    level = select(_UNIT.c.level).where(_UNIT.c.key == above.c.key).scalar_subquery()
    return above.union(
        select(_SUCCESSION.c.successor)
        .join(above, above.c.key == _SUCCESSION.c.predecessor)
        .where(level == Level.PROVINCE.value)
    )


def roles_in(unit: Select[str]) -> ScalarSelect[str]:
    """The roles that the person `account` holds on the `day` over the unit that a query finds (as `key`), parted by
    blanks: a column for another statement, which gives values to both names."""
    day: ColumnElement[date] = bindparam("day", type_=_ASSIGNMENT.c.since.type)
    return (
        select(joined(_ASSIGNMENT.c.role))
        .join(_PERSON, _PERSON.c.account == _ASSIGNMENT.c.person)
        .where(
            _ASSIGNMENT.c.person == bindparam("account", type_=_ASSIGNMENT.c.person.type),
            in_force(day),
            or_(_ASSIGNMENT.c.unit == EVERYWHERE, _ASSIGNMENT.c.unit.in_(select(_above(unit).c.key))),
        )
        .scalar_subquery()
    )


def roles_said(text: str | None) -> frozenset[PersonRole]:
    """What `roles_in` gave."""
    return frozenset(PersonRole(role) for role in (text or "").split())


_OVER_ONE = Statement(lambda _: select(roles_in(select(_ASKED.label("key"))).label("roles")))


def roles_over(connection: Connection, account: str, unit: str, day: date) -> frozenset[PersonRole]:
    """The roles somebody holds over a unit that day; none if they are disabled."""
    answer = _OVER_ONE.run(connection, {"account": account, "unit": unit, "day": day})
    return roles_said(answer.rows[0].roles)


def reach_of(connection: Connection, unit: str) -> list[UnitKey]:
    """The units whose roles count for this one, nearest first, everywhere last."""
    return [*unit_tree(connection, unit).reach(UnitKey(unit)), EVERYWHERE]


def units_in_reach(account: str, day: date, roles: Collection[PersonRole] | None = None) -> Select[str]:
    """The keys of all units over which somebody holds a role (one of `roles`, if given): for an IN of another query."""
    held = (
        select(AssignmentRow.unit.label("key"))
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.person == account, in_force(literal(day)))
    )
    return reached_from(held if roles is None else held.where(AssignmentRow.role.in_(sorted(roles))))


def reached_from(held: Select[str]) -> Select[str]:
    """The keys of all units that are reached from the units `held` selects (as `key`)."""
    entry = held.cte("entry", recursive=True)
    entry = entry.union(
        select(SuccessionRow.predecessor)
        .join(entry, entry.c.key == SuccessionRow.successor)
        .join(UnitRow, and_(UnitRow.key == SuccessionRow.predecessor, UnitRow.level == Level.PROVINCE.value))
    )
    down = select(entry.c.key).cte("down", recursive=True)
    down = down.union(select(UnitRow.key).join(down, down.c.key == UnitRow.parent))
    everywhere = select(entry.c.key).where(entry.c.key == EVERYWHERE).exists()
    reached = union(select(down.c.key).where(down.c.key != EVERYWHERE), select(UnitRow.key).where(everywhere)).subquery(
        "reached"
    )
    return select(reached.c.key)


def unit_tree(connection: Connection, unit: str | None = None) -> UnitTree:
    """The tree of all units, or the part of it that lies above one."""
    units = select(UnitRow.key, UnitRow.parent)
    heirs = select(SuccessionRow.predecessor, SuccessionRow.successor).join(
        UnitRow, and_(UnitRow.key == SuccessionRow.predecessor, UnitRow.level == Level.PROVINCE.value)
    )
    if unit is not None:
        above = _above(select(literal(unit).label("key")))
        units = units.where(UnitRow.key.in_(select(above.c.key)))
        heirs = heirs.where(SuccessionRow.predecessor.in_(select(above.c.key)))
    successors: dict[UnitKey, list[UnitKey]] = {}
    for predecessor, successor in connection.execute(heirs.order_by(SuccessionRow.successor)):
        successors.setdefault(UnitKey(predecessor), []).append(UnitKey(successor))
    parents = {UnitKey(key): UnitKey(parent) if parent else None for key, parent in connection.execute(units)}
    return UnitTree(parents, successors)


def levels_in_reach(connection: Connection, unit: str) -> dict[tuple[str, str], int]:
    """How many units a role held there reaches, by level and generation."""
    reached = reached_from(select(literal(unit).label("key")))
    query = (
        select(UnitRow.level, UnitRow.generation, func.count())
        .where(UnitRow.key.in_(reached))
        .group_by(UnitRow.level, UnitRow.generation)
    )
    return {(level, generation): count for level, generation, count in connection.execute(query)}
