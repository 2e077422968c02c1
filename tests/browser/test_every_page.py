"""Every page as everybody sees it, at both widths: nothing that axe finds, nothing in the console, nothing sideways.

Which pages there are comes from the table of routes (`page_walk`); a page that two people are shown alike is looked at
once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Pages, pages_on
from busy_office import BusyOffice
from page_walk import Look, groups, pages_of, report
from playwright.sync_api import Browser
from real_server import RealServer
from signing_in import signed_in_context


@pytest.fixture(scope="module")
def quick_pages(busy: BusyOffice) -> Iterator[Pages]:
    """The same office without a browser: to know which pages there are."""
    with pages_on(busy.wiring) as running:
        yield running


@pytest.mark.parametrize("group", ["units", "country"])
def test_nothing_is_wrong_with_any_page(
    chromium: Browser, busy_server: RealServer, busy: BusyOffice, quick_pages: Pages, group: str
) -> None:
    known: set[str] = set()
    found: dict[str, list[str]] = {}
    for account in groups(busy)[group]:
        context = signed_in_context(chromium, busy_server, account)
        look = Look(context.new_page())
        for address in pages_of(quick_pages, busy, account, known):
            look.page.goto(busy_server.base + address)
            found[f"{account}: {address}"] = look.shown()
        context.close()
    assert len(found) > 10, "the walk has lost its way"
    assert not report(found), report(found)
