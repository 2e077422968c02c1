"""Above and beside a history: whose it is, and what people call the persons and units in it. SELECT only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import aliased

from checklists.history import Here
from checklists.step_names import step_name
from db.history import Scope, done_by
from db.models import ChecklistRow, DecisionRow, EventRow, StepRow, UnitRow
from db.work_models import PersonRow

_COUNTERPART = aliased(UnitRow)


def here(connection: Connection, scope: Scope) -> Here:
    """What the history's sentences need not name again."""
    if scope.step is not None:
        step = step_facts(connection, scope.step)
        return Here(scope.step, step.unit, step.unit_name, step.key) if step else Here(scope.step)
    name = connection.scalars(select(UnitRow.name).where(UnitRow.key == scope.unit)).one_or_none()
    return Here(unit=scope.unit or "", unit_name=name or "")


class KnownNames:
    """The names of persons and units, each looked up once; what has none stands for itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], str] = {}

    def person(self, account: str) -> str:
        return self._named("person", account, select(PersonRow.name).where(PersonRow.account == account))

    def unit(self, key: str) -> str:
        return self._named("unit", key, select(UnitRow.name).where(UnitRow.key == key))

    def _named(self, kind: str, key: str, query: Select[str]) -> str:
        if (kind, key) not in self._known:
            name = self._connection.scalars(query).one_or_none()
            self._known[kind, key] = f"{name} ({key})" if name else key
        return self._known[kind, key]


def decision_number(connection: Connection, decision_id: int) -> str:
    return connection.scalars(select(DecisionRow.number).where(DecisionRow.id == decision_id)).one()


def decision_numbered(connection: Connection, number: str) -> int | None:
    return connection.scalars(select(DecisionRow.id).where(DecisionRow.number == number)).one_or_none()


def knows_unit(connection: Connection, key: str) -> bool:
    return connection.scalars(select(UnitRow.key).where(UnitRow.key == key)).one_or_none() is not None


def knows_account(connection: Connection, account: str) -> bool:
    """Whether somebody of that account is on record, or ever did something."""
    known = select(PersonRow.account).where(PersonRow.account == account).limit(1)
    acted = select(EventRow.id).where(done_by(account)).limit(1)
    return any(connection.scalars(query).first() is not None for query in (known, acted))


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What stands above a step's history."""

    name: str
    state: str
    due_on: date | None
    unit: str
    unit_name: str
    key: str
    counterpart: str
    occurrence: int
    decision: str


def step_facts(connection: Connection, step_id: int) -> StepFacts | None:
    """None: there is no such step."""
    query = (
        select(
            StepRow.key,
            StepRow.occurrence,
            _COUNTERPART.name.label("counterpart_name"),
            StepRow.state,
            StepRow.due_on,
            StepRow.counterpart,
            ChecklistRow.unit,
            UnitRow.name.label("unit_name"),
            DecisionRow.number,
        )
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        .where(StepRow.id == step_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    name = step_name(row.key, row.occurrence, row.counterpart_name, row.unit_name)
    return StepFacts(
        name, row.state, row.due_on, row.unit, row.unit_name, row.key, row.counterpart, row.occurrence, row.number
    )
