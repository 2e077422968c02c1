"""A worked office for packages: two decisions, evidence, verifications, minutes, notices that fail, a changed decision
and moved work; and what belongs to a scope, told again from the whole record without any query of the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import changes
from builders import JOINED, SPLIT, open_all, own_decision, predecessors_of, registered
from notices import mail_channel, open_steps, reaching_home, reader, record_channel, tell
from offices import HA_NOI_COMMITTEE, VERIFIER, do, finish, held, lead_of, note, opened, step_of
from receivers import Mailbox, smtp_server
from sqlalchemy import select
from whole_record import Record, record_in

from bangiao import minutes
from bangiao.acknowledging import acknowledge_step
from bangiao.attachments import HandedIn, kept, store_of
from bangiao.delivery_sender import Sender
from bangiao.succession import move_work
from bangiao.wiring import Wiring
from checklists.deadlines import VIETNAM
from checklists.minutes_fields import Meeting
from checklists.minutes_handlers import Wanted, Yes
from checklists.package.scope import Scope
from checklists.step_rules import Actor
from checklists.steps import Act
from checklists.templates import Side
from db.audit_log import sequence_all
from db.models import SuccessionRow, UnitRow
from db.session import begin_read

OTHER = "02/QĐ-TN"
TAKES = "new:00634"
DATA = f"{SPLIT}/DAT-05/giao@{TAKES}"


@dataclass(frozen=True)
class WorkedOffice:
    """The office, and the steps that something special happened to."""

    wiring: Wiring
    finished: int
    returned: int
    blocked: int
    not_applicable: int
    reopened: int
    bare: int

    def record(self) -> Record:
        with begin_read(self.wiring.engine) as connection:
            return record_in(connection)


def worked_office(wiring: Wiring, folder: Path) -> WorkedOffice:
    """Everything happens between 17 June and 16 July 2025; the last act is not in the log."""
    wiring = reaching_home(wiring)
    first = opened(wiring, [SPLIT, changes.WHOLE])
    other = registered(wiring, own_decision(OTHER, predecessors=predecessors_of(JOINED)[:1]))
    open_all(wiring, other.decision_id)
    office = _steps_worked(wiring, folder, first)
    _notices(wiring)
    _minutes(wiring)
    later(wiring, days=3)
    (folder / "amended").mkdir()
    text = changes.text(operational=date(2025, 7, 8))
    changes.committed(wiring, changes.amended(folder / "amended", wiring, text))
    later(wiring, days=20)
    move_work(wiring, changes.NUMBER)
    later(wiring, days=5)
    sequence_all(wiring.engine)
    later(wiring, days=1)
    finish(wiring, _ready(wiring, first, changes.WHOLE)[0])
    return office


def later(wiring: Wiring, **step: float) -> None:
    wiring.clock.advance(**step)  # type: ignore[attr-defined]


def _steps_worked(wiring: Wiring, folder: Path, decision_id: int) -> WorkedOffice:
    lead = lead_of(wiring, SPLIT)
    data = step_of(wiring, DATA)
    do(
        wiring,
        data,
        Act.ATTACH,
        lead,
        evidence=_file(wiring, folder, "Danh mục dữ liệu.csv", "bảng,số\nhộ tịch,1205\n"),
    )
    do(wiring, data, Act.ATTACH, lead, evidence=_file(wiring, folder, "Bản sai.csv", "bảng,số\n"))
    wrong = sorted(held(wiring, data).step.evidence)[0]
    do(wiring, data, Act.WITHDRAW, lead, digests=frozenset({wrong}))
    ready = [one for one in _ready(wiring, decision_id, SPLIT) if one != data]
    checked = [one for one in ready if held(wiring, one).step.verified]
    finished, returned, reopened = checked[:3]
    blocked, bare, applies_not = [one for one in ready if one not in checked][:3]
    later(wiring, days=1)
    finish(wiring, finished)
    finish(wiring, reopened)
    later(wiring, hours=1)
    do(wiring, reopened, Act.REOPEN, HA_NOI_COMMITTEE, reason="thiếu một bộ dữ liệu")
    do(wiring, returned, Act.COMPLETE, lead, evidence=(note("lần một"),))
    do(wiring, returned, Act.RETURN, VERIFIER, reason="thiếu chữ ký")
    waits = date(2025, 7, 10)
    do(wiring, blocked, Act.BLOCK, lead, reason="chưa đối chiếu", unblocker="Phòng Tài chính", expected_on=waits)
    do(wiring, applies_not, Act.NOT_APPLICABLE, lead, reason="không có dữ liệu số")
    do(wiring, applies_not, Act.VERIFY, VERIFIER, seen=held(wiring, applies_not).step.evidence_hash)
    do(wiring, bare, Act.COMPLETE, lead, evidence=(note("làm xong"),))
    return WorkedOffice(wiring, finished, returned, blocked, applies_not, reopened, bare)


def _ready(wiring: Wiring, decision_id: int, unit: str) -> list[int]:
    return changes.ready_steps(wiring, decision_id, unit)


def _file(wiring: Wiring, folder: Path, name: str, text: str) -> Any:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return kept(store_of(wiring.settings), HandedIn(date(2025, 6, 16), files=(file,)), wiring.today())


def _notices(wiring: Wiring) -> None:
    """One arrives, one is refused for good, one finds no channel, one waits; and somebody answers."""
    steps = open_steps(wiring, 4)
    good, refusing = Mailbox(), Mailbox(recipient_answer="550 5.1.1 No such user")
    with smtp_server(refusing) as bad_server:
        record_channel(wiring, mail_channel(bad_server.port))
        tell(wiring, reader(wiring, "an"), steps[:2])
        tell(wiring, reader(wiring, "khong-thu", email=""), steps[:1])
        _sent(wiring)
    with smtp_server(good) as server:
        record_channel(wiring, mail_channel(server.port))
        tell(wiring, reader(wiring, "lan"), steps[2:])
        _sent(wiring)
    acknowledge_step(wiring, steps[2], Actor("lan"), wiring.today() + timedelta(days=2), "đang làm")
    tell(wiring, "lan", steps[3:], level="provincial-chair", send_at=wiring.now() + timedelta(days=90))


def _sent(wiring: Wiring) -> None:
    later(wiring, seconds=40)
    sender = Sender(wiring)
    try:
        sender.drain(30)
    finally:
        sender.close()


def _minutes(wiring: Wiring) -> None:
    """One confirmed by both sides; another, with another successor, by the giving side only."""
    giving, taking = lead_of(wiring, SPLIT), lead_of(wiring, TAKES)
    held_ = minutes.draft(wiring, Wanted(SPLIT, TAKES, Meeting(), Actor(giving), changes.NUMBER)).held
    for side, account in ((Side.PREDECESSOR, giving), (Side.SUCCESSOR, taking)):
        minutes.confirm(wiring, Yes(held_.number, side, held_.content_hash, Actor(account), changes.NUMBER))
    lead_of(wiring, "new:00622")
    other = minutes.draft(wiring, Wanted(SPLIT, "new:00622", Meeting(), Actor(giving), changes.NUMBER)).held
    minutes.confirm(wiring, Yes(other.number, Side.PREDECESSOR, other.content_hash, Actor(giving), changes.NUMBER))


@dataclass(frozen=True)
class Told:
    """What a scope means, in plain words over the whole record."""

    record: Record
    scope: Scope
    today: date
    units: frozenset[str] | None = None

    def happened(self, *instants: datetime | None) -> bool:
        days = [one.astimezone(VIETNAM).date() for one in instants if one is not None]
        since, until = self.scope.since or date.min, self.scope.until or date.max
        return any(since <= day <= until for day in days) or not (self.scope.since or self.scope.until)

    def by(self, *accounts: str | None) -> bool:
        return self.scope.person is None or self.scope.person in accounts

    @cached_property
    def holders(self) -> dict[int, str]:
        return {row.step_id: row.unit for row in self.record["step_holder"]}

    @cached_property
    def numbers(self) -> dict[int, str]:
        return {row.id: row.number for row in self.record["decision"]}

    def act(self, event: Any) -> bool:
        """Whether an event is the person's, in the period."""
        return self.by(event.actor, event.on_behalf_of, event.subject) and self.happened(event.occurred_at)

    def told(self, notice: Any) -> bool:
        return self.by(notice.recipient, notice.in_place_of) and self.happened(notice.created_at, notice.ended_at)

    @cached_property
    def steps(self) -> dict[int, Any]:
        return {number: step for number, step in self.record.steps.items() if self._holds(step)}

    def _holds(self, step: Any) -> bool:
        scope, checklist = self.scope, self.record.checklists[step.checklist_id]
        places = {checklist.unit, self.holders.get(step.id)}
        return (
            (self.units is None or bool(self.units & places))
            and scope.decision in (None, self.numbers[checklist.decision_id])
            and (not scope.states or step.state in scope.states)
            and (not scope.overdue or (step.state in _OPEN and step.due_on is not None and step.due_on < self.today))
            and (not (scope.person or scope.since or scope.until) or step.id in self.touched)
        )

    @cached_property
    def touched(self) -> set[int | None]:
        found = {row.step_id for row in self.record["event"] if self.act(row)}
        found |= {row.step_id for row in self.record["notification"] if self.told(row)}
        found |= {
            row.step_id
            for row in self.record["evidence"]
            if self.by(row.added_by, row.on_behalf_of, row.withdrawn_by)
            and self.happened(row.added_at, row.withdrawn_at)
        }
        if not self.scope.person:
            found |= {row.step_id for row in self.record["step_holder"] if self.happened(row.moved_at)}
        return found

    @cached_property
    def checklists(self) -> set[int]:
        scope = self.scope
        of_steps = {step.checklist_id for step in self.steps.values()}
        if scope.states or scope.overdue or scope.person:
            return of_steps
        return of_steps | {
            row.id
            for row in self.record["checklist"]
            if (self.units is None or row.unit in self.units)
            and scope.decision in (None, self.numbers[row.decision_id])
            and self.happened(row.opened_at)
        }

    def notices(self) -> set[str]:
        scope = self.scope
        bounded = self.units is not None or scope.decision or scope.states or scope.overdue
        return {
            row.id
            for row in self.record["notification"]
            if self.told(row) and (not bounded or row.step_id in self.steps)
        }

    def logged(self) -> dict[str, int]:
        return {row.event_id: row.audit_index for row in self.record["audit_entry"]}


_OPEN = {"waiting", "ready", "in_progress", "submitted", "blocked"}


def province_units(wiring: Wiring, province: str) -> frozenset[str]:
    """The province with all below it, and the provinces it took over with all below them."""
    with begin_read(wiring.engine) as connection:
        parents = dict(connection.execute(select(UnitRow.key, UnitRow.parent)).all())
        heirs = connection.execute(select(SuccessionRow.predecessor).where(SuccessionRow.successor == province))
        tops = {province, *(row.predecessor for row in heirs if parents[row.predecessor] is None)}

    def top(key: str) -> str:
        while (parent := parents[key]) is not None:
            key = parent
        return key

    return frozenset(key for key in parents if top(key) in tops)
