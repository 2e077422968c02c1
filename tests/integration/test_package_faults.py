"""kill -9 at every point of an export: nothing half at the target, and the same order again ends with one package."""

from __future__ import annotations

import json
import signal
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from databases import OfficeMaker
from exports import DEATHS, at, digest, export_in_a_process, exported, holds, office_with_file
from sqlalchemy import select

from bangiao.package_workshop import left_workshops
from bangiao.wiring import Wiring
from checklists.events import PACKAGE_EXPORTED
from db.faults import parse_fault
from db.models import EventRow
from db.packages import DONE, packages
from db.session import begin_read


@pytest.fixture
def office_maker() -> OfficeMaker:
    return office_with_file


@pytest.mark.parametrize("name", ["package.zip", "package"])
@pytest.mark.parametrize("fault", DEATHS, ids=lambda value: value.replace(":", "-"))
def test_an_export_that_was_killed_ends_with_one_package_on_record_and_at_its_place(
    wiring: Wiring, office: Path, processes: ForkServerContext, tmp_path: Path, fault: str, name: str
) -> None:
    target = tmp_path / "out" / name
    target.parent.mkdir()
    dying = processes.Process(target=export_in_a_process, args=(at(wiring, fault=parse_fault(fault)), target))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL

    placed = fault in {"package.placed:1", "package.recorded:1"}
    assert [one.name for one in target.parent.iterdir()] == ([name] if placed else [])
    assert len(left_workshops(wiring.settings)) == 1
    if placed:
        assert holds(wiring, target, tmp_path / "before")
    recorded = fault == "package.recorded:1"
    last = target.with_name(f"again-{name}") if recorded else target
    made = exported(wiring, last)

    assert made.package == "goi-minh-chung-000001"
    assert holds(wiring, last, tmp_path / "after")
    if name.endswith("zip"):
        assert digest(last) == digest(target)
    assert left_workshops(wiring.settings) == []
    with begin_read(wiring.engine) as connection:
        assert [(one.id, one.state) for one in packages(connection)] == [(made.package, DONE)]
        told = connection.scalars(select(EventRow.payload).where(EventRow.type == PACKAGE_EXPORTED))
        assert sorted(json.loads(one)["again"] for one in told) == ([False, True] if recorded else [False])


def test_what_was_read_before_a_death_is_not_read_again_and_what_changed_meanwhile_is_in(
    wiring: Wiring, office: Path, processes: ForkServerContext, tmp_path: Path
) -> None:
    fault = parse_fault("package.staged:1")
    dying = processes.Process(target=export_in_a_process, args=(at(wiring, fault=fault), tmp_path / "a.zip"))
    dying.start()
    dying.join(60)
    [left] = left_workshops(wiring.settings)
    [brought] = (left.folder / "bag" / "data" / "files").iterdir()
    before = brought.stat()
    wiring.clock.advance(minutes=5)  # type: ignore[attr-defined]
    made = exported(wiring, tmp_path / "a.zip")
    assert brought.name.startswith(digest(office))
    assert made.as_of == wiring.now()
    assert before.st_size == office.stat().st_size
