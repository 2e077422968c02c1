"""Every route × person × thing, from the application's own table of routes: what may be done is done, and nothing else.

Expected is worked out from who is appointed where and the table of `checklists.access`, never from the product's own
look-up of roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from browsing import Browser, Pages
from fastapi import FastAPI
from programs import token_for
from route_table import ABSENT, EXAMPLES, FOREIGN, MISSING, OWN, Route, routes_of
from sqlalchemy import func, select
from web_office import PEOPLE, WebOffice

from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.access import About, Answer, authorize
from checklists.people import PersonRole
from db.models import Row
from db.session import begin_read
from web.app import create_app
from web.guard import form_token
from web.security import POLICY

MOSTLY_EMBEDDED = True

ROLES = tuple(PersonRole)
NONE: frozenset[PersonRole] = frozenset()
SANDBOX = "sandbox; default-src 'none'"
"""Stricter still: for what people have attached."""


@dataclass(frozen=True)
class Asked:
    """Somebody asks for something; `over`: what they are over it (None: not signed in)."""

    account: str | None
    named: Any
    over: frozenset[PersonRole] | None


def asked(office: WebOffice, about: About) -> Iterator[Asked]:
    """Everybody, near and far, for what is theirs, what is others', and what is not there."""
    own = OWN[about](office) if about in OWN else ""
    yield Asked(None, own, None)
    yield Asked(office.nobody, own, NONE)
    for role in ROLES:
        here, there = office.people[role], office.foreigners[role]
        if about is About.NOTHING:
            yield Asked(here, "", frozenset({role}))
            continue
        yield Asked(here, own, frozenset({role}))
        yield Asked(there, own, NONE)
        yield Asked(here, MISSING[about], NONE)
        if about in FOREIGN:
            yield Asked(here, FOREIGN[about], NONE)
            yield Asked(there, FOREIGN[about], frozenset({role}))


def wrong(route: Route, one: Asked, answer: httpx.Response) -> bool:
    """Whether it is not what the table of rights says."""
    status, expected = answer.status_code, authorize(one.over, route.allow.action)  # type: ignore[union-attr]
    if status >= 500 or answer.headers.get("content-security-policy") not in {POLICY, SANDBOX}:
        return True
    if one.over is None and route.guarded:
        led = status == 303 and answer.headers["location"].startswith("/sign-in")
        return not (status == 401 if route.for_programs else led)
    if expected is not Answer.YES:
        return status != (403 if expected is Answer.NO else 404)
    return status in {401, 403} or (status == 404 and route.guarded and not ABSENT & set(route.parameters))


@dataclass
class Askers:
    """Browsers by account, a new one where a request has ended the session; for programs' routes, their tokens."""

    pages: Pages
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, route: Route, address: str, account: str | None, **how: Any) -> httpx.Response:
        if route.for_programs:
            return self.pages.browser().request(route.method, address, headers=self.bearer(account), **how)
        browser = self.pages.signed_in(account) if account else self.pages.browser()
        token = {"x-form-token": form_token(browser.session)} if account and route.writes else {}
        return browser.request(route.method, address, headers=token | how.pop("headers", {}), **how)

    def bearer(self, account: str | None) -> dict[str, str]:
        """A token with every scope: what is refused, the person's roles refuse."""
        if account and account not in self.tokens:
            self.tokens[account] = token_for(self.pages.wiring, account)
        return {"authorization": f"Bearer {self.tokens[account]}"} if account else {}


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(wire(Settings(data_dir=tmp_path_factory.mktemp("routes"))))


def test_every_route_says_who_may(app: FastAPI) -> None:
    assert [str(one) for one in routes_of(app) if one.allow is None] == []


def test_what_a_route_is_about_stands_in_its_path(app: FastAPI) -> None:
    rights = [(one, one.allow) for one in routes_of(app) if one.allow and one.allow.about is not About.NOTHING]
    assert [str(one) for one, allow in rights if allow.parameter not in one.parameters] == []


def test_every_path_parameter_has_an_example(app: FastAPI) -> None:
    known = "give it one in tests/route_table.py, EXAMPLES"
    assert [(str(one), one.unexplained, known) for one in routes_of(app) if one.unexplained] == []
    used = {name for one in routes_of(app) for name in one.parameters}
    assert set(EXAMPLES) <= used


def test_everybody_gets_what_the_table_of_rights_says_and_nothing_else(office: WebOffice, pages: Pages) -> None:
    askers = Askers(pages)
    found = []
    for route in routes_of(pages.app):
        for one in asked(office, route.about):
            answer = askers.ask(route, route.address(office, one.named), one.account)
            if wrong(route, one, answer):
                found.append((str(route), one.account, one.named, answer.status_code))
    assert not found, "\n".join(map(str, found))


def test_reading_changes_nothing(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    askers = {account: pages.signed_in(account) for account in office.people.values()}
    programs = Askers(pages)
    tokens = [programs.bearer(account) for account in askers]
    before = rows(wiring)
    for route in (one for one in routes_of(pages.app) if not one.writes):
        address = route.address(office, OWN[route.about](office) if route.about in OWN else "")
        for browser in (*askers.values(), pages.browser()):
            for token in tokens if route.for_programs else ({},):
                browser.request(route.method, address, headers=token)
            assert (str(route), rows(wiring)) == (str(route), before)


def test_no_form_without_its_token_and_none_from_another_site_does_anything(
    office: WebOffice, pages: Pages, wiring: Wiring
) -> None:
    askers = {role: pages.signed_in(account) for role, account in PEOPLE.items()}
    stranger = form_token(pages.signed_in(office.nobody).session)
    before = rows(wiring)
    for route in (one for one in routes_of(pages.app) if one.writes and not one.for_programs):
        address = route.address(office, OWN[route.about](office) if route.about in OWN else "")
        for browser in askers.values():
            for answer in refused_ways(route, browser, address, stranger):
                assert (str(route), answer.status_code) == (str(route), 403)
    assert rows(wiring) == before


def test_no_write_of_a_program_is_done_by_a_browser_or_without_a_key(
    office: WebOffice, pages: Pages, wiring: Wiring
) -> None:
    askers = Askers(pages)
    programs = [askers.bearer(account) for account in office.people.values()]
    browsers = [pages.signed_in(account) for account in office.people.values()]
    before = rows(wiring)
    for route in (one for one in routes_of(pages.app) if one.writes and one.for_programs):
        address = route.address(office, OWN[route.about](office) if route.about in OWN else "")
        for browser in browsers:
            form = {"x-form-token": form_token(browser.session)}
            assert (str(route), browser.request(route.method, address, headers=form).status_code) == (str(route), 401)
        for token in programs:
            answer = pages.browser().request(route.method, address, headers=token, json={})
            assert 400 <= answer.status_code < 500, (str(route), answer.status_code)
    assert rows(wiring) == before


def refused_ways(route: Route, browser: Browser, address: str, stranger: str) -> Iterator[httpx.Response]:
    """From another site in three ways; and, where somebody must be signed in, without a token and with another's."""
    own = {"x-form-token": form_token(browser.session)}
    yield browser.request(route.method, address, headers=own | {"sec-fetch-site": "cross-site"})
    yield browser.request(route.method, address, headers=own | {"sec-fetch-site": "same-site"})
    del browser.http.headers["sec-fetch-site"]
    yield browser.request(route.method, address, headers=own | {"origin": "https://elsewhere.example"})
    browser.http.headers["sec-fetch-site"] = "same-origin"
    if route.guarded:
        yield browser.request(route.method, address)
        yield browser.request(route.method, address, data={"token": stranger})
        yield browser.request(route.method, address, headers={"x-form-token": stranger})


def rows(wiring: Wiring) -> dict[str, int]:
    """How many rows each table has."""
    with begin_read(wiring.engine) as connection:
        tables = Row.metadata.sorted_tables
        return {one.name: connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables}
