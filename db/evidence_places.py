"""Where a file stands on record as evidence, by its SHA-256, as far as a reader's roles reach. SELECT only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import aliased

from checklists.step_names import step_name
from db.models import ChecklistRow, DecisionRow, StepRow, UnitRow
from db.record import Reader
from db.work_models import EvidenceRow, StepHolderRow, VerificationRow

_COUNTERPART = aliased(UnitRow)
_OWN = ("name", "size", "dated_on", "added_by", "added_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """One piece of evidence with this content. `verified_at`: when a second person said yes to it, in force still."""

    step: int
    step_name: str
    state: str
    unit: str
    unit_name: str
    decision: str
    name: str
    size: int
    dated_on: date
    added_by: str
    added_at: datetime
    withdrawn_at: datetime | None
    verified_at: datetime | None


def evidence_places(connection: Connection, digest: str, reader: Reader, most: int) -> list[EvidencePlace]:
    """Oldest first; only files, and only of steps of units in reach."""
    verified = (
        select(func.max(VerificationRow.given_at))
        .where(VerificationRow.step_id == EvidenceRow.step_id, VerificationRow.void_at.is_(None))
        .where(VerificationRow.given_at >= EvidenceRow.added_at, EvidenceRow.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    query = (
        select(
            *(getattr(EvidenceRow, name) for name in _OWN),
            EvidenceRow.step_id.label("step"),
            StepRow.key,
            StepRow.occurrence,
            StepRow.state,
            _COUNTERPART.name.label("counterpart_name"),
            ChecklistRow.unit,
            UnitRow.name.label("unit_name"),
            DecisionRow.number.label("decision"),
            verified.label("verified_at"),
        )
        .join(StepRow, StepRow.id == EvidenceRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        .where(EvidenceRow.digest == digest, EvidenceRow.kind == "file")
        .order_by(EvidenceRow.added_at, EvidenceRow.id)
    )
    if not reader.reaches_all(connection):
        units = reader.units()
        query = query.where(or_(ChecklistRow.unit.in_(units), StepHolderRow.unit.in_(units)))
    return [_place(row._asdict()) for row in connection.execute(query.limit(most))]


def _place(row: dict[str, Any]) -> EvidencePlace:
    name = step_name(row.pop("key"), row.pop("occurrence"), row.pop("counterpart_name"), row["unit_name"])
    return EvidencePlace(step_name=name, **row)
