"""One story for each person, from signing in to the receipt, in a real browser: with scripts, and without any.

The clock of the office stands at 10 July 2025. Each story has a step, a decision, a package and a person to itself, so
that all of them happen in one office.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import open_all, own_decision, write_decision
from busy_office import SECOND, BusyOffice, ready_steps
from page_walk import DESK, PHONE, Look
from playwright.sync_api import Browser, FilePayload, Page, expect
from real_server import RealServer
from signing_in import sign_in, signed_in_context
from sqlalchemy import select
from web_office import PHOTO

from bangiao.audit_log import make_checkpoint
from bangiao.package_queue import carry_out
from checklists.people import PersonRole
from db.models import AssignmentRow, DecisionRow, EventRow, StepRow
from db.session import begin_read

WAYS = ("with scripts", "without scripts")


@dataclass
class Story:
    """A browser of one width, its page, and the office it looks at. `number`: which of the ways this is."""

    page: Page
    office: BusyOffice
    server: RealServer
    number: int

    @property
    def scripts(self) -> bool:
        return self.number == 0

    def enter(self, account: str) -> None:
        sign_in(self.page, self.server, account)

    def leave(self) -> None:
        self.page.click("details.person summary")
        self.page.click("form[action='/sign-out'] button")
        self.page.wait_for_url("**/sign-in*")

    def go(self, menu: str) -> None:
        """By the main menu."""
        self.page.click(f"nav a[href='{menu}']")
        self.page.wait_for_url(f"**{menu}")

    def open(self, folded: str) -> None:
        """Whatever is folded around it."""
        if not self.page.locator(folded).is_visible():
            self.page.locator(f"details:has({folded}) > summary").first.click()


Begin = Callable[[dict[str, int]], Story]


@pytest.fixture(params=WAYS)
def begin(
    request: pytest.FixtureRequest, chromium: Browser, busy_server: RealServer, busy: BusyOffice
) -> Iterator[Begin]:
    """A story on a screen of this size; at its end nothing may have been complained about."""
    opened: list[Any] = []
    number = WAYS.index(request.param)

    def begun(screen: dict[str, int]) -> Story:
        context = signed_in_context(
            chromium, busy_server, None, viewport=screen, java_script_enabled=not number, accept_downloads=True
        )
        look = Look(context.new_page())
        opened.append((context, look))
        return Story(look.page, busy, busy_server, number)

    yield begun
    for context, look in opened:
        context.close()
        assert look.told() == []


def test_a_unit_lead_proves_a_step_with_a_photo_on_the_phone(begin: Begin) -> None:
    story = begin(PHONE)
    page, office = story.page, story.office
    step = ready_steps(office.wiring, office.unit)[story.number]
    story.enter(office.people[PersonRole.UNIT_LEAD])
    page.click(f"main a[href='/units/{office.unit}']")
    page.click(f"main a[href='/steps/{step}']")
    story.open("#complete-files")
    page.set_input_files("#complete-files", FilePayload(name="ảnh bàn giao.png", mimeType="image/png", buffer=PHOTO))
    page.click("form[action$='/complete'] button.main")
    expect(page.locator(".receipt")).to_contain_text("Đã ghi nhận")
    with begin_read(office.wiring.engine) as connection:
        assert connection.scalars(select(StepRow.state).where(StepRow.id == step)).one() in {"done", "submitted"}
        said = connection.scalars(
            select(EventRow.payload).where(
                EventRow.step_id == step, EventRow.type.in_(("step.completed", "step.submitted"))
            )
        ).one()
    assert [one["name"] for one in json.loads(said)["attached"]] == ["ảnh bàn giao.png"]


def test_the_committee_finds_late_units_and_sees_whom_it_would_remind(begin: Begin) -> None:
    story = begin(DESK)
    page = story.page
    story.enter(story.office.people[PersonRole.COMMITTEE])
    story.go("/cockpit")
    page.click(".numbers .late a")
    page.fill("#q", "ba dinh")
    page.click("form.filters[action='/cockpit/units'] button.main")
    expect(page.locator("main .chips li").first).to_be_visible()
    assert "q=ba+dinh" in page.url
    page.goto(f"{story.server.base}/cockpit/units?state=overdue")
    page.click("main a[href^='/cockpit/steps?state=overdue']")
    count = re.match(r"[\d.]+", page.locator("main p[role=status]").first.inner_text())
    assert count
    page.click("form[action='/cockpit/bulk'] button[value=cancel]")
    expect(page.locator("h1")).to_contain_text(count[0])
    expect(page.locator("main .note")).to_be_visible()
    expect(page.locator("input[name=count]")).to_have_value(count[0].replace(".", ""))


def test_a_decision_is_given_by_one_person_and_registered_by_another(begin: Begin, tmp_path: Path) -> None:
    story = begin(DESK)
    page, number = story.page, f"0{7 + story.number}/QĐ-TN"
    unit = ("old:00007", "old:00016")[story.number]
    file = write_decision(tmp_path, own_decision(number, predecessors=(unit,)))
    story.enter(story.office.people[PersonRole.COMMITTEE])
    story.go("/decisions")
    page.click("main a[href='/decisions/new']")
    page.set_input_files("#file", file)
    page.click("form[action='/decisions/new'] button.main")
    expect(page.locator("h1")).to_contain_text(number)
    page.click("form[action='/decisions/draft'] button.main")
    expect(page.locator("form[action$='/register']")).to_have_count(0)
    story.leave()
    story.enter(SECOND)
    page.goto(f"{story.server.base}/decisions/{number}")
    page.click("form[action$='/register'] button.main")
    expect(page.locator("#opening")).to_contain_text("Đang mở")
    with begin_read(story.office.wiring.engine) as connection:
        row = connection.execute(select(DecisionRow).where(DecisionRow.number == number)).one()
    assert (row.state, row.registered_by) == ("registered", SECOND)
    open_all(story.office.wiring, row.id)
    if not story.scripts:
        page.reload()
    expect(page.locator("#opening")).to_contain_text("Đã mở đủ", timeout=10_000)


def test_an_auditor_takes_a_package_away_and_drops_it_back_to_be_checked(begin: Begin, tmp_path: Path) -> None:
    story = begin(DESK)
    page, wiring = story.page, story.office.wiring
    story.enter(story.office.people[PersonRole.AUDITOR])
    story.go("/packages")
    page.click("main a[href='/packages/order']")
    page.fill("#f-purpose", f"Quyết định thanh tra số {story.number + 5}")
    page.fill("#f-unit", story.office.unit)
    page.click("form[action='/packages/order'] button.main")
    expect(page.locator("progress")).to_be_visible()
    package = page.url.rpartition("/")[2]
    make_checkpoint(wiring)
    carry_out(wiring, package)
    if not story.scripts:
        page.click(f"main a[href='/packages/{package}']")
    with page.expect_download(timeout=60_000) as kept:
        page.locator(f"main a[href='/packages/{package}/file']").click(timeout=60_000)
    file = tmp_path / f"{package}.zip"
    kept.value.save_as(file)
    story.go("/check")
    if story.scripts:
        dropped(page, file)
    else:
        page.set_input_files("#f-files", file)
    page.click("form[action='/check'][method=post] button.main")
    expect(page.locator(".receipt")).to_contain_text(package)


def dropped(page: Page, file: Path) -> None:
    """A file, let go of over the field by the mouse: the browser's own event, no script's."""
    field = page.locator("#f-files")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    line = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        line.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    assert field.evaluate("one => one.files.length") == 1


def test_an_auditor_reads_who_did_what_and_looks_a_photo_up(begin: Begin) -> None:
    story = begin(DESK)
    page, office = story.page, story.office
    story.enter(office.people[PersonRole.AUDITOR])
    story.go("/record")
    story.open("#f-unit")
    page.fill("#f-unit", office.unit)
    page.click("form[action='/record'] button.main")
    expect(page.locator(".record li").first).to_be_visible()
    assert "unit=" in page.url
    page.goto(f"{story.server.base}/check")
    page.set_input_files("#f-files", FilePayload(name="ảnh.png", mimeType="image/png", buffer=PHOTO))
    page.click("form[action='/check'][method=post] button.main")
    expect(page.locator(".receipt")).to_be_visible()
    expect(page.locator(f"main a[href='/steps/{office.step}']").first).to_be_visible()


def test_an_administrator_adds_somebody_and_gives_them_a_role(begin: Begin) -> None:
    story = begin(DESK)
    page, office, account = story.page, story.office, f"moi.{story.number}"
    story.enter(office.people[PersonRole.ADMINISTRATOR])
    story.go("/admin")
    page.click("main a[href='/admin/people']")
    page.click("main a[href='/admin/people/new']")
    page.fill("#f-account", account)
    page.fill("#f-name", "Đặng Thị Mới")
    page.click("form[action='/admin/people/new'] button.main")
    expect(page.locator(".receipt")).to_be_visible()
    story.open("#f-role")
    page.select_option("#f-role", "unit_lead")
    page.fill("form[action$='/appoint'] input[name=unit]", "new:00004")
    page.click("form[action$='/appoint'] button.main")
    expect(page.locator(".receipt")).to_be_visible()
    with begin_read(office.wiring.engine) as connection:
        query = select(AssignmentRow.role, AssignmentRow.unit).where(AssignmentRow.person == account)
        assert [tuple(row) for row in connection.execute(query)] == [("unit_lead", "new:00004")]
