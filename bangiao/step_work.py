"""Acting on a step: one transaction for each order, tried again where the database chose it as a deadlock's victim.

person → order → **transaction** → `checklists.step_handlers.act` → step, evidence, events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.desk import Acted, Order
from checklists.step_handlers import act
from db.session import begin_write
from db.steps import SqlSteps

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}
"""PostgreSQL's codes for a transaction that lost to another and may simply be tried again."""

Result = TypeVar("Result")


def act_on_step(wiring: Wiring, order: Order) -> Acted:
    """Carry out one order, all of it or nothing. Raises what `checklists.step_handlers.act` raises."""
    return in_transaction(wiring, lambda desk: act_at(desk, order, wiring.today()))


def act_at(desk: SqlSteps, order: Order, today: date) -> Acted:
    """Carry out one order at a desk that is there; what an act asks for first is read in one go."""
    desk.read_ahead(order.step_id, order.actor, today)
    return act(order, desk, today)


def in_transaction(wiring: Wiring, work: Callable[[SqlSteps], Result]) -> Result:
    """Do the work at a desk of its own. It may run more than once; what an earlier run wrote is then undone."""
    for left in reversed(range(_TRIES)):
        try:
            with begin_write(wiring.engine) as connection:
                return work(desk_on(wiring, connection))
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
    raise AssertionError("unreachable")


def desk_on(wiring: Wiring, connection: Connection) -> SqlSteps:
    """The steps as this transaction sees them."""
    return SqlSteps(connection, wiring.now(), wiring.shelf, both_languages())
