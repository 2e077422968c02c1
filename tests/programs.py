"""A program as tests need it: requests with a token, writes with a key, answers as documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from browsing import Browser, Pages

from bangiao.tokens import Wished, create_token
from bangiao.wiring import Wiring
from checklists.tokens import TokenScope

ALL = tuple(one.value for one in TokenScope)
API = "/api/v1"


def token_for(wiring: Wiring, account: str, scopes: tuple[str, ...] = ALL) -> str:
    """The whole token, as its program has it."""
    return create_token(wiring, account, Wished("Phần mềm thử", scopes)).secret


@dataclass
class Program:
    """Acts as a person. It speaks English, so that sentences can be read here."""

    browser: Browser
    token: str

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """`path` below /api/v1."""
        headers = {"accept-language": "en"} | ({"authorization": f"Bearer {self.token}"} if self.token else {})
        return self.browser.request(method, API + path, headers=headers | how.pop("headers", {}), **how)

    def get(self, path: str, **query: Any) -> Any:
        """The document of something that is there."""
        answer = self.request("GET", path, params=query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def write(self, path: str, body: Any, key: str = "") -> httpx.Response:
        """A JSON body with a key, a new one unless it is given."""
        return self.request("POST", path, json=body, headers={"idempotency-key": key or uuid4().hex})

    def all(self, path: str, **query: Any) -> Iterator[Any]:
        """Everything in a list, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"]


def program(pages: Pages, account: str, scopes: tuple[str, ...] = ALL) -> Program:
    """A new program with a token of this person."""
    browser = pages.browser()
    del browser.http.headers["sec-fetch-site"]
    return Program(browser, token_for(pages.wiring, account, scopes) if account else "")


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and type of a failure, which has to be a whole problem document."""
    assert answer.headers["content-type"] == "application/problem+json", (answer.status_code, answer.text)
    document = answer.json()
    assert document["status"] == answer.status_code
    assert all(isinstance(document[name], str) and document[name] for name in ("type", "title", "detail"))
    return answer.status_code, document["type"].removeprefix("urn:bangiao:problem:")
