"""kill -9 at every named point, then again: the end is exactly the plan, with every event told once.

Each work is done by a process of its own, as the command line, a flow or the relay would do it; the second try is made
by the test, as another process on the same database.
"""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import works
from builders import REGISTRAR, SPLIT, draft, open_all, own_decision, register
from exactness import assert_exactly_the_plan, rows_of
from exports import DEATHS as DEATHS_OF_AN_EXPORT
from sqlalchemy import select
from works import DEATHS, DEATHS_OF_A_SENDER, DEATHS_OF_EVENTS, DEATHS_OF_THE_LOG, DEATHS_WITH_A_FILE

from bangiao.settings import child_environment
from bangiao.wiring import Wiring
from checklists.events import OPEN_CHECKLISTS
from db.faults import POINTS, arm, faultpoint, parse_fault
from db.models import ChecklistRow, DecisionRow, OpeningRow, OutboxRow, StepRow, table_of
from db.session import begin_read

ROOT = Path(__file__).parents[2]
SMALL = own_decision(predecessors=[SPLIT, "old:00004"])


def test_every_point_in_the_code_is_registered_and_every_registered_point_is_in_the_code() -> None:
    called: list[str] = []
    for folder in ("bangiao", "checklists", "db", "evidence", "flows", "notifiers"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == faultpoint.__name__:
                    assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}: write the name out"
                    called.append(node.args[0].value)
    assert sorted(called) == sorted(POINTS)


def test_every_registered_point_is_died_at_in_a_test() -> None:
    died_at = [
        *(point for _, point in DEATHS),
        *DEATHS_WITH_A_FILE,
        *DEATHS_OF_A_SENDER,
        *DEATHS_OF_EVENTS,
        *DEATHS_OF_THE_LOG,
        *DEATHS_OF_AN_EXPORT,
    ]
    assert {parse_fault(point)[0] for point in died_at} == POINTS.keys()


def test_an_unarmed_point_does_nothing_and_an_armed_one_waits_for_its_turn() -> None:
    arm(("commit.after", 2))
    try:
        for point in POINTS:
            faultpoint(point)  # commit.after for the first time: we live
    finally:
        arm(None)
    for point in POINTS:
        faultpoint(point)


@pytest.fixture
def chunked(wiring: Wiring) -> Wiring:
    return Wiring(replace(wiring.settings, chunk_units=2), wiring.engine, wiring.clock)


@pytest.mark.parametrize(("work", "fault"), DEATHS, ids=lambda value: value.replace(":", "-"))
def test_after_a_death_there_the_same_work_done_again_ends_in_exactly_the_plan(
    chunked: Wiring, processes: ForkServerContext, tmp_path: Path, work: str, fault: str
) -> None:
    prefect = tmp_path / "runs that Prefect was asked for"
    drafted = draft(chunked, SMALL)
    if work != "register":
        register(chunked, SMALL.number, drafted.summary.hash)
    do, *arguments = {
        "register": (works.register, SMALL.number, drafted.summary.hash, REGISTRAR),
        "open": (works.open_checklists, drafted.decision_id),
        "relay": (works.relay, prefect),
    }[work]
    armed = replace(chunked.settings, fault=parse_fault(fault), clock=chunked.now())
    dying = processes.Process(target=do, args=(armed, *arguments))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    again = Wiring(chunked.settings, chunked.engine, chunked.clock)

    with begin_read(again.engine) as connection:
        told = connection.execute(select(OutboxRow.event_id).where(OutboxRow.consumer == OPEN_CHECKLISTS)).all()
        state = connection.scalars(select(DecisionRow.state)).one()
    assert len(told) == (state == "registered")
    assert_only_whole_chunks(again)

    register(again, SMALL.number, drafted.summary.hash)
    again.clock.advance(minutes=5)  # type: ignore[attr-defined]  # the lease of a dead relay has ended
    works.relay_with(again, prefect)
    open_all(again, drafted.decision_id)
    assert_exactly_the_plan(again, drafted.decision_id)
    assert len(set(prefect.read_text().split())) == 1
    with begin_read(again.engine) as connection:
        row = connection.execute(select(table_of(OutboxRow)).where(OutboxRow.consumer == OPEN_CHECKLISTS)).one()
    assert (row.state, row.run_id, row.claimed_until) == ("delivered", "run-1", None)


def assert_only_whole_chunks(wiring: Wiring) -> None:
    """What a death leaves is a number of chunks with all their rows, and nothing else."""
    with begin_read(wiring.engine) as connection:
        chunks = connection.execute(select(OpeningRow.checklists, OpeningRow.steps)).all()
    assert rows_of(wiring, ChecklistRow, StepRow) == {
        "checklist": sum(row.checklists for row in chunks),
        "step": sum(row.steps for row in chunks),
    }


def test_two_processes_that_open_the_same_decision_at_once_end_with_exactly_the_plan(
    chunked: Wiring, processes: ForkServerContext
) -> None:
    drafted = draft(chunked, SMALL)
    register(chunked, SMALL.number, drafted.summary.hash)
    openers = [
        processes.Process(target=works.open_checklists, args=(chunked.settings, drafted.decision_id)) for _ in range(2)
    ]
    for one in openers:
        one.start()
    for one in openers:
        one.join(60)
    assert [one.exitcode for one in openers] == [0, 0]
    assert_exactly_the_plan(Wiring(chunked.settings, chunked.engine, chunked.clock), drafted.decision_id)


def test_a_point_can_be_armed_from_the_environment_and_is_not_survived(chunked: Wiring) -> None:
    settings = child_environment(replace(chunked.settings, fault=None))
    line = "from bangiao.wiring import wire\nwith wire().unit_of_work(): pass"
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=ROOT, env=settings | {"BANGIAO_FAULT": "commit.before"}, check=False
    )
    assert done.returncode == -signal.SIGKILL
