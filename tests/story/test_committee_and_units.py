"""A committee registers a decision; units read what is theirs. Who does what, and what they see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders import HA_NOI, SPLIT, own_decision, real_decision, write_decision
from conftest import Office
from exactness import assert_exactly_the_plan, everything
from sqlalchemy import select, update

from bangiao.register_files import decision_files
from checklists.decisions import MergerDecision
from db.models import DecisionRow, OutboxRow, UnitRow
from db.session import begin_read, begin_write

ROOT = Path(__file__).parents[2]
HA_NOI_FILE = next(file for file in decision_files() if "1656" in file.name)
SECRETARY, CHAIR, LEAD = "thu-ky", "chu-tich", "truong-phuong"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A decision of our own: one ward of Hà Nội divided among five, one that goes whole into another."""
    return write_decision(tmp_path, own_decision(predecessors=[SPLIT, "old:00004"]))


def counted(bangiao: Office) -> dict[str, int]:
    with bangiao.wiring() as wiring:
        return everything(wiring)


def test_ha_noi_from_the_file_to_every_checklist(bangiao: Office) -> None:
    # The committee reads what would happen; nothing is written.
    before = counted(bangiao)
    seen = bangiao(SECRETARY, "decision", "preview", HA_NOI_FILE)
    assert seen.code == 0
    for words in ("Nghị quyết 1656/NQ-UBTVQH15", "16/06/2025", "01/07/2025", " 526 ", " 126 ", " 30 ", " 683 "):
        assert words in seen.said
    plan = bangiao(SECRETARY, "decision", "preview", HA_NOI_FILE, "--json").document
    assert plan["plan_hash"] in seen.said
    assert (plan["without_successor"], plan["without_predecessor"], plan["overlaps"]) == ([], [], {})
    assert plan["without_lead"] == 683
    assert counted(bangiao) == before

    # The secretary drafts it; she cannot register it herself; the chair can, with the hash that both have read.
    drafted = bangiao(SECRETARY, "decision", "draft", HA_NOI_FILE)
    assert drafted.code == 0
    assert f"bangiao decision register {HA_NOI} --plan-hash {plan['plan_hash']}" in drafted.said
    herself = bangiao(SECRETARY, "decision", "register", HA_NOI, "--plan-hash", plan["plan_hash"])
    assert (herself.code, "thu-ky" in herself.complaint) == (1, True)
    by_chair = bangiao(CHAIR, "decision", "register", HA_NOI, "--plan-hash", plan["plan_hash"])
    assert by_chair.code == 0
    again = bangiao(CHAIR, "decision", "register", HA_NOI, "--plan-hash", plan["plan_hash"], "--json")
    assert (again.code, again.document["changed"]) == (0, False)

    # The worker opens the checklists; everybody sees the same numbers as in the preview.
    bangiao.worker_comes()
    shown = bangiao(CHAIR, "decision", "show", HA_NOI, "--json").document
    assert (shown["state"], shown["drafted_by"], shown["registered_by"]) == ("opened", SECRETARY, CHAIR)
    assert shown["planned"]["steps"] == plan["plan"]["steps"]
    assert shown["open"] == {
        "checklists": sum(plan["plan"]["checklists"].values()),
        "steps": sum(plan["plan"]["steps"].values()),
    }
    status = bangiao(CHAIR, "status", "--json").document
    assert sum(one["steps"] for one in status["checklists"]) == shown["open"]["steps"]
    assert sum(one["steps"] for one in status["due"]) == shown["open"]["steps"]
    with bangiao.wiring() as wiring, begin_read(wiring.engine) as connection:
        decision_id = connection.scalars(select(DecisionRow.id)).one()
    with bangiao.wiring() as wiring:
        assert_exactly_the_plan(wiring, decision_id)


def test_a_unit_lead_reads_her_checklists_in_vietnamese_and_in_english(bangiao: Office, small: Path) -> None:
    register(bangiao, small)
    bangiao.worker_comes()
    vietnamese = bangiao(LEAD, "status", "--unit", SPLIT)
    assert vietnamese.code == 0
    assert f"Phường Đại Mỗ ({SPLIT})" in vietnamese.said
    assert "Sao lưu và bàn giao dữ liệu, hồ sơ" in vietnamese.said
    assert "Sao lưu và bàn giao dữ liệu" in vietnamese.said or "Sao lưu, dự phòng dữ liệu định kỳ" in vietnamese.said
    assert "23/06/2025" in vietnamese.said  # issued on the 16th, seven days later
    english = bangiao(LEAD, "status", "--unit", SPLIT, language="en")
    assert "Back up data periodically and keep redundancy" in english.said
    assert "Sao lưu, dự phòng" not in english.said
    for said in (vietnamese.said, english.said):
        assert said.count("DAT-05/giao ") >= 5
        assert "(new:00634)" in said
    document = bangiao(LEAD, "status", "--unit", SPLIT, "--json").document
    steps = [step for sheet in document["checklists"] for step in sheet["steps"]]
    assert all(step["explanation"]["vi"] and step["explanation"]["en"] and step["legal_basis"] for step in steps)
    assert {one["role"] for one in document["checklists"]} == {"predecessor"}


def test_who_is_behind_is_told_by_the_exit_code(bangiao: Office, small: Path) -> None:
    register(bangiao, small)
    bangiao.worker_comes()
    late_in_june = bangiao(CHAIR, "status", "--overdue", "--json")
    assert late_in_june.code == (3 if late_in_june.document["overdue"] else 0)
    bangiao.clock = "2025-08-01T08:00:00+07:00"
    in_august = bangiao(CHAIR, "status", "--overdue")
    assert in_august.code == 3
    assert "01/08/2025" in in_august.said
    assert bangiao(CHAIR, "status").code == 0


def test_a_file_with_mistakes_is_refused_with_a_sentence_for_each_and_nothing_is_written(
    bangiao: Office, tmp_path: Path
) -> None:
    content = json.loads(own_decision(predecessors=[SPLIT]).canonical_json())
    content["effective"] = "2025-06-01"
    content["successions"][0][0] = "old:99999"
    content["successions"][1][1] = "00622"
    file = tmp_path / "sai.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    before = counted(bangiao)
    for verb in ("preview", "draft"):
        answer = bangiao(SECRETARY, "decision", verb, file, language="en")
        assert (answer.code, answer.out) == (2, "")
        assert "sai.json" in answer.complaint
        assert "old:99999" in answer.complaint
        assert "00622" in answer.complaint
        assert "nothing was written" in answer.complaint
        asked = bangiao(SECRETARY, "decision", verb, file, "--json", language="en")
        assert len(asked.document["errors"]) >= 3
    assert counted(bangiao) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("decision", "preview", "there-is-no-such-file.yaml"), 2),
        (("decision", "register", "9/QĐ", "--plan-hash", "x"), 2),
        (("decision", "show", "9/QĐ"), 2),
        (("status", "--unit", "new:99999"), 2),
        (("status", "--nonsense"), 2),
        (("nonsense",), 2),
    ],
)
def test_what_cannot_be_done_ends_with_a_sentence_and_its_exit_code(
    bangiao: Office, words: tuple[str, ...], code: int
) -> None:
    answer = bangiao(SECRETARY, *words)
    assert answer.code == code
    assert answer.complaint
    assert "Traceback" not in answer.err + answer.out
    asked = bangiao(SECRETARY, *words, "--json")
    assert asked.code == code
    assert asked.document["errors"]


def test_a_plan_that_changed_meanwhile_is_refused_with_what_changed(bangiao: Office, small: Path) -> None:
    plan_hash = bangiao(SECRETARY, "decision", "draft", small, "--json").document["plan_hash"]
    with bangiao.wiring() as wiring, begin_write(wiring.engine) as connection:
        connection.execute(update(UnitRow).where(UnitRow.key == SPLIT).values(level="district", kind="quận"))
    before = counted(bangiao)
    number = own_decision().number
    refused = bangiao(CHAIR, "decision", "register", number, "--plan-hash", plan_hash)
    assert refused.code == 1
    assert "đơn vị có bước công việc thay đổi" in refused.complaint
    assert "new:00622" in refused.complaint  # one of the five that would receive
    assert plan_hash[:12] in refused.complaint
    assert counted(bangiao) == before
    # Drafted and read again, it can be registered.
    plan_hash = bangiao(SECRETARY, "decision", "draft", small, "--json").document["plan_hash"]
    assert bangiao(CHAIR, "decision", "register", number, "--plan-hash", plan_hash).code == 0


def test_without_prefect_a_decision_is_registered_and_its_checklists_follow(bangiao: Office, small: Path) -> None:
    said = register(bangiao, small, language="en")
    assert "The checklists are opened by the worker (bangiao up); if it is not running, they follow when it is." in said
    waiting = bangiao(CHAIR, "decision", "show", own_decision().number, "--json").document
    assert (waiting["state"], waiting["open"]) == ("registered", {"checklists": 0, "steps": 0})
    assert bangiao(CHAIR, "status").code == 0
    with bangiao.wiring() as wiring, begin_read(wiring.engine) as connection:
        assert connection.execute(select(OutboxRow.consumer, OutboxRow.state)).all() == [("open-checklists", "pending")]
    bangiao.worker_comes()
    assert bangiao(CHAIR, "decision", "show", own_decision().number, "--json").document["state"] == "opened"


def test_a_division_over_tet_with_dates_long_past(bangiao: Office, tmp_path: Path) -> None:
    """In 2026 a ward is divided between two others: its terms run into Tết, and fixed dates of 2025 are past."""
    fields = own_decision("05/NQ-2026").model_dump(exclude={"successions"})
    decision = MergerDecision.model_validate(
        fields
        | {
            "issued": "2026-02-03",
            "effective": "2026-02-03",
            "operational": "2026-03-02",
            "successions": [
                ["new:00004", "new:00008", "part", "chia theo khu dân cư"],
                ["new:00004", "new:00025", "part", "chia theo khu dân cư"],
            ],
        }
    )
    bangiao.clock = "2026-02-04T08:00:00+07:00"
    file = write_decision(tmp_path, decision)
    plan = bangiao(SECRETARY, "decision", "preview", file, "--json").document
    assert plan["overdue_at_birth"] > 0
    register(bangiao, file, number=decision.number)
    bangiao.worker_comes()

    document = bangiao(LEAD, "status", "--unit", "new:00004", "--json").document
    steps = {(step["key"], step["counterpart"]): step for sheet in document["checklists"] for step in sheet["steps"]}
    assert {counterpart for key, counterpart in steps if key == "DAT-05/giao"} == {"new:00008", "new:00025"}
    devices = steps[("INF-01", None)]  # fifteen days from 3 February end on 18 February, in Tết
    assert devices["due_on"] == "2026-02-23"
    assert "Tết" in devices["explanation"]["vi"]
    assert "18/02/2026" in devices["explanation"]["en"]
    assert devices["overdue_at_birth"] is False

    receiver = bangiao(LEAD, "status", "--unit", "new:00008", "--json").document
    born_late = [step for sheet in receiver["checklists"] for step in sheet["steps"] if step["overdue_at_birth"]]
    assert born_late
    assert all(step["due_on"] < "2026-02-04" for step in born_late)
    status = bangiao(CHAIR, "status", "--overdue", "--json")
    assert (status.code, status.document["overdue"]) == (3, plan["overdue_at_birth"])


def test_two_decisions_about_the_same_units_are_seen_in_the_preview_and_refused_later(
    bangiao: Office, small: Path, tmp_path: Path
) -> None:
    other = write_decision(tmp_path, own_decision("02/QĐ-TN", predecessors=[SPLIT]), "other.json")
    bangiao(SECRETARY, "decision", "draft", small)
    seen = bangiao(SECRETARY, "decision", "preview", other, "--json").document
    assert seen["overlaps"] == {own_decision().number: 6}
    register(bangiao, small)
    refused = bangiao(SECRETARY, "decision", "draft", other)
    assert refused.code == 2
    assert own_decision().number in refused.complaint


def test_who_leads_a_unit_is_known_when_the_plan_is_read(bangiao: Office, small: Path) -> None:
    before = bangiao(SECRETARY, "decision", "preview", small, "--json").document["without_lead"]
    assert bangiao(CHAIR, "user", "add", LEAD, "--name", "Lê Thị Hoa").code == 0
    assigned = bangiao(CHAIR, "user", "assign", LEAD, "--role", "unit_lead", "--unit", SPLIT)
    assert assigned.code == 0
    assert bangiao(SECRETARY, "decision", "preview", small, "--json").document["without_lead"] == before - 1


def test_an_office_of_one_may_do_without_the_second_person(bangiao: Office, small: Path) -> None:
    plan_hash = bangiao(SECRETARY, "decision", "draft", small, "--json").document["plan_hash"]
    alone = ("decision", "register", own_decision().number, "--plan-hash", plan_hash)
    assert bangiao(SECRETARY, *alone).code == 1
    assert bangiao(SECRETARY, *alone, FOUR_EYES="false").code == 0


def register(bangiao: Office, file: Path, *, number: str = own_decision().number, language: str = "vi") -> str:
    """Draft by the secretary, register by the chair; gives what the chair was told."""
    plan_hash = bangiao(SECRETARY, "decision", "draft", file, "--json").document["plan_hash"]
    answer = bangiao(CHAIR, "decision", "register", number, "--plan-hash", plan_hash, language=language)
    assert answer.code == 0, answer.err
    return answer.said


def test_the_same_file_has_the_same_plan_hash_on_every_machine(tmp_path: Path) -> None:
    """Two processes whose hashing, time zone and language differ, and a file with its rows the other way round."""
    content = json.loads(real_decision(HA_NOI).canonical_json())
    content["successions"].reverse()
    turned = tmp_path / "turned.json"
    turned.write_text(json.dumps(content), encoding="utf-8")
    machines = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "BANGIAO_LANGUAGE": "vi"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "BANGIAO_LANGUAGE": "en"},
    ]
    processes = []
    for place, (machine, file) in enumerate(zip(machines, (HA_NOI_FILE, turned), strict=True)):
        settings = {"BANGIAO_DATA_DIR": str(tmp_path / str(place)), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "bangiao.cli", "decision", "preview", str(file), "--json"]
        processes.append(subprocess.Popen(command, cwd=ROOT, env=settings | machine, stdout=subprocess.PIPE))
    hashes = {json.loads(one.communicate(timeout=120)[0])["plan_hash"] for one in processes}
    assert len(hashes) == 1
    assert len(hashes.pop()) == 64
