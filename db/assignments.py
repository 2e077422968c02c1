"""Who holds which role in which unit: written with the event that says who wrote it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, insert, select, update

from db.models import AssignmentRow, table_of


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role in a unit, both days included; `until` None: open."""

    person: str
    role: str
    unit: str
    since: date
    until: date | None


def write_assignment(connection: Connection, one: Assignment) -> bool:
    """Record it, or give the one that began the same day a new end; False when it stood so already."""
    same = (
        AssignmentRow.person == one.person,
        AssignmentRow.role == one.role,
        AssignmentRow.unit == one.unit,
        AssignmentRow.since == one.since,
    )
    held = connection.execute(select(AssignmentRow.until).where(*same)).one_or_none()
    if held is None:
        connection.execute(insert(AssignmentRow).values(asdict(one)))
    elif held.until != one.until:
        connection.execute(update(AssignmentRow).where(*same).values(until=one.until))
    return held is None or held.until != one.until


def assignments(connection: Connection) -> list[Assignment]:
    """All of them, by person and first day."""
    rows = connection.execute(select(table_of(AssignmentRow)).order_by(AssignmentRow.person, AssignmentRow.since))
    return [Assignment(row.person, row.role, row.unit, row.since, row.until) for row in rows]
