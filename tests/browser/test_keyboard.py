"""From signing in to the receipt with the keyboard alone: Tab, Enter, Space, arrows in a choice, and what is typed.

Wherever Tab stops, one sees that it does: the focus is visible, inside the window, and nothing lies over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from busy_office import PASSWORD, BusyOffice, ready_steps
from page_walk import DESK, PHONE, Look
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from real_server import RealServer
from signing_in import signed_in_context
from sqlalchemy import select
from web_office import PHOTO

from bangiao.package_queue import carry_out
from checklists.people import PersonRole
from db.models import AssignmentRow, StepRow
from db.session import begin_read

FAR = 150
"""Stops: whoever has to press Tab more often has lost their way."""

STOP = """() => {
  const one = document.activeElement, seen = getComputedStyle(one), box = one.getBoundingClientRect();
  if (one === document.body) return "";
  const name = one.outerHTML.slice(0, 100);
  const marked = (style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) ||
    style.boxShadow !== "none";
  const inside = [...one.children].some((child) => marked(getComputedStyle(child)) ||
    parseFloat(getComputedStyle(child).strokeWidth) > 2 || [...child.children].some((deep) =>
      parseFloat(getComputedStyle(deep).strokeWidth) > 2));
  if (!marked(seen) && !inside) return `no focus to be seen on ${name}`;
  if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) return `out of sight: ${name}`;
  const over = document.elementFromPoint(
    Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 1),
    Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1));
  if (over && !one.contains(over) && !over.contains(one)) return `${over.outerHTML.slice(0, 80)} lies over ${name}`;
  return "";
}"""


class Keyboard:
    """Somebody who has no mouse. What is wrong on the way is collected in `wrong`."""

    def __init__(self, page: Page, server: RealServer) -> None:
        self.page, self.server = page, server
        self.wrong: set[str] = set()

    def to(self, place: str | Locator) -> Locator:
        """Tab, until this has the focus."""
        target = (self.page.locator(place) if isinstance(place, str) else place).first
        for _ in range(FAR):
            if target.evaluate("one => one === document.activeElement"):
                return target
            self.page.keyboard.press("Tab")
            if said := self.page.evaluate(STOP):
                self.wrong.add(said)
        raise AssertionError(f"Tab does not lead to {place}")

    def press(self, place: str | Locator, key: str = "Enter") -> None:
        self.to(place)
        self.page.keyboard.press(key)

    def follow(self, place: str | Locator, key: str = "Enter") -> None:
        """What leads to another page."""
        self.to(place)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def type(self, place: str, text: str) -> None:
        self.to(place)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, place: str, value: str) -> None:
        """With the arrow, in a choice."""
        chosen = self.to(place)
        for _ in range(40):
            if chosen.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not among the choices of {place}")

    def open(self, place: str) -> None:
        """Unfold what it is folded into."""
        if not self.page.locator(place).first.is_visible():
            self.press(f"details:has({place}) > summary", "Enter")

    def attach(self, place: str, file: FilePayload) -> None:
        self.to(place)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files([file])

    def enter(self, account: str) -> None:
        """Sign in, from the top of the page."""
        self.page.goto(f"{self.server.base}/sign-in")
        self.type("#name", account)
        self.type("#password", PASSWORD)
        self.follow("main button.main")


@pytest.fixture
def keyboard(chromium: Browser, busy_server: RealServer) -> Iterator[Callable[..., Keyboard]]:
    """On a screen of this size; at the end nobody may have lost sight of the focus, and nothing may complain."""
    begun: list[tuple[Any, Look, Keyboard]] = []

    def begin(screen: dict[str, int], **how: Any) -> Keyboard:
        context = signed_in_context(chromium, busy_server, None, viewport=screen, reduced_motion="reduce", **how)
        page = context.new_page()
        begun.append((context, Look(page), Keyboard(page, busy_server)))
        return begun[-1][2]

    yield begin
    for context, look, made in begun:
        context.close()
        assert not made.wrong, "\n".join(sorted(made.wrong))
        assert look.told() == []


def test_the_first_stop_leads_past_the_menu(keyboard: Callable[..., Keyboard], busy: BusyOffice) -> None:
    person = keyboard(DESK)
    person.enter(busy.people[PersonRole.COMMITTEE])
    person.page.keyboard.press("Tab")
    expect(person.page.locator("a.skip")).to_be_focused()
    expect(person.page.locator("a.skip")).to_be_in_viewport()
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("!!document.activeElement.closest('main')")


def test_a_unit_lead_proves_a_step(keyboard: Callable[..., Keyboard], busy: BusyOffice) -> None:
    person = keyboard(PHONE)
    step = ready_steps(busy.wiring, busy.unit)[0]
    person.enter(busy.people[PersonRole.UNIT_LEAD])
    person.follow(f"main a[href='/units/{busy.unit}']")
    person.follow(f"main a[href='/steps/{step}']")
    person.open("#complete-link")
    person.type("#complete-link", "javascript:alert(1)")
    person.press("form[action$='/complete'] button.main")
    refusal = person.page.get_by_role("alert")
    expect(refusal).to_be_focused()
    assert person.page.evaluate(STOP) == ""
    person.open("#complete-files")
    person.type("#complete-link", "https://bangiao.example/bien-ban")
    person.attach("#complete-files", FilePayload(name="ảnh.png", mimeType="image/png", buffer=PHOTO))
    person.press("form[action$='/complete'] button.main", "Space")
    expect(person.page.locator(".receipt")).to_contain_text("Đã ghi nhận")
    with begin_read(busy.wiring.engine) as connection:
        assert connection.scalars(select(StepRow.state).where(StepRow.id == step)).one() in {"done", "submitted"}


def test_the_committee_opens_late_steps_and_reminds_of_all_of_them(
    keyboard: Callable[..., Keyboard], busy: BusyOffice
) -> None:
    person = keyboard(DESK)
    person.enter(busy.people[PersonRole.COMMITTEE])
    person.follow("nav a[href='/cockpit']")
    person.follow(".numbers a[href='/cockpit/units?state=overdue']")
    person.type("#q", "phuong")
    person.follow("form.filters[action='/cockpit/units'] button.main", "Space")
    person.follow("main a[href^='/cockpit/steps?']")
    person.follow("form[action='/cockpit/bulk'] button[value=remind]")
    expect(person.page.locator("main .note")).to_be_visible()
    person.follow("form[action='/cockpit/bulk'] button.main")
    expect(person.page.locator(".receipt")).to_be_visible()


def test_an_auditor_orders_a_package_and_downloads_it(keyboard: Callable[..., Keyboard], busy: BusyOffice) -> None:
    person = keyboard(DESK, accept_downloads=True)
    person.enter(busy.people[PersonRole.AUDITOR])
    person.follow("nav a[href='/packages']")
    person.follow("main a[href='/packages/order']")
    person.type("#f-purpose", "Đoàn thanh tra số 9")
    person.type("#f-unit", busy.unit)
    person.follow("form[action='/packages/order'] button.main")
    package = person.page.url.rpartition("/")[2]
    again = person.to(f"main a[href='/packages/{package}']")
    with person.page.expect_response(f"**/packages/{package}", timeout=15_000):
        pass  # it looks again by itself
    person.page.wait_for_timeout(200)
    expect(again).to_be_focused()
    carry_out(busy.wiring, package)
    link = person.page.locator(f"main a[href='/packages/{package}/file']")
    expect(link).to_be_visible(timeout=15_000)
    person.to(link)
    with person.page.expect_download() as kept:
        person.page.keyboard.press("Enter")
    assert kept.value.suggested_filename == f"{package}.zip"


def test_an_administrator_gives_somebody_a_role(keyboard: Callable[..., Keyboard], busy: BusyOffice) -> None:
    person = keyboard(DESK)
    lead = busy.people[PersonRole.UNIT_LEAD]
    person.enter(busy.people[PersonRole.ADMINISTRATOR])
    person.follow("nav a[href='/admin']")
    person.follow("main a[href='/admin/people']")
    person.follow(f"main a[href='/admin/people/{lead}']")
    person.open("#f-role")
    person.choose("#f-role", "verifier")
    person.type("form[action$='/appoint'] input[name=unit]", "không có đơn vị này")
    person.follow("form[action$='/appoint'] button.main")
    expect(person.page.get_by_role("alert")).to_be_focused()
    person.type("form[action$='/appoint'] input[name=unit]", "new:00004")
    person.follow("form[action$='/appoint'] button.main")
    expect(person.page.locator(".receipt")).to_be_visible()
    with begin_read(busy.wiring.engine) as connection:
        query = select(AssignmentRow.unit).where(AssignmentRow.person == lead, AssignmentRow.role == "verifier")
        assert connection.scalars(query).all() == ["new:00004"]
