"""Succession of work on the record: every open step of a dissolved unit has a holder that stands, and moves once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builders import HA_NOI, SPLIT, altered, draft, open_all, own_decision, real_decision, registered, succession, unit
from databases import OfficeMaker
from exactness import everything, rows_of
from sqlalchemy import func, insert, select, update

from bangiao.settings import child_environment
from bangiao.step_work import act_on_step
from bangiao.succession import (
    NotAllOpen,
    NotInForce,
    NotYetDissolved,
    SuccessionReport,
    due_decisions,
    move_all_work,
    move_work,
)
from bangiao.wiring import Wiring, wire
from checklists.decisions import MergerDecision
from checklists.desk import Order
from checklists.events import DECISION_WORK_MOVED, WORK_MOVED
from checklists.handlers import UnknownDecision
from checklists.people import Assignment, Person, PersonRole
from checklists.step_handlers import UnknownStep
from checklists.step_rules import Actor, Request
from checklists.steps import OPEN, Act
from checklists.succession_of_work import Ground, Hindrance
from checklists.units import UnitKey
from db.models import ChecklistRow, DecisionRow, EventRow, StepRow, UnitRow, table_of
from db.people import write_assignment, write_person
from db.register import write_units
from db.session import begin_read, begin_write
from db.succession_of_work import steps_held_from_others
from db.work_models import StepHolderRow

if TYPE_CHECKING:
    from clocks import SetClock

ROOT = Path(__file__).parents[2]
FIRST_DAY = datetime.fromisoformat("2025-07-01T00:05:00+07:00")
WHOLE = "old:00004"
SMALL = own_decision(predecessors=[SPLIT, WHOLE])


def opened(wiring: Wiring, decision: MergerDecision) -> int:
    outcome = registered(wiring, decision)
    open_all(wiring, outcome.decision_id)
    return outcome.decision_id


@pytest.fixture
def office_maker() -> OfficeMaker:
    return on_the_first_day


def on_the_first_day(wiring: Wiring) -> Wiring:
    """The small decision is open, and its day has come."""
    opened(wiring, SMALL)
    wiring.clock.now = FIRST_DAY  # type: ignore[attr-defined]
    return wiring


@pytest.fixture
def small(office: Wiring) -> Wiring:
    return office


def open_steps(wiring: Wiring) -> list[Any]:
    """Every open step with the unit whose checklist it is in, and who owes it."""
    query = (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.counterpart,
            ChecklistRow.unit,
            ChecklistRow.role,
            func.coalesce(StepHolderRow.unit, ChecklistRow.unit).label("holder"),
            StepHolderRow.ground,
            StepHolderRow.since,
        )
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(OPEN))
    )
    with begin_read(wiring.engine) as connection:
        return list(connection.execute(query))


def gone(wiring: Wiring, day: date) -> set[str]:
    with begin_read(wiring.engine) as connection:
        return set(connection.scalars(select(UnitRow.key).where(UnitRow.valid_to < day)))


def set_state(wiring: Wiring, state: str, steps: Iterable[int]) -> None:
    with begin_write(wiring.engine) as connection:
        connection.execute(update(StepRow).where(StepRow.id.in_(list(steps))).values(state=state))


def events(wiring: Wiring, kind: str) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(table_of(EventRow)).where(EventRow.type == kind).order_by(EventRow.id))
        return [(row, json.loads(row.payload)) for row in rows]


def moves_of(report: SuccessionReport) -> dict[tuple[str, str, str], int]:
    return {(one.giving, one.to.unit, one.to.ground.value): len(one.steps) for one in report.division.moves}


def test_in_ha_noi_every_open_step_of_a_dissolved_unit_goes_to_one_that_stands(wiring: Wiring, clock: SetClock) -> None:
    opened(wiring, real_decision(HA_NOI))
    shown = move_work(wiring, HA_NOI, dry_run=True)
    assert shown.as_of == date(2025, 7, 1)
    assert rows_of(wiring, StepHolderRow) == {"step_holder": 0}
    clock.now = FIRST_DAY
    owed = {row.id for row in open_steps(wiring) if row.role == "predecessor"}
    done = move_work(wiring, HA_NOI)
    assert done.division == shown.division
    assert (done.division.moved, done.division.stays) == (len(owed), ())
    after = open_steps(wiring)
    ended = gone(wiring, date(2025, 7, 1))
    assert {row.holder for row in after} & ended == set()
    assert {row.id for row in after if row.ground is not None} == owed
    assert {row.since for row in after if row.ground} == {date(2025, 7, 1)}
    for row in after:
        if row.ground == Ground.COUNTERPART:
            assert row.holder == row.counterpart
        if row.ground == Ground.TWO_OR_MORE:
            assert row.holder == "new:01"
    before = everything(wiring)
    assert move_work(wiring, HA_NOI).empty
    assert everything(wiring) == before


def test_each_move_is_on_record_once_with_the_steps_it_took_along(small: Wiring) -> None:
    report = move_work(small, SMALL.number, actor="thu-ky")
    told = events(small, WORK_MOVED)
    assert {(row.subject, said["to"], said["ground"]): said["count"] for row, said in told} == moves_of(report)
    steps = Counter(step for _, said in told for step in said["steps"])
    assert set(steps.values()) == {1}
    assert steps.keys() == {row.id for row in open_steps(small) if row.ground}
    ((summary, said),) = events(small, DECISION_WORK_MOVED)
    assert (summary.subject, summary.actor, said["steps"]) == (SMALL.number, "thu-ky", len(steps))
    assert (said["from"], said["to"], said["could_not_move"]) == (2, 6 + 1, 0)


def test_what_a_split_unit_owes_is_divided_as_its_steps_say(small: Wiring) -> None:
    move_work(small, SMALL.number)
    of_split = [row for row in open_steps(small) if row.unit == SPLIT]
    assert {row.holder for row in of_split if not row.counterpart} == {"new:01"}
    assert all(row.holder == row.counterpart for row in of_split if row.counterpart)
    assert {row.counterpart for row in of_split} == {
        "",
        *(r.successor for r in SMALL.successions if r.predecessor == SPLIT),
    }
    of_whole = [row for row in open_steps(small) if row.unit == WHOLE]
    assert {(row.holder, row.ground) for row in of_whole} == {("new:00004", Ground.SOLE_SUCCESSOR)}


def test_the_receiving_unit_sees_what_it_holds_and_from_whom(small: Wiring) -> None:
    move_work(small, SMALL.number)
    with begin_read(small.engine) as connection:
        held = steps_held_from_others(connection, "new:01")
        assert steps_held_from_others(connection, SPLIT) == []
    assert {(one.unit, one.name, one.decision, one.ground, one.since) for one in held} == {
        (SPLIT, "Phường Đại Mỗ", SMALL.number, Ground.TWO_OR_MORE.value, date(2025, 7, 1))
    }
    assert {one.id for one in held} == {row.id for row in open_steps(small) if row.holder == "new:01" and row.ground}


def test_settled_steps_stay_and_what_is_opened_or_reopened_later_follows_with_the_next_run(small: Wiring) -> None:
    owed = [row.id for row in open_steps(small) if row.unit == WHOLE]
    settled = dict(zip(owed[:3], ("done", "not_applicable", "cancelled"), strict=True))
    for step, state in settled.items():
        set_state(small, state, [step])
    move_work(small, SMALL.number)
    with begin_read(small.engine) as connection:
        moved = set(connection.scalars(select(StepHolderRow.step_id)))
        template = connection.execute(select(table_of(StepRow)).where(StepRow.id == owed[5])).one()
    assert moved & settled.keys() == set()
    assert set(owed) - moved == settled.keys()
    assert move_work(small, SMALL.number).empty
    set_state(small, "in_progress", owed[:1])  # reopened
    again = {**template._mapping, "id": template.id + 900, "occurrence": 2, "state": "ready"}  # its next time
    with begin_write(small.engine) as connection:
        connection.execute(insert(StepRow).values(again))
    report = move_work(small, SMALL.number)
    assert [(one.giving, one.to.unit, one.steps) for one in report.division.moves] == [
        (WHOLE, "new:00004", sorted([owed[0], template.id + 900]))
    ]


def later_decision(wiring: Wiring, number: str = "02/2026", operational: str = "2026-01-01") -> MergerDecision:
    """Phường Ba Đình, which took over from old:00004, is dissolved in its turn."""
    with begin_write(wiring.engine) as connection:
        assert connection.scalar(select(UnitRow.key).where(UnitRow.key == "new:01"))
        write_units(connection, [unit("next:1", kind="phường", parent="new:01")])
    return altered(
        SMALL,
        number=number,
        effective=date.fromisoformat(operational),
        operational=date.fromisoformat(operational),
        successions=(succession("new:00004", "next:1"),),
    )


def own_holder(wiring: Wiring, unit_: str) -> set[str]:
    return {row.holder for row in open_steps(wiring) if row.unit == unit_}


def test_what_a_unit_took_over_goes_on_when_that_unit_is_dissolved_too(small: Wiring, clock: SetClock) -> None:
    move_work(small, SMALL.number)
    later = later_decision(small)
    opened(small, later)
    clock.now = datetime.fromisoformat("2026-01-01T00:05:00+07:00")
    before = {row.id for row in open_steps(small) if row.holder == "new:00004"}
    report = move_work(small, later.number)
    assert [(one.giving, one.to.unit, one.to.since) for one in report.division.moves] == [
        ("new:00004", "next:1", date(2026, 1, 1))
    ]
    assert set(report.division.moves[0].steps) == before
    assert own_holder(small, WHOLE) == own_holder(small, "new:00004") == {"next:1"}
    assert all(one.empty for one in move_all_work(small))


def test_a_run_that_comes_late_follows_the_chain_to_its_end_at_once(small: Wiring, clock: SetClock) -> None:
    opened(small, later_decision(small))
    clock.now = datetime.fromisoformat("2026-01-02T00:05:00+07:00")
    (move,) = [one for one in move_work(small, SMALL.number).division.moves if one.giving == WHOLE]
    assert (move.to.unit, move.to.via, move.to.since) == ("next:1", ("new:00004",), date(2026, 1, 1))
    assert own_holder(small, WHOLE) == {"next:1"}


def test_a_later_decision_counts_only_from_its_own_day_on(small: Wiring) -> None:
    opened(small, later_decision(small))
    move_work(small, SMALL.number)
    assert own_holder(small, WHOLE) == {"new:00004"}


def test_successors_in_two_provinces_leave_the_rest_to_the_province_the_unit_lay_in(
    wiring: Wiring, clock: SetClock
) -> None:
    rows = (succession(SPLIT, "new:00004", "part", "part"), succession(SPLIT, "new:09247", "part", "part"))
    decision = altered(SMALL, province=None, successions=rows)
    with begin_read(wiring.engine) as connection:
        assert connection.scalar(select(UnitRow.parent).where(UnitRow.key == "new:09247")) != "new:01"
    opened(wiring, decision)
    clock.now = FIRST_DAY
    report = move_work(wiring, decision.number)
    assert {(one.to.unit, one.to.ground) for one in report.division.moves} == {
        ("new:00004", Ground.COUNTERPART),
        ("new:09247", Ground.COUNTERPART),
        ("new:01", Ground.PROVINCE_ABOVE),  # old:01 ended; the register names who follows it
    }


def test_what_nobody_can_be_found_for_stays_and_is_reported_each_time(wiring: Wiring, clock: SetClock) -> None:
    rows = (succession("old:01", "new:01", "part", "part"), succession("old:01", "new:24", "part", "part"))
    decision = altered(SMALL, province=None, successions=rows)
    opened(wiring, decision)
    clock.now = FIRST_DAY
    for _ in range(2):
        (stay,) = move_work(wiring, decision.number).division.stays
        assert (stay.unit, stay.hindrance) == ("old:01", Hindrance.SEVERAL_PROVINCES)
        assert {row.id for row in open_steps(wiring) if row.holder == "old:01"} == set(stay.steps)
        assert stay.steps


def test_a_decision_that_dissolves_nobody_yet_is_refused_with_the_reason(wiring: Wiring, clock: SetClock) -> None:
    with pytest.raises(UnknownDecision):
        move_work(wiring, SMALL.number)
    draft(wiring, SMALL)
    with pytest.raises(NotInForce):
        move_work(wiring, SMALL.number)
    outcome = registered(wiring, SMALL)
    with pytest.raises(NotAllOpen):
        move_work(wiring, SMALL.number, dry_run=True)
    open_all(wiring, outcome.decision_id)
    with pytest.raises(NotYetDissolved):
        move_work(wiring, SMALL.number)
    clock.now = datetime.fromisoformat("2025-06-30T23:59:59+07:00")
    assert due_decisions(wiring) == move_all_work(wiring) == []
    assert len(move_all_work(wiring, dry_run=True)) == 1
    clock.advance(seconds=1)
    assert due_decisions(wiring) == [SMALL.number]
    with begin_write(wiring.engine) as connection:
        connection.execute(update(DecisionRow).values(state="revoked"))
    with pytest.raises(NotInForce):
        move_work(wiring, SMALL.number)
    assert move_all_work(wiring) == []


@pytest.mark.parametrize("fault", ["commit.before:1", "commit.after:1"])
def test_killed_at_the_commit_all_or_nothing_has_moved_and_the_next_run_ends_the_same(
    small: Wiring, fault: str
) -> None:
    shown = move_work(small, SMALL.number, dry_run=True)
    environment = child_environment(small.settings) | {"BANGIAO_FAULT": fault, "BANGIAO_CLOCK": FIRST_DAY.isoformat()}
    words = [sys.executable, "-m", "bangiao.cli", "decision", "move-work", SMALL.number]
    assert subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode == -signal.SIGKILL
    moved = shown.division.moved if fault.startswith("commit.after") else 0
    assert rows_of(small, StepHolderRow) == {"step_holder": moved}
    assert bool(events(small, WORK_MOVED)) == bool(moved)
    move_work(small, SMALL.number)
    assert rows_of(small, StepHolderRow) == {"step_holder": shown.division.moved}
    assert len(events(small, WORK_MOVED)) == len(shown.division.moves)
    assert len(events(small, DECISION_WORK_MOVED)) == 1


def test_the_lead_of_the_unit_that_holds_a_step_now_acts_on_it_and_nobody_of_the_dissolved_one(small: Wiring) -> None:
    with begin_write(small.engine) as connection:
        for account, unit_ in (("cu", WHOLE), ("moi", "new:00004")):
            write_person(connection, Person(account, account), small.now())
            write_assignment(
                connection, Assignment(account, PersonRole.UNIT_LEAD, UnitKey(unit_), date(2025, 6, 1), None)
            )
    with begin_read(small.engine) as connection:
        ready = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        step = connection.scalars(ready.where(ChecklistRow.unit == WHOLE, StepRow.state == "ready")).first()
    assert step
    move_work(small, SMALL.number)
    with pytest.raises(UnknownStep):
        act_on_step(small, Order(step, Request(Act.START), Actor("cu")))
    done = act_on_step(small, Order(step, Request(Act.START), Actor("moi")))
    assert (done.held.unit, done.held.holder, done.after.state) == (WHOLE, "new:00004", "in_progress")


def test_a_step_that_is_settled_while_the_move_waits_for_it_does_not_move(small: Wiring) -> None:
    owed = [row.id for row in open_steps(small) if row.unit == WHOLE]
    mover = Wiring(small.settings, wire(small.settings).engine, small.clock)
    with ThreadPoolExecutor(1) as pool:
        with begin_write(small.engine) as connection:
            connection.execute(update(StepRow).where(StepRow.id == owed[0]).values(state="done"))
            moving = pool.submit(move_work, mover, SMALL.number)
            time.sleep(0.5)
            assert not moving.done()
        report = moving.result(30)
    mover.engine.dispose()
    moved = {step for one in report.division.moves for step in one.steps}
    assert owed[0] not in moved
    assert moved >= set(owed[1:])
    assert rows_of(small, StepHolderRow) == {"step_holder": len(moved)}


def test_two_runs_at_once_move_each_step_once(small: Wiring) -> None:
    shown = move_work(small, SMALL.number, dry_run=True)
    others = [Wiring(small.settings, wire(small.settings).engine, small.clock) for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        reports = list(pool.map(lambda one: move_work(one, SMALL.number), others))
    for one in others:
        one.engine.dispose()
    assert sum(report.division.moved for report in reports) == shown.division.moved
    assert rows_of(small, StepHolderRow) == {"step_holder": shown.division.moved}
    assert len(events(small, WORK_MOVED)) == len(shown.division.moves)
    assert len(events(small, DECISION_WORK_MOVED)) == 1
