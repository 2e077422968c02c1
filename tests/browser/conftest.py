"""Fixtures of tests in a real browser: Debian's Chromium (or one that Playwright has installed), a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from busy_office import BusyOffice, busy_office
from clocks import SetClock
from databases import Databases, MadeOffice, MadeOffices, OfficeMaker, quick
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from real_browser import MISSING, found
from real_server import RealServer
from web_office import WebOffice, moved, web_office

from bangiao.settings import Settings
from bangiao.sign_in import begin_session
from bangiao.wiring import Wiring

PHONE = {"width": 390, "height": 844}
Opened = Callable[[str], BrowserContext]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; where there is none they are skipped. Not for the whole run: as long as
    Playwright is there, an event loop counts as running in this process, and other tests need one of their own."""
    path = found()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def module_clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def busy(
    sqlite_databases: Databases,
    made_offices: MadeOffices,
    tmp_path_factory: pytest.TempPathFactory,
    module_clock: SetClock,
) -> Iterator[BusyOffice]:
    """One office for all tests of a file: for those that only look, or that each have a part of it to themselves."""
    made, folder = made_offices.made_by(busy_office, sqlite_databases), tmp_path_factory.mktemp("busy")
    settings = Settings(data_dir=folder, database_url=made_offices.copied(made, sqlite_databases, folder))
    module_clock.now = made.now
    wiring = quick(settings, module_clock)
    yield moved(made.handed_to(wiring), made.folder)
    wiring.engine.dispose()


@pytest.fixture(scope="module")
def busy_server(busy: BusyOffice) -> Iterator[RealServer]:
    """The pages of that office."""
    made = RealServer(busy.wiring)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def databases(sqlite_databases: Databases) -> Databases:
    """What a browser sees does not depend on the database: the embedded one is enough here."""
    return sqlite_databases


@pytest.fixture
def office_maker() -> OfficeMaker:
    """The office of the pages' tests."""
    return web_office


@pytest.fixture
def office(office: WebOffice, made_office: MadeOffice) -> WebOffice:
    """The copy; what is ordered in it is made in its own folder."""
    return moved(office, made_office.folder)


@pytest.fixture
def server(wiring: Wiring) -> Iterator[RealServer]:
    """The pages on a port of their own; it can be stopped and started again, as in a real outage."""
    made = RealServer(wiring)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def phone(chromium: Browser, server: RealServer) -> Iterator[Opened]:
    """A phone for each account that is asked for, signed in."""
    opened: list[BrowserContext] = []

    def signed_in(account: str) -> BrowserContext:
        context = chromium.new_context(viewport=PHONE, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        token = begin_session(server.wiring, account, "link", "phone").token
        context.add_cookies([{"name": "bangiao", "value": token, "url": server.base}])
        opened.append(context)
        return context

    yield signed_in
    for one in opened:
        one.close()
