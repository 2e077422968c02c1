"""The application's routes as tests walk them: what each lets whom do, and an address for each with real examples.

A new path parameter needs an example here (`EXAMPLES`), or `test_every_route` fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from web_office import FOREIGN_UNIT, FOREIGNERS, PROVINCE, WebOffice

from checklists.access import About, Action
from checklists.people import PersonRole
from web.api.guard import Bearer
from web.guard import Allow
from web.rendering import static_address

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PARAMETER = re.compile(r"{(\w+)(:\w+)?}")

OWN: Mapping[About, Callable[[WebOffice], Any]] = {
    About.UNIT: lambda office: office.unit,
    About.STEP: lambda office: office.step,
    About.DECISION: lambda office: office.decision,
    About.MINUTES: lambda office: office.minutes,
    About.PACKAGE: lambda office: office.package,
    About.PERSON: lambda office: office.people[PersonRole.UNIT_LEAD],
}
"""What the office's people have a role over, and the foreigners none."""

FOREIGN: Mapping[About, Any] = {About.UNIT: FOREIGN_UNIT, About.PERSON: FOREIGNERS[PersonRole.UNIT_LEAD]}
"""What is there, and theirs the other way round."""

MISSING: Mapping[About, Any] = {
    About.UNIT: "new:99999",
    About.STEP: 999_999_999_999,
    About.DECISION: "99/QĐ-KHÔNG",
    About.MINUTES: 999_999,
    About.PACKAGE: "goi-minh-chung-999999",
    About.PERSON: "khong-ai",
}

_STATIC = str(static_address("bangiao.css")).split("/", 3)

EXAMPLES: dict[str, Callable[[WebOffice], Any]] = {
    "feed": lambda _office: f"bgt_{'0' * 12}_{'0' * 48}",
    "digest": lambda _office: _STATIC[2],
    "name": lambda _office: _STATIC[3],
    "link": lambda _office: "a-link-that-never-was",
    "act": lambda _office: "start",
    "file": lambda office: office.photo,
    "kind": lambda _office: "docx",
    "what": lambda _office: "amend",
    "template": lambda _office: "data-backup",
    "channel": lambda _office: "mot-kenh-khong-co",
    "letter": lambda _office: "a-letter-that-never-was",
    "view": lambda _office: "a-view-that-never-was",
    "question": lambda _office: 999_999,
    "province": lambda _office: PROVINCE,
    "member": lambda office: office.unit,
}
"""Of path parameters that are not what a route's rights are about."""

ABSENT = frozenset({"view", "question", "letter", "channel"})
"""Of these the example is something that is not there."""


@dataclass(frozen=True)
class Route:
    """One method of one route. `allow` None: nobody thought of who may."""

    method: str
    path: str
    allow: Allow | None

    @property
    def writes(self) -> bool:
        return self.method in WRITING

    @property
    def for_programs(self) -> bool:
        """Asked with a token, never with a cookie."""
        return isinstance(self.allow, Bearer)

    @property
    def guarded(self) -> bool:
        """Only for somebody who is signed in."""
        return self.allow is not None and self.allow.action is not Action.ENTER

    @property
    def parameters(self) -> list[str]:
        return [name for name, _ in _PARAMETER.findall(self.path)]

    @property
    def about(self) -> About:
        return self.allow.about if self.allow else About.NOTHING

    @property
    def unexplained(self) -> list[str]:
        """Parameters that nobody gave an example for."""
        own = self.allow.parameter if self.allow else ""
        return [one for one in self.parameters if one != own and one not in EXAMPLES]

    def address(self, office: WebOffice, named: Any) -> str:
        """With `named` as what the rights are about, and examples for the rest."""
        own = self.allow.parameter if self.allow and self.about is not About.NOTHING else None

        def filled(match: re.Match[str]) -> str:
            value = named if match[1] == own else EXAMPLES[match[1]](office)
            return quote(str(value), safe="/" if match[2] == ":path" else "")

        return _PARAMETER.sub(filled, self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: FastAPI) -> Iterator[Route]:
    """Every method of every route, those of included routers too."""
    for one in iter_route_contexts(app.routes):
        needed = [each.call for each in one.dependant.dependencies if isinstance(each.call, Allow)]
        for method in sorted(one.methods or ()):
            yield Route(method, str(one.path), needed[0] if len(needed) == 1 else None)


def pages_among(app: FastAPI) -> Iterator[Route]:
    """The routes at which a person is shown a page of something that is there."""
    for route in routes_of(app):
        hidden = route.unexplained or ABSENT & set(route.parameters)
        if route.method == "GET" and not hidden and not route.path.startswith(("/api/", "/static/")):
            yield route
