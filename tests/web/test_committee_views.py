"""Tables kept under a name: opened again as they were filtered, shared in one committee, never wider."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from browsing import Browser, words
from offices import appoint
from web_office import ELSEWHERE, PROVINCE, WebOffice

from bangiao.saved_views import MOST_VIEWS
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.saved_views import SavedView, views_of
from db.session import begin_read

SignedIn = Callable[[str], Browser]
COMMITTEE = "chu-tich"


def keep(browser: Browser, name: str, table: str = "units", query: str = "state=overdue", **more: str) -> int:
    return browser.post("/views", {"name": name, "table": table, "query": query} | more).status_code


def kept(wiring: Wiring, account: str) -> list[SavedView]:
    with begin_read(wiring.engine) as connection:
        return views_of(connection, account, wiring.today())


def test_a_filtered_table_is_kept_and_opened_from_the_cockpit_and_from_the_tables(
    office: WebOffice, signed_in: SignedIn
) -> None:
    browser = signed_in(COMMITTEE)
    page = browser.get("/cockpit/steps?state=untouched&level=commune").text
    form = {name: unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[0]) for name in ("table", "query")}
    answer = browser.post("/views", form | {"name": "Xã  chưa bắt đầu"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cockpit/steps?level=commune&state=untouched"
    for place in ("/cockpit", "/cockpit/units", "/cockpit/steps", "/cockpit/matrix", "/escalations", "/views"):
        text = browser.get(place).text
        assert "Xã chưa bắt đầu" in text, place
        assert 'href="/cockpit/steps?level=commune&amp;state=untouched"' in text, place


def test_only_filters_that_the_table_knows_are_kept_and_only_its_own_address_is_led_to(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    browser = signed_in(COMMITTEE)
    assert keep(browser, "Lạ", query="state=nonsense&evil=//x.example&province=new:01&page=9") == 303
    assert [one.query for one in kept(wiring, COMMITTEE)] == ["province=new%3A01"]
    for table in ("admin", "//x.example", ""):
        assert keep(browser, f"Bảng {table}", table=table) == 422
    assert len(kept(wiring, COMMITTEE)) == 1


def test_the_same_twice_is_one_and_a_name_stands_for_one_view(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    browser = signed_in(COMMITTEE)
    assert [keep(browser, "Quá hạn"), keep(browser, "Quá hạn")] == [303, 303]
    taken = browser.post("/views", {"name": "Quá hạn", "table": "steps", "query": "state=blocked"})
    assert taken.status_code == 422
    assert 'role="alert"' in taken.text
    assert 'value="state=blocked"' in taken.text
    assert keep(browser, "  ") == 422
    assert keep(browser, "x" * 81) == 422
    assert len(kept(wiring, COMMITTEE)) == 1


def test_a_view_is_renamed_and_deleted_by_its_owner_alone(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    appoint(wiring, "pho", PersonRole.COMMITTEE, PROVINCE)
    browser, other = signed_in(COMMITTEE), signed_in("pho")
    keep(browser, "Quá hạn", shared="on")
    (view,) = kept(wiring, COMMITTEE)
    assert other.post(f"/views/{view.id}/rename", {"name": "Của tôi"}).status_code == 404
    assert other.post(f"/views/{view.id}/delete").status_code == 404
    keep(browser, "Chờ xác nhận", query="state=submitted")
    assert browser.post(f"/views/{view.id}/rename", {"name": "Chờ xác nhận"}).status_code == 422
    assert browser.post(f"/views/{view.id}/rename", {"name": "Trễ"}).status_code == 303
    assert [(one.name, one.shared) for one in kept(wiring, COMMITTEE)] == [("Chờ xác nhận", False), ("Trễ", False)]
    assert browser.post(f"/views/{view.id}/delete").status_code == 303
    assert browser.post(f"/views/{view.id}/delete").status_code == 404
    assert [one.name for one in kept(wiring, COMMITTEE)] == ["Chờ xác nhận"]


def test_a_shared_view_reaches_the_same_committee_and_shows_each_reader_only_their_own(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    appoint(wiring, "pho", PersonRole.COMMITTEE, PROVINCE)
    appoint(wiring, "phuong", PersonRole.COMMITTEE, office.unit)
    keep(signed_in(COMMITTEE), "Riêng tôi")
    keep(signed_in(COMMITTEE), "Cả tỉnh", query="province=new:01", shared="on")
    assert [one.name for one in kept(wiring, "pho")] == ["Cả tỉnh"]
    for account in ("phuong", office.foreigners[PersonRole.COMMITTEE], office.people[PersonRole.AUDITOR]):
        assert kept(wiring, account) == []
        assert "Cả tỉnh" not in signed_in(account).get("/cockpit").text
    appoint(wiring, "pho-xa", PersonRole.COMMITTEE, ELSEWHERE)
    foreign = signed_in("pho-xa").get("/cockpit/units?province=new:01")
    assert office.unit not in foreign.text


def test_sharing_is_for_committees(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    auditor = office.people[PersonRole.AUDITOR]
    assert keep(signed_in(auditor), "Của kiểm toán", shared="on") == 303
    assert [one.shared for one in kept(wiring, auditor)] == [False]
    assert "shared" not in re.findall(r'name="(\w+)"', signed_in(auditor).get("/views").text)


@pytest.mark.usefixtures("office")
def test_there_is_an_end_to_how_many_are_kept(wiring: Wiring, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    assert {keep(browser, f"Số {number}") for number in range(MOST_VIEWS)} == {303}
    answer = browser.post("/views", {"name": "Một nữa", "table": "units", "query": ""})
    assert answer.status_code == 409
    assert str(MOST_VIEWS) in words(answer)
