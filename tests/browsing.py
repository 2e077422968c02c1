"""A browser as tests need it: requests through the whole application on an event loop of its own, cookies kept, forms
sent with their token. It follows no redirect by itself and calls from several threads at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from bangiao.sign_in import begin_session
from bangiao.wiring import Wiring
from web.app import create_app

BASE = "http://bangiao.test"
HERE, ELSEWHERE = "192.0.2.10", "203.0.113.66"
DEVICE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"


@dataclass
class Browser:
    """One browser: its cookies and, once signed in, the token that belongs into its forms."""

    app: FastAPI
    portal: BlockingPortal
    place: str = HERE
    base: str = BASE
    http: httpx.AsyncClient = field(init=False)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(app=self.app, client=(self.place, 40_000))
        headers = {"sec-fetch-site": "same-origin", "user-agent": DEVICE}
        self.http = httpx.AsyncClient(transport=transport, base_url=self.base, headers=headers)

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """As httpx does it, from any thread."""

        async def sent() -> httpx.Response:
            return await self.http.request(method, path, **how)

        return self.portal.call(sent)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.request("GET", path, **how)

    def post(self, path: str, fields: dict[str, Any] | None = None, **how: Any) -> httpx.Response:
        """A form, with the token of whoever is signed in (unless `fields` has another one)."""
        token = {"token": self._kept_token()} if self.session else {}
        return self.request("POST", path, data=token | (fields or {}), **how)

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that a form's answer leads to."""
        assert answer.status_code == 303, (answer.status_code, words(answer))
        return self.get(answer.headers["location"])

    @property
    def session(self) -> str:
        """The session's token; "" for somebody not signed in."""
        return self.http.cookies.get(self.app.state.cookie, "") or ""

    @session.setter
    def session(self, token: str) -> None:
        self.http.cookies.set(self.app.state.cookie, token, domain=httpx.URL(self.base).host)

    def _kept_token(self) -> str:
        """Read from a page once in a session: a form of a page that was opened a while ago."""
        if self.session not in self.tokens:
            self.tokens[self.session] = self.form_token
        return self.tokens[self.session]

    @property
    def form_token(self) -> str:
        """As a page shows it in its forms now."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.get("/").text)
        return found[1] if found else ""


@dataclass
class Pages:
    """The application running on a wiring, and browsers for it."""

    wiring: Wiring
    app: FastAPI
    portal: BlockingPortal

    def browser(self, place: str = HERE, base: str = BASE) -> Browser:
        """A new one: nobody is signed in."""
        return Browser(self.app, self.portal, place, base)

    def signed_in(self, account: str, place: str = HERE, base: str = BASE) -> Browser:
        """A browser in which this person has signed in."""
        made = self.browser(place, base)
        made.session = begin_session(self.wiring, account, "link", DEVICE).token
        return made


@contextmanager
def pages_on(wiring: Wiring) -> Iterator[Pages]:
    """The application, started and, at the end, stopped."""
    app = create_app(wiring)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        yield Pages(wiring, app, portal)


def words(answer: httpx.Response) -> str:
    """What a reader reads: the page's main part without its tags."""
    main = re.search(r"<main.*?>(.*)</main>", answer.text, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[1] if main else answer.text)).strip()
