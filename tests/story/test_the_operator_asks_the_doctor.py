"""The operator asks whether the installation is sound: one command, an answer in words and as JSON, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builders import own_decision, write_decision
from conftest import Office
from sqlalchemy import text

from bangiao.attachments import store_of
from bangiao.doctor import CHECKS
from bangiao.settings import Settings
from db.session import begin_write

MOSTLY_EMBEDDED = True

OPERATOR, SECRETARY, CHAIR = "quan-tri", "thu-ky", "chu-tich"
STEP = "old:00634/DAT-03"
NEXT_DAY = "2025-06-18T08:00:00+07:00"


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    """A decision is open, and one lead answers for the whole country."""
    file = write_decision(tmp_path, own_decision())
    drafted = bangiao(SECRETARY, "decision", "draft", file, "--json").document
    assert bangiao(CHAIR, "decision", "register", drafted["number"], "--plan-hash", drafted["plan_hash"]).code == 0
    bangiao.worker_comes()
    for account, role in (("lan", "unit_lead"), (CHAIR, "committee")):
        assert bangiao(SECRETARY, "user", "add", account, "--name", account).code == 0
        assert bangiao(SECRETARY, "user", "assign", account, "--role", role, "--unit", "all").code == 0
    with bangiao.wiring() as wiring, begin_write(wiring.engine) as connection:  # Prefect took it
        connection.execute(text("UPDATE outbox SET state = 'delivered', delivered_at = available_at"))
    return bangiao


def attached(office: Office, folder: Path) -> Path:
    """Lan attaches a file; gives where the store keeps it."""
    report = folder / "biên bản.txt"
    report.write_text("Đã đối soát.\n", encoding="utf-8")
    assert office("lan", "step", "attach", STEP, "--file", report).code == 0
    store = store_of(Settings(data_dir=office.folder))
    return store.path(next(iter(store.digests())))


def test_of_a_sound_installation_the_doctor_says_so_in_both_languages(office: Office, tmp_path: Path) -> None:
    attached(office, tmp_path)
    english = office(OPERATOR, "doctor", "--deep", language="en")
    assert english.code == 0
    assert "✓ Files of evidence 1 files on record are in the store, with their sizes." in english.said
    assert english.said.endswith(f"Sound: {len(CHECKS)} checks, no findings.")
    assert "✗" not in english.out
    vietnamese = office(OPERATOR, "doctor", "--deep")
    assert vietnamese.code == 0
    assert vietnamese.said.endswith(f"Ổn: {len(CHECKS)} mục kiểm tra, không có phát hiện nào.")


def test_a_file_that_is_gone_is_named_with_its_step_and_comes_back_when_it_is_attached_again(
    office: Office, tmp_path: Path
) -> None:
    attached(office, tmp_path).unlink()
    said = office(OPERATOR, "doctor", language="en")
    assert said.code == 3
    assert "✗ Files of evidence Findings: 1" in said.said
    assert f"which proves {STEP}, is not in the store." in said.said
    assert f"or attach the same file again: bangiao step attach {STEP}" in said.said
    assert said.said.endswith("checks have findings, together 1.")

    attached(office, tmp_path)
    assert office(OPERATOR, "doctor").code == 0


def test_the_document_names_every_check_and_every_finding(office: Office, tmp_path: Path) -> None:
    attached(office, tmp_path).unlink()
    answer = office(OPERATOR, "doctor", "--json", language="en")
    assert answer.code == 3
    document = answer.document
    assert (document["sound"], document["checked"], document["repaired"]) == (False, True, None)
    (wrong,) = [one for one in document["checks"] if one["health"] != "sound"]
    assert (wrong["name"], wrong["area"], wrong["health"], wrong["total"]) == ("files", "evidence", "wrong", 1)
    (finding,) = wrong["findings"]
    assert sorted(finding) == ["by_repair", "to_do", "what", "where"]
    assert finding["by_repair"] is False
    assert [one["name"] for one in document["checks"]] == [one.name for one in CHECKS if not one.deep]


def test_somebody_must_be_found_is_no_damage_and_still_a_finding(office: Office) -> None:
    assert office(SECRETARY, "user", "disable", "lan", "--reason", "chuyển công tác").code == 0
    said = office(OPERATOR, "doctor", language="en")
    assert said.code == 3
    assert "! Somebody to ask" in said.said
    assert "Nobody is unit lead in" in said.said
    assert "lan is disabled since 17/06/2025 and still holds roles: 1." in said.said
    assert "✗" not in said.out


def test_a_repair_moves_what_a_crash_left_and_goes_on_record(office: Office, tmp_path: Path) -> None:
    store = store_of(Settings(data_dir=office.folder))
    with (tmp_path / "mo-coi.txt").open("w+b") as file:
        file.write(b"khong ai biet")
        file.seek(0)
        stored = store.put(file, "mo-coi.txt")
    with office.wiring() as wiring:
        when = wiring.now().timestamp()
    os.utime(store.path(stored.digest), (when, when))
    assert office(OPERATOR, "doctor").code == 0
    office.clock = NEXT_DAY
    found = office(OPERATOR, "doctor", language="en")
    assert found.code == 3
    assert found.said.endswith("Put right what is safe to put right with: bangiao doctor --repair")

    repaired = office(OPERATOR, "doctor", "--repair", language="en")
    assert repaired.code == 0
    assert "Files without a row moved to quarantine: 1" in repaired.said
    assert (store.folder / "quarantine" / "2025-06-18" / stored.digest).exists()
    with office.wiring() as wiring, wiring.engine.connect() as connection:
        told = connection.execute(text("SELECT actor FROM event WHERE type = 'installation.repaired'")).all()
    assert [row.actor for row in told] == [OPERATOR]

    again = office(OPERATOR, "doctor", "--repair", "--json").document
    assert again["sound"] is True
    assert again["repaired"] == {"recounted": [], "quarantined": [], "brought_back": [], "leftovers": 0}


def test_without_a_database_the_doctor_says_what_is_missing_and_makes_none(bangiao: Office, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "bangiao.db"
    said = bangiao(OPERATOR, "doctor", "--repair", language="en", DATABASE_URL=f"sqlite:///{nowhere}")
    assert said.code == 3
    assert f"There is no database at {nowhere} yet." in said.said.replace("\n", "")
    assert "– Open needs Not looked at, because of: Database." in said.said
    assert not nowhere.exists()


def test_a_database_that_does_not_answer_cannot_be_checked(bangiao: Office, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database " * 100)
    said = bangiao(OPERATOR, "doctor", language="en", DATABASE_URL=f"sqlite:///{broken}")
    assert said.code == 1
    assert "? Database It could not be checked (DatabaseError: file is not a database)." in said.said
    assert "checks could not be made" in said.said


def test_settings_that_cannot_be_read_are_named(bangiao: Office) -> None:
    said = bangiao(OPERATOR, "doctor", EVIDENCE_MAX_MB="viele")
    assert said.code == 1
    assert "BANGIAO_EVIDENCE_MAX_MB" in said.said
