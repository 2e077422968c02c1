"""What stands between two units of a decision: the steps that hand over, those that take over, and their evidence.

steps on record → **here** → `checklists.minutes_facts` → minutes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from checklists.decisions import MergerDecision
from checklists.minutes_facts import Between, Proof, StepBetween
from checklists.steps import Claim, StepState
from checklists.templates import Side
from checklists.units import Unit, UnitKey
from db.bulk import in_parts
from db.change_models import MinutesRow
from db.models import ChecklistRow, DecisionRow, NeedRow, StepRow, TemplateRow, table_of
from db.register import SqlRegister
from db.templates import TemplateShelf
from db.work_models import EvidenceRow, StepHolderRow, StepWorkRow

_EVIDENCE = table_of(EvidenceRow)
_WHOLE_UNIT = "%/giao"
"""Hand-over steps that name no receiver: they are for the only successor there is."""

_STEPS = (
    select(
        StepRow.id,
        StepRow.key,
        StepRow.occurrence,
        StepRow.state,
        StepRow.due_on,
        ChecklistRow.unit,
        ChecklistRow.template_hash,
        StepHolderRow.unit.label("holder"),
        StepWorkRow.claim,
        StepWorkRow.reason,
        StepWorkRow.expected_on,
    )
    .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
    .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
    .order_by(StepRow.id)
)


def read_between(
    connection: Connection, shelf: TemplateShelf, decision_id: int, pair: tuple[str, str], *, keep: bool
) -> Between:
    """What is between the giving and the receiving unit; `keep`: the steps are locked first and then read."""
    giving, receiving = map(UnitKey, pair)
    content = connection.scalars(select(DecisionRow.content).where(DecisionRow.id == decision_id)).one()
    decision = MergerDecision.model_validate_json(content)
    register = SqlRegister(connection, decision.operational, [giving, receiving])
    gives, takes = (_known(register.unit(key)) for key in (giving, receiving))
    above = (register.unit(one.parent) if one.parent else None for one in (gives, takes))
    ids = _step_ids(connection, decision_id, decision, giving, receiving)
    if keep:
        connection.execute(select(StepRow.id).where(StepRow.id.in_(ids)).order_by(StepRow.id).with_for_update())
    steps = _steps(connection, shelf, giving, ids)
    return Between(decision_id, decision, gives, takes, next(above), next(above), steps)


def _known(unit: Unit | None) -> Unit:
    assert unit is not None  # noqa: S101 - the checklist of a unit points at the register
    return unit


def _step_ids(
    connection: Connection, decision_id: int, decision: MergerDecision, giving: UnitKey, receiving: UnitKey
) -> list[int]:
    """The giver's steps for this receiver, and the receiver's steps that need them."""
    named: ColumnElement[bool] = StepRow.counterpart == receiving
    if {row.successor for row in decision.successions if row.predecessor == giving} == {receiving}:
        named = or_(named, and_(StepRow.counterpart == "", StepRow.key.like(_WHOLE_UNIT)))
    own = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    own = own.where(ChecklistRow.decision_id == decision_id)
    gives = list(connection.scalars(own.where(ChecklistRow.unit == giving, named)))
    needing = select(NeedRow.step_id).where(NeedRow.needs_id.in_(gives))
    takes = connection.scalars(own.where(ChecklistRow.unit == receiving, StepRow.id.in_(needing)))
    return [*sorted(gives), *sorted(takes)]


def _steps(
    connection: Connection, shelf: TemplateShelf, giving: UnitKey, ids: Collection[int]
) -> tuple[StepBetween, ...]:
    rows = connection.execute(_STEPS.where(StepRow.id.in_(ids))).all()
    titles = _titles(connection, {row.template_hash for row in rows})
    proofs = _proofs(connection, ids)
    made = [
        StepBetween(
            id=row.id,
            side=Side.PREDECESSOR if row.unit == giving else Side.SUCCESSOR,
            key=row.key,
            occurrence=row.occurrence,
            state=StepState(row.state),
            claim=Claim(row.claim) if row.claim else None,
            reason=row.reason or "",
            expected_on=row.expected_on,
            due_on=row.due_on,
            holder=UnitKey(row.holder or row.unit),
            template=shelf.steps(connection, row.template_hash)[row.key],
            category=titles[row.template_hash],
            evidence=tuple(proofs.get(row.id, ())),
        )
        for row in rows
    ]
    return tuple(sorted(made, key=lambda step: (step.side is Side.SUCCESSOR, step.id)))


def _titles(connection: Connection, templates: Collection[str]) -> Mapping[str, str]:
    """The Vietnamese titles of the checklists, by template hash."""
    query = select(TemplateRow.hash, TemplateRow.content).where(TemplateRow.hash.in_(sorted(templates)))
    return {found: json.loads(content)["title"]["vi"] for found, content in connection.execute(query)}


def _proofs(connection: Connection, ids: Collection[int]) -> Mapping[int, list[Proof]]:
    """What is attached now, save the minutes themselves: what proves that they were made is no content of them."""
    minutes = select(MinutesRow.pdf).where(MinutesRow.pdf.is_not(None))
    found: dict[int, list[Proof]] = defaultdict(list)
    for part in in_parts(sorted(ids)):
        attached = (_EVIDENCE.c.step_id.in_(part), _EVIDENCE.c.withdrawn_at.is_(None))
        query = select(_EVIDENCE).where(*attached, _EVIDENCE.c.digest.not_in(minutes))
        for one in connection.execute(query.order_by(_EVIDENCE.c.step_id, _EVIDENCE.c.added_at, _EVIDENCE.c.id)):
            found[one.step_id].append(Proof(one.kind, one.digest, one.name, one.size, one.dated_on))
    return found
