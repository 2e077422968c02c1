"""Every failure is a problem document of a type that stays, with a sentence in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from browsing import Pages, pages_on
from offices import step_of
from programs import API, Program, problem, program
from web_office import LEAD, PHOTO, WebOffice

from bangiao.i18n import render
from bangiao.wiring import Wiring
from checklists.messages import Message
from checklists.step_rules import StillNeeds
from web.api.failures import rule_name
from web.api.problem_kinds import KINDS

MOSTLY_EMBEDDED = True

JSON = {"content-type": "application/json", "idempotency-key": "khoa"}
TEXT = JSON | {"content-type": "text/plain"}
START = "/steps/{step}/acts/start"
NO_KEY, OTHER_MEDIA = (400, "idempotency-key-missing"), (415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("method", "path", "how", "expected"),
    [
        ("GET", "/nothing", {}, (404, "not-found")),
        ("GET", "/steps/1", {}, (404, "not-found")),
        ("GET", "/steps/x", {}, (404, "not-found")),
        ("GET", "/steps/-1", {}, (404, "not-found")),
        ("GET", f"/steps/{10**30}", {}, (404, "not-found")),
        ("GET", "/units/%00", {}, (404, "not-found")),
        ("GET", "/units/new:27007", {}, (404, "not-found")),
        ("GET", "/decisions/%ED%A0%80", {}, (404, "not-found")),
        ("GET", "/packages/goi-minh-chung-999999", {}, (404, "not-found")),
        ("GET", "/people", {}, (403, "not-allowed")),
        ("DELETE", "/steps", {}, (405, "method-not-allowed")),
        ("PUT", "/me", {}, (405, "method-not-allowed")),
        ("GET", "/steps?state=finished", {}, (422, "invalid")),
        ("GET", "/steps?due_from=17/06/2025", {}, (422, "invalid")),
        ("GET", "/steps?q=%00", {}, (422, "invalid")),
        ("GET", "/steps?cursor=abc", {}, (422, "invalid")),
        ("POST", "/steps/{step}/acts/dance", {"content": b"{}", "headers": JSON}, (422, "invalid")),
        ("POST", START, {"content": b"{}"}, NO_KEY),
        ("POST", START, {"headers": {"idempotency-key": ""}}, NO_KEY),
        ("POST", START, {"headers": {"idempotency-key": "x" * 101}}, NO_KEY),
        ("POST", START, {"headers": {"idempotency-key": '""'}}, NO_KEY),
        ("POST", START, {"headers": TEXT}, OTHER_MEDIA),
        ("POST", START, {"headers": JSON}, (400, "bad-request")),
        ("POST", START, {"headers": JSON, "content": b"{"}, (400, "bad-request")),
        ("POST", START, {"headers": JSON, "content": b"[]"}, (422, "invalid")),
        ("POST", START, {"headers": JSON, "content": b'{"colour": 1}'}, (422, "invalid")),
        ("POST", START, {"headers": JSON, "content": b'{"reason": "\\u0000"}'}, (422, "invalid")),
        ("POST", START, {"headers": JSON, "content": b'{"reason": "\xff"}'}, (400, "bad-request")),
        ("POST", "/steps/{step}/evidence", {"headers": JSON, "content": b"{}"}, OTHER_MEDIA),
        ("POST", "/decisions", {"headers": JSON, "content": b"{}"}, (403, "not-allowed")),
    ],
)
def test_what_goes_wrong_has_a_type(
    office: WebOffice, lead: Program, method: str, path: str, how: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = lead.request(method, path.replace("{step}", str(office.step)), **how)
    assert problem(answer) == expected
    assert answer.headers["content-language"] == "en"


def test_what_an_address_takes_is_said_whole(office: WebOffice, lead: Program) -> None:
    for path, methods in (("/steps", "GET"), ("/decisions", "GET, POST"), ("/packages", "GET, POST")):
        assert lead.request("DELETE", path).headers["allow"] == methods


def test_a_wrong_value_is_pointed_at(office: WebOffice, lead: Program) -> None:
    body = {"expected_on": "mai", "notes": ["x", 3], "colour": 1}
    answer = lead.write(f"/steps/{office.step}/acts/block", body)
    assert problem(answer) == (422, "invalid")
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/expected_on", "/notes/1", "/colour"}
    asked = lead.request("GET", "/steps", params={"limit": "x", "state": "y"})
    assert {(one["in"], one["name"]) for one in asked.json()["errors"]} == {("query", "limit"), ("query", "state")}


def test_a_rule_that_refuses_is_named_and_says_why(office: WebOffice, wiring: Wiring, lead: Program) -> None:
    (waiting, *_) = lead.all("/steps", state="waiting")
    answer = lead.write(f"/steps/{waiting['id']}/acts/complete", {"notes": ["Xong"]})
    assert problem(answer) == (409, "refused")
    assert rule_name(StillNeeds()) == "still-needs"
    assert answer.json()["rule"] in {"still-needs", "not-now"}
    assert waiting["key"] in answer.json()["detail"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_that_is_too_large_is_refused_and_nothing_is_attached(
    office: WebOffice, wiring: Wiring, chunked: bool
) -> None:
    small = Wiring(replace(wiring.settings, evidence_max_mb=1), wiring.engine, wiring.clock)
    with pages_on(small) as pages:
        lead = program(pages, LEAD)
        step = step_of(wiring, f"{office.unit}/DAT-02")
        for megabytes, kind in ((2, "invalid"), (6, "too-large")):
            file = ("files", ("lớn.txt", io.BytesIO(b"x" * (megabytes << 20)), "text/plain"))
            request = lead.browser.http.build_request(
                "POST", f"{API}/steps/{step}/evidence", files=[file], headers={"idempotency-key": "k"}
            )
            headers = {"content-type": request.headers["content-type"], "idempotency-key": "k"}

            async def pieces(content: bytes = request.read()) -> Any:
                for start in range(0, len(content), 1 << 16):
                    yield content[start : start + (1 << 16)]

            body = pieces() if chunked else request.content
            answer = lead.request("POST", f"/steps/{step}/evidence", content=body, headers=headers)
            assert problem(answer)[1] == kind
        assert lead.get(f"/steps/{step}")["evidence"] == []


def test_one_bad_file_among_good_ones_and_nothing_is_attached(office: WebOffice, lead: Program) -> None:
    files = [("files", ("ảnh.png", PHOTO, "image/png")), ("files", ("ảnh-2.png", b"MZ\x90\x00", "image/png"))]
    before = lead.get(f"/steps/{office.step}/evidence")
    answer = lead.request("POST", f"/steps/{office.step}/evidence", files=files, headers={"idempotency-key": "k"})
    assert problem(answer) == (422, "invalid")
    assert "ảnh-2.png" in answer.json()["detail"]
    assert lead.get(f"/steps/{office.step}/evidence") == before


def test_our_own_mistake_is_told_without_its_inside(office: WebOffice, wiring: Wiring, pages: Pages) -> None:
    """The evidence store is gone: whatever that is, it is no reason to show a stack trace."""
    lead = program(pages, LEAD)
    pages.app.state.wiring = replace(wiring, engine=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="connect"):
        lead.request("GET", "/me")
    transport = lead.browser.http._transport
    transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    answer = lead.request("GET", "/me")
    assert problem(answer) == (500, "broken")
    assert "connect" not in answer.text


def test_every_type_has_words_in_both_languages() -> None:
    values = {"scope": "", "wanted": "", "most": 0, "key": ""}
    for words in (one for kind in KINDS for one in (kind.title, kind.words)):
        said = {language: render(Message(words.msgid, values), language) for language in ("vi", "en")}
        assert said["vi"] != said["en"]
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_pages_still_answer_people_with_pages(office: WebOffice, pages: Pages, signed_in: Callable[[str], Any]) -> None:
    answer = signed_in(LEAD).get("/units/new:99999")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
