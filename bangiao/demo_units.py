"""A few units for the demonstration's ladder, in a place of their own: the wards of one successor, and their people.

the decision → its rows about a few wards → drafted, registered, opened (as ever) → people with addresses, a channel.
The place has a clock that stands still until it is moved, so nothing else of the demonstration knows of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.channels import put_channel_on_record
from bangiao.demo_letters import LOOPBACK, LetterBox
from bangiao.demo_place import CLOCK
from bangiao.i18n import language_in_force
from bangiao.installation import install
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.people import put_on_record
from bangiao.settings import Settings
from bangiao.step_work import act_on_step
from bangiao.wiring import Wiring, wire
from checklists.decisions import MergerDecision
from checklists.desk import Acted, NewEvidence, Order
from checklists.errors import HandoverError, Refused
from checklists.handlers import draft_decision, register_decision
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole
from checklists.step_rules import Actor, Request
from checklists.steps import Act, StepState
from checklists.units import Level, Relation, Succession, UnitKey
from db.models import ChecklistRow, StepRow, UnitRow
from db.register import SqlRegister
from db.session import begin_read
from notifiers.channels import Channel, Kind, Tls

LINK_BASE = "https://bangiao.example"
_DOMAIN = "bangiao.example"
"""No such domain exists (RFC 2606): nothing of the demonstration could be delivered to anybody."""

_SINCE = date(2025, 6, 1)
_MOST_WARDS = 3
_NAMES = {
    "le-thi-hoa": "Lê Thị Hoa",
    "pham-van-dung": "Phạm Văn Dũng",
    "do-minh-chau": "Đỗ Minh Châu",
    "vu-thu-ha": "Vũ Thu Hà",
    "bui-quang-huy": "Bùi Quang Huy",
    "dang-hai-yen": "Đặng Hải Yến",
    "ngo-duc-thang": "Ngô Đức Thắng",
    "hoang-yen": "Hoàng Yến",
}
_DRAFTER, _REGISTRAR = "Nguyễn Thị An", "Trần Văn Bình"


class NoFewUnits(HandoverError):
    """Decision {number} has no unit that takes over from two or three whole communes of one district; show the ladder
    with another province."""


@dataclass(slots=True)
class MovedClock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class FewUnits:
    """Wards of one district that become one unit of a province."""

    wards: tuple[UnitKey, ...]
    district: UnitKey
    successor: UnitKey
    province: UnitKey


@dataclass
class SmallOffice:
    """These units at work. `leads`: who leads the unit that owes a unit's steps."""

    wiring: Wiring
    clock: MovedClock
    units: FewUnits
    number: str
    leads: dict[UnitKey, str] = field(default_factory=dict)
    verifier: str = ""

    def name(self, unit: UnitKey) -> str:
        """What the unit is called."""
        with begin_read(self.wiring.engine) as connection:
            return connection.scalars(select(UnitRow.name).where(UnitRow.key == unit)).one()

    def lead(self, unit: UnitKey) -> str:
        """The name of who leads it."""
        return self.person(self.leads[unit])

    def person(self, account: str) -> str:
        """What people call them."""
        return _NAMES[account]

    def step(self, unit: UnitKey, key: str) -> int:
        """The number of the unit's step."""
        query = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        with begin_read(self.wiring.engine) as connection:
            return connection.scalars(query.where(ChecklistRow.unit == unit, StepRow.key == key)).one()

    def complete(self, step: int, by: str) -> Acted:
        """With evidence, and verified where that is asked for."""
        acted = self._act(step, Request(Act.COMPLETE), by, self._proof)
        if acted.after.state is not StepState.SUBMITTED:
            return acted
        return self._act(step, Request(Act.VERIFY, seen=acted.after.evidence_hash), self.verifier)

    def complete_all(self, units: Sequence[UnitKey], until: date, but: Sequence[int] = ()) -> int:
        """Everything of these units that is due until then or has no date, and that waits for nothing that stays open;
        gives how many."""
        count = 0
        while steps := self._ready(units, until, but):
            for step, unit in steps:
                self.complete(step, self.leads[unit])
            count += len(steps)
        return count

    def _act(self, step: int, request: Request, by: str, evidence: tuple[NewEvidence, ...] = ()) -> Acted:
        return act_on_step(self.wiring, Order(step, request, Actor(by), evidence=evidence))

    @property
    def _proof(self) -> tuple[NewEvidence, ...]:
        file = self.wiring.settings.data_dir / "bien-ban.txt"
        if not file.exists():
            file.write_text("Biên bản xác nhận đã hoàn thành\n", encoding="utf-8")
        today = self.wiring.today()
        return kept(store_of(self.wiring.settings), HandedIn(today, files=(file,)), today)

    def _ready(self, units: Sequence[UnitKey], until: date, but: Sequence[int]) -> list[tuple[int, UnitKey]]:
        query = (
            select(StepRow.id, ChecklistRow.unit)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .where(ChecklistRow.unit.in_(units), StepRow.state == StepState.READY, StepRow.id.not_in(but))
            .where((StepRow.due_on <= until) | (StepRow.due_on.is_(None) & (StepRow.occurrence == 1)))
            .order_by(StepRow.due_on, StepRow.id)
        )
        with begin_read(self.wiring.engine) as connection:
            return [(step, UnitKey(unit)) for step, unit in connection.execute(query)]


def small_office(settings: Settings, decision: MergerDecision, box: LetterBox) -> SmallOffice:
    """The place, the decision's rows about a few wards with their checklists open, people, and a channel to `box`."""
    clock = MovedClock(CLOCK.astimezone(UTC))
    place = settings.data_dir / "ladder"
    place.mkdir()
    only_here = frozenset({f"{LOOPBACK}:{box.port}"})
    own = replace(settings, data_dir=place, clock=None, allowed_targets=only_here, link_base=LINK_BASE)
    wiring = Wiring(own, wire(own).engine, clock)
    install(wiring)
    units = few_units(decision, wiring)
    office = SmallOffice(wiring, clock, units, _opened(wiring, _excerpt(decision, units)))
    _appoint(office)
    with wiring.unit_of_work() as uow:
        mail = Channel("thu", "Thư điện tử", Kind.EMAIL, LOOPBACK, box.port, Tls.NONE, sender=f"bangiao@{_DOMAIN}")
        put_channel_on_record(uow, replace(mail, sender_name="Bàn giao"), own, office.verifier)
    return office


def few_units(decision: MergerDecision, wiring: Wiring) -> FewUnits:
    """The successor of the fewest whole communes of one district (two at least). Raises NoFewUnits."""
    with begin_read(wiring.engine) as connection:
        wanted = [key for row in decision.successions for key in (row.predecessor, row.successor)]
        found = list(_candidates(decision, SqlRegister(connection, CLOCK.date(), wanted)))
    if not found:
        raise NoFewUnits(number=decision.number)
    return min(found, key=lambda one: (len(one.wards), one.successor))


def _candidates(decision: MergerDecision, register: SqlRegister) -> Iterator[FewUnits]:
    into: dict[UnitKey, list[Succession]] = defaultdict(list)
    for row in decision.successions:
        into[row.successor].append(row)
    for successor, rows in into.items():
        below = [
            (row, unit) for row in rows if (unit := register.unit(row.predecessor)) and unit.level is Level.COMMUNE
        ]
        districts = {unit.parent for _row, unit in below}
        whole = all(row.relation is Relation.WHOLE for row, _unit in below)
        district, taking = next(iter(districts), None), register.unit(successor)
        if 1 < len(below) <= _MOST_WARDS and whole and len(districts) == 1 and district and taking and taking.parent:
            yield FewUnits(tuple(unit.key for _row, unit in below), district, successor, taking.parent)


def _excerpt(decision: MergerDecision, units: FewUnits) -> MergerDecision:
    """The decision with nothing but what it says of these wards, under a number that says so."""
    fields = {name: getattr(decision, name) for name in MergerDecision.model_fields}
    rows = tuple(row for row in decision.successions if row.predecessor in units.wards)
    return MergerDecision.model_validate(fields | {"number": f"{decision.number} (trích)", "successions": rows})


def _opened(wiring: Wiring, decision: MergerDecision) -> str:
    """Drafted by one, registered by another, opened chunk by chunk as the flow does."""
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        drafted = draft_decision(decision, uow, planning, refused=_refused, by=_DRAFTER)
        number, plan_hash = drafted.summary.number, drafted.summary.hash
        held = register_decision(number, plan_hash, uow, planning, by=_REGISTRAR, four_eyes=True)
    for chunk in remaining_chunks(wiring, held.decision_id):
        open_chunk(wiring, held.decision_id, chunk)
    finish_opening(wiring, held.decision_id)
    return decision.number


def _refused(mistakes: list[HandoverError]) -> Refused:
    return Refused("", mistakes)


def _appoint(office: SmallOffice) -> None:
    """A person for each unit, for the chair of the province and of the steering committee; and one who verifies."""
    units, lead = office.units, PersonRole.UNIT_LEAD
    seats = [(unit, lead) for unit in (*units.wards, units.successor, units.district, units.province)]
    seats += [(EVERYWHERE, PersonRole.COMMITTEE), (units.province, PersonRole.VERIFIER)]
    accounts = list(_NAMES)
    people = dict(zip(seats, [*accounts[: len(units.wards)], *accounts[_MOST_WARDS:]], strict=True))
    with office.wiring.unit_of_work() as uow:
        today = office.wiring.today()
        for (unit, role), account in people.items():
            mail = f"{account}@{_DOMAIN}"
            person = Person(account, _NAMES[account], mail, language=language_in_force())
            put_on_record(uow, person, _DRAFTER, today)
            put_on_record(uow, Assignment(account, role, unit, _SINCE), _DRAFTER, today)
    office.leads = {unit: account for (unit, role), account in people.items() if role is lead}
    office.verifier = accounts[-1]


def minute(clock: MovedClock, seconds: int = 60) -> None:
    """A moment later: digests gather for half a minute before they leave."""
    clock.now += timedelta(seconds=seconds)
