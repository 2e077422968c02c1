"""Changing an opened decision, on both databases: what is drafted is what is committed, and nothing settled is touched.

After every change the steps on record are compared with a plan made afresh from what the decision says now.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
import works
from builders import (
    JOINED,
    SPLIT,
    altered,
    draft,
    open_all,
    own_decision,
    predecessors_of,
    real_decision,
    registered,
)
from changes import (
    CHAIR,
    NUMBER,
    SECRETARY,
    WHOLE,
    amended,
    assert_as_planned,
    committed,
    of_unit,
    ready_steps,
    steps_of,
    text,
    two_communes,
)
from consistency import assert_steps_consistent
from databases import OfficeMaker
from exactness import everything
from offices import do, finish, finish_with_needs, lead_of, note, opened, state_of
from sqlalchemy import func, select, update

from bangiao import revisions
from bangiao.settings import parse_fault
from bangiao.succession import _moved, move_work
from bangiao.wiring import Wiring
from checklists import change_errors as errors
from checklists.change_handlers import ChangeResult
from checklists.decisions import MergerDecision
from checklists.errors import Refused
from checklists.handlers import RevokedBefore, UnknownDecision
from checklists.step_handlers import ChangedMeanwhile
from checklists.steps import Act
from db.change_models import PlanChangeRow, RescheduleRow
from db.models import (
    ChecklistRow,
    DeadlineRow,
    EventRow,
    StepRow,
    SuccessionRow,
    UnitRow,
    table_of,
)
from db.session import begin_read, begin_write
from db.work_models import StepHolderRow, StepWorkRow

LATER = {"operational": "2025-08-01"}
OPERATION = "DAT-01"


def counted(wiring: Wiring, kind: str) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalar(select(func.count()).where(EventRow.type == kind)) or 0


@pytest.fixture
def office_maker() -> OfficeMaker:
    return two_communes


@pytest.fixture
def decision_id(office: int) -> int:
    return office


# dates


@pytest.mark.parametrize("day", ["2025-08-01", "2025-06-20"])
def test_open_steps_follow_the_new_date_and_everything_is_as_if_it_had_been_planned_so(
    wiring: Wiring, decision_id: int, tmp_path: Path, day: str
) -> None:
    before = steps_of(wiring, decision_id)
    drafted = amended(tmp_path, wiring, text(operational=day))
    assert drafted.result is ChangeResult.DRAFTED
    assert steps_of(wiring, decision_id) == before, "nothing is changed by a draft"
    committed(wiring, drafted)
    after = steps_of(wiring, decision_id)
    assert after.keys() == before.keys()
    moved = [slot for slot in before if before[slot]["due"] != after[slot]["due"]]
    assert drafted.worked
    assert len(moved) == drafted.worked.difference.steps["moved"] > 0
    assert all(after[slot]["version"] == before[slot]["version"] + 1 for slot in moved)
    with begin_read(wiring.engine) as connection:
        units = connection.execute(select(UnitRow.valid_to).where(UnitRow.key == WHOLE)).one()
        assert units.valid_to == date.fromisoformat(day).replace(day=date.fromisoformat(day).day) - (
            date(2025, 7, 2) - date(2025, 7, 1)
        ), "the register says the new day as well"


def test_a_done_step_keeps_its_date_and_both_schedules_are_on_record(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    first = ready_steps(wiring, decision_id, SPLIT, date(2025, 7, 1))[0]
    finish(wiring, first)
    done = {slot: one for slot, one in steps_of(wiring, decision_id).items() if one["state"] == "done"}
    outcome = committed(wiring, amended(tmp_path, wiring, text(**LATER)))
    assert outcome.worked
    after = steps_of(wiring, decision_id)
    assert {slot: after[slot] for slot in done} == done
    assert outcome.worked.difference.steps["kept"] == len(done)
    rows = [row for row in outcome.worked.difference.moved if row[2:4] == ["2025-07-01", "2025-08-01"]]
    assert sum(row[5] for row in rows) >= 1
    with begin_read(wiring.engine) as connection:
        old, new = table_of(DeadlineRow).alias(), table_of(DeadlineRow).alias()
        schedules = connection.execute(
            select(old.c.due_on, new.c.due_on)
            .select_from(table_of(RescheduleRow))
            .join(old, old.c.id == RescheduleRow.old_deadline_id)
            .join(new, new.c.id == RescheduleRow.new_deadline_id)
        ).all()
        change = connection.execute(select(table_of(PlanChangeRow))).one()
    assert (date(2025, 7, 1), date(2025, 8, 1)) in [tuple(row) for row in schedules]
    assert json.loads(json.loads(change.before)["content"])["operational"] == "2025-07-01"
    assert (change.state, change.drafted_by, change.committed_by) == ("committed", SECRETARY, CHAIR)


def test_back_to_the_first_date_gives_the_first_plan_again(wiring: Wiring, decision_id: int, tmp_path: Path) -> None:
    before = steps_of(wiring, decision_id)
    committed(wiring, amended(tmp_path, wiring, text(**LATER)))
    again = committed(wiring, amended(tmp_path, wiring, text()))
    after = steps_of(wiring, decision_id)
    assert {slot: (one["due"], one["state"], one["deadline"]) for slot, one in after.items()} == {
        slot: (one["due"], one["state"], one["deadline"]) for slot, one in before.items()
    }
    third = committed(wiring, amended(tmp_path, wiring, text(**LATER)))
    assert again.change
    assert third.change
    assert third.change.id > again.change.id


def test_the_events_tell_which_steps_of_which_checklist_moved(wiring: Wiring, decision_id: int, tmp_path: Path) -> None:
    outcome = committed(wiring, amended(tmp_path, wiring, text(**LATER)))
    assert outcome.worked
    with begin_read(wiring.engine) as connection:
        told = [
            json.loads(one)
            for one in connection.scalars(select(EventRow.payload).where(EventRow.type == "checklist.changed"))
        ]
        whole = connection.execute(select(table_of(EventRow)).where(EventRow.type == "decision.amended")).one()
        checklists = set(connection.scalars(select(ChecklistRow.id)))
    assert sum(len(one["moved_steps"]) for one in told) == outcome.worked.difference.steps["moved"]
    assert ["2025-07-01", "2025-08-01"] in [pair[1:] for one in told for pair in one["moved"]]
    assert {one["checklist"] for one in told} <= checklists
    assert (whole.actor, whole.subject, whole.decision_id) == (CHAIR, NUMBER, decision_id)
    assert json.loads(whole.payload)["steps"]["moved"] == outcome.worked.difference.steps["moved"]


def test_overdue_at_birth_ends_where_the_new_date_is_ahead(wiring: Wiring, decision_id: int, tmp_path: Path) -> None:
    wiring.clock.advance(days=20)  # type: ignore[attr-defined]  # 7 July: everything due until then is late
    earlier = committed(wiring, amended(tmp_path, wiring, text(operational="2025-06-25")))
    assert earlier.worked
    assert earlier.worked.difference.steps["overdue"] > 0
    with begin_read(wiring.engine) as connection:
        born_late = connection.scalars(select(StepRow.due_on).where(StepRow.overdue_at_birth)).all()
    assert all(due < date(2025, 6, 17) for due in born_late if due), "a moved step was not late when it was opened"


# units


def test_a_unit_that_is_added_gets_its_checklists_and_the_others_their_needs_of_it(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    wider = own_decision(NUMBER, predecessors=[SPLIT, WHOLE, "old:00001"])
    before = steps_of(wiring, decision_id)
    drafted = amended(tmp_path, wiring, wider)
    assert drafted.worked
    assert "old:00001" in drafted.worked.difference.units_added
    committed(wiring, drafted)
    after = steps_of(wiring, decision_id)
    assert of_unit(after, "old:00001")
    assert len(after) == len(before) + drafted.worked.difference.steps["added"]
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(ChecklistRow.unit, ChecklistRow.steps).order_by(ChecklistRow.id)).all()
        opened_events = connection.scalar(select(func.count()).where(EventRow.type == "checklist.opened"))
        claims = connection.scalars(
            select(SuccessionRow.decision_number).where(SuccessionRow.predecessor == "old:00001")
        )
        assert set(claims) == {NUMBER}
    assert len(rows) == opened_events
    assert sum(row.steps for row in rows) == len(after)


def test_a_unit_that_is_taken_out_has_its_open_steps_cancelled_and_its_done_ones_kept(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    first = ready_steps(wiring, decision_id, WHOLE)[0]
    finish(wiring, first)
    committed(wiring, amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[SPLIT])))
    states = {one["id"]: one["state"] for one in of_unit(steps_of(wiring, decision_id), WHOLE).values()}
    assert states.pop(first) == "done"
    assert set(states.values()) == {"cancelled"}
    with begin_read(wiring.engine) as connection:
        reasons = set(connection.scalars(select(StepWorkRow.reason).where(StepWorkRow.step_id.in_(states))))
        told = connection.scalars(
            select(EventRow.payload).where(EventRow.type == "step.cancelled", EventRow.step_id.in_(states))
        ).all()
    assert reasons == {f"{NUMBER}: lùi ngày hoạt động"}
    assert len(told) == len(states)
    assert {json.loads(one)["after"]["state"] for one in told} == {"cancelled"}


def test_what_waited_for_a_cancelled_step_alone_is_free(wiring: Wiring, tmp_path: Path) -> None:
    one, other = [row.predecessor for row in real_decision().successions if row.successor == JOINED][:2]
    decision_id = opened(wiring, [one, other], NUMBER)
    before = steps_of(wiring, decision_id)
    slot, step = next(
        (slot, step)
        for slot, step in before.items()
        if slot[0] == JOINED and sorted(need[0] for need in step["needs"]) == sorted([one, other])
    )
    for need in step["needs"]:
        if need[0] == one:
            finish_with_needs(wiring, before[need]["id"])
    assert state_of(wiring, step["id"]) == "waiting"
    freed = counted(wiring, "step.unlocked")
    fewer = committed(wiring, amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[one])))
    after = steps_of(wiring, decision_id)
    assert (after[slot]["state"], [need[0] for need in after[slot]["needs"]]) == ("ready", [one])
    assert fewer.worked
    assert fewer.worked.difference.steps["unlocked"] == counted(wiring, "step.unlocked") - freed >= 1
    wider = committed(wiring, amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[one, other])))
    assert wider.worked
    assert state_of(wiring, step["id"]) == "waiting"
    assert wider.worked.difference.steps["waiting_again"] == counted(wiring, "step.waits_again") >= 1


def test_a_unit_that_comes_back_gets_new_steps_beside_the_cancelled_ones(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    first = ready_steps(wiring, decision_id, WHOLE)[0]
    finish(wiring, first)
    committed(wiring, amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[SPLIT])))
    cancelled = {
        one["id"] for one in of_unit(steps_of(wiring, decision_id), WHOLE).values() if one["state"] == "cancelled"
    }
    committed(wiring, amended(tmp_path, wiring, text()))
    back = of_unit(steps_of(wiring, decision_id), WHOLE).values()
    assert {one["state"] for one in back} <= {"waiting", "ready", "done"}
    assert {one["occurrence"] for one in back} == {1, 2}
    with begin_read(wiring.engine) as connection:
        still = set(connection.scalars(select(StepRow.id).where(StepRow.state == "cancelled")))
    assert cancelled <= still, "what was cancelled stays so"


def test_a_step_that_somebody_cancelled_does_not_come_back_with_the_next_change(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    one = ready_steps(wiring, decision_id, WHOLE)[0]
    do(wiring, one, Act.CANCEL, CHAIR, reason="trùng việc")
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=CHAIR)
    assert state_of(wiring, one) == "cancelled"
    with begin_read(wiring.engine) as connection:
        assert_steps_consistent(connection)
        assert connection.scalar(select(func.max(StepRow.occurrence))) == 1


def test_a_unit_that_hands_over_to_others_than_planned_gets_steps_for_those(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    rows = [list(row) for row in map(_fields, text().successions)]
    kept = [row for row in rows if row[0] != SPLIT] + [row for row in rows if row[0] == SPLIT][:-1]
    gone = next(row[1] for row in reversed(rows) if row[0] == SPLIT)
    drafted = amended(tmp_path, wiring, altered(text(), successions=kept))
    committed(wiring, drafted)
    after = steps_of(wiring, decision_id)
    facing = {slot[3] for slot, one in of_unit(after, SPLIT).items() if slot[3] and one["state"] != "cancelled"}
    assert gone not in facing
    assert facing
    assert {one["state"] for slot, one in of_unit(after, SPLIT).items() if slot[3] == gone} == {"cancelled"}
    with begin_read(wiring.engine) as connection:
        known = connection.scalars(select(SuccessionRow.successor).where(SuccessionRow.predecessor == SPLIT)).all()
    assert gone not in known
    committed(wiring, amended(tmp_path, wiring, text()))
    assert any(slot[3] == gone and one["state"] != "cancelled" for slot, one in steps_of(wiring, decision_id).items())


def _fields(row: Any) -> tuple[str, str, str, str]:
    return row.predecessor, row.successor, row.relation.value, row.basis


def test_an_amended_text_with_mistakes_is_refused_with_every_mistake(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    before = everything(wiring)
    with pytest.raises(Refused) as refusal:
        amended(tmp_path, wiring, text(effective="2025-06-01", operational="2025-05-01"))
    assert len(refusal.value.mistakes) >= 2
    assert everything(wiring) == before


# two people


def test_the_person_who_drafted_cannot_commit_and_a_wrong_hash_is_refused(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    before = everything(wiring)
    with pytest.raises(errors.SamePersonCommits):
        revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=SECRETARY)
    with pytest.raises(errors.NotTheDraftedChange):
        revisions.commit_drafted(wiring, NUMBER, "0" * 64, by=CHAIR)
    assert everything(wiring) == before
    alone = Wiring(replace(wiring.settings, four_eyes=False), wiring.engine, wiring.clock)
    assert revisions.commit_drafted(alone, NUMBER, drafted.change.hash, by=SECRETARY).changed


def test_drafting_and_committing_twice_is_harmless(wiring: Wiring, decision_id: int, tmp_path: Path) -> None:
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    before = everything(wiring)
    for by in (SECRETARY, "nguoi-khac"):
        again = amended(tmp_path, wiring, text(**LATER), by=by)
        assert (again.result, again.changed) == (ChangeResult.WAITS, False)
    assert everything(wiring) == before
    committed(wiring, drafted)
    before = everything(wiring)
    twice = revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=CHAIR)
    assert (twice.result, twice.changed) == (ChangeResult.COMMITTED_BEFORE, False)
    assert amended(tmp_path, wiring, text(**LATER)).result is ChangeResult.NOTHING
    assert everything(wiring) == before


def test_a_step_completed_meanwhile_does_not_make_the_change_stale(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    drafted = amended(tmp_path, wiring, text(**LATER))
    first = ready_steps(wiring, decision_id, SPLIT, date(2025, 7, 1))[0]
    finish(wiring, first)
    done = committed(wiring, drafted)
    assert done.worked
    assert done.worked.difference.steps["kept"] == 1
    assert next(one["due"] for one in steps_of(wiring, decision_id).values() if one["id"] == first) == date(2025, 7, 1)


def test_work_on_a_step_that_would_be_cancelled_makes_the_change_stale(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    drafted = amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[SPLIT]))
    assert drafted.change
    first = ready_steps(wiring, decision_id, WHOLE)[0]
    do(wiring, first, Act.START, lead_of(wiring, WHOLE))
    before = everything(wiring)
    with pytest.raises(errors.DifferenceChanged) as refusal:
        revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=CHAIR)
    assert "0 → 1" in str(refusal.value)
    assert refusal.value.difference.steps["cancelled_with_work"] == 1
    assert everything(wiring) == before
    again = amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[SPLIT]))
    assert again.result is ChangeResult.DRAFTED
    committed(wiring, again)
    assert state_of(wiring, first) == "cancelled"


def test_a_second_change_waits_until_the_first_is_committed_or_withdrawn(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    amended(tmp_path, wiring, text(**LATER))
    with pytest.raises(errors.ChangeWaits):
        revisions.draft(wiring, revisions.revocation(NUMBER), reason="thôi", by=CHAIR)
    with pytest.raises(errors.ChangeReasonMissing):
        revisions.withdraw(wiring, NUMBER, reason=" ", by=CHAIR)
    assert revisions.withdraw(wiring, NUMBER, reason="nhầm ngày", by=CHAIR).changed
    with pytest.raises(errors.NoChangeDrafted):
        revisions.withdraw(wiring, NUMBER, reason="nhầm ngày", by=CHAIR)
    assert revisions.draft(wiring, revisions.revocation(NUMBER), reason="thôi", by=CHAIR).changed
    assert [one.state.value for one in revisions.changes_of(wiring, NUMBER)] == ["withdrawn", "drafted"]
    assert counted(wiring, "decision.change_withdrawn") == 1


def test_only_an_opened_decision_is_changed(wiring: Wiring, tmp_path: Path) -> None:
    with pytest.raises(UnknownDecision):
        revisions.preview(wiring, revisions.revocation(NUMBER))
    draft(wiring, text())
    with pytest.raises(errors.OnlyADraft):
        revisions.preview(wiring, revisions.revocation(NUMBER))
    outcome = registered(wiring, text())
    with pytest.raises(errors.NotOpenedYet):
        amended(tmp_path, wiring, text(**LATER))
    open_all(wiring, outcome.decision_id)
    assert revisions.preview(wiring, revisions.revocation(NUMBER)).result is ChangeResult.PREVIEWED


# revoke


def test_a_revoked_decision_has_nothing_open_and_is_not_changed_any_more(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    ready = ready_steps(wiring, decision_id, SPLIT)
    finish(wiring, ready[0])
    do(wiring, ready[1], Act.ATTACH, lead_of(wiring, SPLIT), evidence=(note(),))
    drafted = revisions.draft(wiring, revisions.revocation(NUMBER), reason="có nghị quyết mới", by=SECRETARY)
    do(wiring, ready[2], Act.START, lead_of(wiring, SPLIT))  # a revocation takes all: it does not grow stale
    committed(wiring, drafted)
    assert [state_of(wiring, one) for one in ready[:3]] == ["done", "cancelled", "cancelled"]
    with pytest.raises(errors.IsRevoked):
        amended(tmp_path, wiring, text(**LATER))
    with pytest.raises(RevokedBefore):
        draft(wiring, text(**LATER))
    assert drafted.change
    assert (
        revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=CHAIR).result is ChangeResult.COMMITTED_BEFORE
    )
    other = own_decision("02/QĐ-TN", predecessors=[SPLIT, WHOLE])
    assert registered(wiring, other).changed, "its units are free for another decision"


# faults


@pytest.mark.parametrize("fault", ["commit.before", "commit.after"])
def test_a_death_at_the_commit_leaves_all_of_the_change_or_nothing(
    wiring: Wiring, decision_id: int, tmp_path: Path, processes: ForkServerContext, fault: str
) -> None:
    drafted = amended(tmp_path, wiring, own_decision(NUMBER, predecessors=[SPLIT], **LATER))
    assert drafted.change
    before = everything(wiring)
    armed = replace(wiring.settings, fault=parse_fault(fault), clock=wiring.now())
    dying = processes.Process(target=works.commit_change, args=(armed, NUMBER, drafted.change.hash, CHAIR))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    assert (everything(wiring) == before) is (fault == "commit.before")
    again = revisions.commit_drafted(wiring, NUMBER, drafted.change.hash, by=CHAIR)
    assert again.changed is (fault == "commit.before")
    assert_as_planned(wiring, NUMBER)
    assert counted(wiring, "decision.amended") == 1


# the real one


WARDS = (SPLIT, WHOLE, *predecessors_of(JOINED))


@pytest.mark.parametrize(
    ("decision", "moved"),
    [
        pytest.param(lambda: own_decision(predecessors=WARDS), 300, id="wards"),
        pytest.param(real_decision, 10_000, id="ha-noi", marks=pytest.mark.slow),
    ],
)
def test_a_decision_amended_twice_and_revoked(
    wiring: Wiring, tmp_path: Path, decision: Callable[[], MergerDecision], moved: int
) -> None:
    first = decision()
    outcome = registered(wiring, first)
    open_all(wiring, outcome.decision_id)
    later = committed(wiring, amended(tmp_path, wiring, altered(first, **LATER)))
    assert later.worked
    assert later.worked.difference.steps["moved"] > moved
    fewer = tuple(row for row in first.successions if row.predecessor not in {SPLIT, WHOLE})
    committed(wiring, amended(tmp_path, wiring, altered(first, successions=fewer, **LATER)))
    committed(wiring, amended(tmp_path, wiring, altered(first)))
    drafted = revisions.draft(wiring, revisions.revocation(first.number), reason="thử", by=SECRETARY)
    committed(wiring, drafted)


def test_people_who_act_while_a_change_is_committed_win_or_are_told_and_nothing_is_lost(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    change_hash = drafted.change.hash
    lead = lead_of(wiring, SPLIT)
    ready = ready_steps(wiring, decision_id, SPLIT)[:12]
    begin = threading.Barrier(4)

    def work(mine: list[int]) -> list[str]:
        begin.wait()
        came = []
        for one in mine:
            try:
                do(wiring, one, Act.START, lead)
                came.append("started")
            except ChangedMeanwhile:
                came.append("told")
        return came

    def change() -> list[str]:
        begin.wait()
        return [revisions.commit_drafted(wiring, NUMBER, change_hash, by=CHAIR).result.value]

    with ThreadPoolExecutor(4) as pool:
        works_done = [pool.submit(work, ready[place::3]) for place in range(3)]
        committing = pool.submit(change)
        said = [one for done in works_done for one in done.result(60)]
        assert committing.result(60) == ["committed"]
    assert len(said) == len(ready)
    states = [state_of(wiring, one) for one in ready]
    assert states.count("in_progress") == said.count("started")
    assert_as_planned(wiring, NUMBER)


def test_work_that_had_moved_lies_with_its_own_unit_again_when_that_ends_later(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    wiring.clock.advance(days=15)  # type: ignore[attr-defined]  # 2 July
    move_work(wiring, NUMBER)
    with begin_read(wiring.engine) as connection:
        moved = set(connection.scalars(select(StepHolderRow.step_id)))
    assert moved
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.worked
    assert drafted.worked.difference.steps["returned"] == len(moved), "the preview says so first"
    committed(wiring, drafted)
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(StepHolderRow.step_id)).all() == []
        told = connection.scalars(select(EventRow.payload).where(EventRow.type == "checklist.changed")).all()
    assert {number for one in map(json.loads, told) for number, _unit in one.get("returned", [])} == moved
    wiring.clock.advance(days=31)  # type: ignore[attr-defined]  # 2 August
    move_work(wiring, NUMBER)
    with begin_read(wiring.engine) as connection:
        assert set(connection.scalars(select(StepHolderRow.step_id))) == moved


def test_work_that_moves_while_a_later_day_is_committed_is_not_left_with_the_successors(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    """Moved before the commit, the change is refused as another one than was read; after it, nothing moves."""
    wiring.clock.advance(days=15)  # type: ignore[attr-defined]  # 2 July
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    with ThreadPoolExecutor(1) as pool:
        with wiring.unit_of_work() as uow:
            _moved(wiring, uow, NUMBER, "bangiao")
            committing = pool.submit(revisions.commit_drafted, wiring, NUMBER, drafted.change.hash, by=CHAIR)
            time.sleep(1.5)  # it works its difference out, and waits
        with pytest.raises(errors.DifferenceChanged):
            committing.result(60)
    assert amended(tmp_path, wiring, text(**LATER)).result is ChangeResult.DRAFTED, "brought up to date"
    again = revisions.changes_of(wiring, NUMBER)[-1]
    assert again.difference.steps["returned"] > 0
    revisions.commit_drafted(wiring, NUMBER, again.hash, by=CHAIR)
    with begin_read(wiring.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(table_of(StepHolderRow))) == 0


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_whoever_holds_steps_when_a_change_is_committed_ends_first(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    """As the nightly round does: steps held first, written later. Neither may wait for the other in a circle."""
    drafted = amended(tmp_path, wiring, text(**LATER))
    assert drafted.change
    step = table_of(StepRow)
    with ThreadPoolExecutor(1) as pool:
        with begin_write(wiring.engine) as connection:
            held = connection.scalars(select(step.c.id).with_for_update(key_share=True)).all()
            committing = pool.submit(revisions.commit_drafted, wiring, NUMBER, drafted.change.hash, by=CHAIR)
            with pytest.raises(TimeoutError):
                committing.result(2)
            connection.execute(update(step).where(step.c.id == held[0]).values(open_needs=step.c.open_needs))
        assert committing.result(60).result is ChangeResult.COMMITTED
    assert_as_planned(wiring, NUMBER)
