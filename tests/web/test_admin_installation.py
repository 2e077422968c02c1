"""Health on the administrator's pages is told to who administers all."""

from __future__ import annotations

from collections.abc import Callable

from browsing import Browser, words
from offices import appoint
from web_office import PEOPLE, WebOffice

from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, PersonRole

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
SignedIn = Callable[[str], Browser]


def test_health_is_told_to_who_administers_all(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> None:
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    assert "/admin/health?examine=1" in signed_in(WHOLE).get("/admin/health").text
    assert "/admin/health?examine=1" not in signed_in(ADMIN).get("/admin/health").text
    assert len(words(signed_in(WHOLE).get("/admin/health?examine=1"))) > 500
