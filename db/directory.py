"""Who holds which role and who stands in for whom, on one day: read for many at once, without a record of each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from checklists.escalation.recipients import Directory
from checklists.people import PersonRole
from db.models import AssignmentRow, table_of
from db.statements import Statement
from db.work_models import PersonRow, SubstitutionRow

_PERSON, _ASSIGNMENT, _SUBSTITUTION = table_of(PersonRow), table_of(AssignmentRow), table_of(SubstitutionRow)
_DAY: ColumnElement[date] = bindparam("day", type_=_SUBSTITUTION.c.since.type)
_ROLES = {one.value: one for one in PersonRole}

_PEOPLE = Statement(
    lambda _: select(_PERSON.c.account, _PERSON.c.name).where(
        or_(_PERSON.c.disabled_on.is_(None), _PERSON.c.disabled_on > _DAY)
    )
)
_HELD = Statement(
    lambda _: select(_ASSIGNMENT.c.unit, _ASSIGNMENT.c.role, _ASSIGNMENT.c.person).where(
        _ASSIGNMENT.c.since <= _DAY, or_(_ASSIGNMENT.c.until.is_(None), _ASSIGNMENT.c.until >= _DAY)
    )
)
_STAND_INS = Statement(
    lambda _: (
        select(_SUBSTITUTION.c.absent, _SUBSTITUTION.c.substitute)
        .where(_SUBSTITUTION.c.since <= _DAY, _SUBSTITUTION.c.until >= _DAY)
        .order_by(*_SUBSTITUTION.primary_key)
    )
)


def directory_on(connection: Connection, day: date) -> Directory:
    """Of everybody who acts that day."""
    names, held, absences = (one.run(connection, {"day": day}).rows for one in (_PEOPLE, _HELD, _STAND_INS))
    roles = ((unit, _ROLES[role], person) for unit, role, person in held)
    return Directory.of_the_day(dict(names), roles, absences)
