"""In a real browser: an invitation, the way to the provider and back under the strict policy, linking, signing out; and
each of these pages as people see it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from clocks import SetClock
from office_pages import BACK, with_office
from office_provider import Provider, provider_on_loopback
from page_walk import Look
from playwright.sync_api import Browser
from real_server import RealServer
from signing_in import signed_in_context
from web_office import LEAD, PEOPLE, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole

ADMIN, CHAIR = PEOPLE[PersonRole.ADMINISTRATOR], PEOPLE[PersonRole.COMMITTEE]
GOOD = "bốn từ dễ nhớ ghép lại"


@pytest.fixture
def there(clock: SetClock) -> Iterator[Provider]:
    with provider_on_loopback(clock, "") as provider:
        yield provider


@pytest.fixture
def server(office: WebOffice, wiring: Wiring, there: Provider) -> Iterator[RealServer]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        made = RealServer(wiring)
        made.port = free.getsockname()[1]
    there.callback = f"{made.base}{BACK}"
    there_too = with_office(wiring, there, made.base)
    made.wiring = replace(there_too, settings=replace(there_too.settings, second_factor_for=frozenset({"committee"})))
    made.start()
    yield made
    made.stop()


def opened(chromium: Browser, server: RealServer, account: str | None = None) -> Look:
    return Look(signed_in_context(chromium, server, account).new_page())


def test_an_invitation_and_the_offices_account_open_the_pages(chromium: Browser, server: RealServer) -> None:
    admin, invited = opened(chromium, server, ADMIN), opened(chromium, server)
    admin.page.goto(f"{server.base}/admin/people/{LEAD}")
    assert admin.shown() == []
    admin.page.click(f"form[action='/admin/people/{LEAD}/invite'] button")
    admin.page.wait_for_selector("main code")
    assert admin.shown() == []
    invited.page.goto(admin.page.inner_text("main code"))
    assert invited.shown() == []
    invited.page.click("main a.button")
    invited.page.wait_for_selector("input[name=proof]", state="attached")
    assert "lan.nt" in invited.page.inner_text("main")
    assert invited.shown() == []
    invited.page.click("main form button.main")
    invited.page.wait_for_url(f"{server.base}/")
    for place in ("/account", "/account/office"):
        invited.page.goto(f"{server.base}{place}")
        assert "lan.nt" in invited.page.inner_text("main")
        assert invited.shown() == []
    invited.page.click("details.person summary")
    invited.page.click("form[action='/sign-out'] button")
    invited.page.wait_for_url(f"{server.base}/signed-out")
    assert invited.shown() == []
    invited.page.goto(f"{server.base}/sign-in?to=/account")
    assert invited.shown() == []
    invited.page.click("main a.button")
    invited.page.wait_for_url(f"{server.base}/account")
    admin.page.goto(f"{server.base}/admin/people/{LEAD}")
    assert "lan.nt" in admin.page.inner_text("main")
    assert admin.shown() == []


def test_somebody_who_is_not_linked_reads_which_name_to_give(
    chromium: Browser, server: RealServer, there: Provider
) -> None:
    there.subject = "somebody-else"
    stranger = opened(chromium, server)
    stranger.page.goto(f"{server.base}/sign-in/office")
    assert "somebody-else" in stranger.page.inner_text("[role=alert]")
    assert stranger.shown() == []


def test_by_keyboard_a_password_is_set_and_the_second_factor_is_asked_for(
    chromium: Browser, server: RealServer
) -> None:
    admin, invited = opened(chromium, server, ADMIN), opened(chromium, server)
    admin.page.goto(f"{server.base}/admin/people/{CHAIR}")
    admin.page.click(f"form[action='/admin/people/{CHAIR}/invite'] button")
    invited.page.goto(admin.page.inner_text("main code"))
    invited.page.focus("#new")
    for typed in ("ngắn", "Tab", "ngắn", "Enter"):
        press = invited.page.keyboard.press if typed in {"Tab", "Enter"} else invited.page.keyboard.type
        press(typed)
    invited.page.wait_for_selector("[role=alert]")
    assert invited.shown() == []
    invited.page.focus("#new")
    for typed in (GOOD, "Tab", GOOD, "Enter"):
        press = invited.page.keyboard.press if typed in {"Tab", "Enter"} else invited.page.keyboard.insert_text
        press(typed)
    invited.page.wait_for_url(f"{server.base}/account/second-factor")
    assert invited.shown() == []


def test_the_way_there_and_back_leads_through_the_service_worker(chromium: Browser, server: RealServer) -> None:
    """Whoever has worked in this browser has one; it answers for pages, and must let these pass."""
    page = signed_in_context(chromium, server, LEAD, service_workers="allow").new_page()
    page.goto(f"{server.base}/account/office")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    page.click("main a.button")
    page.wait_for_selector("input[name=proof]", state="attached")
    page.click("main form button.main")
    page.wait_for_url(f"{server.base}/account?done=office")
    page.context.clear_cookies()
    page.goto(f"{server.base}/sign-in?to=/account")
    page.click("main a.button")
    page.wait_for_url(f"{server.base}/account")
    assert "lan.nt" in page.inner_text("main")
    kept = page.evaluate(
        """async () => { const found = []; for (const name of await caches.keys())
        for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
        return found; }"""
    )
    assert [one for one in kept if one.startswith(("/sign-in", "/account"))] == []
