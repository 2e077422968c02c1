"""Draft, register by a second person, open in chunks: the record is exactly the plan that was agreed to."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from builders import (
    HA_NOI,
    JOINED,
    SPLIT,
    altered,
    draft,
    open_all,
    own_decision,
    predecessors_of,
    real_decision,
    register,
    registered,
    step,
    template,
)
from exactness import OPENED, assert_exactly_the_plan, everything, rows_of
from sqlalchemy import select, update

from bangiao.opening import PlanLost, finish_opening, open_chunk, remaining_chunks, unfinished
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, OutboxRow, StepRow, TemplateRow, UnitRow, table_of
from db.queries import sheets_of
from db.session import begin_read, begin_write
from db.templates import publish_template

SMALL = own_decision(predecessors=[SPLIT, "old:00004"])


def another(wiring: Wiring) -> Wiring:
    """The same database as another process sees it: nothing remembered."""
    return Wiring(wiring.settings, wiring.engine, wiring.clock)


def in_small_chunks(wiring: Wiring, units: int = 2) -> Wiring:
    return Wiring(replace(wiring.settings, chunk_units=units), wiring.engine, wiring.clock)


def test_ha_noi_is_opened_exactly_as_planned(wiring: Wiring) -> None:
    outcome = registered(wiring, real_decision(HA_NOI))
    assert remaining_chunks(wiring, outcome.decision_id) == [0, 1, 2, 3]  # 683 units, 200 at a time
    for chunk in range(4):
        assert open_chunk(wiring, outcome.decision_id, chunk).opened
    report = finish_opening(wiring, outcome.decision_id)
    assert_exactly_the_plan(wiring, outcome.decision_id)
    counts = rows_of(wiring, ChecklistRow, StepRow, NeedRow)
    assert counts == {
        "checklist": outcome.summary.total_checklists,
        "step": outcome.summary.total_steps,
        "need": outcome.summary.needs,
    }
    assert (report.finished, report.checklists, report.steps) == (True, counts["checklist"], counts["step"])
    assert remaining_chunks(another(wiring), outcome.decision_id) == []
    assert f"{counts['step']:,}".replace(",", ".") in report.markdown or str(counts["step"]) in report.markdown


def test_a_unit_that_takes_over_from_sixteen_waits_for_sixteen_handovers(wiring: Wiring) -> None:
    decision = own_decision(predecessors=predecessors_of(JOINED))
    open_all(wiring, registered(wiring, decision).decision_id)
    with begin_read(wiring.engine) as connection:
        waits = connection.scalar(
            select(StepRow.open_needs)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .where(ChecklistRow.unit == JOINED, StepRow.key == "FIN-01/nhan")
        )
        sources = connection.scalars(
            select(ChecklistRow.unit)
            .join(StepRow, StepRow.checklist_id == ChecklistRow.id)
            .join(NeedRow, NeedRow.needs_id == StepRow.id)
            .where(
                NeedRow.step_id
                == select(StepRow.id)
                .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
                .where(ChecklistRow.unit == JOINED, StepRow.key == "FIN-01/nhan")
                .scalar_subquery()
            )
        ).all()
    assert waits == 16
    assert sorted(sources) == sorted(predecessors_of(JOINED))


def test_steps_whose_date_is_past_are_overdue_at_birth_and_the_others_are_not(wiring: Wiring) -> None:
    outcome = registered(wiring, SMALL)
    wiring.clock.now = wiring.now().replace(month=7, day=10)  # type: ignore[attr-defined]
    open_all(wiring, outcome.decision_id)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(StepRow.due_on, StepRow.overdue_at_birth)).all()
    assert {bool(row.due_on and row.due_on < date(2025, 7, 10)) == row.overdue_at_birth for row in rows} == {True}
    assert sum(row.overdue_at_birth for row in rows) == outcome.summary.overdue_on(date(2025, 7, 10)) > 0


def test_the_size_of_chunks_does_not_change_what_is_opened(wiring: Wiring) -> None:
    small = in_small_chunks(wiring)
    outcome = registered(small, SMALL)
    assert len(remaining_chunks(small, outcome.decision_id)) == -(-outcome.summary.total_units // 2)
    for chunk in reversed(remaining_chunks(small, outcome.decision_id)):
        open_chunk(small, outcome.decision_id, chunk)
    finish_opening(small, outcome.decision_id)
    assert_exactly_the_plan(wiring, outcome.decision_id)


def test_chunks_keep_the_size_they_were_registered_with(wiring: Wiring) -> None:
    outcome = registered(in_small_chunks(wiring, 3), SMALL)
    changed = in_small_chunks(wiring, 5)
    assert open_chunk(changed, outcome.decision_id, 0).units == 3
    open_all(in_small_chunks(wiring, 1), outcome.decision_id)
    assert_exactly_the_plan(wiring, outcome.decision_id)


def test_opening_again_writes_nothing(wiring: Wiring) -> None:
    outcome = registered(wiring, SMALL)
    open_all(wiring, outcome.decision_id)
    before = everything(wiring)
    wiring.clock.advance(hours=1)  # type: ignore[attr-defined]
    again = another(wiring)
    assert not open_chunk(again, outcome.decision_id, 0).opened
    finish_opening(again, outcome.decision_id)
    assert everything(wiring) == before
    assert_exactly_the_plan(wiring, outcome.decision_id)


def test_a_decision_is_not_finished_before_its_last_chunk(wiring: Wiring) -> None:
    small = in_small_chunks(wiring)
    outcome = registered(small, SMALL)
    chunks = remaining_chunks(small, outcome.decision_id)
    for chunk in chunks[:-1]:
        open_chunk(small, outcome.decision_id, chunk)
        assert not finish_opening(small, outcome.decision_id).finished
    open_chunk(small, outcome.decision_id, chunks[-1])
    assert finish_opening(small, outcome.decision_id).finished


def test_two_workers_that_open_the_same_decision_at_once_end_with_exactly_the_plan(wiring: Wiring) -> None:
    outcome = registered(in_small_chunks(wiring), own_decision(predecessors=predecessors_of(JOINED)))
    start = threading.Barrier(4)

    def work() -> int:
        mine = another(wiring)
        start.wait()
        done = sum(open_chunk(mine, outcome.decision_id, chunk).opened for chunk in range(chunks))
        finish_opening(mine, outcome.decision_id)
        return done

    chunks = len(remaining_chunks(wiring, outcome.decision_id))
    with ThreadPoolExecutor(4) as pool:
        done = [one.result() for one in [pool.submit(work) for _ in range(4)]]
    assert sum(done) == chunks > 3
    assert_exactly_the_plan(wiring, outcome.decision_id)


def test_decisions_opened_side_by_side_do_not_disturb_each_other(wiring: Wiring) -> None:
    one = registered(wiring, SMALL)
    other = registered(wiring, own_decision("02/QĐ-TN", predecessors=["old:00070"]))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda outcome: open_all(another(wiring), outcome.decision_id), (one, other)))
    assert_exactly_the_plan(wiring, one.decision_id)
    assert_exactly_the_plan(wiring, other.decision_id)


# What was registered is opened, whatever changes afterwards


def test_later_changes_of_units_and_templates_do_not_reach_a_registered_decision(wiring: Wiring) -> None:
    outcome = registered(wiring, SMALL)
    with begin_write(wiring.engine) as connection:
        connection.execute(update(UnitRow).where(UnitRow.key == SPLIT).values(level="district", kind="huyện"))
        connection.execute(update(UnitRow).where(UnitRow.key == "new:00004").values(level="province", name="Khác"))
        newer = template(step("DAT-01", levels=["commune", "district"]), version="2026.1")
        publish_template(connection, newer, wiring.now(), "quan-tri")
    fresh = another(wiring)
    open_all(fresh, outcome.decision_id)
    assert_exactly_the_plan(fresh, outcome.decision_id)
    assert rows_of(wiring, StepRow)["step"] == outcome.summary.total_steps


def tampered(column: str, change: object) -> object:
    return pytest.param(column, change, id=column if isinstance(change, str) else f"{column}-{change.__name__}")  # type: ignore[attr-defined]


def other_day(text: str) -> str:
    return text.replace('"operational":"2025-07-01"', '"operational":"2025-07-02"')


def without_a_row(text: str) -> str:
    content = json.loads(text)
    content["successions"] = [row for row in content["successions"] if row[0] == SPLIT]
    return json.dumps(content)


def other_level(text: str) -> str:
    return json.dumps([[*row[:1], "district", *row[2:]] if row[0] == SPLIT else row for row in json.loads(text)])


def other_digest(text: str) -> str:
    content = json.loads(text)
    content["digests"] = {key: value[::-1] for key, value in content["digests"].items()}
    return json.dumps(content)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        tampered("content", other_day),
        tampered("content", without_a_row),
        tampered("facts", other_level),
        tampered("plan", other_digest),
    ],
)
def test_a_decision_that_was_tampered_with_is_not_opened(wiring: Wiring, column: str, change: object) -> None:
    outcome = registered(wiring, SMALL)
    decision = table_of(DecisionRow)
    with begin_write(wiring.engine) as connection:
        before = connection.scalar(select(decision.c[column]).where(decision.c.id == outcome.decision_id))
        after = change(before)  # type: ignore[operator]
        assert after != before
        connection.execute(update(decision).where(decision.c.id == outcome.decision_id).values({column: after}))
    counted = everything(wiring)
    with pytest.raises(PlanLost) as lost:
        open_all(another(wiring), outcome.decision_id)
    assert SMALL.number in str(lost.value)
    assert everything(wiring) == counted


def test_units_cannot_be_taken_out_of_a_registered_decision_unnoticed(wiring: Wiring) -> None:
    decision = altered(SMALL, successions=(), central=("central:BKHCN", "central:BNV"))
    outcome = registered(wiring, decision)
    only = altered(decision, central=("central:BKHCN",))
    with begin_write(wiring.engine) as connection:
        connection.execute(
            update(DecisionRow).where(DecisionRow.id == outcome.decision_id).values(content=only.canonical_json())
        )
    counted = everything(wiring)
    with pytest.raises(PlanLost):
        open_all(another(wiring), outcome.decision_id)
    assert everything(wiring) == counted


def test_a_template_that_was_changed_in_place_is_noticed(wiring: Wiring) -> None:
    outcome = registered(wiring, SMALL)
    with begin_write(wiring.engine) as connection:
        content = connection.scalar(select(TemplateRow.content).where(TemplateRow.slug == "data-backup")) or ""
        connection.execute(
            update(TemplateRow)
            .where(TemplateRow.slug == "data-backup")
            .values(content=content.replace('"offset":7', '"offset":9'))
        )
    counted = everything(wiring)
    with pytest.raises(PlanLost):
        open_all(another(wiring), outcome.decision_id)
    assert everything(wiring) == counted


# What the reconciler asks


def test_an_opening_without_progress_is_found_and_one_that_advances_is_not(wiring: Wiring) -> None:
    small = in_small_chunks(wiring)
    outcome = registered(small, SMALL)
    clock = wiring.clock
    assert unfinished(wiring, stale_before=clock()) == []  # not handed over yet: that is the relay's work
    with begin_write(wiring.engine) as connection:
        connection.execute(update(OutboxRow).values(state="delivered", delivered_at=clock(), run_id="r1", attempt=1))
    clock.advance(minutes=5)  # type: ignore[attr-defined]
    found = unfinished(wiring, stale_before=clock())
    assert [(one.decision_id, one.attempt, one.run_id) for one in found] == [(outcome.decision_id, 1, "r1")]
    open_chunk(small, outcome.decision_id, 0)
    clock.advance(minutes=1)  # type: ignore[attr-defined]
    progressed = clock().replace(minute=clock().minute - 1)
    assert unfinished(wiring, stale_before=progressed.replace(minute=progressed.minute - 1)) == []
    assert [one.decision_id for one in unfinished(wiring, stale_before=clock())] == [outcome.decision_id]
    open_all(small, outcome.decision_id)
    clock.advance(hours=1)  # type: ignore[attr-defined]
    assert unfinished(wiring, stale_before=clock()) == []


# What a unit lead reads of it


def test_a_sheet_shows_every_step_with_its_reason_in_both_languages(wiring: Wiring) -> None:
    open_all(wiring, registered(wiring, SMALL).decision_id)
    with begin_read(wiring.engine) as connection:
        sheets = sheets_of(connection, SPLIT)
    lines = [line for sheet in sheets for line in sheet.steps]
    assert [sheet.id for sheet in sheets] == sorted(sheet.id for sheet in sheets)
    assert all(line.explanation_vi.strip() and line.explanation_en.strip() for line in lines)
    assert all(line.explanation_vi != line.explanation_en for line in lines)
    handovers = [line for line in lines if line.key == "DAT-05/giao"]
    assert sorted(line.counterpart for line in handovers) == sorted(
        row.successor for row in SMALL.successions if row.predecessor == SPLIT
    )
    assert all(line.counterpart_name for line in handovers)


def test_the_events_of_an_opening_are_one_per_checklist_with_what_it_holds(wiring: Wiring, tmp_path: Path) -> None:
    outcome = registered(wiring, SMALL)
    open_all(wiring, outcome.decision_id)
    with begin_read(wiring.engine) as connection:
        kinds = Counter(connection.scalars(select(EventRow.type)))
    assert kinds == {
        "decision.drafted": 1,
        "decision.registered": 1,
        "checklist.opened": outcome.summary.total_checklists,
        "decision.opened": 1,
    }


def test_a_second_process_on_the_same_database_sees_the_same_plan(wiring: Wiring, settings: Settings) -> None:
    outcome = draft(wiring, SMALL)
    other = wire(settings)
    try:
        register(Wiring(settings, other.engine, wiring.clock), SMALL.number, outcome.summary.hash)
        open_all(Wiring(settings, other.engine, wiring.clock), outcome.decision_id)
    finally:
        other.engine.dispose()
    assert_exactly_the_plan(wiring, outcome.decision_id)
    assert rows_of(wiring, *OPENED)["opening"] == 1
