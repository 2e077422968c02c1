"""Days of the working calendar that a decree changes: what would move is seen first, nothing open moves by itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from builders import SPLIT, own_decision, registered
from changes import NUMBER, SECRETARY, committed, ready_steps, two_communes
from databases import OfficeMaker
from exactness import everything, rows_of
from offices import finish
from sqlalchemy import select

from bangiao import revisions
from bangiao.calendar_files import vietnam_calendar
from bangiao.calendar_in_force import calendar_on
from bangiao.calendar_orders import CalendarPublished, preview_overrides, publish_overrides
from bangiao.settings import child_environment
from bangiao.wiring import Wiring
from checklists import calendar_overrides as rules
from checklists.calendar_overrides import CalendarOrder, DayOverride
from checklists.errors import HandoverError, Refused
from checklists.events import CALENDAR_PUBLISHED
from checklists.working_calendar import DayKind, WorkingCalendar
from db.calendar_models import CalendarDayRow
from db.calendars import recorded_days
from db.models import CalendarRow, DecisionRow, EventRow, StepRow
from db.session import begin_read

ROOT = Path(__file__).parents[2]
DECREE = "1234/TB-BNV (2025)"
JULY_16 = DayOverride(date(2025, 7, 16), DayKind.HOLIDAY, "Ngày nghỉ của Thành phố", DECREE)
ORDER = CalendarOrder((JULY_16,), (), "theo thông báo")


@pytest.fixture
def office_maker() -> OfficeMaker:
    return two_communes


@pytest.fixture
def decision_id(office: int) -> int:
    return office


def in_force(wiring: Wiring) -> WorkingCalendar:
    with begin_read(wiring.engine) as connection:
        return calendar_on(connection)


def dues(wiring: Wiring) -> dict[int, date | None]:
    with begin_read(wiring.engine) as connection:
        return {row.id: row.due_on for row in connection.execute(select(StepRow.id, StepRow.due_on))}


def publish(wiring: Wiring, order: CalendarOrder = ORDER, seen: str | None = None) -> CalendarPublished:
    return publish_overrides(wiring, order, by="quan-tri", seen=seen)


def refusals(order: CalendarOrder, *held: DayOverride) -> set[type[HandoverError]]:
    return {type(one) for one in rules.mistakes_in(order, vietnam_calendar(), held)}


def test_a_preview_says_every_date_that_would_move_and_writes_nothing(wiring: Wiring, decision_id: int) -> None:
    before, everything_before = dues(wiring), everything(wiring)
    seen = preview_overrides(wiring, ORDER)
    assert everything(wiring) == everything_before
    effect = seen.effect
    on_the_day = sum(due == JULY_16.on for due in before.values())
    assert on_the_day
    assert effect.steps >= on_the_day
    assert {(one.old, one.new) for one in effect.dates} >= {(date(2025, 7, 16), date(2025, 7, 17))}
    assert sum(one.steps for one in effect.provinces) == effect.steps == sum(one.steps for one in effect.units)
    assert [(one.key, one.units) for one in effect.provinces] == [("new:01", len(effect.units))]
    assert effect.decisions == [NUMBER]
    assert (effect.late, effect.relieved) == (0, 0)


def test_levels_of_the_ladder_are_told_also_where_the_due_date_stays(wiring: Wiring, decision_id: int) -> None:
    effect = preview_overrides(wiring, ORDER).effect
    due_the_day_before = date(2025, 7, 15)
    assert due_the_day_before in dues(wiring).values()
    assert due_the_day_before not in {one.old for one in effect.dates}
    told_above = {(one.old, one.new) for one in effect.levels if one.level == "unit-above"}
    assert (date(2025, 7, 16), date(2025, 7, 17)) in told_above
    assert all(one.old != one.new and one.steps for one in effect.levels)


def test_what_is_open_moves_only_when_two_people_apply_it(wiring: Wiring, decision_id: int) -> None:
    before = dues(wiring)
    seen = preview_overrides(wiring, ORDER)
    done = publish(wiring, seen=seen.hash)
    assert done.changed
    assert in_force(wiring).version == seen.becomes.version != vietnam_calendar().version
    assert dues(wiring) == before
    moves = revisions.moves_by_calendar(wiring)
    assert {(one.number, one.old, one.new) for one in moves} == {
        (one.number, one.old, one.new) for one in seen.effect.dates
    }
    drafted = revisions.draft(wiring, revisions.calendar_change(wiring, NUMBER), reason="lịch mới", by=SECRETARY)
    committed(wiring, drafted)
    after = dues(wiring)
    assert sum(after[step] != due for step, due in before.items()) == seen.effect.steps
    assert preview_overrides(wiring, ORDER).effect.dates == []
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(DecisionRow.calendar_version)).one() == seen.becomes.version


def test_a_decision_planned_afterwards_is_counted_with_it(wiring: Wiring) -> None:
    publish(wiring)
    registered(wiring, own_decision("09/QĐ-TN", predecessors=[SPLIT]))
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(DecisionRow.calendar_version)).one() == in_force(wiring).version


def test_twice_is_once(wiring: Wiring, decision_id: int) -> None:
    assert publish(wiring).changed
    before = everything(wiring)
    assert not publish(wiring).changed
    assert everything(wiring) == before


def test_taken_back_the_calendar_is_the_released_one_and_both_acts_stay_on_record(wiring: Wiring) -> None:
    publish(wiring)
    publish(wiring, CalendarOrder((), (JULY_16.on,), "nhầm ngày"))
    assert in_force(wiring).version == vietnam_calendar().version
    with begin_read(wiring.engine) as connection:
        assert recorded_days(connection) == []
        query = select(EventRow).where(EventRow.type == CALENDAR_PUBLISHED).order_by(EventRow.occurred_at)
        events = [(row.actor, json.loads(row.payload)) for row in connection.execute(query)]
    assert {actor for actor, _ in events} == {"quan-tri"}
    assert {tuple(said["version"]) for _, said in events} == {
        (vietnam_calendar().version, publish_version()),
        (publish_version(), vietnam_calendar().version),
    }
    assert {said["reason"] for _, said in events} == {"theo thông báo", "nhầm ngày"}


def publish_version() -> str:
    return rules.overridden(vietnam_calendar(), [JULY_16]).version


def test_a_preview_that_is_no_longer_true_is_refused_and_nothing_is_written(wiring: Wiring, decision_id: int) -> None:
    seen = preview_overrides(wiring, ORDER)
    other = DayOverride(date(2025, 7, 18), DayKind.HOLIDAY, "Ngày khác", DECREE)
    publish(wiring, CalendarOrder((other,), (), "việc khác"))
    before = everything(wiring)
    with pytest.raises(rules.CalendarMovedOn):
        publish(wiring, seen=seen.hash)
    assert everything(wiring) == before


def test_people_who_go_on_working_do_not_make_a_preview_stale(wiring: Wiring, decision_id: int) -> None:
    seen = preview_overrides(wiring, ORDER)
    finish(wiring, ready_steps(wiring, decision_id, SPLIT)[0])
    assert publish(wiring, seen=seen.hash).changed


def test_without_a_reason_nothing_is_published(wiring: Wiring) -> None:
    with pytest.raises(rules.OverrideUnexplained):
        publish(wiring, replace(ORDER, reason="  "))
    with pytest.raises(Refused):
        publish(wiring, CalendarOrder((replace(JULY_16, basis=""),), (), "vì"))
    assert rows_of(wiring, CalendarDayRow, EventRow) == {"calendar_day": 0, "event": 0}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"on": date(2031, 1, 6)}, rules.OverrideOutsideYears),
        ({"basis": ""}, rules.OverrideUnfounded),
        ({"name": ""}, rules.OverrideUnnamed),
        ({"name": "x" * 201}, rules.OverrideTooLong),
        ({"kind": DayKind.MAKEUP}, rules.MakeupOnWorkday),
        ({"kind": DayKind.SWAPPED, "on": date(2025, 7, 19)}, rules.ExchangedWeekend),
        ({"kind": rules.ORDINARY}, rules.MakesNoDifference),
    ],
    ids=["year", "basis", "name", "long", "makeup", "swap", "same"],
)
def test_each_mistake_has_its_sentence(change: dict[str, object], refused: type[HandoverError]) -> None:
    order = CalendarOrder((replace(JULY_16, **change),), (), "vì")  # type: ignore[arg-type]
    assert refusals(order) == {refused}


def test_mistakes_of_a_whole_order() -> None:
    assert refusals(CalendarOrder()) == {rules.NoOverrideGiven}
    assert refusals(CalendarOrder((JULY_16, replace(JULY_16, name="hai")))) == {rules.OverrideTwice}
    assert refusals(CalendarOrder((), (JULY_16.on,))) == {rules.NotOverridden}
    assert refusals(CalendarOrder((), (JULY_16.on,)), JULY_16) == set()
    assert refusals(CalendarOrder((JULY_16,)), JULY_16) == set()


@pytest.mark.parametrize("fault", ["commit.before", "commit.after"])
def test_killed_at_the_commit_it_is_published_whole_or_not_at_all(wiring: Wiring, fault: str) -> None:
    settings = child_environment(replace(wiring.settings, fault=None, clock=wiring.now()))
    command = ["calendar", "override", "2025-07-16", "--kind", "holiday", "--name", JULY_16.name, "--basis", DECREE]
    line = [sys.executable, "-m", "bangiao.cli", *command, "--reason", "theo thông báo"]
    died = subprocess.run(line, cwd=ROOT, env=settings | {"BANGIAO_FAULT": fault}, check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL
    whole = fault == "commit.after"
    assert rows_of(wiring, CalendarDayRow, CalendarRow, EventRow) == {
        "calendar_day": int(whole),
        "calendar": int(whole),
        "event": int(whole),
    }
    again = subprocess.run(line, cwd=ROOT, env=settings, check=False, capture_output=True)
    assert again.returncode == 0, again.stderr
    assert rows_of(wiring, CalendarDayRow, EventRow) == {"calendar_day": 1, "event": 1}
