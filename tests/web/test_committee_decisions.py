"""A decision on the pages: given by one person, read and registered by a second one, changed in the same way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Browser, words
from builders import open_all, own_decision
from offices import appoint
from sqlalchemy import select
from web_office import PROVINCE, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.models import DecisionRow, StepRow
from db.session import begin_read

SignedIn = Callable[[str], Browser]
NEW = "02/QĐ-TN"
FIRST, SECOND = "chu-tich", "pho-chu-tich"
OTHER_UNIT = "old:00004"


@pytest.fixture
def two(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> tuple[Browser, Browser]:
    """Two of the province's committee."""
    assert office.people[PersonRole.COMMITTEE] == FIRST
    appoint(wiring, SECOND, PersonRole.COMMITTEE, PROVINCE)
    return signed_in(FIRST), signed_in(SECOND)


def given(number: str = NEW, unit: str = OTHER_UNIT) -> bytes:
    return own_decision(number, predecessors=(unit,)).canonical_json().encode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def state_of_decision(wiring: Wiring, number: str = NEW) -> str | None:
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(DecisionRow.state).where(DecisionRow.number == number)).one_or_none()


def draft(browser: Browser, number: str = NEW) -> None:
    shown = browser.post("/decisions/new", files={"file": ("qd.json", given(number))})
    assert shown.status_code == 200, words(shown)
    fields = {name: hidden(shown.text, name) for name in ("content", "plan_hash")}
    browser.follow(browser.post("/decisions/draft", fields))


def register(browser: Browser, number: str = NEW) -> int:
    page = browser.get(f"/decisions/{number}").text
    return browser.post(f"/decisions/{number}/register", {"plan_hash": hidden(page, "plan_hash")}).status_code


def test_looking_at_a_plan_writes_nothing(two: tuple[Browser, Browser], wiring: Wiring) -> None:
    first, _second = two
    shown = first.post("/decisions/new", files={"file": ("qd.json", given())})
    assert shown.status_code == 200
    assert NEW in words(shown)
    assert state_of_decision(wiring) is None


def test_one_person_drafts_and_only_another_one_registers(two: tuple[Browser, Browser], wiring: Wiring) -> None:
    first, second = two
    draft(first)
    assert state_of_decision(wiring) == "drafted"
    page = first.get(f"/decisions/{NEW}")
    assert f'action="/decisions/{NEW}/register"' not in page.text
    plan_hash = re.search(r'<code class="hash">([0-9a-f]{64})', page.text)
    assert plan_hash
    own = first.post(f"/decisions/{NEW}/register", {"plan_hash": plan_hash[1]})
    assert own.status_code == 409
    assert 'role="alert"' in own.text
    assert state_of_decision(wiring) == "drafted"
    assert register(second) == 303
    assert state_of_decision(wiring) == "registered"
    assert register_again(second, plan_hash[1]) == 303


def register_again(browser: Browser, plan_hash: str) -> int:
    return browser.post(f"/decisions/{NEW}/register", {"plan_hash": plan_hash}).status_code


def test_another_hash_than_the_drafted_one_registers_nothing(two: tuple[Browser, Browser], wiring: Wiring) -> None:
    first, second = two
    draft(first)
    answer = second.post(f"/decisions/{NEW}/register", {"plan_hash": "0" * 64})
    assert answer.status_code == 422
    assert "bangiao decision" not in words(answer)
    assert state_of_decision(wiring) == "drafted"


def test_the_opening_is_told_while_it_runs_and_asks_no_more_when_it_is_done(
    two: tuple[Browser, Browser], wiring: Wiring
) -> None:
    first, second = two
    draft(first)
    register(second)
    running = second.get(f"/decisions/{NEW}/progress")
    assert 'hx-trigger="every 5s, refresh"' in running.text
    with begin_read(wiring.engine) as connection:
        number = connection.scalars(select(DecisionRow.id).where(DecisionRow.number == NEW)).one()
    open_all(wiring, number)
    done = second.get(f"/decisions/{NEW}/progress")
    assert done.status_code == 200
    assert "hx-trigger" not in done.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("qd.yaml", b"number: 1\nsuccessions: [[a, b"),
        ("qd.exe", b"MZ"),
        ("qd.json", b'{"number": "x"}'),
        ("qd.xlsx", b"not a spreadsheet"),
        ("", b""),
    ],
    ids=["broken", "other-kind", "incomplete", "no-spreadsheet", "nothing"],
)
def test_what_is_no_decision_comes_back_with_its_mistakes(
    two: tuple[Browser, Browser], name: str, content: bytes
) -> None:
    answer = two[0].post("/decisions/new", files={"file": (name, content)} if name else None)
    assert answer.status_code == 422, words(answer)
    assert 'role="alert"' in answer.text
    assert "bangiao-" not in words(answer)


def test_a_committee_does_not_decide_over_units_beyond_its_reach(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    foreign = signed_in(office.foreigners[PersonRole.COMMITTEE])
    answer = foreign.post("/decisions/new", files={"file": ("qd.json", given())})
    assert answer.status_code == 409
    assert OTHER_UNIT in words(answer)
    assert foreign.get(f"/decisions/{office.decision}").status_code == 404
    assert foreign.get(f"/decisions/{office.decision}/progress").status_code == 404
    assert office.decision not in foreign.get("/decisions").text
    assert foreign.post(f"/decisions/{office.decision}/change/revoke", {"reason": "x"}).status_code == 404


def test_a_lead_reads_the_decision_and_changes_nothing(office: WebOffice, signed_in: SignedIn) -> None:
    lead = signed_in(office.people[PersonRole.UNIT_LEAD])
    assert lead.get(f"/decisions/{office.decision}").status_code == 200
    assert lead.post("/decisions/new", files={"file": ("qd.json", given())}).status_code == 403
    assert lead.post(f"/decisions/{office.decision}/change/revoke", {"reason": "x"}).status_code == 403


def test_a_revocation_is_drafted_by_one_and_carried_out_by_another(
    office: WebOffice, two: tuple[Browser, Browser], wiring: Wiring
) -> None:
    first, second = two
    path = f"/decisions/{office.decision}/change"
    assert first.post(f"{path}/revoke", {"reason": " "}).status_code == 422
    page = first.follow(first.post(f"{path}/revoke", {"reason": "ban hành nhầm"}))
    assert "ban hành nhầm" in words(page)
    assert f'action="{path}/commit"' not in page.text
    change_hash = hidden(second.get(f"/decisions/{office.decision}").text, "change_hash")
    assert first.post(f"{path}/commit", {"change_hash": change_hash}).status_code == 409
    assert state_of_decision(wiring, office.decision) == "registered"
    assert second.post(f"{path}/commit", {"change_hash": change_hash}).status_code == 303
    assert state_of_decision(wiring, office.decision) == "revoked"
    with begin_read(wiring.engine) as connection:
        assert set(connection.scalars(select(StepRow.state))) == {"cancelled"}


def test_a_drafted_change_can_be_taken_back_with_a_reason(office: WebOffice, two: tuple[Browser, Browser]) -> None:
    first, _second = two
    path = f"/decisions/{office.decision}/change"
    first.post(f"{path}/revoke", {"reason": "ban hành nhầm"})
    page = first.follow(first.post(f"{path}/withdraw", {"reason": "vẫn giữ nguyên"}))
    assert f'action="{path}/withdraw"' not in page.text
    assert first.post(f"{path}/withdraw", {"reason": "lần nữa"}).status_code == 422
