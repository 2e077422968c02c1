"""May the units begin to operate? A committee asks, votes, changes its mind and closes; others read or see nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browsing import Browser, words
from clocks import SetClock
from exports import exported, rows
from offices import appoint
from sqlalchemy import select
from web_office import ELSEWHERE, PROVINCE, WebOffice

from bangiao.go_no_go import questions_of
from bangiao.wiring import Wiring
from checklists.go_no_go import Choice, Question
from checklists.package.scope import Scope
from checklists.people import PersonRole
from db.models import EventRow
from db.session import begin_read

SignedIn = Callable[[str], Browser]
FIRST, SECOND, THIRD = "chu-tich", "pho-chu-tich", "uy-vien"


@pytest.fixture
def committee(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> tuple[Browser, Browser, Browser]:
    """Three who have a vote: two of the province, one of the whole country."""
    appoint(wiring, SECOND, PersonRole.COMMITTEE, PROVINCE)
    appoint(wiring, THIRD, PersonRole.COMMITTEE, "*")
    return signed_in(FIRST), signed_in(SECOND), signed_in(THIRD)


def place(office: WebOffice, what: str = "") -> str:
    return f"/decisions/{office.decision}/go-no-go{what}"


def only(office: WebOffice) -> Question:
    (found,) = questions_of(office.wiring, office.decision)
    return found


def ask(browser: Browser, office: WebOffice, **fields: str) -> Question:
    day = {"decided_for-d": "01", "decided_for-m": "07", "decided_for-y": "2025"}
    browser.follow(browser.post(place(office), day | fields))
    return only(office)


def vote(browser: Browser, office: WebOffice, choice: str, reason: str = "") -> int:
    answer = browser.post(place(office, f"/{only(office).id}/vote"), {"choice": choice, "reason": reason})
    return answer.status_code


def close(browser: Browser, office: WebOffice, seen: str | None = None) -> int:
    if seen is None:
        found = re.findall(r'name="seen" value="(\d+)"', browser.get(place(office)).text)
        seen = found[0] if found else ""
    return browser.post(place(office, f"/{only(office).id}/close"), {"seen": seen}).status_code


def events(wiring: Wiring, kind: str) -> list[dict[str, object]]:
    query = select(EventRow.payload).where(EventRow.type == f"decision.go_no_go_{kind}").order_by(EventRow.occurred_at)
    with begin_read(wiring.engine) as connection:
        return [json.loads(text) for text in connection.scalars(query)]


def test_a_committee_asks_votes_and_a_second_person_closes(
    office: WebOffice, wiring: Wiring, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, third = committee
    question = ask(first, office)
    assert (question.province, question.decided_for.isoformat(), question.closing) == ("", "2025-07-01", None)
    assert question.readiness.whole.steps > 0
    assert vote(first, office, "go") == 303
    assert vote(second, office, "conditions", "Sao lưu xong trước 30/6") == 303
    assert close(first, office) == 409  # asked it
    assert close(third, office) == 303
    closed = only(office)
    assert closed.closing is not None
    assert (closed.closing.outcome, closed.closing.by, closed.closing.count.may_vote) == (Choice.CONDITIONS, THIRD, 3)
    assert [one["facts_hash"] for one in events(wiring, "opened") + events(wiring, "closed")] == [closed.facts_hash] * 2
    assert len(events(wiring, "voted")) == 2
    shown = words(first.get(place(office)))
    assert "Sao lưu xong trước 30/6" in shown
    assert f"/decisions/{office.decision}/go-no-go" in first.get(f"/decisions/{office.decision}").text


def test_a_vote_against_needs_its_reason_and_says_so_beside_what_was_typed(
    office: WebOffice, wiring: Wiring, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, _third = committee
    question = ask(first, office)
    for choice, reason in (("no_go", " "), ("conditions", ""), ("maybe", "vì thế"), ("", "")):
        answer = second.post(place(office, f"/{question.id}/vote"), {"choice": choice, "reason": reason})
        assert (choice, answer.status_code) == (choice, 422)
        assert 'role="alert"' in answer.text
        assert "--reason" not in words(answer)
    assert (
        'value="no_go" required checked' in second.post(place(office, f"/{question.id}/vote"), {"choice": "no_go"}).text
    )
    assert only(office).votes == ()
    assert events(wiring, "voted") == []


def test_a_changed_mind_stays_on_record_and_the_same_vote_twice_is_one(
    office: WebOffice, wiring: Wiring, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, _third = committee
    ask(first, office)
    for choice, reason in (("no_go", "chưa sao lưu"), ("no_go", "chưa  sao lưu "), ("go", "")):
        assert vote(second, office, choice, reason) == 303
    votes = only(office).votes
    assert [(one.number, one.choice.value) for one in votes] == [(1, "no_go"), (2, "go")]
    assert only(office).last[SECOND].choice is Choice.GO
    assert len(events(wiring, "voted")) == 2


def test_after_closing_nobody_votes_and_closing_again_changes_nothing(
    office: WebOffice, wiring: Wiring, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, third = committee
    question = ask(first, office)
    vote(first, office, "go")
    assert close(second, office) == 303
    before = only(office)
    assert before.closing
    assert before.closing.outcome is Choice.NO_GO, "one of three is no quorum"
    late = third.post(place(office, f"/{question.id}/vote"), {"choice": "go"})
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert close(third, office, "0") == 303
    assert only(office) == before
    assert len(events(wiring, "closed")) == 1


def test_whoever_closes_has_read_every_vote(office: WebOffice, committee: tuple[Browser, Browser, Browser]) -> None:
    first, second, third = committee
    ask(first, office)
    vote(first, office, "go")
    seen = re.findall(r'name="seen" value="(\d+)"', second.get(place(office)).text)[0]
    vote(third, office, "no_go", "mất mạng")
    assert close(second, office, seen) == 409
    assert only(office).closing is None
    assert close(second, office, "") == 409
    assert close(second, office) == 303


def test_two_who_ask_at_once_open_one_question_and_two_who_vote_at_once_are_both_heard(
    office: WebOffice, committee: tuple[Browser, Browser, Browser]
) -> None:
    day = {"decided_for-d": "1", "decided_for-m": "7", "decided_for-y": "2025"}
    tokens = [one.form_token for one in committee]

    def asked(one: tuple[Browser, str]) -> int:
        return one[0].post(place(office), day | {"token": one[1]}).status_code

    with ThreadPoolExecutor() as pool:
        answers = sorted(pool.map(asked, zip(committee, tokens, strict=True)))
    assert answers == [303, 409, 409]
    number = only(office).id

    def voted(one: tuple[Browser, str]) -> int:
        fields = {"choice": "go", "token": one[1]}
        return one[0].post(place(office, f"/{number}/vote"), fields).status_code

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(voted, zip(committee, tokens, strict=True))) == [303, 303, 303]
    assert sorted(only(office).last) == sorted([FIRST, SECOND, THIRD])


def test_only_a_committee_over_all_its_units_votes_and_only_who_reads_the_record_sees_it(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, committee: tuple[Browser, Browser, Browser]
) -> None:
    question = ask(committee[0], office)
    below = signed_in(appoint(wiring, "phuong", PersonRole.COMMITTEE, office.unit))
    assert below.get(place(office)).status_code == 200
    refused = below.post(place(office, f"/{question.id}/vote"), {"choice": "go"})
    assert refused.status_code == 409
    for account, status in (
        (office.people[PersonRole.AUDITOR], 200),
        (office.people[PersonRole.ADMINISTRATOR], 200),
        (office.people[PersonRole.UNIT_LEAD], 403),
        (office.foreigners[PersonRole.COMMITTEE], 404),
        (office.foreigners[PersonRole.AUDITOR], 404),
    ):
        browser = signed_in(account)
        assert (account, browser.get(place(office)).status_code) == (account, status)
        answer = browser.post(place(office, f"/{question.id}/vote"), {"choice": "go"})
        assert (account, answer.status_code) == (account, 403 if status == 200 else status)
        assert 'action="/decisions/' not in browser.get(place(office)).text
    assert only(office).votes == ()


def test_it_is_asked_of_a_province_of_the_decision_and_before_the_units_operate(
    office: WebOffice, clock: SetClock, signed_in: SignedIn, committee: tuple[Browser, Browser, Browser]
) -> None:
    first = committee[0]
    for fields, status in (
        ({"province": ELSEWHERE}, 422),
        ({"province": "new:99"}, 422),
        ({"decided_for-d": "2"}, 422),
        ({"decided_for-d": "31", "decided_for-m": "2"}, 422),
        ({"decided_for-y": "2024"}, 422),
    ):
        day = {"decided_for-d": "01", "decided_for-m": "07", "decided_for-y": "2025"}
        assert (fields, first.post(place(office), day | fields).status_code) == (fields, status)
    assert ask(first, office, province=PROVINCE).province == PROVINCE
    clock.now = datetime(2025, 7, 1, 1, tzinfo=UTC)
    late = signed_in(FIRST).post(place(office), {})
    assert late.status_code == 409
    assert len(questions_of(office.wiring, office.decision)) == 1


def test_the_cockpit_tells_whose_vote_is_awaited(
    office: WebOffice, signed_in: SignedIn, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, _third = committee
    link = f'href="/decisions/{office.decision}/go-no-go#q1"'
    assert link not in second.get("/cockpit").text
    ask(first, office)
    assert link in second.get("/cockpit").text
    assert link not in signed_in(office.foreigners[PersonRole.COMMITTEE]).get("/cockpit").text
    vote(second, office, "go")
    assert link not in second.get("/cockpit").text
    assert link in first.get("/cockpit").text


def test_the_record_and_a_package_tell_of_it(
    office: WebOffice, wiring: Wiring, tmp_path: Path, signed_in: SignedIn, committee: tuple[Browser, Browser, Browser]
) -> None:
    first, second, third = committee
    ask(first, office)
    vote(first, office, "go")
    vote(second, office, "no_go", "Chưa sao lưu kho lưu trữ")
    close(third, office)
    told = words(signed_in(office.people[PersonRole.AUDITOR]).get("/record"))
    assert "Chưa sao lưu kho lưu trữ" in told
    for scope in (Scope(unit=office.unit), Scope(decision=office.decision), Scope(province=PROVINCE)):
        target = tmp_path / f"{scope.unit or scope.province or 'decision'}.zip".replace(":", "-")
        exported(wiring, target, scope)
        kinds = [row["document"]["type"] for row in rows(target, "events")]
        names = ["decision.go_no_go_opened", *["decision.go_no_go_voted"] * 2, "decision.go_no_go_closed"]
        assert [one for one in kinds if "go_no_go" in one] == names, target
