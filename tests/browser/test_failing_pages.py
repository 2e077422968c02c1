"""Pages that say no, in a real browser: every form sent empty, and what is not there, not allowed, too often asked for.

They are as accessible as the others, and whoever reads with the keyboard is led to what is wrong.
"""

from __future__ import annotations

import pytest
from busy_office import BusyOffice
from page_walk import Look, report
from playwright.sync_api import Browser, Page
from real_server import RealServer
from route_table import ABSENT, OWN, Route, routes_of
from signing_in import signed_in_context

from checklists.access import Answer, authorize
from checklists.people import PersonRole
from checklists.sign_in import TRIES
from web.app import create_app
from web.guard import form_token

ENDS_THE_SESSION = ("/sign-out", "/account/sessions/end-all")
SENT = """([action, token]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = action;
  const field = document.createElement("input");
  field.name = "token"; field.value = token; form.append(field); document.body.append(form); form.submit();
}"""


ASKED = (PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR)


def forms_of(busy: BusyOffice, role: PersonRole) -> list[Route]:
    """Every form that this role may send, and none of those asked before it."""
    found = []
    for route in routes_of(create_app(busy.wiring)):
        may = [one for one in ASKED if route.allow and authorize(frozenset({one}), route.allow.action) is Answer.YES]
        skipped = (
            route.path in ENDS_THE_SESSION
            or route.path.startswith("/api/")
            or route.unexplained
            or ABSENT & set(route.parameters)
        )
        if route.method == "POST" and may[:1] == [role] and not skipped:
            found.append(route)
    return found


def token_of(page: Page) -> str:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "bangiao"]
    return form_token(cookie["value"])


@pytest.mark.parametrize("role", [PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.ADMINISTRATOR])
def test_a_form_sent_empty_leads_to_a_page_that_says_what_is_missing(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice, role: PersonRole
) -> None:
    context = signed_in_context(chromium, busy_server, busy.people[role])
    look = Look(context.new_page())
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for route in forms_of(busy, role):
        address = busy_server.base + route.address(busy, OWN[route.about](busy) if route.about in OWN else "")
        answer = context.request.post(
            address, form={"token": token_of(look.page)}, max_redirects=0, headers={"sec-fetch-site": "same-origin"}
        )
        assert answer.status < 500, f"{route}: {answer.status}"
        main = answer.text().partition("<main")[2]
        if answer.status in {409, 422} and main and main not in seen:
            seen.add(main)
            look.page.goto(f"{busy_server.base}/outbox")
            with look.page.expect_navigation():
                look.page.evaluate(SENT, [address, token_of(look.page)])
            found[str(route)] = look.shown() + said_no(look.page)
    context.close()
    assert len(found) >= 2
    assert not report(found), report(found)


def said_no(page: Page) -> list[str]:
    """What is wrong with how it is said: an alert that has the focus, or, on a page of its own, a heading."""
    alerts = page.locator("main [role=alert]")
    if not alerts.count():
        return [] if page.locator("main > h1 + p").count() else ["nothing is said"]
    focused = page.evaluate("document.activeElement.getAttribute('role') === 'alert'")
    return [] if focused else ["what is wrong has not the focus"]


def test_what_is_not_there_not_allowed_or_not_for_you_is_a_page_like_the_others(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice
) -> None:
    context = signed_in_context(chromium, busy_server, busy.people[PersonRole.UNIT_LEAD])
    look = Look(context.new_page())
    found = {}
    for address, status in (("/there-is-no-such-page", 404), ("/units/new:99999", 404), ("/admin", 403)):
        answer = look.page.goto(busy_server.base + address)
        assert answer
        assert answer.status == status
        found[address] = look.shown()
    look.page.goto(f"{busy_server.base}/outbox")
    with look.page.expect_navigation():
        look.page.evaluate(SENT, [f"{busy_server.base}/account/language", "0" * 64])
    found["a form that is out of date"] = look.shown()
    context.close()
    assert not report(found), report(found)


def test_guessing_a_password_too_often_ends_at_a_page_that_says_when_to_try_again(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice
) -> None:
    context = signed_in_context(chromium, busy_server, None)
    look = Look(context.new_page())
    said, found = [], {}
    for tries in (1, TRIES):
        for _ in range(tries - 1):
            guess = {"name": busy.nobody, "password": "đoán mò cho vui thôi"}
            context.request.post(f"{busy_server.base}/sign-in", form=guess)
        look.page.goto(f"{busy_server.base}/sign-in")
        look.page.fill("#name", busy.nobody)
        look.page.fill("#password", "đoán mò cho vui thôi")
        with look.page.expect_navigation():
            look.page.click("main button.main")
        found[f"after {tries}"] = look.shown() + said_no(look.page)
        said.append(look.page.locator("main [role=alert]").inner_text())
    context.close()
    assert said[0] != said[1], "it never says to wait"
    assert not report(found), report(found)
