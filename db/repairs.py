"""Counting open needs again: the counters of the record, and who waits, put right from the rows they are made of.

What people have said is not touched: a step that is submitted or done stays so, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, update

from checklists.steps import StepState
from db.findings import OddStep, miscounted, wrongly_waiting
from db.models import StepRow, table_of

_STEP = table_of(StepRow)
_WAITING, _READY = StepState.WAITING.value, StepState.READY.value
_GOES_ON = {_READY, StepState.IN_PROGRESS.value}

_SET = (
    update(_STEP)
    .where(_STEP.c.id == bindparam("number"))
    .values(open_needs=bindparam("needs"), state=bindparam("now_state"), version=_STEP.c.version + 1)
    .returning(_STEP.c.version)
)


class Recounted(NamedTuple):
    """A step whose counter or state was put right; `version` is the one it has now."""

    step: OddStep
    state: str
    version: int


def recount(connection: Connection) -> list[Recounted]:
    """Put right every counter and every step that waits wrongly. Nobody changes a step meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE step, need IN SHARE ROW EXCLUSIVE MODE")
    done: list[Recounted] = []
    while part := [*_put_right(connection, miscounted(connection).rows)]:
        done += part
    while part := [*_put_right(connection, _mendable(wrongly_waiting(connection).rows))]:
        done += part
    return done


def _mendable(steps: Iterable[OddStep]) -> list[OddStep]:
    return [one for one in steps if one.state in {_WAITING, *_GOES_ON}]


def _put_right(connection: Connection, steps: Iterable[OddStep]) -> Iterable[Recounted]:
    for one in steps:
        values = {"number": one.id, "needs": one.right, "now_state": _state(one)}
        yield Recounted(one, _state(one), connection.scalars(_SET, values).one())


def _state(step: OddStep) -> str:
    if step.state == _WAITING and step.right == 0:
        return _READY
    return _WAITING if step.state in _GOES_ON and step.right else step.state
