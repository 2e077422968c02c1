"""The filters as somebody typed them → the scope that is meant, as far as the reader's roles reach."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from checklists.errors import BadInput
from db.history import Scope
from db.history_names import decision_numbered
from db.models import ChecklistRow, StepRow
from db.record import Reader, people_called, units_called
from db.work_models import StepHolderRow
from web.auditor.asked import Asked

_OFFERED = 12


class NothingCalled(BadInput):
    """Nothing within your reach is called “{text}”. Write a name or a part of it, a unit's key such as new:00004, an
    account, or the whole number of a decision."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several that a word may mean; `query`: the address of the page for this one."""

    words: str
    query: str


class SeveralCalled(Exception):
    """A word may mean any of these."""

    def __init__(self, choices: list[Choice]) -> None:
        super().__init__()
        self.choices = choices


def meant(connection: Connection, asked: Asked, reader: Reader) -> Scope:
    """Raises NothingCalled, SeveralCalled."""
    scope = Scope(since=asked.since, until=asked.until)
    if asked.step_number is not None:
        _demand_step(connection, asked, reader)
        scope = replace(scope, step=asked.step_number)
    if asked.decision:
        scope = replace(scope, decision=_decision(connection, asked.decision))
    if asked.unit:
        scope = replace(scope, unit=_one_of(asked, "unit", units_called(connection, asked.unit, reader, _OFFERED)))
    if asked.person:
        found = people_called(connection, asked.person, reader, _OFFERED)
        scope = replace(scope, person=_one_of(asked, "person", found))
    return scope


def _decision(connection: Connection, number: str) -> int:
    found = decision_numbered(connection, number)
    if found is None:
        raise NothingCalled(text=number)
    return found


def _demand_step(connection: Connection, asked: Asked, reader: Reader) -> None:
    query = (
        select(ChecklistRow.unit, StepHolderRow.unit)
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.id == asked.step_number)
    )
    row = connection.execute(query).one_or_none()
    if row is None or not any(reader.reaches(connection, unit) for unit in row if unit):
        raise NothingCalled(text=asked.step)


def _one_of(asked: Asked, name: str, found: list[tuple[str, str]]) -> str:
    if not found:
        raise NothingCalled(text=getattr(asked, name))
    if len(found) > 1:
        raise SeveralCalled([Choice(f"{words} ({key})", asked.query(**{name: key})) for key, words in found])
    return found[0][0]
