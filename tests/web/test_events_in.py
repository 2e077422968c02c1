"""Events from another system: a decision that was issued there is a draft here, once, and never more than a draft."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import httpx
import pytest
from browsing import Browser
from builders import own_decision
from sqlalchemy import func, select
from web_office import PEOPLE, WebOffice

from bangiao.tokens import Wished, create_token
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.models import DecisionRow, EventRow
from db.session import begin_read

MOSTLY_EMBEDDED = True

NUMBER = "77/NQ-HĐND"
COMMITTEE = PEOPLE[PersonRole.COMMITTEE]
STRUCTURED = "application/cloudevents+json; charset=utf-8"


def decision(**changes: Any) -> dict[str, Any]:
    """As a decision file has it."""
    return {**json.loads(own_decision(NUMBER, predecessors=["old:00004"]).canonical_json()), **changes}


def event(**changes: Any) -> dict[str, Any]:
    made = {
        "specversion": "1.0",
        "id": "qd-2025-000123",
        "source": "https://vbpl.hanoi.gov.vn",
        "type": "vn.bangiao.decision.issued.v1",
        "time": "2025-06-17T02:00:00Z",
        "data": decision(),
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def bearer(wiring: Wiring, account: str = COMMITTEE, scope: str = "events") -> dict[str, str]:
    return {"authorization": f"Bearer {create_token(wiring, account, Wished('thử', {scope})).secret}"}


@pytest.fixture
def headers(office: WebOffice) -> dict[str, str]:
    """Of a program of the province's committee. A program sends neither cookies nor where a page comes from."""
    return bearer(office.wiring)


def send(browser: Browser, headers: dict[str, str], said: Any, media: str = STRUCTURED) -> httpx.Response:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return browser.request("POST", "/api/v1/events", content=body, headers=headers | {"content-type": media})


def state_of(wiring: Wiring) -> str | None:
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(DecisionRow.state).where(DecisionRow.number == NUMBER)).one_or_none()


def drafts(wiring: Wiring) -> int:
    drafted = (EventRow.type == "decision.drafted", EventRow.subject == NUMBER)
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(func.count()).select_from(EventRow).where(*drafted)).one()


def test_a_decision_that_was_issued_elsewhere_is_a_draft_here_and_nothing_more(
    office: WebOffice, browse: Browser, headers: dict[str, str]
) -> None:
    answer = send(browse, headers, event())
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["number"], said["state"], said["changed"]) == (NUMBER, "drafted", True)
    assert len(said["plan_hash"]) == 64
    assert said["units"] > 1
    assert state_of(office.wiring) == "drafted"
    with begin_read(office.wiring.engine) as connection:
        assert connection.scalars(select(DecisionRow.drafted_by).where(DecisionRow.number == NUMBER)).one() == COMMITTEE


def test_binary_mode_says_the_same(office: WebOffice, browse: Browser, headers: dict[str, str]) -> None:
    given = {f"ce-{name}": value for name, value in event(data=None).items()} | {"ce-subject": "Quy%E1%BA%BFt"}
    assert send(browse, headers | given, decision(), "application/json").status_code == 201
    again = send(browse, headers, event())
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (201, "true"), "it is the same event"


def test_data_in_base64_is_read(office: WebOffice, browse: Browser, headers: dict[str, str]) -> None:
    data = b64encode(json.dumps(decision()).encode()).decode()
    assert send(browse, headers, event(data=None, data_base64=data)).status_code == 201


def test_the_same_event_again_is_answered_in_the_same_way_and_drafts_nothing(
    office: WebOffice, browse: Browser, headers: dict[str, str]
) -> None:
    first, second = send(browse, headers, event()), send(browse, headers, event(time="2025-06-18T00:00:00Z"))
    assert second.status_code == first.status_code
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert drafts(office.wiring) == 1
    other_source = send(browse, headers, event(source="https://khac.gov.vn"))
    assert other_source.json()["changed"] is False
    assert drafts(office.wiring) == 1


def test_the_same_id_with_another_content_is_refused(
    office: WebOffice, browse: Browser, headers: dict[str, str]
) -> None:
    send(browse, headers, event())
    answer = send(browse, headers, event(data=decision(kind="Quyết định")))
    assert answer.status_code == 422
    assert answer.json()["rule"] == "same-id-other-content"


@pytest.mark.parametrize(
    ("said", "media", "status", "rule"),
    [
        (b"{", STRUCTURED, 422, "not-readable"),
        (b"[" * 100_000, STRUCTURED, 422, "not-readable"),
        (b"\xff\xfe", STRUCTURED, 422, "not-readable"),
        (b'{"data": NaN}', STRUCTURED, 422, "not-readable"),
        ([event()], STRUCTURED, 422, "not-readable"),
        (event(), "application/json", 415, None),
        ([event()], "application/cloudevents-batch+json", 415, None),
        (event(specversion="0.3"), STRUCTURED, 422, "other-spec-version"),
        (event(id=None), STRUCTURED, 422, "attribute-wrong"),
        (event(id=7), STRUCTURED, 422, "attribute-wrong"),
        (event(id=""), STRUCTURED, 422, "attribute-wrong"),
        (event(source="a" * 501), STRUCTURED, 422, "attribute-wrong"),
        (event(source="a\n"), STRUCTURED, 422, "attribute-wrong"),
        (event(type="vn.bangiao.step.completed.v1"), STRUCTURED, 422, "type-not-taken"),
        (event(data=None), STRUCTURED, 422, "data-missing"),
        (event(data="text"), STRUCTURED, 422, "data-missing"),
        (event(data=None, data_base64="!!"), STRUCTURED, 422, "data-missing"),
        (event(datacontenttype="application/xml"), STRUCTURED, 422, "data-missing"),
        (event(data={"number": NUMBER}), STRUCTURED, 422, "refused"),
        (event(data=decision(title={"vi": "\ud800", "en": "x"})), STRUCTURED, 422, "not-readable"),
        (event(data=decision(effective="2025-13-40", kind="")), STRUCTURED, 422, "refused"),
    ],
    ids=lambda value: "-" if not isinstance(value, str) else value.rpartition("/")[2][:30],
)
def test_what_is_wrong_is_said_and_nothing_is_drafted(
    office: WebOffice, browse: Browser, headers: dict[str, str], said: Any, media: str, status: int, rule: str | None
) -> None:
    answer = send(browse, headers, said, media)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem.get("rule") == rule
    assert problem["status"] == status
    assert len(problem["detail"]) > 20
    assert state_of(office.wiring) is None


def test_only_a_committees_token_of_that_scope_may_and_only_for_units_that_it_steers(
    office: WebOffice, browse: Browser
) -> None:
    wiring = office.wiring
    assert send(browse, {}, event()).status_code == 401
    assert send(browse, bearer(wiring, scope="steer"), event()).status_code == 403
    for role in (PersonRole.UNIT_LEAD, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR):
        assert send(browse, bearer(wiring, PEOPLE[role]), event()).status_code == 403
    elsewhere = send(browse, bearer(wiring, office.foreigners[PersonRole.COMMITTEE]), event())
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (409, "not-all-yours")
    assert state_of(wiring) is None
