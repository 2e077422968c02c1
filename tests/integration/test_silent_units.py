"""Units from which nothing is heard, on both databases: who owes, who spoke last, and the page that says so."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from builders import SPLIT, own_decision
from offices import HA_NOI_COMMITTEE, do, finish, lead_of, opened, step_of
from sqlalchemy import insert, select, update

from bangiao.cli.failures import FoundWanting
from bangiao.cli.silence_page import silence_line, silence_page, silent_now
from bangiao.occurrences import open_due_occurrences
from bangiao.wiring import Wiring
from checklists.silence import SilentUnit
from checklists.steps import OPEN, Act
from db.models import ChecklistRow, StepRow
from db.session import begin_read, begin_write
from db.work_models import StepHolderRow

HEIRS = sorted({row.successor for row in own_decision().successions})
MEASURE = "SYS-05/chot"
"""A step of the divided unit that can be worked on at once, and that each of its heirs waits for."""


def on(wiring: Wiring, when: str) -> None:
    wiring.clock.now = datetime.fromisoformat(f"{when}T08:00:00+07:00")  # type: ignore[attr-defined]


def silent(wiring: Wiring, **only: object) -> dict[str, SilentUnit]:
    with begin_read(wiring.engine) as connection:
        return {one.owing.unit: one for one in silent_now(connection, wiring, **only)}  # type: ignore[arg-type]


def settle_everything_of(wiring: Wiring, unit: str) -> None:
    mine = select(ChecklistRow.id).where(ChecklistRow.unit == unit)
    with begin_write(wiring.engine) as connection:
        connection.execute(update(StepRow).where(StepRow.checklist_id.in_(mine)).values(state="done"))


def test_everybody_who_has_something_to_do_is_silent_after_three_working_days(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-06-20")
    assert silent(wiring) == {}
    on(wiring, "2025-06-23")
    found = silent(wiring)
    assert {SPLIT, *HEIRS} <= set(found)
    assert {one.working_days for one in found.values()} == {3}
    assert {one.owing.last_word for one in found.values()} == {None}
    with begin_read(wiring.engine) as connection:
        mine = (
            select(StepRow.due_on)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .where(ChecklistRow.unit == SPLIT, StepRow.state == "ready")
        )
        dates = list(connection.scalars(mine))
    late = sum(due is not None and due < wiring.today() for due in dates)
    assert (found[SPLIT].owing.open, found[SPLIT].owing.overdue) == (len(dates), late)
    assert late > 0


def test_one_act_of_a_person_is_a_word_and_a_round_of_the_program_is_none(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-06-20")
    do(wiring, step_of(wiring, f"{SPLIT}/{MEASURE}"), Act.START, lead_of(wiring, SPLIT))
    open_due_occurrences(wiring)
    on(wiring, "2025-06-23")
    assert SPLIT not in silent(wiring)
    assert set(HEIRS) <= set(silent(wiring))
    on(wiring, "2025-06-26")
    open_due_occurrences(wiring)
    found = silent(wiring)[SPLIT]
    assert found.working_days == 3
    assert found.owing.last_word == datetime.fromisoformat("2025-06-20T08:00:00+07:00")


def test_who_has_nothing_open_is_not_silent(wiring: Wiring) -> None:
    opened(wiring)
    settle_everything_of(wiring, SPLIT)
    on(wiring, "2025-07-01")
    assert SPLIT not in silent(wiring)


def test_a_step_that_came_up_yesterday_is_no_long_silence(wiring: Wiring) -> None:
    """Everything was done in June; in July the next time of a weekly duty is opened."""
    opened(wiring)
    (heir, *_) = HEIRS
    weekly = step_of(wiring, f"{heir}/SEC-02/sau")
    settle_everything_of(wiring, heir)
    on(wiring, "2025-07-11")
    open_due_occurrences(wiring)
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(StepRow.state).where(StepRow.id == weekly + 1)).one() == "ready"
    assert heir not in silent(wiring)
    on(wiring, "2025-07-17")
    assert silent(wiring)[heir].working_days == 3


def test_a_dissolved_unit_whose_work_moved_is_not_silent_and_who_holds_it_now_is_asked(wiring: Wiring) -> None:
    decision = opened(wiring)
    (heir, *_) = HEIRS
    settle_everything_of(wiring, heir)
    on(wiring, "2025-06-18")
    do(wiring, step_of(wiring, f"{SPLIT}/{MEASURE}"), Act.START, lead_of(wiring, SPLIT))
    on(wiring, "2025-07-01")
    with begin_write(wiring.engine) as connection:
        query = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        moving = connection.scalars(query.where(ChecklistRow.unit == SPLIT, StepRow.state.in_(sorted(OPEN)))).all()
        facts = {"unit": heir, "decision_id": decision, "ground": "whole", "since": date(2025, 7, 1)}
        connection.execute(
            insert(StepHolderRow), [{"step_id": one, "moved_at": wiring.now(), **facts} for one in moving]
        )
    on(wiring, "2025-07-04")
    assert not {SPLIT, heir} & set(silent(wiring))  # what moved on Tuesday is owed by the heir since Tuesday
    on(wiring, "2025-07-07")
    found = silent(wiring)
    assert SPLIT not in found
    assert (found[heir].working_days, found[heir].owing.last_word) == (3, None)  # the word of June was the old unit's

    finish(wiring, step_of(wiring, f"{SPLIT}/{MEASURE}"))
    assert heir not in silent(wiring)


def test_an_act_on_another_units_step_is_not_a_word_of_those_who_wait_again(wiring: Wiring) -> None:
    opened(wiring)
    handing = step_of(wiring, f"{SPLIT}/{MEASURE}")
    finish(wiring, handing)
    on(wiring, "2025-06-27")
    reopened = do(wiring, handing, Act.REOPEN, HA_NOI_COMMITTEE, reason="số liệu chưa khớp")
    assert {one.held.unit for one in reopened.waiting_again} == set(HEIRS)
    assert SPLIT not in silent(wiring)
    assert set(HEIRS) <= set(silent(wiring))


def test_the_page_names_them_and_is_found_wanting(wiring: Wiring, capsys: pytest.CaptureFixture[str]) -> None:
    decision = opened(wiring)
    with begin_read(wiring.engine) as connection:
        silence_page(connection, wiring, decision, None, as_json=True)
        assert json.loads(capsys.readouterr().out) == {"on": "2025-06-17", "working_days": 3, "silent": 0, "units": []}
        silence_line(connection, wiring, decision)
        assert capsys.readouterr().out == ""
    on(wiring, "2025-06-24")
    with begin_read(wiring.engine) as connection:
        with pytest.raises(FoundWanting):
            silence_page(connection, wiring, decision, SPLIT, as_json=True)
        document = json.loads(capsys.readouterr().out)
        assert [(one["unit"], one["last_word"], one["working_days"]) for one in document["units"]] == [(SPLIT, None, 4)]
        with pytest.raises(FoundWanting):
            silence_page(connection, wiring, None, None, as_json=False)
        page = capsys.readouterr().out
        assert "chưa có" in page
        assert SPLIT in page
        silence_line(connection, wiring, decision)
        assert "vùng trũng thông tin" in capsys.readouterr().out


def test_another_decisions_units_and_a_year_without_calendar(
    wiring: Wiring, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = opened(wiring)
    on(wiring, "2025-06-24")
    assert silent(wiring, decision_id=decision)
    assert not silent(wiring, decision_id=decision + 1)
    on(wiring, "2040-06-24")
    with begin_read(wiring.engine) as connection:
        silence_line(connection, wiring, decision)
    assert "2040" in capsys.readouterr().out
