"""The description is whole, is the one that is kept, and can be read by people without anything but a browser."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Pages
from route_table import routes_of
from web_office import WebOffice

from checklists.tokens import TokenScope
from web.api.guard import Bearer
from web.api.openapi import described, operations
from web.api.problem_kinds import KINDS
from web.api.routers import resources
from web.security import POLICY

MOSTLY_EMBEDDED = True

KEPT = Path(__file__).with_name("openapi.json")
DOCUMENT = described(resources)
OWN_KEYS = ("/preview", "/events")
"""What writes nothing, and what has a key inside: a CloudEvent's source and id."""

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_description_is_the_one_that_is_kept() -> None:
    """After a change that is meant: BANGIAO_ACCEPT=1, and the difference is read before it is committed."""
    text = json.dumps(DOCUMENT, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("BANGIAO_ACCEPT"):
        KEPT.write_text(text, encoding="utf-8")
    assert text == KEPT.read_text(encoding="utf-8")


def test_every_route_of_the_api_is_described_with_its_scope(office: WebOffice, pages: Pages) -> None:
    found = {(method.upper(), path): one for path, method, one in operations(DOCUMENT)}
    routes = [one for one in routes_of(pages.app) if one.path.startswith("/api/v1/") and one.for_programs]
    assert {(one.method, one.path.replace(":path", "")) for one in routes} == set(found)
    for route in routes:
        assert isinstance(route.allow, Bearer)
        described_ = found[route.method, route.path.replace(":path", "")]
        assert described_["security"] == [{"token": [route.allow.scope.value]}]


def test_every_operation_and_everything_in_it_is_explained() -> None:
    ids = [one["operationId"] for _path, _method, one in operations(DOCUMENT)]
    assert len(ids) == len(set(ids))
    for path, method, one in operations(DOCUMENT):
        place = f"{method} {path}"
        assert one["summary"], place
        assert one["description"], place
        assert [each["name"] for each in one.get("parameters", ()) if not each.get("description")] == [], place
        assert "Successful Response" not in json.dumps(one), place
        assert ("Idempotency-Key" in json.dumps(one)) == (method == "post" and not path.endswith(OWN_KEYS)), place


def test_every_reference_leads_somewhere_and_nothing_is_described_in_vain() -> None:
    used = set(_references(DOCUMENT))
    there = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}
    assert used - there == set()
    assert there - used - {"#/components/securitySchemes/token"} <= {
        f"#/components/responses/Problem{status}" for status in (405,)
    }


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_people_read_it_on_a_page_of_ours(office: WebOffice, pages: Pages, language: str) -> None:
    browser = pages.browser()
    browser.http.cookies.set("language", language)
    answer = browser.get("/api/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert f'<html lang="{language}">' in answer.text
    assert not re.findall(r'(?:src|href)="https?://', answer.text)
    assert "style=" not in answer.text
    for _path, _method, one in operations(DOCUMENT):
        assert f'id="{one["operationId"]}"' in answer.text
    for kind in KINDS:
        assert kind.uri in answer.text


def test_programs_get_the_same_description(office: WebOffice, pages: Pages) -> None:
    assert pages.browser().get("/api/v1/openapi.json").json() == json.loads(json.dumps(DOCUMENT))


def test_the_page_in_the_documentation_names_every_scope_and_every_type_of_problem() -> None:
    assert [one.value for one in TokenScope if f"| `{one.value}` |" not in PAGE] == []
    lines = dict(re.findall(r"^\| (\d{3}) \| (.*) \|$", PAGE, re.MULTILINE))
    told = {(int(status), name) for status, names in lines.items() for name in re.findall(r"`([a-z-]+)`", names)}
    assert told == {(kind.status, kind.name) for kind in KINDS}
