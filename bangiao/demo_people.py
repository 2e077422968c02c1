"""The demonstration's three people with a browser, and a link for each that signs them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bangiao.i18n import language_in_force
from bangiao.people import put_on_record
from bangiao.sign_in import make_link
from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole
from checklists.units import UnitKey
from db.people import person
from db.session import begin_read

_SINCE = date(2025, 6, 1)
_PEOPLE = (
    ("ban-chi-dao", "Phạm Minh Tuấn", PersonRole.COMMITTEE),
    ("thu-truong", "Lê Thị Hoa", PersonRole.UNIT_LEAD),
    ("kiem-toan", "Vũ Đức Long", PersonRole.AUDITOR),
)


@dataclass(frozen=True, slots=True)
class LoginLink:
    """Where one of them signs in, once."""

    name: str
    role: PersonRole
    address: str


def appoint_three(wiring: Wiring, unit: UnitKey) -> None:
    """Committee and auditor over the country, a lead in this unit; once however often it is asked for."""
    today = wiring.today()
    with wiring.unit_of_work() as uow:
        for account, name, role in _PEOPLE:
            where = unit if role is PersonRole.UNIT_LEAD else EVERYWHERE
            put_on_record(uow, Person(account, name, language=language_in_force()), wiring.settings.actor, today)
            put_on_record(uow, Assignment(account, role, where, _SINCE), wiring.settings.actor, today)


def login_links(wiring: Wiring, base: str) -> list[LoginLink]:
    """Fresh ones; none where nobody was appointed."""
    with begin_read(wiring.engine) as connection:
        there = [one for one in _PEOPLE if person(connection, one[0])]
    return [LoginLink(name, role, f"{base}/enter/{make_link(wiring, account)}") for account, name, role in there]
