"""What programs of an office do with the API: a records system works through steps, another one steers, an auditor's
fetches a package. Every write may come twice.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from browsing import Pages
from builders import own_decision, write_decision
from clocks import SetClock
from offices import appoint, step_of
from programs import Program, problem, program
from sqlalchemy import func, select
from web_office import LEAD, PEOPLE, PHOTO, WebOffice

from bangiao.package_queue import carry_out
from bangiao.reviews import review_deadlines
from bangiao.wiring import Wiring
from checklists.people import PersonRole, Substitution
from db.models import EventRow
from db.people import write_substitution
from db.session import begin_read, begin_write

VERIFIER, COMMITTEE = PEOPLE[PersonRole.VERIFIER], PEOPLE[PersonRole.COMMITTEE]
DAY = "2025-06-17"


def events(wiring: Wiring) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(func.count()).select_from(EventRow)).one()


def attached(by: Program, step: int, key: str, **fields: Any) -> Any:
    form = [
        ("files", ("ảnh hiện trường.png", PHOTO, "image/png")),
        *((name, (None, one)) for name, one in fields.items()),
    ]
    return by.request("POST", f"/steps/{step}/evidence", files=form, headers={"idempotency-key": key})


def test_a_records_system_proves_a_step_and_another_person_verifies_exactly_that(
    office: WebOffice, lead: Program, programs: Callable[[str], Program]
) -> None:
    step = office.step
    before = lead.get(f"/steps/{step}")
    assert (before["key"], before["state"], before["verified"]) == ("DAT-03", "in_progress", True)
    assert before["due_because"]["en"].startswith("Due ")
    sent = attached(lead, step, "gui-1", note="Đã bàn giao đủ", complete="true", dated_on=DAY)
    assert sent.status_code == 200, sent.text
    receipt = sent.json()
    assert (receipt["step"], receipt["state"], receipt["actor"]) == (step, "submitted", LEAD)
    assert [one["type"] for one in receipt["events"]] == ["step.submitted"]
    now = lead.get(f"/steps/{step}")
    assert {(one["kind"], one["name"], one["text"]) for one in now["evidence"]} >= {("note", "", "Đã bàn giao đủ")}
    verifier = programs(VERIFIER)
    stale = verifier.write(f"/steps/{step}/acts/verify", {"seen": before["evidence_hash"]})
    assert problem(stale) == (409, "refused")
    assert stale.json()["rule"] == "evidence-changed"
    assert problem(lead.write(f"/steps/{step}/acts/verify", {"seen": now["evidence_hash"]})) == (409, "refused")
    done = verifier.write(f"/steps/{step}/acts/verify", {"seen": now["evidence_hash"]})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    told = list(verifier.all(f"/steps/{step}/history", limit=2))
    assert "verified" in next(one["sentence"] for one in told if one["type"] == "step.verified")
    assert next(one for one in told if one["type"] == "step.submitted")["order"] == receipt["order"]


def test_a_file_goes_out_as_it_came_in_to_be_saved(office: WebOffice, lead: Program) -> None:
    (piece,) = [one for one in lead.get(f"/steps/{office.step}/evidence")["items"] if one["kind"] == "file"]
    answer = lead.request("GET", f"/steps/{office.step}/evidence/{piece['digest']}")
    assert answer.content == PHOTO
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert problem(lead.request("GET", f"/steps/{office.step}/evidence/{'0' * 64}")) == (404, "not-found")


def test_an_order_sent_twice_is_carried_out_once_and_answered_the_same(
    office: WebOffice, wiring: Wiring, lead: Program, clock: SetClock
) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    first = lead.write(f"/steps/{step}/acts/start", {}, "khoa-1")
    count = events(wiring)
    assert attached(lead, step, "khoa-2").status_code == 200
    clock.now += timedelta(hours=1)
    assert events(wiring) == count + 1
    again = lead.write(f"/steps/{step}/acts/start", {}, "khoa-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    file = attached(lead, step, "khoa-2")
    assert file.headers["idempotency-replayed"] == "true"
    assert events(wiring) == count + 1


def test_a_key_stands_for_one_order_of_one_person(
    office: WebOffice, wiring: Wiring, lead: Program, committee: Program
) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    assert lead.write(f"/steps/{step}/acts/start", {}, "khoa").status_code == 200
    count = events(wiring)
    assert problem(lead.write(f"/steps/{step}/acts/complete", {}, "khoa")) == (422, "idempotency-key-of-another-order")
    other = lead.write(f"/steps/{office.step}/acts/start", {}, "khoa")
    assert problem(other) == (422, "idempotency-key-of-another-order")
    word = {"expected_on": "2025-06-20", "words": "Đang làm"}
    assert problem(lead.write(f"/steps/{step}/acknowledgements", word, "khoa"))[0] == 422
    assert events(wiring) == count
    blocked = {"reason": "Chờ đường truyền", "unblocker": "VNPT", "expected_on": "2025-06-20"}
    assert committee.write(f"/steps/{step}/acts/block", blocked, "khoa").status_code == 200


def test_the_same_order_from_many_lines_at_once_is_carried_out_once(
    office: WebOffice, wiring: Wiring, lead: Program, committee: Program, tmp_path: Any
) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    body = write_decision(tmp_path, own_decision("02/QĐ-TN", predecessors=("old:00637",))).read_bytes()
    before = events(wiring)

    def draft() -> Any:
        headers = {"idempotency-key": "nhieu", "content-type": "application/json"}
        return committee.request("POST", "/decisions", content=body, headers=headers)

    with ThreadPoolExecutor(6) as pool:
        acts = [pool.submit(lead.write, f"/steps/{step}/acts/start", {}, "nhieu") for _ in range(6)]
        drafts = [pool.submit(draft) for _ in range(3)]
    for several, status in ((acts, 200), (drafts, 201)):
        answers = [one.result() for one in several]
        assert {one.status_code for one in answers} == {status}, [one.text for one in answers]
        assert len({one.text for one in answers}) == 1
        assert sum("idempotency-replayed" not in one.headers for one in answers) == 1
    assert events(wiring) == before + 2


def test_a_refused_order_leaves_its_key_unused(office: WebOffice, wiring: Wiring, lead: Program) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    refused = lead.write(f"/steps/{step}/acts/block", {"reason": ""}, "khoa")
    assert problem(refused) == (422, "invalid")
    assert refused.json()["rule"] == "reason-missing"
    given = {"reason": "Chờ thiết bị", "unblocker": "Sở KHCN", "expected_on": "2025-06-20"}
    assert lead.write(f"/steps/{step}/acts/block", given, "khoa").status_code == 200


def test_a_decision_goes_from_the_body_to_a_registered_plan_by_two_people(
    office: WebOffice, wiring: Wiring, committee: Program, programs: Callable[[str], Program], tmp_path: Any
) -> None:
    appoint(wiring, "pho-chu-tich", PersonRole.COMMITTEE, "new:01")
    file = write_decision(tmp_path, own_decision("02/QĐ-TN", predecessors=("old:00637",)))
    sent = {"content": file.read_bytes(), "headers": {"content-type": "application/json"}}
    seen = committee.request("POST", "/decisions/preview", **sent).json()
    other, before = programs("pho-chu-tich"), events(wiring)
    headers = sent["headers"] | {"idempotency-key": "du-thao"}
    drafted = committee.request("POST", "/decisions", content=sent["content"], headers=headers)
    assert drafted.status_code == 201
    assert drafted.json()["plan"] == seen["plan"]
    agreed = {"plan_hash": seen["plan"]["hash"]}
    own = committee.write("/decisions/02/QĐ-TN/register", agreed)
    assert (problem(own), own.json()["rule"]) == ((409, "refused"), "same-person")
    wrong = other.write("/decisions/02/QĐ-TN/register", {"plan_hash": "0" * 64})
    assert problem(wrong) == (422, "invalid")
    registered = other.write("/decisions/02%2FQĐ-TN/register", agreed, "ghi-nhan")
    assert (registered.status_code, registered.json()["state"]) == (200, "registered")
    again = other.write("/decisions/02/QĐ-TN/register", agreed, "ghi-nhan")
    assert (again.json(), again.headers["idempotency-replayed"]) == (registered.json(), "true")
    assert events(wiring) == before + 2
    found = committee.get("/decisions/02/QĐ-TN")
    assert (found["state"], found["registered_by"], found["plan_hash"]) == (
        "registered",
        "pho-chu-tich",
        seen["plan"]["hash"],
    )
    assert committee.get("/decisions/02/QĐ-TN/progress")["steps_planned"] == sum(seen["plan"]["steps"].values())
    assert [one["number"] for one in committee.all("/decisions", limit=1)] == [office.decision, "02/QĐ-TN"]


def test_all_mistakes_of_a_decision_are_told_with_their_places(office: WebOffice, committee: Program) -> None:
    body = {
        "number": "",
        "kind": "Nghị quyết",
        "issued": "31/02/2025",
        "successions": [["old:1", "x"]],
        "colour": "red",
    }
    answer = committee.write("/decisions", body)
    assert problem(answer) == (422, "invalid")
    places = {one["pointer"]: one["rule"] for one in answer.json()["errors"]}
    assert places["/number"] == "empty-text"
    assert places["/issued"] == "not-a-day"
    assert places["/successions/0"] == "not-a-row"
    assert places["/colour"] == "unknown-field"
    assert places["/title"] == "missing-field"


def test_somebody_who_is_reminded_says_by_a_program_that_they_have_it_in_hand(
    office: WebOffice, wiring: Wiring, lead: Program, auditor: Program, clock: SetClock
) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    clock.now += timedelta(days=8)
    review_deadlines(wiring)
    climbed = [one for one in auditor.all("/escalations", limit=1) if one["step"] == step]
    assert [(one["audience"], one["answer"]) for one in climbed] == [("superior", None)]
    word = {"expected_on": "2025-06-27", "words": "Đang chờ máy chủ"}
    said = lead.write(f"/steps/{step}/acknowledgements", word, "nhan")
    assert (said.status_code, said.json()["by"], said.json()["words"]) == (201, LEAD, word["words"])
    assert lead.write(f"/steps/{step}/acknowledgements", word, "nhan").json() == said.json()
    assert step not in [one["step"] for one in auditor.all("/escalations")]
    (answered,) = [one for one in auditor.all("/escalations", show="all") if one["step"] == step]
    assert answered["answer"]["words"] == word["words"]
    assert [one["words"] for one in lead.get(f"/steps/{step}")["acknowledgements"]] == [word["words"]]


def test_an_auditors_program_orders_a_package_waits_for_it_and_fetches_it(
    office: WebOffice, wiring: Wiring, auditor: Program
) -> None:
    asked = {"unit": office.unit, "purpose": "Kiểm toán quý III", "language": "en"}
    ordered = auditor.write("/packages", asked, "dat")
    assert (ordered.status_code, ordered.json()["state"]) == (201, "ordered")
    name = ordered.json()["id"]
    assert auditor.write("/packages", asked, "dat").json() == ordered.json()
    waiting = auditor.request("GET", f"/packages/{name}/file")
    assert (problem(waiting), waiting.json()["rule"]) == ((409, "refused"), "no-file")
    carry_out(wiring, name)
    made = auditor.get(f"/packages/{name}")
    assert (made["state"], made["has_file"], made["scope"]["unit"]) == ("done", True, office.unit)
    file = auditor.request("GET", f"/packages/{name}/file")
    assert file.content[:2] == b"PK"
    assert len(file.content) == made["bytes"]
    assert [one["id"] for one in auditor.all("/packages", limit=1)] == [name, office.package]
    beyond = auditor.write("/packages", {"unit": "new:27007", "purpose": "Xem"})
    assert (problem(beyond), beyond.json()["rule"]) == ((409, "refused"), "not-all-yours")


def test_a_substitute_acts_in_the_absent_persons_name_and_both_are_on_record(
    office: WebOffice, wiring: Wiring, pages: Pages
) -> None:
    appoint(wiring, "thay", PersonRole.UNIT_LEAD, "old:00637")
    with begin_write(wiring.engine) as connection:
        one = Substitution(LEAD, "thay", date(2025, 6, 1), date(2025, 7, 1), "Nghỉ phép")
        write_substitution(connection, one, "quan-tri", wiring.now())
    substitute, step = program(pages, "thay"), step_of(wiring, f"{office.unit}/DAT-02")
    assert step in {one["id"] for one in substitute.all("/steps", unit=office.unit)}
    in_own_name = substitute.write(f"/steps/{step}/acts/start", {})
    assert (problem(in_own_name), in_own_name.json()["rule"]) == ((422, "invalid"), "no-step-for")
    answer = substitute.write(f"/steps/{step}/acts/start", {"on_behalf_of": LEAD})
    assert (answer.json()["actor"], answer.json()["on_behalf_of"]) == ("thay", LEAD)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_program_reads_the_language_that_it_asks_for(office: WebOffice, lead: Program, language: str) -> None:
    words = {"vi": "Không tìm thấy", "en": "Not found"}
    for header in (language, f"fr;q=0.9, {language}-VN;q=0.5", f"*;q=0.1, {language};q=1.0"):
        answer = lead.request("GET", "/steps/1", headers={"accept-language": header})
        assert (answer.json()["title"], answer.headers["content-language"]) == (words[language], language)
