"""Packages on the auditor's pages: ordered, made, looked at, taken away, and checked again by dropping them back."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from browsing import Browser, words
from web_office import FOREIGN_UNIT, FOREIGNERS, PEOPLE, WebOffice

from bangiao.audit_log import make_checkpoint
from bangiao.package_queue import carry_out
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.packages import packages
from db.session import begin_read

AUDITOR, FOREIGN_AUDITOR = PEOPLE[PersonRole.AUDITOR], FOREIGNERS[PersonRole.AUDITOR]
SignedIn = Callable[[str], Browser]


def of_unit(unit: str, **more: str) -> dict[str, str]:
    return {"unit": unit, "purpose": "Kiểm tra theo Quyết định số 5", "language": "vi", **more}


@pytest.fixture
def made(office: WebOffice, wiring: Wiring) -> str:
    """The office's ordered package, made as the worker does it."""
    make_checkpoint(wiring)
    carry_out(wiring, office.package)
    return office.package


def test_an_order_goes_on_record_once_and_its_page_says_how_far_it_is(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(AUDITOR)
    asked = of_unit(office.unit, overdue="1")
    first, again = browser.post("/packages/order", asked), browser.post("/packages/order", asked)
    assert first.headers["location"] == again.headers["location"]
    page = browser.follow(first)
    assert page.status_code == 200
    assert 'hx-trigger="every 5s"' in page.text
    with begin_read(wiring.engine) as connection:
        assert len(packages(connection)) == 2


def test_what_is_wrong_with_an_order_is_said_and_what_was_typed_stays(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(AUDITOR)
    unexplained = browser.post("/packages/order", of_unit(office.unit, purpose=""))
    assert unexplained.status_code == 422
    assert f'value="{office.unit}"' in unexplained.text
    foreign = browser.post("/packages/order", of_unit(FOREIGN_UNIT))
    assert foreign.status_code == 409
    everything = browser.post("/packages/order", {"purpose": "Tất cả"})
    assert everything.status_code == 409
    backwards = of_unit(office.unit) | dict(
        zip(
            ("since-d", "since-m", "since-y", "until-d", "until-m", "until-y"),
            ("2", "7", "2025", "1", "7", "2025"),
            strict=True,
        )
    )
    assert browser.post("/packages/order", backwards).status_code == 422


def test_a_made_package_is_taken_away_whole_and_holds_when_it_is_dropped_back(
    office: WebOffice, signed_in: SignedIn, made: str
) -> None:
    browser = signed_in(AUDITOR)
    assert f"/packages/{made}/file" in browser.get(f"/packages/{made}").text
    file = browser.get(f"/packages/{made}/file")
    assert file.headers["content-disposition"] == f'attachment; filename="{made}.zip"'
    assert file.headers["x-content-type-options"] == "nosniff"
    verdict = browser.post("/check", files={"files": ("goi.zip", io.BytesIO(file.content), "application/zip")})
    assert verdict.status_code == 200
    assert 'class="receipt"' in verdict.text
    assert made in words(verdict)


def test_a_package_with_one_changed_byte_does_not_hold(office: WebOffice, signed_in: SignedIn, made: str) -> None:
    browser = signed_in(AUDITOR)
    content = bytearray(browser.get(f"/packages/{made}/file").content)
    place = content.find(b"steps.jsonl") + 2_000
    content[place] ^= 1
    verdict = browser.post("/check", files={"files": ("goi.zip", io.BytesIO(bytes(content)), "application/zip")})
    assert 'class="receipt"' not in verdict.text
    assert 'role="alert"' in verdict.text


def test_packages_of_others_are_not_listed_and_their_files_not_there(
    office: WebOffice, signed_in: SignedIn, made: str
) -> None:
    assert made in signed_in(AUDITOR).get("/packages").text
    foreign = signed_in(FOREIGN_AUDITOR)
    assert made not in foreign.get("/packages").text
    assert foreign.get(f"/packages/{made}").status_code == 404
    assert foreign.get(f"/packages/{made}/file").status_code == 404


def test_a_package_whose_file_is_gone_says_so(office: WebOffice, signed_in: SignedIn) -> None:
    assert signed_in(AUDITOR).get(f"/packages/{office.package}/file").status_code == 409
