"""The office in the pictures of the README: real decisions on real units, made-up people, eight days of their work.

decisions → two people → checklists open → days of work at a clock of our own → `scripts/screenshots.py`. Everything
goes the way of the product (orders, rights, one writer); who is late follows from each step's number, so that it is the
same office every time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zlib import crc32

from sqlalchemy import select

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.decision_files import read_decision
from bangiao.installation import install
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.package_keys import make_package_key
from bangiao.package_orders import ExportOrder
from bangiao.package_queue import carry_out, order_package, own_place
from bangiao.people import write_entries
from bangiao.register_files import decision_files
from bangiao.revisions import amendment
from bangiao.revisions import draft as draft_change
from bangiao.settings import Settings
from bangiao.step_writer import StepWriter
from bangiao.wiring import Wiring, wire
from checklists.deadlines import VIETNAM
from checklists.decisions import MergerDecision
from checklists.desk import NewEvidence, Order
from checklists.errors import HandoverError, Refused
from checklists.handlers import draft_decision, register_decision
from checklists.package.scope import Scope
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole
from checklists.people_rules import Entry
from checklists.step_rules import Actor, Request
from checklists.steps import Act, StepState
from checklists.units import UnitKey
from db.models import ChecklistRow, StepRow
from db.people import people_on_record
from db.session import begin_read
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow

DILIGENCE = {
    "1656/NQ-UBTVQH15": 93,
    "1657/NQ-UBTVQH15": 78,
    "1659/NQ-UBTVQH15": 97,
    "1661/NQ-UBTVQH15": 68,
    "1667/NQ-UBTVQH15": 95,
    "1670/NQ-UBTVQH15": 90,
    "1675/NQ-UBTVQH15": 98,
    "1679/NQ-UBTVQH15": 100,
}
"""Hà Nội, and some provinces from north to south: how many of a hundred steps that could be done that day are."""

UNIT = UnitKey("old:00070")
"""Phường Hàng Trống, one of those that became Phường Hoàn Kiếm."""

START = datetime(2025, 6, 17, 8, 0, tzinfo=VIETNAM)
DAYS = tuple(range(17, 25))
"""Of June: when people work on their steps."""

NOW = datetime(2025, 6, 25, 8, 30, tzinfo=VIETNAM)
_SINCE = date(2025, 6, 1)
_DRAFTER, _REGISTRAR = "thu-ky", "ban-chi-dao"
LEAD, AUDITOR, COMMITTEE = "thu-truong", "kiem-toan", "ban-chi-dao"
_PEOPLE = {
    _DRAFTER: "Nguyễn Thị An",
    COMMITTEE: "Phạm Minh Tuấn",
    LEAD: "Lê Thị Hoa",
    AUDITOR: "Vũ Đức Long",
    "hoang-yen": "Hoàng Yến",
}
_VERIFIER = "hoang-yen"
_LEADS = ("Phạm Văn Dũng", "Đỗ Minh Châu", "Vũ Thu Hà", "Bùi Quang Huy", "Trịnh Thị Mai", "Ngô Đức Anh", "Lý Văn Sơn")
_HUNDRED = 100


@dataclass
class Clock:
    """Stands where it is put."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class PicturedOffice:
    """What the pictures are of."""

    wiring: Wiring
    province: str
    unit: UnitKey
    step: int
    other: int
    changed: str
    package: str


def make_office(
    place: Path, numbers: Sequence[str] = tuple(DILIGENCE), unit: UnitKey = UNIT, days: Sequence[int] = DAYS
) -> PicturedOffice:
    """In an empty directory; `unit` is concerned by the first of the decisions."""
    clock = Clock()
    made = wire(Settings(data_dir=place, public_page=True, actor="bangiao"))
    wiring = replace(made, clock=clock)
    install(wiring)
    decisions = [_decision(number) for number in numbers]
    _appoint(wiring, decisions, unit)
    diligence = {key: DILIGENCE[one.number] for one in decisions for key in _concerned(one)}
    for one in decisions:
        _opened(wiring, one)
    for day in days:
        clock.now = START.replace(day=day, hour=10)
        _day_of_work(wiring, unit, diligence)
    clock.now = NOW - timedelta(hours=18)
    step, other = _own_steps(wiring, unit)
    package = _package(wiring, unit)
    _change(wiring, place, decisions[-1])
    clock.now = NOW
    return PicturedOffice(wiring, decisions[0].province or "", unit, step, other, decisions[-1].number, package)


def _decision(number: str) -> MergerDecision:
    return next(one for one in map(read_decision, decision_files()) if one.number == number)


def _concerned(decision: MergerDecision) -> set[UnitKey]:
    return {key for row in decision.successions for key in (row.predecessor, row.successor)}


def _refused(mistakes: list[HandoverError]) -> Refused:
    return Refused("", mistakes)


def _opened(wiring: Wiring, decision: MergerDecision) -> None:
    """One drafts, another registers, and all chunks are opened."""
    with wiring.unit_of_work() as uow:
        drafted = draft_decision(decision, uow, wiring.planning(uow.connection), refused=_refused, by=_DRAFTER)
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        register_decision(decision.number, drafted.summary.hash, uow, planning, by=_REGISTRAR, four_eyes=True)
    for chunk in remaining_chunks(wiring, drafted.decision_id):
        open_chunk(wiring, drafted.decision_id, chunk)
    finish_opening(wiring, drafted.decision_id)


def _appoint(wiring: Wiring, decisions: Sequence[MergerDecision], unit: UnitKey) -> None:
    """Those in the pictures, and a lead for every unit that hands over or takes over."""
    units = {key for one in decisions for key in _concerned(one)}
    roles = (
        (COMMITTEE, PersonRole.COMMITTEE, EVERYWHERE),
        (AUDITOR, PersonRole.AUDITOR, EVERYWHERE),
        (_VERIFIER, PersonRole.VERIFIER, EVERYWHERE),
        (LEAD, PersonRole.UNIT_LEAD, unit),
    )
    entries: list[Entry] = [Person(account, name) for account, name in _PEOPLE.items()]
    entries += [Assignment(account, role, where, _SINCE) for account, role, where in roles]
    for key in sorted(units - {unit}):
        entries.append(Person(_lead_of(key), _LEADS[crc32(key.encode()) % len(_LEADS)]))
        entries.append(Assignment(_lead_of(key), PersonRole.UNIT_LEAD, key, _SINCE))
    with wiring.unit_of_work() as uow:
        write_entries(uow, entries, people_on_record(uow.connection), _DRAFTER)


def _lead_of(unit: str) -> str:
    return f"lanh-dao-{unit.replace(':', '-').lower()}"


def _day_of_work(wiring: Wiring, own: UnitKey, diligence: Mapping[UnitKey, int]) -> None:
    """Of what can be done and is due soon, most is completed, and most of that verified the same day."""
    proof = kept(
        store_of(wiring.settings), HandedIn(wiring.today(), notes=("Đã rà soát, có biên bản.",)), wiring.today()
    )
    with StepWriter(wiring) as writer:
        done = [writer.submit(order) for order in _orders(wiring, own, diligence, proof)]
        handed_in = [one for one in (future.result() for future in done) if one.after.state is StepState.SUBMITTED]
        seen = [(one.after.id, one.after.evidence_hash) for one in handed_in if _luck(one.after.id, "xem") < 97]
        for step, evidence in seen:
            writer.submit(Order(step, Request(Act.VERIFY, seen=evidence), Actor(_VERIFIER)))


def _orders(
    wiring: Wiring, own: UnitKey, diligence: Mapping[UnitKey, int], proof: tuple[NewEvidence, ...]
) -> Iterator[Order]:
    with begin_read(wiring.engine) as connection:
        query = (
            select(StepRow.id, OWED_BY)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
            .where(StepRow.state == StepState.READY, StepRow.due_on <= wiring.today() + timedelta(days=4))
            .order_by(StepRow.id)
        )
        ready = connection.execute(query).all()
    for step, unit in ready:
        if _luck(step, str(wiring.today())) < diligence.get(UnitKey(unit), 0):
            yield Order(step, Request(Act.COMPLETE), Actor(LEAD if unit == own else _lead_of(unit)), evidence=proof)


def _own_steps(wiring: Wiring, unit: UnitKey) -> tuple[int, int]:
    """Two of the unit that its lead may complete now; the first is in the picture of a step."""
    query = (
        select(StepRow.id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(ChecklistRow.unit == unit, StepRow.state == StepState.READY, StepRow.occurrence == 1)
        .order_by(StepRow.due_on.is_(None), StepRow.due_on, StepRow.id)
        .limit(2)
    )
    with begin_read(wiring.engine) as connection:
        step, other = connection.scalars(query)
    return step, other


def _package(wiring: Wiring, unit: UnitKey) -> str:
    """Ordered by the auditor, and made."""
    make_package_key(wiring)
    order = ExportOrder(Scope(unit=unit), own_place(), AUDITOR, "Kiểm tra việc bàn giao quý II", reader=AUDITOR)
    package = order_package(wiring, order)
    carry_out(wiring, package)
    return package


def _change(wiring: Wiring, place: Path, decision: MergerDecision) -> None:
    """A drafted amendment: two weeks later, and one commune stays as it is."""
    content = json.loads(decision.canonical_json())
    content["operational"] = (decision.operational + timedelta(days=14)).isoformat()
    kept_out = decision.successions[-1].predecessor
    content["successions"] = [row for row in content["successions"] if kept_out not in str(row)]
    file = place / "nghi-quyet-sua-doi.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    reason = "Lùi ngày vận hành để hoàn thành số hóa hồ sơ"
    draft_change(wiring, amendment(wiring, file), reason=reason, by=_DRAFTER)


def _luck(step: int, about: str) -> int:
    """From 0 to 99, the same every time."""
    return crc32(f"{step} {about}".encode()) % _HUNDRED
