"""The cockpit in a real browser: its numbers change by themselves, nothing moves, and without scripts it is whole."""

from __future__ import annotations

import re
from collections.abc import Callable

from clocks import SetClock
from offices import do
from playwright.sync_api import Browser, BrowserContext, Page, expect
from real_server import RealServer
from web_office import PEOPLE, WebOffice

from bangiao.sign_in import begin_session
from checklists.people import PersonRole
from checklists.steps import Act

COMMITTEE = PEOPLE[PersonRole.COMMITTEE]
SOON = 40_000
"""Milliseconds: numbers that were slow to count are kept for a while before they are counted again."""


def tops(page: Page) -> list[float]:
    """Where everything that can be touched stands."""
    found: list[float] = page.evaluate(
        "[...document.querySelectorAll('main a, main button, main input, main tr')]"
        ".map((one) => one.getBoundingClientRect().top)"
    )
    return found


def test_numbers_change_while_somebody_looks_and_nothing_moves_under_the_finger(
    office: WebOffice, phone: Callable[[str], BrowserContext], server: RealServer, clock: SetClock
) -> None:
    page = phone(COMMITTEE).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with page.expect_response(re.compile("/live/cockpit")):
        page.goto(f"{server.base}/cockpit")
    settled = page.locator('[data-live="settled"]')
    before, stood = settled.inner_text(), tops(page)
    page.wait_for_timeout(1_000)
    clock.advance(minutes=1)
    do(office.wiring, office.step, Act.CANCEL, COMMITTEE, reason="không phải làm nữa")
    expect(settled).not_to_have_text(before, timeout=SOON)
    expect(page.locator("[data-live-newer]")).to_be_visible()
    assert tops(page) == stood
    expect(page.locator('[data-live="as-of"]')).to_contain_text("08:01")
    page.locator("[data-live-newer] a").click()
    expect(page.locator("[data-live-newer]")).to_be_hidden()
    assert said == []


def test_a_page_that_is_not_looked_at_holds_no_stream(
    office: WebOffice, phone: Callable[[str], BrowserContext], server: RealServer
) -> None:
    page = phone(COMMITTEE).new_page()
    with page.expect_response(re.compile("/live/cockpit")) as answer:
        page.goto(f"{server.base}/cockpit/units")
    assert answer.value.headers["content-type"].startswith("text/event-stream")
    with page.expect_event("requestfailed"):
        page.goto(f"{server.base}/account")


def test_without_scripts_the_cockpit_is_whole_and_says_nothing_of_newer_numbers(
    office: WebOffice, chromium: Browser, server: RealServer
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    token = begin_session(server.wiring, COMMITTEE, "link", "phone").token
    context.add_cookies([{"name": "bangiao", "value": token, "url": server.base}])
    page = context.new_page()
    page.goto(f"{server.base}/cockpit")
    expect(page.locator("[data-live]").first).to_be_visible()
    expect(page.locator("[data-live-newer]")).to_be_hidden()
    context.close()
