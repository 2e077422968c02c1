"""Every page of the application, from its own table of routes: which there are, and looking at one in a real browser.

A new page is walked as soon as its route is there. `ALSO` names addresses that show more of a page than its plain one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from browsing import Pages
from busy_office import BusyOffice
from fastapi import FastAPI
from playwright.sync_api import ConsoleMessage, Page
from route_table import OWN, pages_among

from checklists.people import PersonRole

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALSO = {
    "/units/{unit}": ({"show": "all"},),
    "/cockpit/units": ({"state": "overdue", "q": "xa"}, {"q": "khong-co-don-vi-nao"}),
    "/cockpit/steps": ({"state": "overdue"}, {"state": "submitted"}, {"state": "blocked"}),
    "/cockpit/bulk": ({"state": "submitted", "act": "return"}, {"state": "overdue", "act": "cancel"}),
    "/cockpit/verify": ({"state": "submitted"},),
    "/search": ({"q": "phuong"}, {"q": "khong-co-gi-ca"}),
    "/escalations": ({"show": "all"},),
    "/record": ({"unit": "Phường"}, {"person": "Lan"}, {"since-d": "31", "since-m": "2", "since-y": "2025"}),
    "/check": ({"digest": "0" * 64}, {"digest": "x"}),
    "/admin/people": ({"q": "lan"},),
    "/admin/calendar": ({"year": "2026"},),
    "/account": ({"done": "password"},),
}

_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
_ALWAYS_NEW = re.compile(r'value="[0-9a-f]{16,}"')


@cache
def axe() -> str:
    return (Path(__file__).parent / "browser" / "vendor" / "axe.min.js").read_text(encoding="utf-8")


def addresses(app: FastAPI, office: BusyOffice) -> Iterator[str]:
    """Of every GET route, with what is there; and of some a second time, with something asked for."""
    for route in pages_among(app):
        address = route.address(office, OWN[route.about](office) if route.about in OWN else "")
        yield address
        for query in ALSO.get(route.path, ()):
            yield f"{address}?{urlencode(query)}"
    yield f"/decisions/{office.drafted}"
    yield f"/packages/{office.spare}"
    yield f"/check?digest={office.photo}"


def pages_of(pages: Pages, office: BusyOffice, account: str | None, known: set[str]) -> Iterator[str]:
    """Addresses where this person is shown a page whose content nobody in `known` was shown; `known` learns it."""
    browser = pages.signed_in(account) if account else pages.browser()
    for address in addresses(pages.app, office):
        answer = browser.get(address)
        if main := _MAIN.search(answer.text):
            content = _ALWAYS_NEW.sub("", main[0])
            for own in (account.title(), account) if account else ():
                content = content.replace(own, "somebody")
            if content not in known:
                known.add(content)
                yield address


@dataclass
class Look:
    """A page of the browser, and what it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(axe())  # said to the browser once, not page by page
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _said(self, said: ConsoleMessage) -> None:
        """A page that says no, and a form that is refused, are said to have failed to load; what a page loads must
        not fail."""
        failed = "Failed to load resource" in said.text
        own = failed and (said.location.get("url", "") == self.page.url or "422" in said.text)
        if said.type in {"error", "warning"} and not own and "blocked by Playwright" not in said.text:
            self.complaints.append(f"{said.type}: {said.text}")

    def told(self) -> list[str]:
        """Since it was last asked."""
        told, self.complaints[:] = list(self.complaints), []
        return told

    def shown(self) -> list[str]:
        """What is wrong with the page now, at both widths, light and dark, everything folded opened."""
        self.page.set_viewport_size(PHONE)
        wrong = [f"structure: {one}" for one in self.page.evaluate(_STRUCTURE)]
        self.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        wrong += [f"390 px: {one}" for one in self._sideways() + self._axe()]
        self.page.set_viewport_size(DESK)
        wrong += [f"1280 px: {one}" for one in self._sideways() + self._axe()]
        self.page.emulate_media(color_scheme="dark")
        wrong += [f"dark: {one}" for one in self._axe("color-contrast")]
        self.page.emulate_media(color_scheme="light")
        return wrong + self.told()

    def _axe(self, *rules: str) -> list[str]:
        only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": LEVELS}
        found: list[str] = self.page.evaluate(_AXE, only)
        return found

    def _sideways(self) -> list[str]:
        found: list[str] = self.page.evaluate(_SIDEWAYS)
        return found


_AXE = """async (runOnly) => {
  const options = {runOnly, resultTypes: ["violations"], preload: false};
  if (runOnly.type === "tag") options.rules = {"target-size": {enabled: true}};
  const told = await axe.run(document, options);
  return told.violations.map((one) => `${one.id} (${one.nodes.length}): ` +
    one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + node.failureSummary.slice(0, 300)).join(" | "));
}"""

_SIDEWAYS = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  const wide = [...document.querySelectorAll("body *")].filter((one) => {
    for (let up = one.parentElement; up; up = up.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return false;
    return one.getBoundingClientRect().right > most + 1;
  });
  return [`scrolls sideways (${document.documentElement.scrollWidth}): ` +
    wide.slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")];
}"""

_STRUCTURE = """() => {
  const wrong = [], heads = [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1]));
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  const skips = heads.filter((one, place) => place && one > heads[place - 1] + 1);
  for (const one of skips) wrong.push(`a heading is skipped before h${one}`);
  if (!["vi", "en"].includes(document.documentElement.lang)) wrong.push("no language");
  if (!document.title.includes("bangiao")) wrong.push("no title");
  for (const one of document.querySelectorAll("[style], style, script:not([src]), [onclick]"))
    wrong.push(`inside the page: ${one.outerHTML.slice(0, 80)}`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const one of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) wrong.push(`id ${one} twice`);
  return wrong;
}"""


def groups(office: BusyOffice) -> dict[str, tuple[str | None, ...]]:
    """Who looks together: what one has been shown, the next need not look at again."""
    of = office.people
    return {
        "units": (of[PersonRole.UNIT_LEAD], of[PersonRole.VERIFIER], of[PersonRole.ADMINISTRATOR], office.nobody, None),
        "country": (of[PersonRole.COMMITTEE], of[PersonRole.AUDITOR], office.foreigners[PersonRole.COMMITTEE]),
    }


def report(found: dict[str, Any]) -> str:
    """One block for each page with something wrong."""
    return "\n".join(f"{name}\n" + "\n".join(f"    {one}" for one in wrong) for name, wrong in found.items() if wrong)
