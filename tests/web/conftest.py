"""Fixtures of the pages: an office at work on both databases, people in every role near and far, and browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browsing import Browser, Pages, pages_on
from databases import MadeOffice, OfficeMaker
from web_office import WebOffice, moved, web_office

from bangiao.wiring import Wiring


@pytest.fixture
def office_maker() -> OfficeMaker:
    """A small decision with its checklists open, and everybody concerned."""
    return web_office


@pytest.fixture
def office(office: WebOffice, made_office: MadeOffice) -> WebOffice:
    """The copy; what is ordered in it is made in its own folder."""
    return moved(office, made_office.folder)


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
