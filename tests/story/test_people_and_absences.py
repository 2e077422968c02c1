"""The committee's secretary puts people on record, and everybody can see who is to be asked, also during an absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import SPLIT, own_decision, write_decision
from conftest import Office

SECRETARY, CHAIR = "thu-ky", "chu-tich"
BA_DINH = "new:00004"

PEOPLE = """account,name,email,phone,language
hoa.le,Lê Thị Hoa,hoa.le@example.vn,0912 345 678,vi
binh.tran,Trần Văn Bình,,+84 24 3825 1234,
minh.do,Đỗ Quang Minh,minh.do@example.vn,,en
"""
ROLES = """account,role,unit,since,until
hoa.le,unit_lead,new:00004,2025-06-01,
binh.tran,verifier,new:00004,2025-06-01,2026-12-31
minh.do,committee,new:01,2025-06-01,
minh.do,administrator,*,2025-06-01,
"""


@pytest.fixture
def people(tmp_path: Path) -> list[Path]:
    files = {"people.csv": PEOPLE, "assignments.csv": ROLES}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in files]


def asked(bangiao: Office, unit: str = BA_DINH) -> list[tuple[str, str, str | None]]:
    """Who can be asked in the unit: role, account, in whose place."""
    document: Any = bangiao(SECRETARY, "user", "list", "--unit", unit, "--json").document
    return [(one["role"], one["account"], one["stands_in_for"]) for one in document["asked"]]


def test_a_secretary_imports_people_and_sees_who_can_be_asked_and_who_stands_in(
    bangiao: Office, people: list[Path]
) -> None:
    seen = bangiao(SECRETARY, "user", "import", *people, "--dry-run")
    assert seen.code == 0
    assert "thủ trưởng đơn vị ở new:00004 Phường Ba Đình từ 01/06/2025" in seen.said
    assert "quản trị viên ở cả nước từ 01/06/2025" in seen.said
    assert asked(bangiao) == []

    assert "7" in bangiao(SECRETARY, "user", "import", *people).said
    assert asked(bangiao) == [
        ("unit_lead", "hoa.le", None),
        ("verifier", "binh.tran", None),
        ("committee", "minh.do", None),
        ("administrator", "minh.do", None),
    ]

    away = bangiao(SECRETARY, "user", "substitute", "hoa.le", "binh.tran", "--until", "2025-06-20", "--reason", "nghỉ")
    assert away.said == "binh.tran làm thay hoa.le từ 17/06/2025 đến 20/06/2025."
    assert asked(bangiao)[:2] == [("unit_lead", "hoa.le", None), ("unit_lead", "binh.tran", "hoa.le")]
    page = bangiao(SECRETARY, "user", "list", "--unit", BA_DINH)
    assert "vắng đến hết 20/06/2025" in page.said
    assert "làm thay Lê Thị Hoa" in page.said

    bangiao.clock = "2025-06-21T08:00:00+07:00"
    assert asked(bangiao)[:2] == [("unit_lead", "hoa.le", None), ("verifier", "binh.tran", None)]


def test_one_wrong_row_refuses_everything_with_its_line_and_what_to_do(
    bangiao: Office, people: list[Path], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    rows = ["account,role,unit,since,until", "hoa.el,unit_lead,new:00004,2025-06-01,"]
    rows += ["binh.tran,lead,4,2025-06-01,", "minh.do,committee,new:01,2025-06-01,2025-05-01"]
    wrong.write_text("\n".join(rows), encoding="utf-8")
    answer = bangiao(SECRETARY, "user", "import", *people, wrong, language="en")
    assert answer.code == 2
    complaints = answer.err.splitlines()
    assert "wrong.csv, line 2: account: hoa.el is not on record. Is hoa.le meant?" in complaints[0]
    assert "wrong.csv, line 3: role:" in complaints[1]
    assert 'wrong.csv, line 3: unit: "4" is a code without its generation' in complaints[2]
    assert "wrong.csv, line 4: account:" in complaints[3], "the same role stands in the other file"
    assert complaints[-1].endswith("4 mistakes; nothing was written.")
    assert bangiao(SECRETARY, "user", "list", "--json").document == []


def test_importing_the_same_files_again_changes_nothing_and_a_correction_is_shown_before_it_is_made(
    bangiao: Office, people: list[Path]
) -> None:
    bangiao(SECRETARY, "user", "import", *people)
    again = bangiao(SECRETARY, "user", "import", *people, "--json").document
    assert again["rows"] == {"add": 0, "change": 0, "same": 7}
    people[0].write_text(PEOPLE.replace("0912 345 678", "0987 654 321"), encoding="utf-8")
    seen = bangiao(SECRETARY, "user", "import", *people, "--dry-run", language="en")
    assert "phone: 0912 345 678 → 0987 654 321" in seen.said
    assert bangiao(SECRETARY, "user", "import", *people, "--json").document["rows"]["change"] == 1
    assert "0987 654 321" in bangiao(SECRETARY, "user", "show", "hoa.le").said


def test_a_role_is_given_ended_and_given_again_by_hand(bangiao: Office, people: list[Path]) -> None:
    bangiao(SECRETARY, "user", "import", *people)
    role = ("minh.do", "--role", "auditor", "--unit", "new:01")
    assert bangiao(SECRETARY, "user", "link", *role).said == (
        "minh.do giữ vai trò kiểm toán viên ở Thành phố Hà Nội (new:01) kể từ 17/06/2025."
    )
    bangiao.clock = "2025-07-01T08:00:00+07:00"
    ended = bangiao(SECRETARY, "user", "assign", *role, "--until", "2025-07-31", "--json").document
    assert (ended["since"], ended["until"], ended["changed"]) == ("2025-06-17", "2025-07-31", True)
    assert bangiao(SECRETARY, "user", "assign", *role, "--until", "2025-07-31", "--json").document["changed"] is False
    overlapping = bangiao(SECRETARY, "user", "assign", *role, "--since", "2025-07-15")
    assert overlapping.code == 2
    assert "17/06/2025" in overlapping.complaint


def test_disabling_the_last_lead_says_how_many_units_have_nobody_now(bangiao: Office, people: list[Path]) -> None:
    bangiao(SECRETARY, "user", "import", *people)
    bangiao(SECRETARY, "user", "substitute", "minh.do", "hoa.le", "--until", "2025-06-30")
    assert bangiao(SECRETARY, "user", "disable", "hoa.le").code == 2, "no reason was given"
    gone = bangiao(SECRETARY, "user", "disable", "hoa.le", "--reason", "chuyển công tác", language="en")
    assert "Units that have nobody as unit lead now: 1." in gone.said
    assert "Nobody stands in for minh.do any more" in gone.said
    assert ("unit_lead", "hoa.le", None) not in asked(bangiao)
    refused = bangiao(SECRETARY, "user", "assign", "hoa.le", "--role", "verifier", "--unit", BA_DINH)
    assert refused.code == 2
    assert "Lê Thị Hoa" in refused.complaint


def test_the_plan_and_the_status_show_for_which_steps_nobody_can_be_asked(
    bangiao: Office, people: list[Path], tmp_path: Path
) -> None:
    file = write_decision(tmp_path, own_decision())
    plan = bangiao(SECRETARY, "decision", "preview", file, "--json").document
    (missing,) = [one for one in plan["nobody_to_ask"] if one["role"] == "unit_lead"]
    assert missing["units"] == plan["without_lead"] == 6
    plan_hash = bangiao(SECRETARY, "decision", "draft", file, "--json").document["plan_hash"]
    bangiao(CHAIR, "decision", "register", own_decision().number, "--plan-hash", plan_hash)
    bangiao.worker_comes()

    found = bangiao(SECRETARY, "status", "--unassigned", "--json")
    assert found.code == 3
    assert found.document["steps"] == sum(one["steps"] for one in plan["nobody_to_ask"])
    assert found.document["lines"][0]["unit"] == SPLIT, "the unit with the most to do comes first"
    assert "bangiao status --unassigned" in bangiao(SECRETARY, "status").said

    bangiao(SECRETARY, "user", "import", *people)
    everywhere = ("user", "assign", "minh.do", "--role", "unit_lead", "--unit")
    bangiao(SECRETARY, *everywhere, SPLIT)
    fewer = bangiao(SECRETARY, "status", "--unassigned", "--json").document
    assert SPLIT not in {line["unit"] for line in fewer["lines"]}
    bangiao(SECRETARY, *everywhere, "new:01")
    assert bangiao(SECRETARY, "status", "--unassigned").code == 0
    assert bangiao(SECRETARY, "status", "--json").document["unassigned"] == {"units": 0, "steps": 0}


def test_a_second_account_with_the_same_mailbox_is_refused_unless_people_share_it(bangiao: Office) -> None:
    def add(account: str, *more: str) -> tuple[int, str]:
        answer = bangiao(SECRETARY, "user", "add", account, "--name", "Lê Thị Hoa", *more)
        return answer.code, answer.complaint

    mine = ("--email", "hoa.le@example.vn")
    assert add("hoa.le", *mine) == (0, "")
    code, complaint = add("hoa2", "--email", "Hoa.Le@example.vn")
    assert code == 2
    assert "đã là địa chỉ thư điện tử của hoa.le" in complaint
    assert add("hoa.le", *mine, "--phone", "0912 345 678") == (0, ""), "their own is theirs"
    assert add("hoa2", *mine, "--shared-mailbox") == (0, "")
    assert add("hoa2", "--language", "en") == (0, ""), "it was said once"
    bangiao(SECRETARY, "user", "disable", "hoa.le", "--reason", "nghỉ hưu")
    assert add("hoa3", *mine)[0] == 2, "hoa2 still has it"
