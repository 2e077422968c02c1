"""Moving the open work of dissolved units to those who follow them: what the flow calls, and the command line.

registered decision, day → who ended → **division** → one transaction for each decision → report. A run finds only what
lies with units that ended, so a second one, or two at once, change nothing; a dry run is the same without writing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bangiao.wiring import Wiring
from checklists.errors import BadInput
from checklists.handlers import UnknownDecision
from checklists.succession_of_work import Division, divide
from db.register import SqlRegister
from db.session import begin_read
from db.succession_of_work import (
    FactsFirst,
    InForce,
    SqlEndings,
    decisions_in_force,
    ended_on_record,
    on_record,
    open_steps_owed_by,
    registered_decision,
    write_moves,
)
from db.unit_of_work import SqlUnitOfWork

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}
"""PostgreSQL's codes for a transaction that lost to another (somebody acted on one of the steps meanwhile)."""

Result = TypeVar("Result")


class NotYetDissolved(BadInput):
    """The units that decision {number} dissolves exist until {last}; their open work moves from {operational} on, and
    nothing was moved. See what would move with: bangiao decision move-work {number} --dry-run"""


class NotInForce(BadInput):
    """Decision {number} is a draft or was revoked: it dissolves no unit, so that no work moves. List decisions with:
    bangiao decision list"""


class NotAllOpen(BadInput):
    """Not all checklists of decision {number} are open yet; nothing was moved. They are opened by the worker (bangiao
    up); then give this command again."""


@dataclass(frozen=True, slots=True)
class SuccessionReport:
    """What moved, or would move in a dry run, and what could not; `as_of` is the day by which units have ended."""

    number: str
    as_of: date
    dry_run: bool
    division: Division

    @property
    def empty(self) -> bool:
        return not (self.division.moves or self.division.stays)


def move_work(wiring: Wiring, number: str, *, dry_run: bool = False, actor: str = "bangiao") -> SuccessionReport:
    """Move what the decision's dissolved units still owe, all of it or nothing. A dry run before the operational date
    is as of that date. Raises UnknownDecision, NotInForce, NotAllOpen, NotYetDissolved."""
    with begin_read(wiring.engine) as connection:
        seen = _looked_at(wiring, connection, number, dry_run)
    if dry_run or not seen.division.moves:
        return seen
    return _tried(wiring, lambda uow: _moved(wiring, uow, number, actor))


def move_all_work(wiring: Wiring, *, dry_run: bool = False, actor: str = "bangiao") -> list[SuccessionReport]:
    """The same for every decision whose checklists are open and whose operational date has come; a dry run looks at
    the others as well, each as of its own date."""
    return [move_work(wiring, number, dry_run=dry_run, actor=actor) for number in due_decisions(wiring, all_=dry_run)]


def due_decisions(wiring: Wiring, *, all_: bool = False, only: int | None = None) -> list[str]:
    """Numbers of the opened decisions whose operational date has come; with `all_`, of all opened ones. `only`: of them
    the decision of this id."""
    day = date.max if all_ else wiring.today()
    with begin_read(wiring.engine) as connection:
        found = [one for one in decisions_in_force(connection, day) if one.opened]
    return [one.number for one in found if only is None or one.id == only]


def _moved(wiring: Wiring, uow: SqlUnitOfWork, number: str, actor: str) -> SuccessionReport:
    """Look again, with the steps held: between the look and this transaction somebody may have settled some."""
    report = _looked_at(wiring, uow.connection, number, dry_run=False, keep=True)
    write_moves(uow.connection, _found(uow.connection, number), report.division, now=uow.now, actor=actor)
    return report


def _looked_at(
    wiring: Wiring, connection: Connection, number: str, dry_run: bool, keep: bool = False
) -> SuccessionReport:
    decision, today = _found(connection, number), wiring.today()
    if decision.operational > today and not dry_run:
        last = decision.operational - timedelta(days=1)
        raise NotYetDissolved(number=number, last=last, operational=decision.operational)
    day = max(today, decision.operational)
    return SuccessionReport(number, day, dry_run, _divided(connection, decision, day, keep))


def _found(connection: Connection, number: str) -> InForce:
    decision = registered_decision(connection, number)
    if decision is None:
        raise (NotInForce if on_record(connection, number) else UnknownDecision)(number=number)
    if not decision.opened:
        raise NotAllOpen(number=number)
    return decision


def _divided(connection: Connection, decision: InForce, day: date, keep: bool) -> Division:
    """Where nothing is owed any more, this is all that is read."""
    ended_here = decision.endings()
    owing = {*ended_here, *ended_on_record(connection, decision.id, day)}
    steps = open_steps_owed_by(connection, owing, keep=keep)
    if not steps:
        return Division((), ())
    register = SqlRegister(connection, day, {unit for ending in ended_here.values() for unit in ending.successors})
    endings = SqlEndings(connection, day, decisions_in_force(connection, day), register)
    return divide(steps, endings, FactsFirst(connection, decision.id, register))


def _tried(wiring: Wiring, work: Callable[[SqlUnitOfWork], Result]) -> Result:
    for left in reversed(range(_TRIES)):
        try:
            with wiring.unit_of_work() as uow:
                return work(uow)
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
    raise AssertionError("unreachable")
