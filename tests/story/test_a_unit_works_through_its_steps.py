"""A ward's lead proves its steps from a phone's terminal; a second person verifies; what goes wrong gets a sentence."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from builders import SPLIT, own_decision, registered
from conftest import Office

MOSTLY_EMBEDDED = True

LEAD, VERIFIER, STRANGER, SUBSTITUTE = "hoa.le", "binh.tran", "nguoi.la", "minh.do"
GIVES = f"{SPLIT}/DAT-05/phan-bo"
"""Which data set goes to which successor: ready at once, and a second person verifies it."""


@pytest.fixture
def ward(bangiao: Office) -> Office:
    """The split ward with its checklists open, a lead, a verifier in the province, and somebody from elsewhere."""
    with bangiao.wiring() as wiring:
        registered(wiring, own_decision())
    bangiao.worker_comes()
    for account, role, unit in (
        (LEAD, "unit_lead", SPLIT),
        (VERIFIER, "verifier", "new:01"),
        (STRANGER, "unit_lead", "new:00070"),
        (SUBSTITUTE, "unit_lead", "new:00070"),
    ):
        bangiao("admin", "user", "add", account, "--name", account.title())
        bangiao("admin", "user", "assign", account, "--role", role, "--unit", unit, "--since", "2025-06-01")
    return bangiao


def proof(folder: Path, name: str = "bien-ban.txt", text: str = "đã đối soát 12 bộ dữ liệu") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def step(ward: Office, name: str = GIVES) -> Any:
    return ward(LEAD, "step", "show", name, "--json").document


def test_a_lead_finds_what_to_do_proves_it_and_a_second_person_verifies_exactly_that(ward: Office) -> None:
    mine = ward(LEAD, "step", "list", "--mine", "--state", "ready", "--due-within", "7")
    assert "DAT-05/phan-bo" in mine.said
    assert "24/06/2025" in mine.said

    page = ward(LEAD, "step", "show", GIVES).said
    assert "Hạn 24/06/2025" in page
    assert "hoàn thành" in page

    file = proof(ward.folder)
    done = ward(LEAD, "step", "complete", GIVES, "--file", file, "--note", "Sở đã kiểm tra", "--dated", "2025-06-16")
    assert "chờ xác nhận" in done.said

    now = step(ward)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    kept = ward.folder / "evidence" / digest[:2] / digest[2:4] / digest
    assert kept.read_bytes() == file.read_bytes()
    assert {one["digest"] for one in now["evidence"]} >= {digest}
    assert {one["dated_on"] for one in now["evidence"]} == {"2025-06-16"}

    own = ward(LEAD, "step", "verify", GIVES, "--seen", now["evidence_hash"])
    assert own.code == 1
    assert "không được xác nhận" in own.complaint
    blind = ward(VERIFIER, "step", "verify", GIVES)
    assert blind.code == 1
    assert now["evidence_hash"][:12] in blind.complaint
    assert ward(VERIFIER, "step", "verify", GIVES, "--seen", now["evidence_hash"][:12]).code == 0
    assert step(ward)["state"] == "done"
    assert "Chờ" not in ward(LEAD, "status", "--overdue").said


def test_what_is_returned_blocked_not_applicable_or_reopened_keeps_its_reason(ward: Office) -> None:
    ward(LEAD, "step", "complete", GIVES, "--note", "xong")
    returned = ward(VERIFIER, "step", "return", GIVES, "--reason", "thiếu phụ lục")
    assert "thiếu phụ lục" in returned.said
    assert step(ward)["reason"] == "thiếu phụ lục"

    nothing = ward(LEAD, "step", "block", GIVES, "--reason", "chờ đường truyền")
    assert nothing.code == 2
    assert "--unblocker" in nothing.complaint
    blocked = ward(
        LEAD, "step", "block", GIVES, "--reason", "chờ VNPT", "--unblocker", "VNPT", "--expected", "2025-06-20"
    )
    assert "20/06/2025" in blocked.said
    assert ward(LEAD, "step", "unblock", GIVES, "--reason", "đã thông").code == 0

    ward(LEAD, "step", "not-applicable", GIVES, "--reason", "không có dữ liệu số")
    assert step(ward)["state"] == "submitted"
    assert ward(VERIFIER, "step", "verify", GIVES).code == 0
    assert step(ward)["state"] == "not_applicable"
    assert ward(LEAD, "step", "reopen", GIVES).code == 2
    ward(LEAD, "step", "reopen", GIVES, "--reason", "tìm thấy dữ liệu")
    assert step(ward)["state"] == "in_progress"
    history = ward(VERIFIER, "audit", "show", GIVES).said
    for said in ("thiếu phụ lục", "chờ VNPT", "đã thông", "không có dữ liệu số", "tìm thấy dữ liệu"):
        assert said in history


def test_whoever_has_no_business_with_a_step_hears_that_there_is_none(ward: Office) -> None:
    foreign = ward(STRANGER, "step", "start", GIVES)
    assert foreign.code == 2
    nowhere = ward(STRANGER, "step", "start", "123456789")
    assert nowhere.code == 2
    number = str(step(ward)["id"])
    assert foreign.complaint.replace(GIVES, "N") == nowhere.complaint.replace("123456789", "N")
    by_number = ward(STRANGER, "step", "start", number)
    assert by_number.complaint.replace(number, "N") == nowhere.complaint.replace("123456789", "N")
    missing = ward(STRANGER, "step", "start", f"{SPLIT}/KHONG-01")
    assert missing.complaint.replace(f"{SPLIT}/KHONG-01", GIVES) == foreign.complaint
    assert ward(STRANGER, "step", "start", f"{SPLIT}/DAT-05/giao").code == 2
    assert "new:" not in ward(STRANGER, "step", "start", f"{SPLIT}/DAT-05/giao").complaint
    assert ward(LEAD, "step", "show", GIVES, "--as", STRANGER).complaint == foreign.complaint


def test_during_an_absence_the_substitute_acts_in_the_leads_name_and_cannot_verify_it(ward: Office) -> None:
    early = ward(SUBSTITUTE, "step", "complete", GIVES, "--for", LEAD, "--note", "xong")
    assert early.code == 1
    assert "user substitute" in early.complaint
    ward("admin", "user", "substitute", LEAD, SUBSTITUTE, "--until", "2025-06-30", "--reason", "nghỉ phép")
    assert ward(SUBSTITUTE, "step", "complete", GIVES, "--for", LEAD, "--note", "xong").code == 0
    seen = step(ward)["evidence_hash"]
    assert ward(SUBSTITUTE, "step", "verify", GIVES, "--for", LEAD, "--seen", seen).code == 1
    assert f"{SUBSTITUTE} thay mặt {LEAD}" in ward(VERIFIER, "step", "show", GIVES).said


def test_many_steps_at_once_have_a_result_each(ward: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = ward(LEAD, "step", "list", "--mine", "--state", "ready", "--ids").out.split()
    waiting = ward(LEAD, "step", "list", "--mine", "--state", "waiting", "--ids").out.split()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*ready, waiting[0]])))
    answer = ward(LEAD, "step", "start", "-", "--json")
    assert answer.code == 1
    results = {str(one["id"]): one for one in answer.document}
    assert [results[one]["state"] for one in ready] == ["in_progress"] * len(ready)
    assert results[waiting[0]]["done"] is False
    assert "chờ bước khác" in results[waiting[0]]["error"]


def test_a_version_that_has_passed_is_refused(ward: Office) -> None:
    seen = step(ward)["version"]
    assert ward(LEAD, "step", "start", GIVES, "--version", seen).code == 0
    late = ward(LEAD, "step", "complete", GIVES, "--note", "xong", "--version", seen)
    assert late.code == 1
    assert f"phiên bản {seen + 1}" in late.complaint
    assert step(ward)["evidence"] == []


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["--file", "khong-co.pdf"], "không có tệp này"),
        (["--file", "gia.pdf"], "gia.pdf"),
        (["--file", "rong.pdf"], "rong.pdf"),
        (["--file", "trang.html"], "trang.html"),
        (["--note", "   "], "ghi chú"),
        (["--link", "javascript:alert(1)"], "javascript"),
        (["--note", "xong", "--dated", "2025-06-18"], "18/06/2025"),
        (["--note", "xong", "--dated", "0001-01-01"], "trước ngày 02/09/1945"),
        (["--note", "xong", "--dated", "1945-09-01"], "trước ngày 02/09/1945"),
        ([], "minh chứng"),
    ],
)
def test_evidence_that_is_refused_says_why_and_nothing_is_written(ward: Office, words: list[str], advice: str) -> None:
    (ward.folder / "gia.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (ward.folder / "rong.pdf").write_bytes(b"")
    (ward.folder / "trang.html").write_text("<script>", encoding="utf-8")
    refused = ward(LEAD, "step", "complete", GIVES, *words)
    assert refused.code in {1, 2}
    assert advice.lower() in refused.complaint.lower()
    after = step(ward)
    assert (after["state"], after["version"], after["evidence"]) == ("ready", 1, [])


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("abc", "old:00004/DAT-05/giao"),
        (f"{SPLIT}/KHONG-01", "step list"),
        (f"{SPLIT}/DAT-05/giao", "Hãy ghi số của một bước"),
        (f"{SPLIT}/DAT-05/phan-bo#2", "step list"),
    ],
)
def test_a_step_that_is_named_wrongly_gets_advice(ward: Office, name: str, advice: str) -> None:
    answer = ward(LEAD, "step", "show", name)
    assert answer.code == 2
    assert advice in answer.complaint


def test_everything_is_said_in_english_as_well(ward: Office) -> None:
    done = ward(LEAD, "step", "complete", GIVES, "--note", "done", language="en")
    assert "ready → submitted" in done.said
    refused = ward(LEAD, "step", "verify", GIVES, language="en")
    assert "cannot verify" in refused.complaint
    page = ward(LEAD, "step", "show", GIVES, language="en").said
    assert "Possible now: attach evidence, withdraw evidence, verify, return" in page
