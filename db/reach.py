"""The reach of a role in SQL, upwards from a unit and downwards from a person (`checklists.reach` says the rule).

The upward statement stands on the way of every act on a step: it is built once, and answers in one round trip.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, bindparam, func, literal, or_, select, union

from checklists.people import EVERYWHERE, PersonRole
from checklists.reach import UnitTree
from checklists.units import Level, UnitKey
from db.models import AssignmentRow, SuccessionRow, UnitRow
from db.work_models import PersonRow


def in_force(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Of an assignment joined to its person: held that day, by somebody who is not disabled."""
    return and_(
        AssignmentRow.since <= day,
        or_(AssignmentRow.until.is_(None), AssignmentRow.until >= day),
        or_(PersonRow.disabled_on.is_(None), PersonRow.disabled_on > day),
    )


def _above(unit: ColumnElement[str]) -> CTE:
    """The unit, what is above it, and the provinces that took over those provinces."""
    up = select(unit.label("key")).cte("up", recursive=True)
    up = up.union(select(UnitRow.parent).join(up, up.c.key == UnitRow.key).where(UnitRow.parent.is_not(None)))
    above = select(up.c.key).cte("above", recursive=True)
    return above.union(
        select(SuccessionRow.successor)
        .join(above, above.c.key == SuccessionRow.predecessor)
        .join(UnitRow, and_(UnitRow.key == SuccessionRow.predecessor, UnitRow.level == Level.PROVINCE.value))
    )


_DAY: ColumnElement[date] = bindparam("day", type_=AssignmentRow.since.type)
_ROLES = (
    select(AssignmentRow.role)
    .distinct()
    .join(PersonRow, PersonRow.account == AssignmentRow.person)
    .where(
        AssignmentRow.person == bindparam("account"),
        in_force(_DAY),
        or_(
            AssignmentRow.unit == EVERYWHERE,
            AssignmentRow.unit.in_(select(_above(bindparam("unit", type_=UnitRow.key.type)).c.key)),
        ),
    )
)


def roles_over(connection: Connection, account: str, unit: str, day: date) -> frozenset[PersonRole]:
    """The roles somebody holds over a unit that day; none if they are disabled."""
    found = connection.scalars(_ROLES, {"account": account, "unit": unit, "day": day})
    return frozenset(PersonRole(role) for role in found)


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
        above = _above(literal(unit))
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
