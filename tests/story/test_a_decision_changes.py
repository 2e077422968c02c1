"""A decision changes after its checklists are open: who proposes, who agrees, and what each of them sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import SPLIT, altered, own_decision, write_decision
from conftest import Office
from exactness import everything

SECRETARY, CHAIR = "thu-ky", "chu-tich"
NUMBER = "01/QĐ-TN"


@pytest.fixture
def running(bangiao: Office, tmp_path: Path) -> Path:
    """A decision whose checklists are open."""
    file = write_decision(tmp_path, own_decision(NUMBER, predecessors=[SPLIT, "old:00004"]))
    plan = bangiao(SECRETARY, "decision", "draft", file, "--json").document["plan_hash"]
    assert bangiao(CHAIR, "decision", "register", NUMBER, "--plan-hash", plan).code == 0
    bangiao.worker_comes()
    return file


def counted(bangiao: Office) -> dict[str, int]:
    with bangiao.wiring() as wiring:
        return everything(wiring)


def test_the_date_moves_after_two_people_agreed(bangiao: Office, running: Path, tmp_path: Path) -> None:
    decision = own_decision(NUMBER, predecessors=[SPLIT, "old:00004"])
    later = write_decision(tmp_path, altered(decision, operational="2025-08-01"), "later.json")

    # The secretary looks first: nothing is written, and she is told what would move and whom it concerns.
    before = counted(bangiao)
    seen = bangiao(SECRETARY, "decision", "amend", later, "--dry-run")
    assert seen.code == 0
    for words in ("01/07/2025 → 01/08/2025", "Các thời hạn thay đổi", "bước đổi thời hạn", "Chưa ghi gì"):
        assert words in seen.said
    assert counted(bangiao) == before

    # Without a reason nothing is drafted; with one, the command for the second person is shown.
    silent = bangiao(SECRETARY, "decision", "amend", later)
    assert (silent.code, "lý do" in silent.complaint) == (2, True)
    drafted = bangiao(SECRETARY, "decision", "amend", later, "--reason", "chưa bàn giao xong trụ sở")
    assert drafted.code == 0
    shown = bangiao(CHAIR, "decision", "changes", NUMBER, "--json").document
    change_hash = shown[-1]["change_hash"]
    assert f"bangiao decision commit '{NUMBER}' --change-hash {change_hash}" in drafted.said
    assert (shown[-1]["state"], shown[-1]["reason"]) == ("drafted", "chưa bàn giao xong trụ sở")

    # She cannot commit it herself; the chair can, once.
    herself = bangiao(SECRETARY, "decision", "commit", NUMBER, "--change-hash", change_hash)
    assert (herself.code, SECRETARY in herself.complaint) == (1, True)
    by_chair = bangiao(CHAIR, "decision", "commit", NUMBER, "--change-hash", change_hash)
    assert (by_chair.code, "Đã thực hiện thay đổi" in by_chair.said) == (0, True)
    again = bangiao(CHAIR, "decision", "commit", NUMBER, "--change-hash", change_hash, "--json")
    assert (again.code, again.document["changed"], again.document["result"]) == (0, False, "committed_before")

    # Everybody reads both schedules afterwards.
    history = bangiao("kiem-toan", "decision", "changes", NUMBER)
    assert "01/07/2025 → 01/08/2025" in history.said
    assert "chưa bàn giao xong trụ sở" in history.said
    english = bangiao("auditor", "decision", "changes", NUMBER, language="en")
    assert "Due dates that move" in english.said
    due = bangiao("truong-phuong", "status", "--decision", NUMBER, "--json").document["due"]
    assert "2025-08-01" in {one["on"] for one in due}


def test_a_drafted_change_is_withdrawn_and_a_decision_revoked(bangiao: Office, running: Path) -> None:
    nothing = bangiao(SECRETARY, "decision", "amend", running, "--reason", "thử")
    assert (nothing.code, "không có gì thay đổi" in nothing.said) == (0, True)
    first = bangiao(SECRETARY, "decision", "revoke", NUMBER, "--reason", "thôi", "--json").document
    assert bangiao(CHAIR, "decision", "withdraw", NUMBER, "--reason", "nhầm").code == 0
    assert bangiao(CHAIR, "decision", "commit", NUMBER, "--change-hash", first["change_hash"]).code == 2
    second = bangiao(SECRETARY, "decision", "revoke", NUMBER, "--reason", "có nghị quyết mới", "--json").document
    assert bangiao(CHAIR, "decision", "commit", NUMBER, "--change-hash", second["change_hash"]).code == 0
    shown = bangiao(CHAIR, "decision", "show", NUMBER, "--json").document
    assert shown["state"] == "revoked"
    assert "đã bãi bỏ" in bangiao(CHAIR, "decision", "list").said
    refused = bangiao(SECRETARY, "decision", "revoke", NUMBER, "--reason", "nữa")
    assert (refused.code, "đã bị bãi bỏ" in refused.complaint) == (1, True)

    # A unit reads of its steps that they are cancelled, not that they were done or wait for something.
    page = bangiao("truong-phuong", "status", "--unit", SPLIT, language="en").said
    assert " – DAT-02 " in page
    assert page.count("✓") == 1, "where the signs are explained"
    assert "Waits for" not in page


def test_mistakes_of_an_amended_text_stand_with_their_line(bangiao: Office, running: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    content = json.loads(running.read_text())
    wrong.write_text(json.dumps(content | {"operational": "2024-01-01"}, indent=1), encoding="utf-8")
    before = counted(bangiao)
    refused = bangiao(SECRETARY, "decision", "amend", wrong, "--reason", "thử")
    assert refused.code == 2
    assert "wrong.json" in refused.complaint
    assert counted(bangiao) == before


def test_templates_and_calendar_have_nothing_to_apply_while_they_are_as_they_were(
    bangiao: Office, running: Path
) -> None:
    template = bangiao(
        SECRETARY, "templates", "apply", "data-backup", "--decision", NUMBER, "--reason", "thử", "--json"
    )
    assert (template.code, template.document["result"]) == (0, "nothing")
    calendar = bangiao(SECRETARY, "calendar", "apply", "--decision", NUMBER, "--reason", "thử", "--json")
    assert (calendar.code, calendar.document["result"]) == (0, "nothing")
    moves = bangiao(SECRETARY, "calendar", "moves", "--json")
    assert (moves.code, moves.document) == (0, [])
    assert bangiao(SECRETARY, "templates", "apply", "khong-co", "--decision", NUMBER).code == 2
