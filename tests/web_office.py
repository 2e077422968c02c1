"""An office for the pages: one decision with its checklists open, every role in it, and the same roles in a province
that it does not concern.
"""

from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from builders import SPLIT
from offices import appoint, do, opened, step_of
from sqlalchemy import func, select, update

from bangiao.attachments import kept_file, store_of
from bangiao.minutes import draft
from bangiao.package_keys import make_package_key
from bangiao.package_orders import ExportOrder
from bangiao.package_queue import order_package, own_place
from bangiao.wiring import Wiring
from checklists.minutes_fields import Meeting
from checklists.minutes_handlers import Wanted
from checklists.package.scope import Scope
from checklists.people import Person, PersonRole
from checklists.step_rules import Actor
from checklists.steps import Act
from db.change_models import MinutesRow
from db.models import DecisionRow
from db.package_models import PackageRow
from db.people import write_person
from db.session import begin_read, begin_write

PROVINCE, ELSEWHERE = "new:01", "new:79"
FOREIGN_UNIT = "new:27007"
"""A commune of the other province."""

RECEIVING = "new:00634"
"""One of those that take over from the divided commune."""

PHOTO = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
"""The smallest there is."""

LEAD, RECEIVER, NOBODY = "lan", "nhan", "khach"
PEOPLE = {
    PersonRole.UNIT_LEAD: LEAD,
    PersonRole.VERIFIER: "kiem-tra",
    PersonRole.COMMITTEE: "chu-tich",
    PersonRole.AUDITOR: "kiem-toan",
    PersonRole.ADMINISTRATOR: "quan-tri",
}
FOREIGNERS = {role: f"{account}-xa" for role, account in PEOPLE.items()}


@dataclass
class WebOffice:
    """What pages are about here. `people`: by role, over `unit`; `foreigners`: by role, in another province."""

    wiring: Wiring
    decision_id: int
    decision: str
    unit: str
    step: int
    minutes: int
    photo: str
    package: str
    people: dict[PersonRole, str] = field(default_factory=lambda: dict(PEOPLE))
    foreigners: dict[PersonRole, str] = field(default_factory=lambda: dict(FOREIGNERS))
    nobody: str = NOBODY


Copied = TypeVar("Copied", bound=WebOffice)


def web_office(wiring: Wiring, unit: str = SPLIT) -> WebOffice:
    """Open it and appoint everybody: the lead in the unit itself, the others in its province."""
    decision_id = opened(wiring, (unit,))
    for role, account in PEOPLE.items():
        appoint(wiring, account, role, unit if role is PersonRole.UNIT_LEAD else PROVINCE)
    for role, account in FOREIGNERS.items():
        appoint(wiring, account, role, FOREIGN_UNIT if role is PersonRole.UNIT_LEAD else ELSEWHERE)
    with begin_write(wiring.engine) as connection:
        write_person(connection, Person(NOBODY, "Khách"), wiring.now())
    with begin_read(wiring.engine) as connection:
        number = connection.scalars(select(DecisionRow.number).where(DecisionRow.id == decision_id)).one()
    step = step_of(wiring, f"{unit}/DAT-03")
    return WebOffice(
        wiring, decision_id, number, unit, step, _minutes(wiring, unit), _photo(wiring, step), _package(wiring, unit)
    )


def moved(office: Copied, made_in: Path) -> Copied:
    """What is ordered in this copy of the office is made in its own folder, not where the office was made."""
    folder = str(office.wiring.settings.data_dir)
    target = func.replace(PackageRow.target, str(made_in), folder)
    with begin_write(office.wiring.engine) as connection:
        connection.execute(update(PackageRow).values(target=target))
    return office


def _photo(wiring: Wiring, step: int) -> str:
    """What the lead has attached to the step; gives its digest."""
    day = date(2025, 6, 17)
    photo = kept_file(store_of(wiring.settings), io.BytesIO(PHOTO), "ảnh.png", day)
    do(wiring, step, Act.ATTACH, LEAD, evidence=(photo,))
    return photo.digest


def _package(wiring: Wiring, unit: str) -> str:
    """Ordered by the auditor and not made yet, about the unit; gives its number."""
    make_package_key(wiring)
    return order_package(wiring, ExportOrder(Scope(unit=unit), own_place(), PEOPLE[PersonRole.AUDITOR], "Kiểm tra"))


def _minutes(wiring: Wiring, unit: str) -> int:
    """Drafted by the giving side's lead; the receiving side has one, too."""
    appoint(wiring, RECEIVER, PersonRole.UNIT_LEAD, RECEIVING)
    draft(wiring, Wanted(unit, RECEIVING, Meeting(), Actor(LEAD)))
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(MinutesRow.id)).one()
