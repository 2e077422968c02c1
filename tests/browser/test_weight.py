"""What a first visit costs on a bad line: every byte over the network, page, styles, scripts and pictures together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from busy_office import BusyOffice
from playwright.sync_api import Browser
from real_server import RealServer
from signing_in import signed_in_context

from checklists.people import PersonRole

MOST = 60_000

LEAD, COMMITTEE = PersonRole.UNIT_LEAD, PersonRole.COMMITTEE
PAGES: dict[str, tuple[PersonRole, Callable[[BusyOffice], str]]] = {
    "the lead's start": (LEAD, lambda _: "/"),
    "the lead's unit": (LEAD, lambda busy: f"/units/{busy.unit}"),
    "a step": (LEAD, lambda busy: f"/steps/{busy.step}"),
    "the committee's start": (COMMITTEE, lambda _: "/"),
    "the cockpit": (COMMITTEE, lambda _: "/cockpit"),
    "late units": (COMMITTEE, lambda _: "/cockpit/units?state=overdue"),
    "the auditor's start": (PersonRole.AUDITOR, lambda _: "/"),
    "the record": (PersonRole.AUDITOR, lambda _: "/record"),
    "the administrator's start": (PersonRole.ADMINISTRATOR, lambda _: "/"),
    "administration": (PersonRole.ADMINISTRATOR, lambda _: "/admin"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_weighs_at_most_60_kilobytes(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice, name: str
) -> None:
    role, address = PAGES[name]
    context = signed_in_context(chromium, busy_server, busy.people[role], service_workers="allow")
    page = context.new_page()
    weights: dict[str, float] = {}
    addresses: dict[str, str] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"].removeprefix(busy_server.base)

    def came(event: dict[str, Any]) -> None:
        weights[addresses[event["requestId"]]] = event["encodedDataLength"]

    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.requestWillBeSent", asked)
    line.on("Network.loadingFinished", came)
    page.goto(busy_server.base + address(busy))
    page.wait_for_timeout(300)
    context.close()
    assert any(one.endswith("bangiao.css") for one in weights), "the styles were not counted"
    assert any(one.endswith("htmx.min.js") for one in weights), "the scripts were not counted"
    assert sum(weights.values()) <= MOST, weights
