"""Minutes on record, inside one transaction: implements `checklists.minutes_desk.MinutesDesk`.

What they tell of is in `db.minutes_facts`. A command's transaction holds the lock of commands (`db.unit_of_work`), so
that two people's yes, or a yes and a new draft, come one after the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from checklists.desk import NewEvidence, StepDesk
from checklists.events import Event
from checklists.messages import Translate
from checklists.minutes import Confirmation, HandoverMinutes
from checklists.minutes_desk import DRAFT, FINAL, Given, HeldMinutes
from checklists.minutes_facts import Between
from checklists.people import PersonRole
from checklists.ports import REGISTERED
from checklists.step_rules import Actor
from checklists.templates import Side
from checklists.units import UnitKey
from db.change_models import MinutesConfirmationRow, MinutesRow
from db.decisions import take_block
from db.minutes_facts import read_between
from db.models import ChecklistRow, DecisionRow, table_of
from db.people import person, who_may
from db.steps import SqlSteps
from db.templates import TemplateShelf
from db.unit_of_work import record_event

_MINUTES, _YES = table_of(MinutesRow), table_of(MinutesConfirmationRow)
_NUMBERED = re.compile(r"([0-9]+)/BB-BG")


class SqlMinutes:
    """Minutes as one transaction sees them; `writing`: the steps they tell of are held until it ends."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        shelf: TemplateShelf,
        languages: Mapping[str, Translate],
        *,
        writing: bool,
    ) -> None:
        self.connection = connection
        self.now = now
        self._shelf = shelf
        self._writing = writing
        self._steps = SqlSteps(connection, now, shelf, languages)
        self._entitled = _Entitled(connection, now, shelf, languages)

    def decisions_between(self, giving: str, receiving: str) -> list[tuple[int, str]]:
        both = [
            select(ChecklistRow.decision_id).where(ChecklistRow.unit == unit).scalar_subquery()
            for unit in (giving, receiving)
        ]
        query = (
            select(DecisionRow.id, DecisionRow.number, DecisionRow.content)
            .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
            .where(*(DecisionRow.id.in_(one) for one in both))
            .order_by(DecisionRow.id)
        )
        rows = self.connection.execute(query)
        return [
            (row.id, row.number)
            for row in rows
            if any(said[:2] == [giving, receiving] for said in json.loads(row.content)["successions"])
        ]

    def between(self, decision_id: int, giving: str, receiving: str) -> Between:
        return read_between(self.connection, self._shelf, decision_id, (giving, receiving), keep=self._writing)

    def latest(self, decision_id: int, giving: str, receiving: str) -> HeldMinutes | None:
        these = (MinutesRow.decision_id == decision_id, MinutesRow.giving == giving, MinutesRow.receiving == receiving)
        found = self._held(_selected(*these).order_by(MinutesRow.id.desc()).limit(1))
        return found[0] if found else None

    def numbered(self, number: str, decision: str | None) -> list[HeldMinutes]:
        these = [MinutesRow.number == number]
        if decision is not None:
            these.append(DecisionRow.number == decision)
        return self._held(_selected(*these).order_by(MinutesRow.decision_id))

    def known(self, minutes_id: int) -> HeldMinutes | None:
        """The minutes of this internal number."""
        found = self._held(_selected(MinutesRow.id == minutes_id))
        return found[0] if found else None

    def listed(self, decision: str | None, unit: str | None, reach: Select[str] | None = None) -> list[HeldMinutes]:
        """Of one decision, of one unit on either side, within a reach; by decision and number."""
        these: list[ColumnElement[bool]] = [] if decision is None else [DecisionRow.number == decision]
        if unit is not None:
            these.append((MinutesRow.giving == unit) | (MinutesRow.receiving == unit))
        if reach is not None:
            these.append(MinutesRow.giving.in_(reach) | MinutesRow.receiving.in_(reach))
        return self._held(_selected(*these).order_by(MinutesRow.decision_id, MinutesRow.id))

    def _held(self, query: Select[*tuple[Any, ...]]) -> list[HeldMinutes]:
        return [self._made(row) for row in self.connection.execute(query).all()]

    def _made(self, row: Any) -> HeldMinutes:
        fields = {name: getattr(row, name) for name in HeldMinutes.__dataclass_fields__ if name in row._fields}
        content = HandoverMinutes.model_validate_json(row.content)
        return HeldMinutes(**{**fields, "content": content, "given": self._given(row.id, content)})

    def _given(self, minutes_id: int, content: HandoverMinutes) -> tuple[Given, ...]:
        query = select(_YES).where(_YES.c.minutes_id == minutes_id).order_by(_YES.c.given_at, _YES.c.side)
        return tuple(self._yes(row, content) for row in self.connection.execute(query).all())

    def _yes(self, row: Any, content: HandoverMinutes) -> Given:
        said = Confirmation(
            side=Side(row.side),
            actor=row.given_by,
            person=self.name_of(row.given_by, row.on_behalf_of),
            on_behalf_of=content.party(Side(row.side)).unit_name,
            at=row.given_at,
            content_hash=row.content_hash,
        )
        return Given(said, row.on_behalf_of)

    def next_number(self, decision_id: int) -> str:
        taken = self.connection.scalars(select(MinutesRow.number).where(MinutesRow.decision_id == decision_id))
        counted = [int(found[1]) for number in taken if (found := _NUMBERED.fullmatch(number))]
        return f"{max(counted, default=0) + 1:02d}/BB-BG"

    def leads(self, unit: UnitKey, days: Iterable[date]) -> list[str]:
        for day in days:
            asked = who_may(self.connection, unit, {PersonRole.UNIT_LEAD}, day)
            if own := [one.person.name for one in asked if one.unit == unit and one.stands_in_for is None]:
                return own
        return []

    def roles(self, actor: Actor, unit: UnitKey, on: date) -> Collection[PersonRole]:
        return self._steps.roles(actor, unit, on)

    def name_of(self, account: str, absent: str | None = None) -> str:
        found = person(self.connection, account)
        name = found.name if found else account
        return f"{name} (thay {self.name_of(absent)})" if absent else name

    def save(self, before: HeldMinutes | None, between: Between, content: HandoverMinutes, by: str) -> HeldMinutes:
        values = {
            "number": content.number,
            "dated_on": content.held_on,
            "content": content.canonical_json(),
            "content_hash": content.content_hash,
            "version": before.version + 1 if before else 1,
            "drafted_by": by,
            "drafted_at": self.now,
        }
        if before:
            self.connection.execute(update(_MINUTES).where(_MINUTES.c.id == before.id).values(values))
            return self._again(before.id)
        number = take_block(self.connection, "minutes", 1)
        values |= {"id": number, "decision_id": between.decision_id, "state": DRAFT}
        values |= {"giving": between.giving.key, "receiving": between.receiving.key}
        self.connection.execute(insert(_MINUTES).values(values))
        return self._again(number)

    def _again(self, minutes_id: int) -> HeldMinutes:
        return self._held(_selected(MinutesRow.id == minutes_id))[0]

    def confirm(self, held: HeldMinutes, given: Given) -> HeldMinutes:
        row = {
            "minutes_id": held.id,
            "side": given.confirmation.side.value,
            "content_hash": given.confirmation.content_hash,
            "given_by": given.confirmation.actor,
            "on_behalf_of": given.absent,
            "given_at": given.confirmation.at,
        }
        self.connection.execute(insert(_YES).values(row))
        return self._again(held.id)

    def make_final(self, held: HeldMinutes, pdf: NewEvidence, docx: NewEvidence) -> HeldMinutes:
        values = {"state": FINAL, "pdf": pdf.digest, "docx": docx.digest, "final_at": self.now}
        self.connection.execute(update(_MINUTES).where(_MINUTES.c.id == held.id).values(values))
        return self._again(held.id)

    def entitled(self) -> StepDesk:
        return self._entitled

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            record_event(self.connection, event)


class _Entitled(SqlSteps):
    """The steps for people whose right was looked at when they confirmed: it may have ended since, and the document
    still goes to the steps in their name."""

    def roles(self, actor: Actor, unit: UnitKey, on: date) -> Collection[PersonRole]:
        del actor, unit, on
        return (PersonRole.UNIT_LEAD,)


def _selected(*these: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    columns: Sequence[Any] = [column for column in _MINUTES.c if column.name != "dated_on"]
    query: Select[*tuple[Any, ...]] = select(*columns, DecisionRow.number.label("decision"))
    return query.select_from(MinutesRow).join(DecisionRow, DecisionRow.id == MinutesRow.decision_id).where(*these)
