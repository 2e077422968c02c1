"""A day of work for the demonstration: people of a few units carry one hand-over from its first step to the successor.

Everything goes the way of the commands (`bangiao step …`): the same orders, rights, evidence store and transactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.people import put_on_record
from bangiao.step_work import act_on_step
from bangiao.wiring import Wiring
from checklists.desk import Acted, NewEvidence, Order
from checklists.people import Assignment, Person, PersonRole
from checklists.step_rules import Actor, Request
from checklists.steps import SETTLED, Act, StepState
from checklists.units import UnitKey
from db.models import ChecklistRow, NeedRow, StepRow
from db.session import begin_read

RECEIVES, GIVES = "DAT-05/nhan", "DAT-05/giao"
"""A successor receives and checks the data that its predecessors hand over."""

VERIFIER = "hoang-yen"
_NAMES = ("Lê Thị Hoa", "Phạm Văn Dũng", "Đỗ Minh Châu", "Vũ Thu Hà", "Bùi Quang Huy")
_SINCE = date(2025, 6, 1)


@dataclass(frozen=True, slots=True)
class Handover:
    """A receive step, what it needs in its own unit, and the hand-over steps it needs with everything those need."""

    receive: int
    own: tuple[int, ...]
    gives: Mapping[int, tuple[int, ...]]
    """Hand-over step → the steps before it, and the step itself last."""


class DayOfWork:
    """The people of one successor and its predecessors at work."""

    def __init__(self, wiring: Wiring, unit: UnitKey) -> None:
        self._wiring = wiring
        self._leads: dict[str, str] = {}
        with begin_read(wiring.engine) as connection:
            self.handover = _handover(connection, unit)
            self._owners = _owners(connection, self.steps)
        self._appoint(unit)

    @property
    def steps(self) -> list[int]:
        return [
            self.handover.receive,
            *self.handover.own,
            *(one for before in self.handover.gives.values() for one in before),
        ]

    def lead_of(self, step: int) -> str:
        return self._leads[self._owners[step]]

    def act(self, step: int, request: Request, by: str = "", evidence: tuple[NewEvidence, ...] = ()) -> Acted:
        """One order, by the unit's lead unless somebody else is named."""
        return act_on_step(self._wiring, Order(step, request, Actor(by or self.lead_of(step)), evidence=evidence))

    def proof(self, text: str) -> tuple[NewEvidence, ...]:
        """A file in the evidence store, as an office would hand it in."""
        path = self._wiring.settings.data_dir / "bien-ban.txt"
        path.write_text(text + "\n", encoding="utf-8")
        today = self._wiring.today()
        return kept(store_of(self._wiring.settings), HandedIn(today, files=(path,)), today)

    def delivered(self, steps: Iterable[int]) -> Iterator[Acted]:
        """Complete each step that is still open, and have it verified where that is asked for."""
        for step in steps:
            acted = self._completed(step)
            if acted is not None:
                yield acted

    def _completed(self, step: int) -> Acted | None:
        with begin_read(self._wiring.engine) as connection:
            state = StepState(connection.scalars(select(StepRow.state).where(StepRow.id == step)).one())
        if state in SETTLED:
            return None
        acted = self.act(step, Request(Act.COMPLETE), evidence=self.proof(f"Biên bản của bước {step}"))
        if acted.after.state is StepState.SUBMITTED:
            return self.act(step, Request(Act.VERIFY, seen=acted.after.evidence_hash), VERIFIER)
        return acted

    def next_week(self) -> date:
        return self._wiring.today() + timedelta(days=7)

    def _appoint(self, unit: UnitKey) -> None:
        units = dict.fromkeys(self._owners.values())
        with self._wiring.unit_of_work() as uow:
            today = self._wiring.today()
            parent = uow.register_on(today, [unit]).unit(unit)
            above = parent.parent if parent and parent.parent else unit
            put_on_record(uow, Person(VERIFIER, "Hoàng Yến"), VERIFIER, today)
            put_on_record(uow, Assignment(VERIFIER, PersonRole.VERIFIER, above, _SINCE), VERIFIER, today)
            for place, key in enumerate(units):
                account = f"lanh-dao-{key.replace(':', '-').lower()}"
                put_on_record(uow, Person(account, _NAMES[place % len(_NAMES)]), VERIFIER, today)
                put_on_record(uow, Assignment(account, PersonRole.UNIT_LEAD, UnitKey(key), _SINCE), VERIFIER, today)
                self._leads[key] = account


def _handover(connection: Connection, unit: UnitKey) -> Handover:
    receive = connection.scalars(
        select(StepRow.id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(ChecklistRow.unit == unit, StepRow.key == RECEIVES)
    ).one()
    needed = {one: tuple(_with_needs(connection, one)) for one in _needs(connection, receive)}
    keys = select(StepRow.id).where(StepRow.id.in_(needed), StepRow.key == GIVES)
    gives = {one: needed.pop(one) for one in sorted(connection.scalars(keys))}
    return Handover(receive, tuple(one for before in needed.values() for one in before), gives)


def _with_needs(connection: Connection, step: int) -> Iterator[int]:
    for one in _needs(connection, step):
        yield from _with_needs(connection, one)
    yield step


def _needs(connection: Connection, step: int) -> list[int]:
    query = select(NeedRow.needs_id).where(NeedRow.step_id == step).order_by(NeedRow.needs_id)
    return list(connection.scalars(query))


def _owners(connection: Connection, steps: list[int]) -> dict[int, str]:
    query = select(StepRow.id, ChecklistRow.unit).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    return {row[0]: row[1] for row in connection.execute(query.where(StepRow.id.in_(steps)).order_by(StepRow.id))}
