"""The calendar of due dates: what a telephone gets by its secret address, parsed as a telephone parses it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from browsing import Browser, Pages, pages_on
from icalendar import Calendar, Event
from offices import HA_NOI_COMMITTEE, appoint, do, finish_with_needs, note
from sqlalchemy import insert, select, text
from web_office import FOREIGN_UNIT, LEAD, PEOPLE, RECEIVER, RECEIVING, WebOffice

from bangiao.tokens import Wished, create_token
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act
from db.models import ChecklistRow, StepRow
from db.session import begin_read, begin_write
from db.work_models import StepHolderRow


def address(browser: Browser) -> str:
    """A new one, as the page shows it."""
    shown = browser.post("/account/calendar")
    assert shown.status_code == 200
    found = re.search(r"<code class=\"hash\">(\S+)</code>", shown.text)
    assert found
    return found[1]


def events(browser: Browser, where: str) -> dict[int, Event]:
    """By step."""
    answer = browser.get(where)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    return {int(re.search(r"step-(\d+)@", str(one["uid"]))[1]): one for one in calendar.walk("VEVENT")}  # type: ignore


@pytest.fixture
def lead(office: WebOffice, pages: Pages) -> Browser:
    return pages.signed_in(LEAD)


def open_steps(wiring: Wiring, unit: str) -> dict[int, date]:
    query = select(StepRow.id, StepRow.due_on).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(query.where(ChecklistRow.unit == unit, StepRow.due_on.is_not(None)))
        return {row[0]: row[1] for row in rows}


def test_every_step_that_the_lead_owes_by_a_day_is_an_all_day_event_and_no_other_is(
    office: WebOffice, lead: Browser, browse: Browser
) -> None:
    found = events(browse, address(lead))
    owed = open_steps(office.wiring, office.unit)
    assert {step: one["dtstart"].dt for step, one in found.items()} == owed
    assert len(owed) > 5
    for one in found.values():
        assert one["dtend"].dt == one["dtstart"].dt + timedelta(days=1)
        assert one["status"] == "CONFIRMED"
        assert one["transp"] == "TRANSPARENT"
        assert int(one["sequence"]) >= 1
        assert one["last-modified"].dt == one["dtstamp"].dt
        assert "Đại Mỗ" in one["summary"]


def test_the_calendar_is_whole_and_knows_the_zone_of_viet_nam(
    office: WebOffice, lead: Browser, browse: Browser
) -> None:
    raw = browse.get(address(lead)).content
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 75, "RFC 5545, 3.1"
    calendar = Calendar.from_ical(raw)
    assert calendar["version"] == "2.0"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Ho_Chi_Minh"
    assert zone.walk("STANDARD")[0]["tzoffsetto"].td == timedelta(hours=7)
    assert calendar.errors == []


def test_the_link_leads_to_the_step(office: WebOffice, lead: Browser) -> None:
    where = address(lead)
    settings = replace(office.wiring.settings, link_base="https://bangiao.hanoi.gov.vn")
    with pages_on(Wiring(settings, office.wiring.engine, office.wiring.clock)) as pages:
        found = events(pages.browser(), where)
    one = found[office.step]
    assert one["url"] == f"https://bangiao.hanoi.gov.vn/steps/{office.step}"
    assert one["uid"] == f"step-{office.step}@bangiao.hanoi.gov.vn"


def test_a_step_keeps_its_id_and_counts_up_when_it_changes_and_shows_when_it_is_done(
    office: WebOffice, lead: Browser, browse: Browser
) -> None:
    where = address(lead)
    before = events(browse, where)[office.step]
    office.wiring.clock.advance(hours=1)  # type: ignore[attr-defined]
    finish_with_needs(office.wiring, office.step)
    after = events(browse, where)[office.step]
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after["last-modified"].dt == office.wiring.now()
    assert str(after["summary"]) != str(before["summary"])
    assert str(before["summary"]) in str(after["summary"])
    office.wiring.clock.advance(days=31)  # type: ignore[attr-defined]
    assert office.step not in events(browse, where)


def test_a_cancelled_step_is_cancelled_in_the_calendar(office: WebOffice, lead: Browser, browse: Browser) -> None:
    where = address(lead)
    do(office.wiring, office.step, Act.CANCEL, HA_NOI_COMMITTEE, reason="không còn phải làm")
    assert events(browse, where)[office.step]["status"] == "CANCELLED"


def test_it_is_fetched_again_only_when_something_changed(office: WebOffice, lead: Browser, browse: Browser) -> None:
    where = address(lead)
    first = browse.get(where)
    again = browse.get(where, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    office.wiring.clock.advance(minutes=5)  # type: ignore[attr-defined]
    do(office.wiring, office.step, Act.ATTACH, LEAD, evidence=(note("thêm"),))
    changed = browse.get(where, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_whoever_loses_the_unit_has_an_empty_calendar_and_whoever_is_disabled_none(
    office: WebOffice, lead: Browser, browse: Browser
) -> None:
    where = address(lead)
    assert events(browse, where)
    with begin_write(office.wiring.engine) as connection:
        connection.execute(text("DELETE FROM assignment WHERE person = :one"), {"one": LEAD})
    assert events(browse, where) == {}
    with begin_write(office.wiring.engine) as connection:
        connection.execute(text("UPDATE person SET disabled_on = '2025-06-01' WHERE account = :one"), {"one": LEAD})
    assert browse.get(where).status_code == 404


def test_a_lead_elsewhere_and_a_committee_see_nothing_of_this_unit(
    office: WebOffice, pages: Pages, browse: Browser
) -> None:
    elsewhere = pages.signed_in(appoint(office.wiring, "xa-khac", PersonRole.UNIT_LEAD, FOREIGN_UNIT))
    assert events(browse, address(elsewhere)) == {}
    assert events(browse, address(pages.signed_in(PEOPLE[PersonRole.COMMITTEE]))) == {}


def test_a_step_that_moved_stands_in_the_calendar_of_whoever_owes_it_now(
    office: WebOffice, lead: Browser, pages: Pages, browse: Browser
) -> None:
    mine, theirs = address(lead), address(pages.signed_in(RECEIVER))
    before = len(events(browse, mine))
    assert office.step not in events(browse, theirs)
    moved = {"decision_id": office.decision_id, "ground": "whole", "since": date(2025, 7, 1)}
    row = moved | {"step_id": office.step, "unit": RECEIVING, "moved_at": office.wiring.now()}
    with begin_write(office.wiring.engine) as connection:
        connection.execute(insert(StepHolderRow).values(row))
    assert office.step in events(browse, theirs)
    assert len(events(browse, mine)) == before - 1


def test_a_new_address_ends_the_old_one_and_removing_it_ends_it(
    office: WebOffice, lead: Browser, browse: Browser
) -> None:
    first = address(lead)
    second = address(lead)
    assert browse.get(first).status_code == 404
    assert browse.get(second).status_code == 200
    assert second not in lead.get("/account/calendar").text, "shown once"
    assert lead.follow(lead.post("/account/calendar/remove")).status_code == 200
    assert browse.get(second).status_code == 404


def test_only_a_token_that_is_good_for_nothing_else_may_stand_in_an_address(office: WebOffice, browse: Browser) -> None:
    def fetched(*scopes: str) -> int:
        made = create_token(office.wiring, LEAD, Wished("thử", scopes))
        return browse.get(f"/calendar/{made.secret}.ics").status_code

    answers: dict[Any, int] = {scopes: fetched(*scopes) for scopes in (("read",), ("calendar", "read"), ("calendar",))}
    assert answers == {("read",): 404, ("calendar", "read"): 404, ("calendar",): 200}
    assert browse.get("/calendar/khong-co.ics").status_code == 404


def test_titles_speak_the_persons_language(office: WebOffice, lead: Browser, browse: Browser) -> None:
    where = address(lead)
    vietnamese = str(events(browse, where)[office.step]["summary"])
    with begin_write(office.wiring.engine) as connection:
        connection.execute(text("UPDATE person SET language = 'en' WHERE account = :one"), {"one": LEAD})
    assert str(events(browse, where)[office.step]["summary"]) != vietnamese
