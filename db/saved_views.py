"""Views that people keep by a name: their own, and those shared by whoever sits in a committee with them.

A view is a page and its filters as text; what it shows is worked out anew for whoever opens it, within their reach.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from checklists.people import PersonRole
from db.models import AssignmentRow, table_of
from db.reach import in_force
from db.steering_models import SavedViewRow
from db.work_models import PersonRow

_VIEW = table_of(SavedViewRow)


class SavedView(NamedTuple):
    """`page`: which table; `query`: its filters, as an address has them."""

    id: str
    owner: str
    owner_name: str
    name: str
    page: str
    query: str
    shared: bool


def views_of(connection: Connection, account: str, day: date) -> list[SavedView]:
    """Those somebody may open: their own first, by name."""
    query = (
        select(*(getattr(_VIEW.c, name) for name in ("id", "owner")), PersonRow.name.label("owner_name"))
        .add_columns(_VIEW.c.name, _VIEW.c.page, _VIEW.c.query, _VIEW.c.shared)
        .join(PersonRow, PersonRow.account == _VIEW.c.owner)
        .where(or_(_VIEW.c.owner == account, _VIEW.c.shared & _VIEW.c.owner.in_(_fellows(account, day))))
    )
    found = [SavedView(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one.owner != account, one.name.casefold(), one.owner))


def _fellows(account: str, day: date) -> Select[str]:
    """Who sits in the committee of a unit in whose committee this person sits."""

    def seats() -> Select[str]:
        held = select(AssignmentRow.unit).join(PersonRow, PersonRow.account == AssignmentRow.person)
        return held.where(AssignmentRow.role == PersonRole.COMMITTEE, in_force(day))

    mine = seats().where(AssignmentRow.person == account)
    return seats().with_only_columns(AssignmentRow.person).where(AssignmentRow.unit.in_(mine))


def own_view(connection: Connection, account: str, view: str) -> SavedView | None:
    """This person's own; nobody changes another's."""
    query = select(_VIEW).where(_VIEW.c.id == view, _VIEW.c.owner == account)
    row = connection.execute(query).one_or_none()
    return SavedView(row.id, row.owner, "", row.name, row.page, row.query, row.shared) if row else None


def named_so(connection: Connection, account: str, name: str) -> SavedView | None:
    """This person's view of that name."""
    held = select(_VIEW.c.id).where(_VIEW.c.owner == account, _VIEW.c.name == name)
    found = connection.scalar(held)
    return own_view(connection, account, found) if found else None


def how_many_views(connection: Connection, account: str) -> int:
    return connection.scalar(select(func.count()).select_from(_VIEW).where(_VIEW.c.owner == account)) or 0


def write_view(connection: Connection, view: SavedView, now: datetime) -> None:
    row = view._asdict() | {"saved_at": now}
    row.pop("owner_name")
    connection.execute(insert(_VIEW), row)


def change_view(connection: Connection, view: str, name: str, shared: bool) -> None:
    connection.execute(update(_VIEW).where(_VIEW.c.id == view).values(name=name, shared=shared))


def delete_view(connection: Connection, view: str) -> None:
    connection.execute(delete(_VIEW).where(_VIEW.c.id == view))
