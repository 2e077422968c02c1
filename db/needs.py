"""Steps that wait for steps: told in the same transaction when one they need is settled, or is open again.

Set-based, one statement for any number of settled steps, so that fan-in costs what it touches. `open_needs` counts; a
step waits exactly while it is above 0 (blocked, cancelled and not-applicable steps only keep count).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, bindparam, case, func, select, update

from db.bulk import in_parts
from db.models import NeedRow, StepRow, table_of
from db.statements import Answer, Statement, Work

_STEP, _NEED = table_of(StepRow), table_of(NeedRow)

_ONE = bindparam("settled", type_=_NEED.c.needs_id.type)

_FREE_ONE = Statement(
    lambda _: (
        update(_STEP)
        .where(_STEP.c.id.in_(select(_NEED.c.step_id).where(_NEED.c.needs_id == _ONE)))
        .values(
            open_needs=_STEP.c.open_needs - 1,
            state=case(((_STEP.c.state == "waiting") & (_STEP.c.open_needs == 1), "ready"), else_=_STEP.c.state),
            version=_STEP.c.version + 1,
        )
        .returning(_STEP.c.id, _STEP.c.state)
    )
)


def free_needs(run: Callable[[Sequence[Work]], Sequence[Answer]], settled: int) -> list[int]:
    """Count the settled step off wherever it is needed; gives the steps that are ready now, by number. `run` is whoever
    runs statements in the transaction."""
    changed = run([(_FREE_ONE, {"settled": settled})])[0].rows
    # what was ready before had no open need, and so was not counted off
    return sorted(row.id for row in changed if row.state == "ready")


def free_needs_of_many(connection: Connection, settled: Sequence[int]) -> list[int]:
    """The same for many steps that were settled together."""
    ready: list[int] = []
    for part in in_parts([str(one) for one in settled]):
        counted = (
            select(_NEED.c.step_id, func.count().label("times"))
            .where(_NEED.c.needs_id.in_([int(one) for one in part]))
            .group_by(_NEED.c.step_id)
            .subquery()
        )
        times = select(counted.c.times).where(counted.c.step_id == _STEP.c.id).scalar_subquery()
        freed = (
            update(_STEP)
            .where(_STEP.c.id.in_(select(counted.c.step_id)))
            .values(
                open_needs=_STEP.c.open_needs - times,
                state=case(
                    ((_STEP.c.state == "waiting") & (_STEP.c.open_needs == times), "ready"), else_=_STEP.c.state
                ),
                version=_STEP.c.version + 1,
            )
            .returning(_STEP.c.id, _STEP.c.state)
        )
        ready += [row.id for row in connection.execute(freed) if row.state == "ready"]
    return sorted(ready)


def dependents(connection: Connection, step_id: int) -> list[int]:
    """Numbers of the steps that need this one."""
    query = select(_NEED.c.step_id).where(_NEED.c.needs_id == step_id).order_by(_NEED.c.step_id)
    return list(connection.scalars(query))
