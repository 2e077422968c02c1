"""Packages from the record: whole, the same for the same facts, refused where there is nothing or no right to it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from databases import OfficeMaker
from exports import OF_UNIT, STEP, UNIT, content, digest, exported, holds, office_with_file, proved, rows
from offices import HA_NOI_COMMITTEE, appoint, do, lead_of, note, step_of
from sqlalchemy import select

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.health.packages import old_workshops, remove_old_workshops
from bangiao.package_errors import ExportUnderWay, MayNotExport, NothingInScope, PackageFinished
from bangiao.package_orders import ExportOrder
from bangiao.package_queue import carry_out, order_package, own_place
from bangiao.package_workshop import left_workshops, workshop, workshops
from bangiao.packages import export
from bangiao.settings import child_environment
from bangiao.wiring import Wiring
from checklists.events import PACKAGE_EXPORTED, PACKAGE_ORDERED
from checklists.package.scope import Scope
from checklists.people import PersonRole
from checklists.steps import Act
from db.models import EventRow, OutboxRow
from db.packages import DONE, FAILED, package_of, packages
from db.session import begin_read
from evidence.package import verify
from evidence.package.errors import CannotWritePackage, NoPackageKey, PackageDiskFull, TargetThere

MOSTLY_EMBEDDED = True


@pytest.fixture
def office_maker() -> OfficeMaker:
    return office_with_file


@pytest.fixture
def file(office: Path) -> Path:
    """What a step of the office was proved with."""
    return office


def events_of(wiring: Wiring, kind: str) -> list[dict[str, object]]:
    with begin_read(wiring.engine) as connection:
        found = connection.execute(select(EventRow.payload).where(EventRow.type == kind).order_by(EventRow.occurred_at))
        return [json.loads(row.payload) for row in found]


@pytest.mark.parametrize("name", ["package.zip", "package"])
def test_a_unit_leaves_as_a_package_that_stock_tools_and_our_verifier_accept(
    wiring: Wiring, file: Path, tmp_path: Path, name: str
) -> None:
    made = exported(wiring, tmp_path / name)
    assert holds(wiring, made.target, tmp_path)
    command = [sys.executable, verify.__file__, str(made.target), "--json"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert json.loads(told.stdout)["findings"] == []
    inside = content(made.target)
    [evidence] = [one for one in rows(made.target, "evidence") if one["kind"] == "file"]
    assert inside[f"data/{evidence['path']}"] == file.read_bytes()
    assert evidence["name"] == file.name
    assert all(path.isascii() for path in inside)
    done = [one for one in rows(made.target, "steps") if one["state"] == "done"]
    assert [(one["key"], one["finished_on"]) for one in done] == [("DAT-03", "2025-06-17")]
    assert len(rows(made.target, "events")) == len(rows(made.target, "proofs")) > 0
    assert not workshops(wiring.settings).exists() or list(workshops(wiring.settings).iterdir()) == []


def test_the_export_is_itself_an_event_in_the_log(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    made = exported(wiring, tmp_path / "a.zip", purpose="Kiểm toán khu vực I")
    [told] = events_of(wiring, PACKAGE_EXPORTED)
    assert told["tagmanifest"] == made.tagmanifest_sha256
    assert (told["purpose"], told["filters"]) == ("Kiểm toán khu vực I", {"unit": UNIT})
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, made.package)
    assert row is not None
    assert (row.state, row.checkpoint_size, row.bytes) == (DONE, made.checkpoint_size, made.target.stat().st_size)


def test_the_same_facts_give_the_same_bytes_and_say_so(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    first = exported(wiring, tmp_path / "a.zip")
    wiring.clock.advance(hours=3)  # type: ignore[attr-defined]
    again = exported(wiring, tmp_path / "b.zip")
    assert (first.again, again.again, again.package) == (False, True, first.package)
    assert digest(tmp_path / "a.zip") == digest(tmp_path / "b.zip")
    assert [one["again"] for one in events_of(wiring, PACKAGE_EXPORTED)] == [False, True]


def test_another_process_with_another_seed_zone_and_umask_makes_the_same_bytes(
    wiring: Wiring, file: Path, tmp_path: Path
) -> None:
    exported(wiring, tmp_path / "a.zip")
    script = (
        "import os, sys; os.umask(0o077); sys.path.insert(0, 'tests')\n"
        "from exports import exported; from pathlib import Path; from bangiao.wiring import wire\n"
        "assert exported(wire(), Path(sys.argv[1])).again"
    )
    settings = replace(wiring.settings, clock=wiring.now())
    environment = child_environment(settings, PYTHONHASHSEED="7", TZ="America/New_York", LC_ALL="C")
    command = [sys.executable, "-c", script, str(tmp_path / "b.zip")]
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[2])
    assert digest(tmp_path / "a.zip") == digest(tmp_path / "b.zip")


def test_whoever_wants_a_new_one_though_nothing_changed_gets_a_new_one(
    wiring: Wiring, file: Path, tmp_path: Path
) -> None:
    first = exported(wiring, tmp_path / "a.zip")
    second = exported(wiring, tmp_path / "b.zip", anew=True)
    assert second.package != first.package
    assert second.document["supersedes"] == {
        "package": first.package,
        "tagmanifest_sha256": first.tagmanifest_sha256,
        "as_of": first.document["as_of"],
        "changes": {},
    }


def test_a_later_package_names_what_it_supersedes_and_what_changed(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    first = exported(wiring, tmp_path / "a.zip")
    other = step_of(wiring, f"{UNIT}/NET-01/truoc")
    do(wiring, other, Act.START, lead_of(wiring, UNIT))
    do(wiring, other, Act.ATTACH, lead_of(wiring, UNIT), evidence=(note("tiếp"),))
    second = exported(wiring, tmp_path / "b.zip")
    before = second.document["supersedes"]
    assert before["package"] == first.package
    assert before["changes"]["steps.jsonl"] == {"added": 0, "changed": 1, "gone": 0}
    assert before["changes"]["evidence.jsonl"] == {"added": 1, "changed": 0, "gone": 0}
    assert before["changes"]["events.jsonl"]["added"] == 2
    assert f"Supersedes: {first.package}" in content(second.target)["bag-info.txt"].decode()
    assert holds(wiring, second.target, tmp_path)
    sizes = [int(path[-16:-4]) for path in content(second.target) if path.startswith("data/checkpoints/0")]
    assert {first.checkpoint_size, second.checkpoint_size} <= set(sizes)
    assert exported(wiring, tmp_path / "c.zip").package == second.package


def test_the_next_day_counts_other_days_and_is_another_package(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    exported(wiring, tmp_path / "a.zip")
    wiring.clock.advance(days=1)  # type: ignore[attr-defined]
    assert not exported(wiring, tmp_path / "b.zip").again


def test_another_language_is_another_report_and_another_package(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    vietnamese = exported(wiring, tmp_path / "a.zip")
    english = exported(wiring, tmp_path / "b.zip", language="en")
    assert english.package != vietnamese.package
    assert english.document["supersedes"] is None


def test_a_damaged_and_a_lost_file_stay_out_and_are_said_to_be_missing(
    wiring: Wiring, file: Path, tmp_path: Path
) -> None:
    second = tmp_path / "khác.txt"
    second.write_text("khác\n")
    step = step_of(wiring, f"{UNIT}/NET-01/truoc")
    proof = store_of(wiring.settings)
    evidence = kept(proof, HandedIn(wiring.today(), (second,)), wiring.today())
    do(wiring, step, Act.ATTACH, lead_of(wiring, UNIT), evidence=evidence)
    proof.path(digest(file)).chmod(0o600)
    proof.path(digest(file)).write_bytes(b"x" * file.stat().st_size)
    proof.path(digest(second)).unlink()
    made = exported(wiring, tmp_path / "a.zip")
    assert (made.missing["file_damaged"], made.missing["file_absent"], made.document["files"]) == (1, 1, 0)
    assert [one["path"] for one in rows(made.target, "evidence")] == [None, None, None]
    assert not [path for path in content(made.target) if path.startswith("data/files/")]
    assert holds(wiring, made.target, tmp_path)


def test_nothing_in_scope_is_refused_with_a_sentence(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingInScope):
        exported(wiring, tmp_path / "a.zip", Scope(unit="new:26743"))
    assert not (tmp_path / "a.zip").exists()
    with begin_read(wiring.engine) as connection:
        assert packages(connection) == []


def test_what_is_at_the_target_is_refused_before_anything_is_done(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("mine")
    with pytest.raises(TargetThere):
        exported(wiring, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_text() == "mine"


def test_without_a_key_nothing_is_exported(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    wiring.settings.sealing_package_key.unlink()
    with pytest.raises(NoPackageKey, match="bangiao evidence keys"):
        exported(wiring, tmp_path / "a.zip")


DECISION = Scope(decision="01/QĐ-TN")


@pytest.mark.parametrize(
    ("role", "over", "scope", "may"),
    [
        (PersonRole.AUDITOR, UNIT, OF_UNIT, True),
        (PersonRole.COMMITTEE, "new:01", OF_UNIT, True),
        (PersonRole.UNIT_LEAD, UNIT, OF_UNIT, False),
        (PersonRole.AUDITOR, "new:26743", OF_UNIT, False),
        (PersonRole.AUDITOR, UNIT, DECISION, False),
        (PersonRole.AUDITOR, "new:01", DECISION, True),
        (PersonRole.AUDITOR, "new:01", Scope(), False),
        (PersonRole.AUDITOR, "*", Scope(), True),
        (PersonRole.AUDITOR, "new:01", Scope(person=HA_NOI_COMMITTEE), False),
        (PersonRole.AUDITOR, "new:01", Scope(person=HA_NOI_COMMITTEE, province="new:01"), True),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_whoever_takes_a_package_away_needs_a_role_over_all_that_is_in_it(
    wiring: Wiring, file: Path, tmp_path: Path, role: PersonRole, over: str, scope: Scope, may: bool
) -> None:
    appoint(wiring, "thanh-tra", role, over)
    order = ExportOrder(scope, tmp_path / "a.zip", "thanh-tra", reader="thanh-tra")
    if may:
        assert export(wiring, order).package
    else:
        with pytest.raises(MayNotExport):
            export(wiring, order)
        assert not order.target.exists()


def test_a_full_disk_leaves_nothing_at_the_target_and_the_next_try_goes_on(
    wiring: Wiring, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(folder):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PackageDiskFull):
        exported(wiring, folder / "a.zip")
    monkeypatch.undo()
    assert list(folder.iterdir()) == []
    made = exported(wiring, folder / "a.zip")
    assert made.package == "goi-minh-chung-000001"
    assert holds(wiring, made.target, tmp_path)


def test_a_disk_that_takes_nothing_is_a_sentence(
    wiring: Wiring, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(CannotWritePackage):
        exported(wiring, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_two_exports_of_one_scope_do_not_get_into_each_others_way(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    order = ExportOrder(OF_UNIT, tmp_path / "a.zip", "an")
    with workshop(wiring.settings, order.scope_hash), pytest.raises(ExportUnderWay):
        export(wiring, order)
    assert export(wiring, order).package


def test_an_ordered_package_is_made_later_and_only_once(wiring: Wiring, file: Path) -> None:
    package = order_package(wiring, ExportOrder(OF_UNIT, own_place(), "an"))
    with begin_read(wiring.engine) as connection:
        consumers = list(
            connection.scalars(select(OutboxRow.consumer).where(OutboxRow.event_id == f"{package}:ordered"))
        )
    assert consumers == ["export-package"]
    assert [one["package"] for one in events_of(wiring, PACKAGE_ORDERED)] == [package]
    made = carry_out(wiring, package)
    assert made.package == package
    assert made.target.is_file()
    with pytest.raises(PackageFinished):
        carry_out(wiring, package)


def test_an_order_that_finds_nothing_new_hands_out_the_package_of_before(
    wiring: Wiring, file: Path, tmp_path: Path
) -> None:
    first = exported(wiring, tmp_path / "a.zip")
    package = order_package(wiring, ExportOrder(OF_UNIT, own_place(), "an"))
    made = carry_out(wiring, package)
    assert (made.again, made.package, digest(made.target)) == (True, first.package, digest(first.target))
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
    assert row is not None
    assert (row.state, row.repeats) == (DONE, first.package)


def test_an_order_that_went_wrong_says_why_and_can_be_taken_up_again(wiring: Wiring, file: Path) -> None:
    package = order_package(wiring, ExportOrder(OF_UNIT, own_place(), "an", language="en"))
    key = wiring.settings.sealing_package_key
    key.chmod(0o644)
    with pytest.raises(Exception, match="chmod 600"):
        carry_out(wiring, package)
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
    assert row is not None
    assert row.state == FAILED
    assert "chmod 600" in row.stage
    key.chmod(0o600)
    assert carry_out(wiring, package).package == package


def test_a_period_and_a_state_narrow_what_is_in(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    made = exported(wiring, tmp_path / "a.zip", Scope(unit=UNIT, states=("done",)))
    assert {one["state"] for one in rows(made.target, "steps")} == {"done"}
    assert made.document["filters"] == {"unit": UNIT, "states": ["done"]}
    with pytest.raises(NothingInScope):
        exported(wiring, tmp_path / "b.zip", Scope(unit=UNIT, since=date(2030, 1, 1)))


def test_more_evidence_changes_one_package_into_another(wiring: Wiring, file: Path, tmp_path: Path) -> None:
    exported(wiring, tmp_path / "a.zip")
    photo = tmp_path / "thêm.txt"
    photo.write_text("thêm\n", encoding="utf-8")
    proved(wiring, f"{UNIT}/SVC-01/truoc", photo)
    made = exported(wiring, tmp_path / "b.zip")
    assert made.document["files"] == 2
    assert left_workshops(wiring.settings) == []
    assert STEP.startswith(UNIT)


def test_what_an_interrupted_export_left_is_a_finding_after_a_day_and_repair_removes_it(
    wiring: Wiring, file: Path
) -> None:
    order = ExportOrder(OF_UNIT, file.with_name("a.zip"), "an")
    with workshop(wiring.settings, order.scope_hash) as shop:
        shop.fresh_bag().write("data/files/x.txt", b"x")
        assert left_workshops(wiring.settings) == []
    [left] = left_workshops(wiring.settings)
    assert old_workshops(wiring.settings, left.touched + timedelta(hours=23)) == []
    assert remove_old_workshops(wiring.settings, left.touched + timedelta(hours=25)) == [left]
    assert left_workshops(wiring.settings) == []
