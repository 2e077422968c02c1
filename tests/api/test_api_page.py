"""The examples of docs/api.md, one after another, as a reader would type them: each does what the page says."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from browsing import Pages
from builders import own_decision
from offices import step_of
from programs import token_for
from web_office import LEAD, PEOPLE, WebOffice

from checklists.people import PersonRole

MOSTLY_EMBEDDED = True

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
FILES = {"minutes.txt": b"Bi\xc3\xaan b\xe1\xba\xa3n"}


@dataclass
class Command:
    """A `curl` line, as far as the page uses it."""

    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    data: str | None = None
    form: list[tuple[str, Any]] = field(default_factory=list)

    @staticmethod
    def of(line: str, values: dict[str, str]) -> Command:
        for name, value in values.items():
            line = line.replace(f"${name}", value)
        made, (name, *words) = Command(), shlex.split(line)
        assert name == "curl"
        while words:
            word = words.pop(0)
            if word == "-H":
                header, _, value = words.pop(0).partition(": ")
                made.headers[header] = value
            elif word == "-X":
                made.method = words.pop(0)
            elif word == "-d":
                made.data = words.pop(0)
            elif word == "-F":
                name, _, value = words.pop(0).partition("=")
                file = value.removeprefix("@")
                made.form.append((name, (file, FILES[file]) if value.startswith("@") else (None, value)))
            else:
                made.url = word
        return made

    def sent(self, pages: Pages, body: bytes) -> httpx.Response:
        content = body if self.data == "@decision.json" else (self.data or "").encode()
        browser = pages.browser()
        del browser.http.headers["sec-fetch-site"]
        how: dict[str, Any] = {"files": self.form} if self.form else {"content": content} if self.data else {}
        return browser.request(self.method, self.url, headers=self.headers, **how)


def test_every_example_of_the_page_works(office: WebOffice, pages: Pages) -> None:
    decision = own_decision("02/QĐ-TN", predecessors=("old:00637",))
    body = decision.canonical_json().encode()
    values = {
        "TOKEN": token_for(office.wiring, LEAD),
        "STEERING": token_for(office.wiring, PEOPLE[PersonRole.COMMITTEE]),
        "AUDITING": token_for(office.wiring, PEOPLE[PersonRole.AUDITOR]),
        "BASE": "",
        "STEP": str(step_of(office.wiring, f"{office.unit}/DAT-02")),
    }
    answers = [Command.of(line, values).sent(pages, body) for line in LINES]
    told = [(line, one.status_code, one.text[:300]) for line, one in zip(LINES, answers, strict=True)]
    assert len(LINES) >= 12
    assert [one for one in told[:-1] if not 200 <= one[1] < 300] == []
    assert (answers[-1].status_code, answers[-1].json()["title"]) == (404, "Not found")
    started, again = (one for line, one in zip(LINES, answers, strict=True) if "start-1" in line)
    assert started.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    drafted = next(one.json() for line, one in zip(LINES, answers, strict=True) if "draft-1" in line)
    assert (drafted["number"], drafted["changed"]) == ("02/QĐ-TN", True)
    assert json.loads(body)["number"] == drafted["number"]
