"""Acting on steps: one transaction for each order, or for many that came at once; tried again where the database chose
it as a deadlock's victim.

person → order → **transaction** → `checklists.step_handlers.act` → step, evidence, events. Who has many orders, or many
callers, gives them to `bangiao.step_writer`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.desk import Acted, Order
from checklists.step_handlers import act
from db.carried_out import carry_out_once
from db.session import begin_write, savepoint
from db.steps import SqlSteps

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}
"""PostgreSQL's codes for a transaction that lost to another and may simply be tried again."""

Result = TypeVar("Result")


def act_on_step(wiring: Wiring, order: Order) -> Acted:
    """Carry out one order, all of it or nothing. Raises what `checklists.step_handlers.act` raises."""
    return in_transaction(wiring, lambda desk: _act(desk, order, wiring.today()))


def act_together(wiring: Wiring, orders: Sequence[Order]) -> list[Acted | Exception]:
    """Carry out many orders, one after another, with one commit for all: each is done whole, or refused and undone by
    itself. What comes back counts only now, after the commit; if that fails it is raised, and nothing was done."""
    return _tried(wiring, lambda connection: [_outcome(wiring, connection, order) for order in orders])


def _outcome(wiring: Wiring, connection: Connection, order: Order) -> Acted | Exception:
    try:
        with savepoint(connection):
            return _act(desk_on(wiring, connection), order, wiring.today())
    except OperationalError:
        raise  # the database, not the order: a deadlock, a full disk, a lost connection
    except Exception as error:
        return error


def _act(desk: SqlSteps, order: Order, today: date) -> Acted:
    if order.once is not None:
        carry_out_once(desk.connection, order.actor.account, order.once, order_hash(order), desk.now)
    desk.read_ahead(order.step_id, order.actor, today)
    return act(order, desk, today)


def order_hash(order: Order) -> str:
    """What the order asks for, without who sends it and when: the same key must not stand for something else."""
    asked = (order.step_id, order.request, order.actor.on_behalf_of, sorted(one.digest for one in order.evidence))
    return sha256(repr(asked).encode()).hexdigest()


def in_transaction(wiring: Wiring, work: Callable[[SqlSteps], Result]) -> Result:
    """Do the work at a desk of its own. It may run more than once; what an earlier run wrote is then undone."""
    return _tried(wiring, lambda connection: work(desk_on(wiring, connection)))


def _tried(wiring: Wiring, work: Callable[[Connection], Result]) -> Result:
    for left in reversed(range(_TRIES)):
        try:
            with begin_write(wiring.engine) as connection:
                return work(connection)
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
    raise AssertionError("unreachable")


def desk_on(wiring: Wiring, connection: Connection) -> SqlSteps:
    """The steps as this transaction sees them."""
    return SqlSteps(connection, wiring.now(), wiring.shelf, both_languages())
