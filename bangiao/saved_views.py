"""Keeping a view under a name, renaming it, taking it away: the rules, each in one transaction.

page and filters → **a name of one's own** → `db.saved_views`. Views are a person's wishes, not facts of the handover:
they are not on record, and deleting one leaves nothing.
"""

from __future__ import annotations

from uuid import uuid4

from bangiao.wiring import Wiring
from checklists.errors import BadInput, HandoverError
from checklists.reasons import as_kept
from db.saved_views import (
    SavedView,
    change_view,
    delete_view,
    how_many_views,
    named_so,
    own_view,
    write_view,
)

LONGEST_NAME = 80
MOST_VIEWS = 50


class ViewWithoutName(BadInput):
    """Give the view a name, so that you find it again."""


class ViewNameTaken(BadInput):
    """You keep another view as “{name}” already. Choose another name, or delete that one first."""


class TooManyViews(HandoverError):
    """You keep {most} views already. Delete one that you do not use any more."""


def keep_view(wiring: Wiring, owner: str, wanted: tuple[str, str, str], *, shared: bool) -> SavedView:
    """`wanted`: name, page, query. The same again changes nothing. Raises ViewWithoutName, ViewNameTaken,
    TooManyViews."""
    name, page, query = _named(wanted[0]), *wanted[1:]
    with wiring.unit_of_work() as uow:
        same = named_so(uow.connection, owner, name)
        if same and (same.page, same.query, same.shared) == (page, query, shared):
            return same
        if same:
            raise ViewNameTaken(name=name)
        if how_many_views(uow.connection, owner) >= MOST_VIEWS:
            raise TooManyViews(most=MOST_VIEWS)
        view = SavedView(uuid4().hex, owner, "", name, page, query, shared)
        write_view(uow.connection, view, uow.now)
    return view


def rename_view(wiring: Wiring, owner: str, view: str, name: str, *, shared: bool) -> bool:
    """False if this person has no such view. Raises ViewWithoutName, ViewNameTaken."""
    said = _named(name)
    with wiring.unit_of_work() as uow:
        if own_view(uow.connection, owner, view) is None:
            return False
        same = named_so(uow.connection, owner, said)
        if same and same.id != view:
            raise ViewNameTaken(name=said)
        change_view(uow.connection, view, said, shared)
    return True


def drop_view(wiring: Wiring, owner: str, view: str) -> bool:
    """False if this person has no such view."""
    with wiring.unit_of_work() as uow:
        if own_view(uow.connection, owner, view) is None:
            return False
        delete_view(uow.connection, view)
    return True


def _named(name: str) -> str:
    said = as_kept(name, LONGEST_NAME)
    if not said:
        raise ViewWithoutName()
    return said
