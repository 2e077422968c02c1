"""Health on the administrator's pages: what lives, what waits, what the examination finds; whom the ladder reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from browsing import Browser, Pages, words
from notices import mail_channel, record_channel
from offices import appoint
from web_office import PEOPLE, WebOffice

from bangiao.channels import sealing_keys
from bangiao.doctor import CHECKS
from bangiao.heartbeats import review_on_record, sign_of_life
from bangiao.wiring import Wiring
from checklists.escalation.watching import SENDER
from checklists.people import EVERYWHERE, Person, PersonRole
from db.people import write_person
from db.session import begin_write

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
SignedIn = Callable[[str], Browser]


@pytest.fixture
def browser(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> Browser:
    """Of somebody who administers the whole country."""
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    return signed_in(WHOLE)


def examined(browser: Browser) -> str:
    """What the page says once the examination is through."""
    for _ in range(600):
        part = browser.get("/admin/health/progress")
        if "every 2s" not in part.text:
            return words(part)
        time.sleep(0.1)
    raise AssertionError("the examination does not end")


def test_one_glance_says_what_lives_what_waits_and_how_much_room_there_is(browser: Browser, wiring: Wiring) -> None:
    with review_on_record(wiring):
        sign_of_life(wiring, SENDER)
    page = words(browser.get("/admin/health"))
    assert "17/06/2025" in page
    assert page.count("đang hoạt động") == 2
    assert page.count("chưa khởi động") == 4
    assert "GB" in page
    assert str(wiring.settings.data_dir) not in page
    assert sealing_keys(wiring.settings, first_use=True)


def test_a_part_that_fell_silent_is_said_to_be(browser: Browser, signed_in: SignedIn, wiring: Wiring) -> None:
    sign_of_life(wiring, SENDER)
    wiring.clock.advance(minutes=20)  # type: ignore[attr-defined]
    assert "im lặng" in words(signed_in(WHOLE).get("/admin/health"))


def test_an_examination_runs_on_demand_and_its_progress_is_told(browser: Browser, wiring: Wiring) -> None:
    assert 'id="examination"' in browser.get("/admin/health").text
    page = browser.follow(browser.post("/admin/health/examine", {}))
    assert page.status_code == 200
    said = examined(browser)
    shallow = [check for check in CHECKS if not check.deep]
    assert len(said) > 500
    whole = browser.get("/admin/health").text
    assert whole.count('<span class="tag') >= len(shallow)
    assert WHOLE in words(browser.get("/admin/health"))


def test_only_one_examination_runs_at_a_time(browser: Browser, pages: Pages) -> None:
    for _ in range(5):
        assert browser.post("/admin/health/examine", {}).status_code == 303
    examined(browser)
    assert pages.app.state.examinations.last.ended_at is not None


def test_health_is_told_to_who_administers_all(office: WebOffice, browser: Browser, signed_in: SignedIn) -> None:
    partly = signed_in(ADMIN)
    assert "/admin/health/examine" in browser.get("/admin/health").text
    assert "/admin/health/examine" not in partly.get("/admin/health").text
    assert partly.post("/admin/health/examine", {}).status_code == 409
    browser.follow(browser.post("/admin/health/examine", {}))
    examined(browser)
    assert len(words(partly.get("/admin/health/progress"))) < 200


def test_the_ladder_says_who_is_told_when_and_whom_it_does_not_reach(
    office: WebOffice, browser: Browser, wiring: Wiring
) -> None:
    page = words(browser.get("/admin/ladder"))
    for said in ("Sắp đến hạn", "Ban Chỉ đạo", "08:00"):
        assert said in page
    nobody = words(browser.get("/admin/ladder?check=1"))
    assert "không có ai" in nobody or "chưa có ai" in nobody
    assert office.unit in nobody


def test_somebody_with_a_working_channel_is_reached(
    office: WebOffice, browser: Browser, pages: Pages, wiring: Wiring
) -> None:
    """Nobody of the province has an address, so the unit stands alone in its line once its lead has one."""
    record_channel(wiring, mail_channel(25))
    before = words(browser.get("/admin/ladder?check=1"))
    lead = PEOPLE[PersonRole.UNIT_LEAD]
    with begin_write(wiring.engine) as connection:
        write_person(connection, replace(Person(lead, "Lan"), email="lan@hanoi.gov.vn"), wiring.now())
    pages.app.state.recent.forget()
    assert words(browser.get("/admin/ladder?check=1")) != before


def test_who_administers_a_part_sees_the_units_of_that_part(
    office: WebOffice, browser: Browser, signed_in: SignedIn
) -> None:
    assert office.unit in words(signed_in(ADMIN).get("/admin/ladder?check=1"))
    elsewhere = signed_in(office.foreigners[PersonRole.ADMINISTRATOR])
    assert office.unit not in words(elsewhere.get("/admin/ladder?check=1"))
