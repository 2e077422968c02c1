"""A commune hands over to the commune that follows it, and both leads confirm what the minutes say."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import SPLIT, own_decision, write_decision
from conftest import Answer, Office

SECRETARY, CHAIR = "thu-ky", "chu-tich"
DECISION, RECEIVING = "01/QĐ-TN", "new:00634"
PEOPLE = """account,name,email,phone,language
lan.nguyen,Nguyễn Thị Lan,,,vi
minh.tran,Trần Quang Minh,,,vi
kiem.tra,Đỗ Văn Kiểm,,,vi
"""
ROLES = f"""account,role,unit,since,until
lan.nguyen,unit_lead,{SPLIT},2025-06-01,
minh.tran,unit_lead,{RECEIVING},2025-06-01,
kiem.tra,verifier,new:01,2025-06-01,
"""
LAN, MINH = "lan.nguyen", "minh.tran"
DATA = f"{SPLIT}/DAT-05/giao@{RECEIVING}"


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    """The decision is in force, its checklists are open, and each side has its lead."""
    file = write_decision(tmp_path, own_decision(DECISION))
    plan = bangiao(SECRETARY, "decision", "draft", file, "--json").document["plan_hash"]
    assert bangiao(CHAIR, "decision", "register", DECISION, "--plan-hash", plan).code == 0
    bangiao.worker_comes()
    for name, text in (("people.csv", PEOPLE), ("assignments.csv", ROLES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert bangiao(SECRETARY, "user", "import", tmp_path / "people.csv", tmp_path / "assignments.csv").code == 0
    return bangiao


def draft(office: Office, who: str = LAN, *words: str, language: str = "vi") -> Answer:
    return office(who, "minutes", "draft", SPLIT, RECEIVING, *words, language=language)


def shown(office: Office) -> Any:
    return office(SECRETARY, "minutes", "show", "01/BB-BG", "--json").document


def confirm(office: Office, who: str, side: str, *words: str) -> Answer:
    seen = shown(office)["content_hash"][:12]
    return office(who, "minutes", "confirm", "01/BB-BG", "--side", side, "--hash", seen, *words)


def test_two_leads_read_and_confirm_and_the_document_lies_with_their_steps(office: Office, tmp_path: Path) -> None:
    inventory = tmp_path / "Danh mục dữ liệu.csv"
    inventory.write_text("bảng,số bản ghi\nhộ tịch,1205\n", encoding="utf-8")
    assert office(LAN, "step", "attach", DATA, "--file", inventory).code == 0
    finance = DATA.replace("DAT-05", "FIN-01")
    blocked = ("--reason", "sổ chưa khóa", "--unblocker", "Phòng Tài chính", "--expected", "2025-07-10")
    assert office(LAN, "step", "block", finance, *blocked).code == 0

    page = draft(office, LAN, "--venue", "trụ sở phường", "--start", "8:30", "--end", "11:05", "--copies", "4")
    assert page.code == 0
    assert page.said.index("Chưa bàn giao, vướng mắc, không áp dụng (4)") < page.said.index("Nội dung bàn giao: 0 bước")
    assert "sổ chưa khóa" in page.said
    assert "Bên giao: Nguyễn Thị Lan, Thủ trưởng đơn vị" in page.said
    assert "đã ghi đúng như vậy" in draft(office).said

    draft_file = tmp_path / "dự thảo.pdf"
    assert office(MINH, "minutes", "pdf", "01/BB-BG", "--out", draft_file).code == 0
    assert draft_file.read_bytes().startswith(b"%PDF-")
    assert confirm(office, LAN, "giving").code == 0
    assert "dự thảo, Ủy ban nhân dân phường Đại Mỗ đã xác nhận" in office(MINH, "minutes", "show", "01/BB-BG").said
    final = confirm(office, MINH, "receiving")
    assert final.code == 0
    assert final.said == "Biên bản 01/BB-BG đã chính thức; bản PDF là minh chứng của 8 bước đang mở."

    for kind in ("pdf", "docx"):
        file = tmp_path / f"biên bản.{kind}"
        assert office(MINH, "minutes", kind, "01/BB-BG", "--out", file).code == 0
        assert hashlib.sha256(file.read_bytes()).hexdigest() == shown(office)[kind]
    assert zipfile.is_zipfile(tmp_path / "biên bản.docx")
    sheet = office(MINH, "step", "show", f"{RECEIVING}/DAT-05/nhan", "--json").document
    assert [(one["name"], one["added_by"]) for one in sheet["evidence"]] == [("Biên bản bàn giao 01-BB-BG.pdf", MINH)]
    assert draft(office).said == "Biên bản 01/BB-BG đã chính thức và từ đó không có gì thay đổi; không lập dự thảo mới."


def test_a_yes_dies_with_the_content_it_was_given_to_and_everybody_is_told(office: Office) -> None:
    draft(office, LAN, language="en")
    old = shown(office)["content_hash"]
    assert confirm(office, LAN, "giving").code == 0
    assert office(LAN, "step", "start", f"{SPLIT}/DAT-03").code == 0
    blocked = ("--reason", "hỏng ổ đĩa", "--unblocker", "Sở", "--expected", "2025-07-02")
    assert office(LAN, "step", "block", DATA, *blocked).code == 0

    refused = confirm(office, MINH, "receiving")
    assert refused.code == 1
    assert "DAT-05/giao: chờ bước khác → vướng mắc" in refused.complaint
    assert f"bangiao minutes draft {SPLIT} {RECEIVING}" in refused.complaint

    again = draft(office, MINH, language="en")
    assert "drafted anew, version 2" in again.said
    assert "Changed: DAT-05/giao: waiting for other steps → blocked." in again.said
    assert "The confirmation by Nguyễn Thị Lan no longer counts" in again.said
    stale = office(MINH, "minutes", "confirm", "01/BB-BG", "--side", "receiving", "--hash", old)
    assert stale.code == 2
    assert "không còn giá trị" in office(LAN, "minutes", "show", "01/BB-BG").said
    assert confirm(office, MINH, "receiving").code == confirm(office, LAN, "giving").code == 0
    assert shown(office)["stage"] == "final"


def test_what_is_typed_wrongly_is_said_in_a_sentence_and_nothing_is_written(office: Office, tmp_path: Path) -> None:
    for words, said in (
        (("--giving-person", "Nguyễn Thị Hằng"), "dấu chấm phẩy"),
        (("--start", "25:00"), '"25:00" không phải là giờ trong ngày'),
        (("--start", "9:00", "--end", "8:00"), "không thể kết thúc lúc 08:00"),
        (("--copies", "0"), "1 đến 99 bản"),
        (("--place", " "), "Địa danh đang để trống"),
        (("--held-on", "2025-01-01"), "ban hành ngày 16/06/2025"),
        (("--decision", "99/QĐ"), "Không có quyết định nào"),
    ):
        answer = draft(office, LAN, *words)
        assert (answer.code, said in answer.complaint) == (2, True), answer.complaint
    assert office(SECRETARY, "minutes", "list", "--json").document == []
    assert office(SECRETARY, "minutes", "list").said == "Không có biên bản nào phù hợp."
    assert office(LAN, "minutes", "show", "01/BB-BG").code == 2

    draft(office)
    assert confirm(office, LAN, "both").code == 2
    assert confirm(office, "kiem.tra", "giving").code == 1
    assert confirm(office, "nguoi.la", "giving").code == 2
    there = tmp_path / "có rồi.pdf"
    there.write_text("của tôi", encoding="utf-8")
    kept = office(LAN, "minutes", "pdf", "01/BB-BG", "--out", there)
    assert (kept.code, there.read_text(encoding="utf-8")) == (2, "của tôi")
    assert office(LAN, "minutes", "pdf", "01/BB-BG", "--out", there, "--force").code == 0
    assert there.read_bytes().startswith(b"%PDF-")
    assert office(LAN, "minutes", "finish", "01/BB-BG").code == 1
