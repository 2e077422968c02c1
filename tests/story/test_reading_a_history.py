"""An auditor asks what happened, and reads it day by day in Vietnamese or in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import own_decision, write_decision
from conftest import Office

MOSTLY_EMBEDDED = True

SECRETARY, CHAIR, AUDITOR = "thu-ky", "chu-tich", "kiem-toan"
UNIT = "old:00004"
STEP = f"{UNIT}/DAT-03"
REASON = "Ổ đĩa hỏng [red]{step}[31m, chờ thiết bị mới"


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    """Hoa leads the ward and is on leave; Lan stands in for her; Minh verifies. The backup was blocked and returned."""
    file = write_decision(tmp_path, own_decision(predecessors=[UNIT]))
    plan = bangiao(SECRETARY, "decision", "draft", file, "--json").document
    bangiao(CHAIR, "decision", "register", "01/QĐ-TN", "--plan-hash", plan["plan_hash"])
    bangiao.worker_comes()
    for account, name in (("hoa", "Trần Thị Hoa"), ("lan", "Nguyễn Thị Lan"), ("minh", "Lê Văn Minh")):
        bangiao(SECRETARY, "user", "add", account, "--name", name)
    for account, role in (("hoa", "unit_lead"), ("minh", "verifier")):
        bangiao(SECRETARY, "user", "assign", account, "--role", role, "--unit", UNIT)
    bangiao(SECRETARY, "user", "substitute", "hoa", "lan", "--until", "2025-06-25", "--reason", "nghỉ phép")
    report = tmp_path / "biên bản.txt"
    report.write_text("Khôi phục thử đạt.\n", encoding="utf-8")
    bangiao.clock = "2025-06-18T09:00:00+07:00"
    bangiao("lan", "step", "start", STEP, "--for", "hoa")
    bangiao.clock = "2025-06-18T09:10:00+07:00"
    expected = ("--unblocker", "Phòng CNTT", "--expected", "2025-06-20")
    bangiao("lan", "step", "block", STEP, "--for", "hoa", "--reason", REASON, *expected)
    bangiao.clock = "2025-06-20T14:30:00+07:00"
    bangiao("hoa", "step", "unblock", STEP)
    bangiao.clock = "2025-06-20T14:40:00+07:00"
    assert bangiao("hoa", "step", "complete", STEP, "--file", report).code == 0
    bangiao.clock = "2025-06-20T14:50:00+07:00"
    assert bangiao("minh", "step", "return", STEP, "--reason", "Thiếu chữ ký").code == 0
    return bangiao


def test_an_auditor_reads_a_steps_history_in_vietnamese(office: Office) -> None:
    read = office(AUDITOR, "audit", "show", STEP)
    assert read.code == 0
    lines = [line.strip() for line in read.out.splitlines() if line.strip()]
    assert lines[0].startswith("DAT-03, Phường Trúc Bạch (old:00004/DAT-03, ")
    assert lines[1] == "Văn bản 01/QĐ-TN · hiện nay: đang thực hiện · thời hạn 28/06/2025"
    assert "18/06/2025, thứ Tư" in lines
    for words in (
        "09:00 Nguyễn Thị Lan (lan) thay mặt Trần Thị Hoa (hoa) đã bắt đầu bước này.",
        "trạng thái: sẵn sàng → đang thực hiện",
        "đã báo vướng mắc ở bước này. “Ổ đĩa hỏng [red]{step}[31m, chờ thiết bị mới”",
        "dự kiến làm tiếp: – → 20/06/2025 người có thể tháo gỡ: – → Phòng CNTT",
        "14:40 Trần Thị Hoa (hoa) đã hoàn thành bước này và trình xác nhận.",
        "+ biên bản.txt · SHA-256 ",
        "Lê Văn Minh (minh) đã trả lại bước này để làm tiếp. “Thiếu chữ ký”",
        "6 sự kiện",
    ):
        assert words in read.said
    assert "\x1b" not in read.out
    assert max(map(len, read.out.splitlines())) <= 110
    assert [line for line in read.out.splitlines() if line != line.rstrip()] == []


def test_the_same_history_in_english_and_as_a_document(office: Office) -> None:
    read = office(AUDITOR, "audit", "show", STEP, language="en")
    assert "Nguyễn Thị Lan (lan) on behalf of Trần Thị Hoa (hoa) started this step." in read.said
    assert "state: submitted → in progress" in read.said
    document = office(AUDITOR, "audit", "show", STEP, "--json").document
    last = document["events"][-1]
    assert (document["more"], last["type"], last["actor"], last["reason"]) == (
        0,
        "step.returned",
        "minh",
        "Thiếu chữ ký",
    )
    assert last["sentence"]["vi"] == "Lê Văn Minh (minh) đã trả lại bước này để làm tiếp."
    assert last["occurred_at"].startswith("2025-06-20T14:50:0")
    assert last["payload"]["after"]["state"] == "in_progress"
    assert last["request"] in office(AUDITOR, "audit", "show", STEP, "--verbose").said


def test_unit_decision_and_person_each_have_a_history(office: Office) -> None:
    unit = office(AUDITOR, "audit", "show", UNIT).said
    assert unit.startswith("Phường Trúc Bạch (old:00004)")
    assert "Trần Thị Hoa (hoa) giữ vai trò thủ trưởng đơn vị tại đơn vị này từ 17/06/2025" in unit
    assert "Lê Văn Minh (minh) đã trả lại bước DAT-03 để làm tiếp." in unit
    decision = office(AUDITOR, "audit", "show", "01/QĐ-TN").said
    assert "chu-tich đã ghi nhận quyết định 01/QĐ-TN với mã băm phương án" in decision
    assert "bangiao đã mở" in decision
    person = office(AUDITOR, "audit", "show", "--person", "hoa").said
    assert person.startswith("Những gì Trần Thị Hoa (hoa) đã làm")
    assert "4 sự kiện" in person
    narrowed = office(AUDITOR, "audit", "show", UNIT, "--person", "lan", "--until", "2025-06-18").said
    assert "2 sự kiện" in narrowed


def test_what_a_limit_leaves_out_is_counted(office: Office) -> None:
    assert (
        "2 sự kiện, … còn 4 sự kiện nữa (--limit 0 để xem tất cả)"
        in office(AUDITOR, "audit", "show", STEP, "--limit", 2).said
    )
    assert "6 sự kiện" in office(AUDITOR, "audit", "show", STEP, "--limit", 0).said
    assert office(AUDITOR, "audit", "show", STEP, "--limit", 2, "--json").document["more"] == 4
    assert "Chưa có gì được ghi nhận." in office(AUDITOR, "audit", "show", STEP, "--since", "2025-12-01").said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Hãy cho biết xem lịch sử của ai"),
        (["99"], "Không có bước 99."),
        (["9" * 40], "Không có bước"),
        (["old:00004/XYZ-01"], "Không có bước old:00004/XYZ-01."),
        (["cái gì đó"], 'Không có bước, đơn vị hay quyết định nào là "cái gì đó".'),
        (["--person", "ai-do"], 'Chưa ghi nhận ai có tài khoản "ai-do"'),
        ([UNIT, "--since", "2025-07-02", "--until", "2025-07-01"], "trước khi bắt đầu ngày 02/07/2025"),
        ([UNIT, "--since", "hôm qua"], "2025-07-01"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused_in_a_sentence(
    bangiao: Office, words: list[str], sentence: str
) -> None:
    refused = bangiao(AUDITOR, "audit", "show", *words)
    assert (refused.code, refused.out) == (2, "")
    assert sentence in refused.complaint
