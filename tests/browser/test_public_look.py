"""The public pages in a real browser: nothing that axe finds, nothing sideways, no script at all, small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from busy_office import BusyOffice
from page_walk import Look, report
from playwright.sync_api import Browser, Request
from real_server import RealServer
from signing_in import signed_in_context
from web_office import PROVINCE

LARGEST = 60_000


@pytest.fixture
def public_server(busy: BusyOffice) -> Iterator[RealServer]:
    """The same office, which has opened its public page."""
    wiring = busy.wiring
    made = RealServer(replace(wiring, settings=replace(wiring.settings, public_page=True)))
    made.start()
    yield made
    made.stop()


def paths(busy: BusyOffice) -> list[str]:
    province = f"/public/{PROVINCE}"
    pages = ["/public", "/public/about", province, f"{province}/{busy.unit}"]
    return [*pages, "/public?q=xa", "/public?q=khong-co", "/public?order=name", f"{province}?q=xa", "/public/new:99"]


def test_nothing_is_wrong_with_any_public_page(chromium: Browser, public_server: RealServer, busy: BusyOffice) -> None:
    found: dict[str, list[str]] = {}
    for language in ("vi", "en"):
        context = signed_in_context(chromium, public_server, None)
        context.add_cookies([{"name": "language", "value": language, "url": public_server.base}])
        look = Look(context.new_page())
        for path in paths(busy):
            look.page.goto(public_server.base + path)
            found[f"{language} {path}"] = look.shown()
        context.close()
    assert not report(found), report(found)


def test_a_first_visit_runs_no_script_and_is_small(
    chromium: Browser, public_server: RealServer, busy: BusyOffice
) -> None:
    context = signed_in_context(chromium, public_server, None, java_script_enabled=False)
    page, asked, sizes = context.new_page(), [], []

    def finished(request: Request) -> None:
        asked.append(request.resource_type)
        sizes.append(request.sizes()["responseBodySize"])

    page.on("requestfinished", finished)
    page.goto(f"{public_server.base}/public")
    page.wait_for_load_state("networkidle")
    assert "script" not in asked
    assert 0 < sum(sizes) < LARGEST
    page.fill("#q", "dai mo")
    page.click("form[role=search] button")
    page.click(f"a[href='/public/{PROVINCE}/{busy.unit}']")
    assert page.locator("h1").inner_text() == "Phường Đại Mỗ"
    context.close()
