"""Fixtures of the API: an office at work, the application running, and programs with tokens of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browsing import Browser, Pages, pages_on
from databases import OfficeMaker
from programs import Program, program
from web_office import LEAD, PEOPLE, WebOffice, web_office

from bangiao.wiring import Wiring
from checklists.people import PersonRole


@pytest.fixture
def office_maker() -> OfficeMaker:
    """A small decision with its checklists open, and everybody concerned."""
    return web_office


@pytest.fixture
def pages(office: WebOffice, wiring: Wiring) -> Iterator[Pages]:
    """The application, running."""
    with pages_on(wiring) as running:
        yield running


@pytest.fixture
def programs(pages: Pages) -> Callable[[str], Program]:
    """A program for each account that is asked for."""
    return lambda account: program(pages, account)


@pytest.fixture
def lead(programs: Callable[[str], Program]) -> Program:
    """Of the unit's lead."""
    return programs(LEAD)


@pytest.fixture
def committee(programs: Callable[[str], Program]) -> Program:
    """Of the province's committee."""
    return programs(PEOPLE[PersonRole.COMMITTEE])


@pytest.fixture
def auditor(programs: Callable[[str], Program]) -> Program:
    return programs(PEOPLE[PersonRole.AUDITOR])


@pytest.fixture
def signed_in(pages: Pages) -> Callable[[str], Browser]:
    """A browser for each account that is asked for, signed in."""
    return pages.signed_in
