"""Who sees and who steers a decision: whoever reaches one of its units sees it; it is steered by a committee that
reaches all of them.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.people import PersonRole
from db.decisions_seen import units_named
from db.session import begin_read
from web.committee.board import reach

_SHOWN = 3


class Asking(Protocol):
    """Whoever asks: somebody signed in, or a program with somebody's token."""

    @property
    def account(self) -> str: ...

    @property
    def anywhere(self) -> frozenset[PersonRole]: ...


class NotAllYours(HandoverError):
    """{number} names {count} units that you do not reach as a steering committee, among them {units}. A committee that
    reaches all of them has to do this."""


def demand_seen(connection: Connection, wiring: Wiring, asking: Asking, number: str) -> None:
    """404 for a decision that concerns none of the reader's units."""
    keys = reach(connection, asking.account, wiring.today())
    if keys is not None and not units_named(connection, number) & keys:
        raise HTTPException(404)


def demand_all(wiring: Wiring, asking: Asking, number: str, units: Set[str] | None = None) -> None:
    """Raises NotAllYours; 404 for a decision on record of which nothing is in reach. `units`: those it names, if it is
    not on record."""
    with begin_read(wiring.engine) as connection:
        if units is None:
            demand_seen(connection, wiring, asking, number)
        named = units_named(connection, number) if units is None else units
        steered = reach(connection, asking.account, wiring.today(), frozenset({PersonRole.COMMITTEE}))
    beyond = [] if steered is None else sorted(named - steered)
    if beyond:
        raise NotAllYours(number=number, count=len(beyond), units=tuple(beyond[:_SHOWN]))


def may_steer(wiring: Wiring, asking: Asking, number: str) -> bool:
    """Whether what the page offers a committee is for this reader."""
    if PersonRole.COMMITTEE not in asking.anywhere:
        return False
    try:
        demand_all(wiring, asking, number)
    except NotAllYours:
        return False
    return True
