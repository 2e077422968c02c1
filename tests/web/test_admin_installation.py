"""Calendar, templates and health on the administrator's pages; what belongs to all is done by who administers
all."""

from __future__ import annotations

import io
from collections.abc import Callable

import httpx
from browsing import Browser, words
from offices import appoint
from web_office import PEOPLE, WebOffice

from bangiao.template_files import shipped_path
from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, PersonRole

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
SignedIn = Callable[[str], Browser]


def test_a_template_file_is_checked_and_not_published(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> None:
    browser = signed_in(ADMIN)
    text = shipped_path("data-backup").read_text(encoding="utf-8")
    good = upload(browser, "/admin/templates", "data-backup.yaml", text)
    assert good.status_code == 200
    assert 'class="receipt"' in good.text
    bad = upload(browser, "/admin/templates", "data-backup.yaml", text.replace("steps:", "stepz:", 1))
    assert bad.status_code == 422
    assert "data-backup.yaml" in words(bad)
    assert "DAT-03" in words(browser.get("/admin/templates?name=data-backup"))


def test_health_is_told_to_who_administers_all(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> None:
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    assert "/admin/health?examine=1" in signed_in(WHOLE).get("/admin/health").text
    assert "/admin/health?examine=1" not in signed_in(ADMIN).get("/admin/health").text
    assert len(words(signed_in(WHOLE).get("/admin/health?examine=1"))) > 500


def upload(browser: Browser, address: str, name: str, text: str) -> httpx.Response:
    return browser.post(address, files={"files": (name, io.BytesIO(text.encode()), "text/plain")})
