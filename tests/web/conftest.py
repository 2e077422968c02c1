"""Fixtures of the pages: an office at work on both databases, people in every role near and far, and browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browsing import Browser, Pages, pages_on
from databases import MadeOffice, OfficeMaker
from sqlalchemy import func, update
from web_office import WebOffice, web_office

from bangiao.wiring import Wiring
from db.package_models import PackageRow
from db.session import begin_write


@pytest.fixture
def office_maker() -> OfficeMaker:
    """A small decision with its checklists open, and everybody concerned."""
    return web_office


@pytest.fixture
def office(office: WebOffice, made_office: MadeOffice) -> WebOffice:
    """The copy; what is ordered in it is made in its own folder."""
    folder = str(office.wiring.settings.data_dir)
    moved = func.replace(PackageRow.target, str(made_office.folder), folder)
    with begin_write(office.wiring.engine) as connection:
        connection.execute(update(PackageRow).values(target=moved))
    return office


@pytest.fixture
def pages(wiring: Wiring) -> Iterator[Pages]:
    """The application, running."""
    with pages_on(wiring) as running:
        yield running


@pytest.fixture
def browse(pages: Pages) -> Browser:
    """A browser in which nobody is signed in."""
    return pages.browser()


@pytest.fixture
def signed_in(pages: Pages) -> Callable[[str], Browser]:
    """A browser for each account that is asked for, signed in."""
    return pages.signed_in
