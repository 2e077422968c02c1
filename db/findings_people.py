"""Roles and absences that lead to nobody. SELECT only.

record → **roles nobody can act on** → `bangiao.health` → the operator.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from db.models import AssignmentRow
from db.work_models import PersonRow, SubstitutionRow


class IdleRoles(NamedTuple):
    """Roles in force of somebody who may not act: disabled since a day, or (None) not on record at all."""

    account: str
    disabled_on: date | None
    roles: int


def idle_roles(connection: Connection, day: date) -> list[IdleRoles]:
    """By account."""
    query = (
        select(AssignmentRow.person, PersonRow.disabled_on, func.count())
        .join(PersonRow, PersonRow.account == AssignmentRow.person, isouter=True)
        .where(
            AssignmentRow.since <= day,
            or_(AssignmentRow.until.is_(None), AssignmentRow.until >= day),
            or_(PersonRow.account.is_(None), PersonRow.disabled_on <= day),
        )
        .group_by(AssignmentRow.person, PersonRow.disabled_on)
        .order_by(AssignmentRow.person)
    )
    return [IdleRoles(*row) for row in connection.execute(query)]


class Absence(NamedTuple):
    """Somebody is absent, and this is who stands in; `able`: not disabled."""

    absent: str
    substitute: str
    until: date
    able: bool


def absences(connection: Connection, day: date) -> list[Absence]:
    """In force that day, of people who are not disabled themselves; by who is absent."""
    absent, substitute = PersonRow.__table__.alias("absent"), PersonRow.__table__.alias("substitute")
    query = (
        select(
            SubstitutionRow.absent,
            SubstitutionRow.substitute,
            SubstitutionRow.until,
            or_(substitute.c.disabled_on.is_(None), substitute.c.disabled_on > day),
        )
        .join(absent, absent.c.account == SubstitutionRow.absent)
        .join(substitute, substitute.c.account == SubstitutionRow.substitute)
        .where(SubstitutionRow.since <= day, SubstitutionRow.until >= day)
        .where(or_(absent.c.disabled_on.is_(None), absent.c.disabled_on > day))
        .order_by(SubstitutionRow.absent, SubstitutionRow.substitute)
    )
    return [Absence(row[0], row[1], row[2], bool(row[3])) for row in connection.execute(query)]
