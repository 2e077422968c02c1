"""What somebody is over the very thing they ask for: the question that stands before every page.

Nothing over it means, for them, that it is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select

from checklists.access import ROLES, About, Action
from checklists.decisions import UNSTORABLE
from checklists.package.scope import Scope
from checklists.people import PersonRole
from db.change_models import MinutesRow
from db.models import AssignmentRow, ChecklistRow, DecisionRow, StepRow, table_of
from db.package_reach import roles_over_scope
from db.packages import package_of
from db.people import person, substitutions_of
from db.reach import in_force, roles_over, units_in_reach
from db.statements import Statement
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow


def roles_about(
    connection: Connection, account: str, about: About, named: str | None, day: date
) -> frozenset[PersonRole]:
    """The roles that count over what is `named`; for something that is not there, none. During an absence, also those
    in which the absent person's steps are worked on: never what else that person may do."""
    if named and UNSTORABLE.search(named):  # nothing is called so, and PostgreSQL does not even want to be asked
        return frozenset()
    if about in _BY_THEMSELVES:
        return _BY_THEMSELVES[about](connection, account, named or "", day)
    absent = [one.absent for one in substitutions_of(connection, account, day) if one.substitute == account]
    if about is About.NOTHING:
        lent = [_anywhere(connection, one, day) & LENT for one in absent]
        return _anywhere(connection, account, day).union(*lent)
    units = _UNITS[about](connection, named or "")
    lent = [roles_over(connection, one, unit, day) & _lent(about) for one in absent for unit in units]
    return frozenset().union(*(roles_over(connection, account, unit, day) for unit in units), *lent)


LENT = frozenset({PersonRole.UNIT_LEAD, PersonRole.VERIFIER})
"""Whoever stands in for somebody works on steps in that person's name; nothing else is done in another's name."""


def _lent(about: About) -> frozenset[PersonRole]:
    """A committee's part in steps and minutes may be taken, its steering may not."""
    return LENT | {PersonRole.COMMITTEE} if about in {About.STEP, About.MINUTES} else LENT


def _anywhere(connection: Connection, account: str, day: date) -> frozenset[PersonRole]:
    rows = _HELD_ANYWHERE.run(connection, {"account": account, "day": day}).rows
    return frozenset(PersonRole(row.role) for row in rows)


def _held_anywhere() -> Select[str]:
    day: ColumnElement[date] = bindparam("day", type_=table_of(AssignmentRow).c.since.type)
    return (
        select(AssignmentRow.role)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.person == bindparam("account", type_=table_of(AssignmentRow).c.person.type), in_force(day))
    )


_HELD_ANYWHERE = Statement(lambda _: _held_anywhere())


def _over_decision(connection: Connection, account: str, number: str, day: date) -> frozenset[PersonRole]:
    """The roles that reach a unit which has a checklist of it, each by itself: whoever steers one province and leads a
    unit in another does not steer there. Of a decision that has none yet, what the committee and auditors are."""
    decision = connection.scalar(select(DecisionRow.id).where(DecisionRow.number == number))
    if decision is None:
        return frozenset()
    held = _anywhere(connection, account, day)
    concerned = select(ChecklistRow.id).where(ChecklistRow.decision_id == decision).limit(1)
    if connection.scalar(concerned) is None:
        return held & {PersonRole.COMMITTEE, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR}
    reached = {role: ChecklistRow.unit.in_(units_in_reach(account, day, {role})) for role in held}
    return frozenset(role for role in held if connection.scalar(concerned.where(reached[role])) is not None)


def _over_package(connection: Connection, account: str, named: str, day: date) -> frozenset[PersonRole]:
    """Roles over all that it tells of."""
    row = package_of(connection, named)
    if row is None:
        return frozenset()
    filters = json.loads(row.scope)
    scope = Scope(**{name: filters.get(name) for name in ("decision", "province", "unit")})
    return roles_over_scope(connection, account, scope, day, ROLES[Action.EXPORT])


def _over_person(connection: Connection, account: str, named: str, day: date) -> frozenset[PersonRole]:
    """Roles over any unit in which that person holds one; somebody without any is every administrator's to appoint."""
    lasting = or_(AssignmentRow.until.is_(None), AssignmentRow.until >= day)
    units = set(connection.scalars(select(AssignmentRow.unit).where(AssignmentRow.person == named, lasting)))
    if units:
        return frozenset().union(*(roles_over(connection, account, unit, day) for unit in units))
    if person(connection, named) is None:
        return frozenset()
    return _anywhere(connection, account, day) & {PersonRole.ADMINISTRATOR}


_BY_THEMSELVES: Mapping[About, Callable[[Connection, str, str, date], frozenset[PersonRole]]] = {
    About.DECISION: _over_decision,
    About.PACKAGE: _over_package,
    About.PERSON: _over_person,
}
"""What is not a matter of one unit or two."""


def _of_unit(_connection: Connection, named: str) -> list[str]:
    return [named]


def _of_step(connection: Connection, named: str) -> list[str]:
    """Who owes it today, and whose checklist it stands in."""
    rows = _OWING.run(connection, {"of_step": _number(named)}).rows
    return sorted(set(rows[0])) if rows else []


_OWING = Statement(
    lambda _: (
        select(OWED_BY.label("holder"), ChecklistRow.unit)
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.id == bindparam("of_step", type_=table_of(StepRow).c.id.type))
    )
)


def _of_minutes(connection: Connection, named: str) -> list[str]:
    query = select(MinutesRow.giving, MinutesRow.receiving).where(MinutesRow.id == _number(named))
    row = connection.execute(query).one_or_none()
    return sorted(set(row)) if row else []


def _number(named: str) -> int:
    return int(named) if named.isascii() and named.isdigit() and len(named) <= _DIGITS else -1


_DIGITS = 18

_UNITS: Mapping[About, Callable[[Connection, str], list[str]]] = {
    About.UNIT: _of_unit,
    About.STEP: _of_step,
    About.MINUTES: _of_minutes,
}
