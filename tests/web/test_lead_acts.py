"""What a unit lead does on a step's page, and what comes back: a receipt, or the page again with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from browsing import Browser, words
from lead_forms import alert, events, kept_in, photo, send
from offices import VERIFIER, appoint, held, state_of, step_of
from web_office import LEAD, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole, Substitution
from db.people import write_substitution
from db.session import begin_write

SignedIn = Callable[[str], Browser]
RECEIPT = re.compile(r"Đã ghi nhận 08:00 17/06/2025 – mã BG-[0-9A-F]{4}-[0-9A-F]{4}")


@pytest.fixture
def lan(office: WebOffice, signed_in: SignedIn) -> Browser:
    """The lead of the unit."""
    return signed_in(LEAD)


@pytest.fixture
def to_verify(office: WebOffice, wiring: Wiring) -> int:
    """A step that is ready and takes a second person."""
    for key in ("DAT-03", "DAT-02", "NET-02"):
        step = step_of(wiring, f"{office.unit}/{key}")
        one = held(wiring, step).step
        if one.verified and one.state.value in {"ready", "in_progress"}:
            return step
    raise AssertionError("no such step in the office")


def test_attaching_and_completing_is_one_form_and_gets_a_receipt(
    office: WebOffice, lan: Browser, wiring: Wiring, to_verify: int
) -> None:
    fields = {"note": "Đã niêm phong", "dated-d": "16", "dated-m": "6", "dated-y": "2025", "once": "một-lần"}
    answer = send(lan, to_verify, "complete", fields, [("ảnh máy chủ.jpg", photo(1)), ("ảnh 2.jpg", photo(2))])
    page = lan.follow(answer)
    assert RECEIPT.search(words(page))
    assert state_of(wiring, to_verify) == "submitted"
    assert "ảnh máy chủ.jpg" in page.text
    assert "ảnh 2.jpg" in page.text
    assert "Đã niêm phong" in page.text
    assert "16/06/2025" in page.text
    code = RECEIPT.search(words(page))[0].rpartition(" ")[2]  # type: ignore[index]
    assert code in words(lan.get(f"/steps/{to_verify}")), "the history still has the code"


def test_a_step_that_asks_for_evidence_is_not_completed_without_and_nothing_typed_is_lost(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    step = step_of(wiring, f"{office.unit}/NET-01/truoc")
    answer = send(lan, step, "complete", {"once": "k", "dated-d": "31", "dated-m": "2", "dated-y": "2025", "note": ""})
    assert answer.status_code == 422
    assert "31/2/2025" in alert(answer.text)
    assert 'value="31"' in answer.text
    assert 'value="k"' in answer.text
    answer = send(lan, step, "complete", {"once": "k"})
    assert (answer.status_code, state_of(wiring, step)) == (409, "ready")
    assert "minh chứng" in alert(answer.text)


def test_blocking_asks_why_who_and_until_when_and_keeps_what_was_said(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    step = office.step
    answer = send(lan, step, "block", {"reason": "Chờ tỉnh cấp tài khoản", "expected-d": "30"})
    assert answer.status_code == 422
    assert "Chờ tỉnh cấp tài khoản" in answer.text
    assert 'value="30"' in answer.text
    said = {"reason": "Chờ tỉnh", "unblocker": "Sở Khoa học và Công nghệ"}
    assert "--" not in alert(send(lan, step, "block", said).text)
    day = {"expected-d": "30", "expected-m": "06", "expected-y": "2025"}
    page = lan.follow(send(lan, step, "block", said | day))
    assert state_of(wiring, step) == "blocked"
    assert "Sở Khoa học và Công nghệ" in words(page)
    assert "30/06/2025" in words(page)
    lan.follow(send(lan, step, "unblock"))
    assert state_of(wiring, step) == "in_progress"


def test_a_second_person_verifies_exactly_what_they_saw(
    office: WebOffice, lan: Browser, wiring: Wiring, signed_in: SignedIn, to_verify: int
) -> None:
    send(lan, to_verify, "complete", {"note": "xong"})
    assert "verify" not in re.findall(rf"/steps/{to_verify}/(\w+)", lan.get(f"/steps/{to_verify}").text)
    checker = signed_in(VERIFIER)
    seen = re.search(r'name="seen" value="(\w+)"', checker.get(f"/steps/{to_verify}").text)
    assert seen
    send(lan, to_verify, "attach", {"note": "thêm một điều"})
    late = send(checker, to_verify, "verify", {"seen": seen[1]})
    assert (late.status_code, state_of(wiring, to_verify)) == (409, "submitted")
    again = re.search(r'name="seen" value="(\w+)"', late.text)
    assert again
    assert again[1] != seen[1]
    checker.follow(send(checker, to_verify, "verify", {"seen": again[1]}))
    assert state_of(wiring, to_verify) == "done"


def test_what_is_returned_says_why_on_its_page(
    office: WebOffice, lan: Browser, wiring: Wiring, signed_in: SignedIn, to_verify: int
) -> None:
    send(lan, to_verify, "complete", {"note": "xong"})
    checker = signed_in(VERIFIER)
    assert send(checker, to_verify, "return").status_code == 422
    checker.follow(send(checker, to_verify, "return", {"reason": "Ảnh mờ, chụp lại"}))
    assert "Ảnh mờ, chụp lại" in words(lan.get(f"/steps/{to_verify}"))


def test_evidence_is_withdrawn_by_ticking_it_and_stays_on_record(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    assert send(lan, office.step, "withdraw").status_code == 422
    page = lan.follow(send(lan, office.step, "withdraw", {"evidence": office.photo}))
    assert 'class="gone"' in page.text
    assert events(wiring, office.step)[-1] == "evidence.withdrawn"


def test_not_applicable_is_a_claim_with_a_reason_that_a_second_person_approves(
    office: WebOffice, lan: Browser, wiring: Wiring, signed_in: SignedIn
) -> None:
    assert send(lan, office.step, "not_applicable").status_code == 422
    lan.follow(send(lan, office.step, "not_applicable", {"reason": "Xã không có phòng máy chủ"}))
    assert state_of(wiring, office.step) == "submitted"
    checker = signed_in(VERIFIER)
    checker.follow(send(checker, office.step, "verify"))
    assert state_of(wiring, office.step) == "not_applicable"
    lan.follow(send(lan, office.step, "reopen", {"reason": "Có phòng máy chủ"}))
    assert state_of(wiring, office.step) == "in_progress"


def test_the_same_form_twice_is_one_event_and_one_receipt(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    first = send(lan, office.step, "attach", {"note": "một", "once": "khoá-1"})
    second = send(lan, office.step, "attach", {"note": "một", "once": "khoá-1"})
    assert first.headers["location"] == second.headers["location"]
    assert events(wiring, office.step).count("evidence.attached") == 2, "the office's own, and this one"
    other = send(lan, office.step, "attach", {"note": "hai", "once": "khoá-1"})
    assert other.status_code == 422
    assert "khóa" not in alert(other.text)
    header = send(lan, office.step, "attach", {"note": "một"}, headers={"Idempotency-Key": "khoá-1".encode().hex()})
    assert header.status_code == 422, "another key, and nothing new"


def test_eight_at_once_with_one_key_are_one_event(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    token = {"token": lan.form_token}

    def once(_number: int) -> tuple[int, str]:
        answer = lan.request(
            "POST", f"/steps/{office.step}/attach", data=token | {"note": "cùng lúc"}, headers={"Idempotency-Key": "k8"}
        )
        return answer.status_code, answer.headers.get("location", "")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(once, range(8)))
    assert {status for status, _place in answers} == {303}
    assert len({place for _status, place in answers}) == 1
    assert events(wiring, office.step).count("evidence.attached") == 2


def test_an_order_given_without_a_network_says_when_it_was_given(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    made = "2025-06-16T22:15:00.000Z"
    page = lan.follow(send(lan, office.step, "attach", {"note": "dưới hầm", "made_at": made}))
    assert "ghi trên thiết bị lúc 05:15 17/06/2025" in words(page)
    page = lan.follow(send(lan, office.step, "attach", {"note": "không rõ", "made_at": "hôm qua"}))
    assert RECEIPT.search(words(page))
    assert "ghi trên thiết bị" not in words(page)


def test_whoever_stands_in_for_the_lead_acts_in_their_name(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    appoint(wiring, "thay", PersonRole.UNIT_LEAD, "new:27007")
    today = date(2025, 6, 17)
    with begin_write(wiring.engine) as connection:
        write_substitution(
            connection, Substitution(LEAD, "thay", today, today + timedelta(days=3)), "quan-tri", wiring.now()
        )
    browser = signed_in("thay")
    page = browser.get(f"/steps/{office.step}")
    assert 'name="as" value="lan"' in page.text
    browser.follow(send(browser, office.step, "attach", {"note": "thay mặt", "as": LEAD}))
    assert "thay mặt" in words(browser.get(f"/steps/{office.step}"))
    own = send(browser, office.step, "attach", {"note": "không thay ai"})
    assert own.status_code == 422
    assert "bangiao" not in alert(own.text)


def test_reading_acknowledges_nothing_and_the_form_does(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    for path in (f"/steps/{office.step}", f"/steps/{office.step}/acknowledge"):
        lan.get(path)
    assert "step.acknowledged" not in events(wiring, office.step)
    assert send(lan, office.step, "acknowledge", {"words": "đang làm"}).status_code == 422
    day = {"expected-d": "20", "expected-m": "6", "expected-y": "2025"}
    wordless = send(lan, office.step, "acknowledge", day)
    assert wordless.status_code == 422
    page = lan.follow(send(lan, office.step, "acknowledge", day | {"words": "đang sao lưu"}))
    assert RECEIPT.search(words(page))
    assert "đang sao lưu" in words(page)
    lan.follow(send(lan, office.step, "acknowledge", day | {"words": "đang sao lưu"}))
    assert events(wiring, office.step).count("step.acknowledged") == 1


def test_an_acknowledgement_with_a_key_is_recorded_once_and_another_one_takes_another_key(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    day = {"expected-d": "20", "expected-m": "6", "expected-y": "2025"}
    first = day | {"words": "đang sao lưu", "once": "điện-thoại-1"}
    answers = [send(lan, office.step, "acknowledge", first) for _ in range(3)]
    assert len({one.headers["location"] for one in answers}) == 1
    assert RECEIPT.search(words(lan.follow(answers[2])))
    lan.follow(send(lan, office.step, "acknowledge", day | {"words": "đang kiểm đếm", "once": "điện-thoại-2"}))
    lan.follow(send(lan, office.step, "acknowledge", first))
    assert events(wiring, office.step).count("step.acknowledged") == 2, "the first, late once more, changes nothing"
    assert send(lan, office.step, "acknowledge", first | {"words": "việc khác"}).status_code == 422
    assert send(lan, office.step, "acknowledge", first | {"once": "x" * 101}).status_code == 422


def test_a_step_out_of_reach_is_not_there(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    stranger = signed_in(office.foreigners[PersonRole.UNIT_LEAD])
    before = events(wiring, office.step)
    for answer in (
        stranger.get(f"/steps/{office.step}"),
        send(stranger, office.step, "start"),
        send(stranger, office.step, "acknowledge"),
        stranger.get(f"/steps/{office.step}/evidence/{office.photo}"),
    ):
        assert answer.status_code == 404
    assert events(wiring, office.step) == before


def test_an_unknown_act_and_a_hopeless_key_are_refused(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    before = events(wiring, office.step)
    assert send(lan, office.step, "delete").status_code == 422
    assert send(lan, office.step, "attach", {"note": "x", "once": "k" * 200}).status_code == 422
    assert events(wiring, office.step) == before
    assert kept_in(lan.get(f"/steps/{office.step}").text) == []
