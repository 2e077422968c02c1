"""What attackers have left on record is read by everybody else: in a browser it is text and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Pages, pages_on
from builders import own_decision
from busy_office import BusyOffice, ready_steps
from offices import do
from page_walk import Look, addresses
from playwright.sync_api import Browser
from real_server import RealServer
from signing_in import signed_in_context

from checklists.people import PersonRole
from checklists.steps import Act
from web.rendering import static_address

HARM = "window.harmed=1;document.title='harmed'"
TEXT = f"<script>{HARM}</script><img src=x onerror=\"{HARM}\"><svg onload='{HARM}'>{{{{7*191}}}}</textarea>'\"><b>x"
FILE = "<img src=x onerror=alert(1)>.jpg"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


@pytest.fixture(scope="module")
def quick_pages(busy: BusyOffice) -> Iterator[Pages]:
    """The same office without a browser: to leave things in it, and to know which pages there are."""
    with pages_on(busy.wiring) as running:
        yield running


def left(pages: Pages, busy: BusyOffice) -> None:
    """Every kind of text that people leave for others, by those who may leave it."""
    one, other = ready_steps(busy.wiring, busy.unit)[:2]
    lead, people = busy.people[PersonRole.UNIT_LEAD], busy.people
    as_lead, as_committee = pages.signed_in(lead), pages.signed_in(people[PersonRole.COMMITTEE])
    as_auditor, as_admin = (
        pages.signed_in(people[PersonRole.AUDITOR]),
        pages.signed_in(people[PersonRole.ADMINISTRATOR]),
    )
    soon = {"expected-d": "20", "expected-m": "7", "expected-y": "2025"}

    def sent(browser: Any, address: str, fields: dict[str, str], **how: Any) -> None:
        answer = browser.post(address, fields, **how)
        assert answer.status_code in {200, 303}, (address, answer.status_code)

    attached = {"files": [("files", (FILE, JPEG, "image/jpeg"))]}
    sent(as_lead, f"/steps/{one}/attach", {"note": TEXT, "once": "h1"}, **attached)
    sent(as_lead, f"/steps/{one}/block", {"reason": TEXT, "unblocker": TEXT, **soon, "once": "h2"})
    sent(as_lead, f"/steps/{other}/complete", {"note": TEXT, "once": "h3"})
    sent(as_lead, f"/steps/{busy.step}/acknowledge", {"words": TEXT, **soon, "once": "h4"})
    sent(as_auditor, "/packages/order", {"unit": busy.unit, "purpose": TEXT, "language": "vi"})
    sent(as_admin, "/admin/people/new", {"account": "xau.xa", "name": TEXT[:200], "language": "vi"})
    sent(as_admin, "/admin/people/xau.xa/appoint", {"role": "unit_lead", "unit": busy.unit})
    decision = own_decision("09/QĐ-TN", predecessors=("old:00007",), title={"vi": TEXT, "en": TEXT}, source=TEXT)
    shown = as_committee.post("/decisions/new", files={"file": ("qd.json", decision.canonical_json().encode())})
    assert shown.status_code == 200
    assert "<img src=x" not in shown.text
    do(busy.wiring, other, Act.RETURN, people[PersonRole.VERIFIER], reason=TEXT)


def test_what_was_left_on_record_is_text_on_every_page(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice, quick_pages: Pages
) -> None:
    left(quick_pages, busy)
    found: dict[str, list[str]] = {}
    seen = 0
    for role in (PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR):
        reader = quick_pages.signed_in(busy.people[role])
        context = signed_in_context(chromium, busy_server, busy.people[role])
        look = Look(context.new_page())
        steps = [f"/steps/{one}" for one in ready_steps(busy.wiring, busy.unit)[:1]]
        for address in [*addresses(quick_pages.app, busy), *steps, "/admin/people/xau.xa"]:
            answer = reader.get(address)
            if "onerror" not in answer.text or "<main" not in answer.text:
                continue
            seen += 1
            look.page.goto(busy_server.base + address)
            wrong = look.told() + ["1337"] * ("1337" in answer.text)
            if look.page.evaluate("window.harmed || document.querySelector('img[src=x], main script')"):
                wrong.append("what was left is part of the page")
            found[f"{role} {address}"] = wrong
        context.close()
    assert seen >= 8, found
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_pages_scripts_have_no_way_to_run_text(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice
) -> None:
    """The policy itself: whatever came into a page, the browser would not run it."""
    context = signed_in_context(chromium, busy_server, busy.people[PersonRole.UNIT_LEAD])
    page = context.new_page()
    page.goto(busy_server.base)
    assert page.locator(f"script[src='{static_address('outbox.js')}']").count() == 1
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.harmed = 1";
          document.body.append(script);
          const picture = document.createElement("div");
          picture.innerHTML = "<img src='data:,' onerror='window.harmed = 1'>";
          document.body.append(picture);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.harmed") is None
    context.close()
