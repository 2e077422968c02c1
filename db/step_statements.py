"""The statements of work on a step, each compiled once: what is read before an act and what it writes.

`db.steps` runs them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update

from db.bulk import upsert_into
from db.models import ChecklistRow, StepRow, UnitRow, table_of
from db.reach import roles_in
from db.statements import Statement, joined
from db.work_models import EvidenceRow, StepHolderRow, StepWorkRow, VerificationRow

_STEP, _CHECKLIST, _UNIT = (table_of(row) for row in (StepRow, ChecklistRow, UnitRow))
_WORK, _HOLDER = table_of(StepWorkRow), table_of(StepHolderRow)
_EVIDENCE, _VERIFICATION = table_of(EvidenceRow), table_of(VerificationRow)
_COUNTERPART = _UNIT.alias("counterpart")
_OF_STEP = bindparam("of_step", type_=_STEP.c.id.type)


def _held_query() -> Select[*tuple[Any, ...]]:
    """A step with where it belongs, what people said of it and the evidence attached to it now."""
    attached = select(joined(_EVIDENCE.c.digest))
    attached = attached.where(_EVIDENCE.c.step_id == _STEP.c.id, _EVIDENCE.c.withdrawn_at.is_(None))
    return (
        select(
            _STEP.c.id,
            _STEP.c.checklist_id,
            _STEP.c.key,
            _STEP.c.counterpart,
            _STEP.c.occurrence,
            _STEP.c.state,
            _STEP.c.due_on,
            _STEP.c.open_needs,
            _STEP.c.version,
            _CHECKLIST.c.decision_id,
            _CHECKLIST.c.unit,
            _CHECKLIST.c.template_hash,
            _UNIT.c.name,
            _COUNTERPART.c.name.label("counterpart_name"),
            _HOLDER.c.unit.label("holder"),
            _WORK.c.claim,
            _WORK.c.doers,
            _WORK.c.reason,
            _WORK.c.unblocker,
            _WORK.c.expected_on,
            _WORK.c.clock_runs,
            attached.scalar_subquery().label("digests"),
        )
        .join(_CHECKLIST, _CHECKLIST.c.id == _STEP.c.checklist_id)
        .join(_UNIT, _UNIT.c.key == _CHECKLIST.c.unit)
        .join(_COUNTERPART, _COUNTERPART.c.key == _STEP.c.counterpart, isouter=True)
        .join(_HOLDER, _HOLDER.c.step_id == _STEP.c.id, isouter=True)
        .join(_WORK, _WORK.c.step_id == _STEP.c.id, isouter=True)
        .where(_STEP.c.id == _OF_STEP)
    )


def _holding_unit() -> Select[str]:
    """Who owes the step today."""
    holder = func.coalesce(_HOLDER.c.unit, _CHECKLIST.c.unit)
    return (
        select(holder.label("key"))
        .select_from(_STEP)
        .join(_CHECKLIST, _CHECKLIST.c.id == _STEP.c.checklist_id)
        .join(_HOLDER, _HOLDER.c.step_id == _STEP.c.id, isouter=True)
        .where(_STEP.c.id == _OF_STEP)
    )


HELD = Statement(lambda _: _held_query())
HELD_WITH_ROLES = Statement(lambda _: _held_query().add_columns(roles_in(_holding_unit()).label("roles")))

SET = Statement(
    lambda _: (
        update(_STEP)
        .where(_STEP.c.id == _OF_STEP, _STEP.c.version == bindparam("read", type_=_STEP.c.version.type))
        .values(
            state=bindparam("new_state", type_=_STEP.c.state.type),
            version=bindparam("written", type_=_STEP.c.version.type),
        )
    )
)
SAY = Statement(lambda dialect: upsert_into(_WORK, dialect))
ATTACH = Statement(lambda _: insert(_EVIDENCE))
VERIFY = Statement(lambda _: insert(_VERIFICATION))
VOID = Statement(
    lambda _: (
        update(_VERIFICATION)
        .where(_VERIFICATION.c.step_id == _OF_STEP, _VERIFICATION.c.void_at.is_(None))
        .values(
            void_at=bindparam("at", type_=_VERIFICATION.c.void_at.type),
            void_because=bindparam("because", type_=_VERIFICATION.c.void_because.type),
        )
    )
)

LOCK = Statement(lambda _: select(_STEP.c.id).where(_STEP.c.id == _OF_STEP).with_for_update())
"""On PostgreSQL whoever acts on it meanwhile is waited for; on SQLite there is nobody."""

COUNT_NEED = Statement(
    lambda _: (
        update(_STEP)
        .where(_STEP.c.id == _OF_STEP)
        .values(
            state=bindparam("new_state", type_=_STEP.c.state.type),
            open_needs=_STEP.c.open_needs + 1,
            version=_STEP.c.version + 1,
        )
    )
)
"""One more open need, and the state that follows from it."""
