"""A decree changes a day: the administrator sees what would move, confirms exactly that, and drafts it for a decision,
which a second person carries out.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from datetime import date

import httpx
import pytest
from browsing import Browser, words
from offices import HA_NOI_COMMITTEE, appoint
from sqlalchemy import func, select
from web_office import PEOPLE, WebOffice

from bangiao.calendar_files import vietnam_calendar
from bangiao.calendar_in_force import calendar_on
from bangiao.calendar_orders import publish_overrides
from bangiao.wiring import Wiring
from checklists.calendar_overrides import CalendarOrder, DayOverride
from checklists.people import EVERYWHERE, PersonRole
from checklists.working_calendar import DayKind, WorkingCalendar
from db.calendars import recorded_days
from db.models import DecisionRow, EventRow, StepRow
from db.session import begin_read

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
DECREE, REASON = "1234/TB-BNV (2025)", "Thông báo của Bộ Nội vụ"
SignedIn = Callable[[str], Browser]

JULY_16 = {
    "what": "day",
    "on-d": "16",
    "on-m": "7",
    "on-y": "2025",
    "kind": "holiday",
    "name": "Ngày nghỉ của Thành phố",
    "basis": DECREE,
    "reason": REASON,
}


@pytest.fixture
def browser(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> Browser:
    """Of somebody who administers the whole country."""
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    return signed_in(WHOLE)


def in_force(wiring: Wiring) -> WorkingCalendar:
    with begin_read(wiring.engine) as connection:
        return calendar_on(connection)


def events(wiring: Wiring, kind: str) -> list[str]:
    with begin_read(wiring.engine) as connection:
        return list(connection.scalars(select(EventRow.actor).where(EventRow.type == kind)))


def due_on(wiring: Wiring, day: date) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalar(select(func.count()).where(StepRow.due_on == day)) or 0


def confirmed(browser: Browser, preview: httpx.Response) -> httpx.Response:
    """The button under the preview, with what stands in its form."""
    fields = dict(re.findall(r'name="(order|seen)" value="([^"]*)"', preview.text))
    return browser.post("/admin/calendar/publish", {name: html.unescape(value) for name, value in fields.items()})


def test_what_would_move_is_seen_then_published_then_drafted_and_carried_out_by_a_second_person(
    office: WebOffice, browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    before = due_on(wiring, date(2025, 7, 16))
    preview = browser.post("/admin/calendar", JULY_16)
    assert preview.status_code == 200
    shown = words(preview)
    for said in ("16/07/2025", "17/07/2025", office.decision, "Thành phố Hà Nội", DECREE, REASON):
        assert said in shown
    assert (before, in_force(wiring).version) == (due_on(wiring, date(2025, 7, 16)), vietnam_calendar().version)

    page = browser.follow(confirmed(browser, preview))
    assert not in_force(wiring).is_working(date(2025, 7, 16))
    assert events(wiring, "calendar.published") == [WHOLE]
    assert due_on(wiring, date(2025, 7, 16)) == before
    assert office.decision in words(page)

    drafted = browser.follow(
        browser.post("/admin/calendar/decisions", {"decision": office.decision, "reason": "theo lịch mới"})
    )
    assert 'role="status"' in drafted.text
    chair = signed_in(HA_NOI_COMMITTEE)
    own = chair.get(f"/decisions/{office.decision}")
    change = re.search(r'name="change_hash" value="([0-9a-f]{64})"', own.text)
    assert change
    chair.follow(chair.post(f"/decisions/{office.decision}/change/commit", {"change_hash": change[1]}))
    assert due_on(wiring, date(2025, 7, 16)) == 0
    with begin_read(wiring.engine) as connection:
        version = connection.scalars(select(DecisionRow.calendar_version)).one()
    assert version == in_force(wiring).version
    assert office.decision not in words(browser.get("/admin/calendar/decisions"))


def test_a_stale_preview_is_refused_with_the_new_one_and_nothing_is_published(browser: Browser, wiring: Wiring) -> None:
    preview = browser.post("/admin/calendar", JULY_16)
    other = DayOverride(date(2025, 7, 18), DayKind.HOLIDAY, "Ngày khác", DECREE)
    publish_overrides(wiring, CalendarOrder((other,), (), "việc khác"), by="nguoi-khac")
    answer = confirmed(browser, preview)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert in_force(wiring).is_working(date(2025, 7, 16))
    browser.follow(confirmed(browser, answer))
    assert not in_force(wiring).is_working(date(2025, 7, 16))


def test_an_override_is_taken_back_by_the_same_way(browser: Browser, wiring: Wiring) -> None:
    browser.follow(confirmed(browser, browser.post("/admin/calendar", JULY_16)))
    listed = browser.get("/admin/calendar?year=2025")
    assert DECREE in words(listed)
    back = browser.post("/admin/calendar", {"what": "back", "day": "2025-07-16", "reason": "nhầm ngày"})
    browser.follow(confirmed(browser, back))
    assert in_force(wiring).version == vietnam_calendar().version
    with begin_read(wiring.engine) as connection:
        assert recorded_days(connection) == []
    assert events(wiring, "calendar.published") == [WHOLE, WHOLE]


def test_days_that_are_exchanged_name_each_other(browser: Browser, wiring: Wiring) -> None:
    friday = JULY_16 | {"on-d": "18", "kind": "swapped_day_off", "name": ""}
    assert browser.post("/admin/calendar", friday).status_code == 422
    other = {"other-d": "26", "other-m": "7", "other-y": "2025"}
    browser.follow(confirmed(browser, browser.post("/admin/calendar", friday | other)))
    assert in_force(wiring).status_of(date(2025, 7, 18)).name == "Hoán đổi với thứ Bảy 26/07/2025"
    saturday = friday | {"on-d": "26", "kind": "makeup_workday", "other-d": "18", "other-m": "7", "other-y": "2025"}
    browser.follow(confirmed(browser, browser.post("/admin/calendar", saturday)))
    assert in_force(wiring).is_working(date(2025, 7, 26))


@pytest.mark.parametrize(
    "wrong",
    [
        {"on-d": "31", "on-m": "2"},
        {"on-d": "", "on-m": "", "on-y": ""},
        {"kind": ""},
        {"basis": ""},
        {"name": ""},
        {"on-y": "2035"},
        {"kind": "ordinary"},
        {"basis": "12\u202e34"},
    ],
    ids=["day", "empty", "kind", "basis", "name", "year", "same", "hidden"],
)
def test_a_refused_day_keeps_what_was_typed(browser: Browser, wiring: Wiring, wrong: dict[str, str]) -> None:
    answer = browser.post("/admin/calendar", JULY_16 | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{REASON}"' in answer.text
    assert "--" not in words(answer)
    assert in_force(wiring).version == vietnam_calendar().version


def test_a_forged_order_is_refused(browser: Browser, wiring: Wiring) -> None:
    for order in ("", "[", "[[], [], 7]", '[[["2025-07-16", "weekend", "", "", true]], [], "x"]', "[" * 100_000):
        answer = browser.post("/admin/calendar/publish", {"order": order, "seen": "0" * 64})
        assert answer.status_code == 422
    assert events(wiring, "calendar.published") == []


def test_a_table_of_days_shows_what_would_change_and_which_due_dates_would_move(
    office: WebOffice, browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    days = "date,kind,name,basis,status\n" + "".join(
        f"2025-07-{day:02d},holiday,Quốc khánh,thử,verified\n" for day in range(1, 32)
    )
    whole = upload(browser, days)
    assert whole.status_code == 200
    assert "01/07/2025" in words(whole)
    assert office.decision in words(whole)
    partly = upload(signed_in(ADMIN), days)
    assert office.decision not in words(partly)
    assert "/admin/calendar/publish" not in partly.text
    wrong = upload(signed_in(ADMIN), "date,kind\n2025-02-31,holiday\n")
    assert wrong.status_code == 422
    assert "bangiao-" not in words(wrong)
    assert browser.post("/admin/calendar", {"what": "file", "reason": "x"}).status_code == 422


def test_publishing_and_drafting_take_an_administrator_of_the_whole_country(
    office: WebOffice, browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    preview = browser.post("/admin/calendar", JULY_16)
    partly = signed_in(ADMIN)
    assert confirmed(partly, preview).status_code == 409
    browser.follow(confirmed(browser, preview))
    draft = {"decision": office.decision, "reason": "x"}
    assert partly.post("/admin/calendar/decisions", draft).status_code == 409
    assert office.decision not in words(partly.get("/admin/calendar/decisions"))
    assert browser.post("/admin/calendar/decisions", draft | {"reason": " "}).status_code == 422
    assert browser.post("/admin/calendar/decisions", draft | {"decision": "99/QĐ-KHÔNG"}).status_code == 422
    assert events(wiring, "decision.change_drafted") == []


def upload(browser: Browser, text: str) -> httpx.Response:
    fields = {"what": "file", "reason": "x"}
    return browser.post("/admin/calendar", fields, files={"files": ("ngay.csv", io.BytesIO(text.encode()), "text/csv")})
