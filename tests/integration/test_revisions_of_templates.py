"""Another template version or another working calendar for checklists that are running, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import DRAFTER, SPLIT, open_all, own_decision, refused, register
from changes import CHAIR, NUMBER, SECRETARY, WHOLE, amended, committed, of_unit, ready_steps, steps_of, text
from consistency import assert_steps_consistent
from exactness import everything
from offices import do, lead_of, note, opened, state_of
from sqlalchemy import select

from bangiao import revisions
from bangiao.calendar_files import vietnam_calendar
from bangiao.wiring import Wiring
from checklists import change_errors as errors
from checklists.change_handlers import ChangeOutcome, ChangeResult
from checklists.handlers import draft_decision
from checklists.steps import Act
from checklists.templates import ChecklistTemplate
from checklists.working_calendar import CalendarDay, DayKind, WorkingCalendar
from db.models import ChecklistRow, DecisionRow, StepRow
from db.session import begin_read
from db.templates import publish_template

SLUG = "data-backup"
Steps = list[dict[str, Any]]


@pytest.fixture
def decision_id(wiring: Wiring) -> int:
    return opened(wiring, [SPLIT, WHOLE], NUMBER)


def published(wiring: Wiring, change: Callable[[Steps], Steps], version: str = "2025.90") -> ChecklistTemplate:
    """A new version of the template, with its steps changed."""
    with wiring.unit_of_work() as uow:
        now = next(one for one in wiring.planning(uow.connection).templates if one.template == SLUG)
        content = now.model_dump(mode="json") | {"version": version}
        made = ChecklistTemplate.model_validate(content | {"steps": change(content["steps"])})
        publish_template(uow.connection, made, uow.now, "quan-tri")
    return made


def proposed(wiring: Wiring, *units: str, only: str = "") -> ChangeOutcome:
    wanted = revisions.template_change(wiring, NUMBER, SLUG, units or None, only)
    return revisions.draft(wiring, wanted, reason="mẫu mới", by=SECRETARY)


def reworded(steps: Steps) -> Steps:
    return [one | {"note": {"vi": "Xem hướng dẫn mới", "en": "See the new guidance"}} for one in steps]


def keys_of(wiring: Wiring, decision_id: int, unit: str) -> dict[str, str]:
    """Step key → state, of the unit's checklist from the template."""
    found = of_unit(steps_of(wiring, decision_id), unit)
    return {slot[2]: one["state"] for slot, one in found.items() if slot[1] == SLUG}


def of_template(steps: dict[Any, Any]) -> set[str]:
    """Units with a checklist from the template."""
    return {slot[0] for slot in steps if slot[1] == SLUG}


def colours_of(outcome: ChangeOutcome) -> set[str]:
    assert outcome.worked
    return set(outcome.worked.difference.colours.values())


def test_running_checklists_keep_their_version_until_another_is_applied(wiring: Wiring, decision_id: int) -> None:
    before = steps_of(wiring, decision_id)
    made = published(wiring, reworded)
    assert steps_of(wiring, decision_id) == before
    drafted = proposed(wiring)
    assert colours_of(drafted) == {"green"}
    committed(wiring, drafted)
    assert steps_of(wiring, decision_id) == before, "only words change: no step is touched"
    with begin_read(wiring.engine) as connection:
        versions = set(
            connection.scalars(
                select(ChecklistRow.template_hash).where(ChecklistRow.template_hash == made.content_hash)
            )
        )
    assert versions == {made.content_hash}
    assert proposed(wiring).result is ChangeResult.NOTHING


def test_added_and_moved_steps_are_yellow_and_only_what_changed_is_touched(wiring: Wiring, decision_id: int) -> None:
    before = steps_of(wiring, decision_id)

    def another(steps: Steps) -> Steps:
        plain = next(
            one for one in steps if one["side"] == "predecessor" and "commune" in one["levels"] and not one["per"]
        )
        fresh = plain | {"key": "DAT-99", "duty": "DAT-99", "needs": [], "condition": None, "recurrence": None}
        return [*steps[:1], fresh, *steps[1:]]

    published(wiring, another)
    drafted = proposed(wiring)
    assert colours_of(drafted) == {"green", "yellow"}
    committed(wiring, drafted)
    after = steps_of(wiring, decision_id)
    added = [slot for slot in after if slot not in before]
    assert {slot[2] for slot in added} == {"DAT-99"}
    assert {slot: after[slot]["id"] for slot in before} == {slot: one["id"] for slot, one in before.items()}
    assert keys_of(wiring, decision_id, SPLIT)["DAT-99"] == "ready"


def test_a_step_with_work_on_it_that_would_fall_away_is_red_and_green_units_can_go_first(
    wiring: Wiring, decision_id: int
) -> None:
    one = next(
        number
        for number in ready_steps(wiring, decision_id, WHOLE)
        if any(step["id"] == number and slot[1] == SLUG for slot, step in steps_of(wiring, decision_id).items())
    )
    key = next(slot[2] for slot, step in steps_of(wiring, decision_id).items() if step["id"] == one)
    do(wiring, one, Act.ATTACH, lead_of(wiring, WHOLE), evidence=(note(),))
    published(wiring, lambda steps: without(reworded(steps), key))
    wanted = revisions.template_change(wiring, NUMBER, SLUG)
    seen = revisions.preview(wiring, wanted)
    assert seen.worked
    assert seen.worked.difference.colours[WHOLE] == "red"
    assert {"green", "yellow"} >= set(seen.worked.difference.colours.values()) - {"red"}
    assert seen.worked.difference.steps["cancelled_with_work"] == 1
    careful = proposed(wiring, only="yellow")
    committed_mixed(wiring, careful)
    assert state_of(wiring, one) == "in_progress"
    if key in keys_of(wiring, decision_id, SPLIT):
        assert keys_of(wiring, decision_id, SPLIT)[key] == "cancelled"
    committed(wiring, proposed(wiring))
    assert state_of(wiring, one) == "cancelled"


def without(steps: Steps, key: str) -> Steps:
    """Without the step, and without the needs of it."""
    rest = [one for one in steps if one["key"] != key]
    return [one | {"needs": [need for need in one["needs"] if need["step"] != key]} for one in rest]


def committed_mixed(wiring: Wiring, outcome: ChangeOutcome) -> None:
    """Units stand on different versions afterwards: there is no single plan to compare with."""
    assert outcome.change
    assert revisions.commit_drafted(wiring, NUMBER, outcome.change.hash, by=CHAIR).changed
    with begin_read(wiring.engine) as connection:
        assert_steps_consistent(connection)


def test_a_stricter_proof_of_a_submitted_step_is_red(wiring: Wiring, decision_id: int) -> None:
    with begin_read(wiring.engine) as connection:
        template = next(one for one in wiring.planning(connection).templates if one.template == SLUG)
    strict = {step.key for step in template.steps if step.verify}
    slots = steps_of(wiring, decision_id)
    ready = set(ready_steps(wiring, decision_id, SPLIT))
    number = next(
        one["id"] for slot, one in slots.items() if one["id"] in ready and slot[1] == SLUG and slot[2] in strict
    )
    published(wiring, proved(False))
    committed(wiring, proposed(wiring))
    do(wiring, number, Act.COMPLETE, lead_of(wiring, SPLIT))
    assert state_of(wiring, number) == "submitted"
    published(wiring, proved(True), "2025.91")
    seen = revisions.preview(wiring, revisions.template_change(wiring, NUMBER, SLUG))
    assert seen.worked
    assert seen.worked.difference.colours[SPLIT] == "red"
    assert seen.worked.difference.colours[WHOLE] == "yellow"


def proved(required: bool) -> Callable[[Steps], Steps]:
    """Every step asks for evidence, or none does."""
    return lambda steps: [one | {"evidence": one["evidence"] | {"required": required}} for one in steps]


def test_units_on_different_versions_live_together_and_follow_the_next_amendment(
    wiring: Wiring, decision_id: int, tmp_path: Path
) -> None:
    gone = next(
        slot[2]
        for slot, one in of_unit(steps_of(wiring, decision_id), WHOLE).items()
        if slot[1] == SLUG and one["state"] == "ready"
    )
    new = published(wiring, lambda steps: without(steps, gone))
    before = steps_of(wiring, decision_id)
    committed_mixed(wiring, proposed(wiring, WHOLE))
    assert keys_of(wiring, decision_id, WHOLE)[gone] == "cancelled"
    assert of_unit(steps_of(wiring, decision_id), SPLIT) == of_unit(before, SPLIT)
    later = amended(tmp_path, wiring, text(operational="2025-08-01"))
    committed_mixed(wiring, later)
    with begin_read(wiring.engine) as connection:
        whole = connection.scalars(select(ChecklistRow.template_hash).where(ChecklistRow.unit == WHOLE)).all()
        split = connection.scalars(select(ChecklistRow.template_hash).where(ChecklistRow.unit == SPLIT)).all()
    assert new.content_hash in whole
    assert new.content_hash not in split
    assert keys_of(wiring, decision_id, WHOLE)[gone] == "cancelled"
    committed(wiring, proposed(wiring))


def test_a_template_or_a_unit_that_the_decision_does_not_have_is_refused(wiring: Wiring, decision_id: int) -> None:
    published(wiring, reworded)
    before = everything(wiring)
    with pytest.raises(errors.UnitNotInDecision):
        proposed(wiring, "old:00001")
    with pytest.raises(revisions.UnknownTemplateVersion):
        revisions.template_change(wiring, NUMBER, "khong-co")
    assert everything(wiring) == before


# calendar


@pytest.fixture
def counted_otherwise(wiring: Wiring) -> int:
    """A decision that was counted when 1 July 2025 was still thought to be a day off; gives its id."""
    today = vietnam_calendar()
    days = (*today.days, CalendarDay(date(2025, 7, 1), DayKind.HOLIDAY, "Ngày nghỉ dự kiến"))
    calendar = WorkingCalendar(tuple(sorted(days, key=lambda one: one.on)), today.first_year, today.last_year)
    decision = own_decision(NUMBER, predecessors=[SPLIT, WHOLE])
    with wiring.unit_of_work() as uow:
        planning = replace(wiring.planning(uow.connection), calendar=calendar)
        drafted = draft_decision(decision, uow, planning, refused=refused, by=DRAFTER)
    outcome = register(wiring, NUMBER, drafted.summary.hash, planning=planning)
    open_all(wiring, outcome.decision_id)
    return outcome.decision_id


def test_a_changed_calendar_moves_nothing_until_it_is_applied(wiring: Wiring, counted_otherwise: int) -> None:
    before = steps_of(wiring, counted_otherwise)
    moves = revisions.moves_by_calendar(wiring)
    assert moves
    assert {(one.number, one.old, one.new) for one in moves} >= {(NUMBER, date(2025, 7, 2), date(2025, 7, 1))}
    assert steps_of(wiring, counted_otherwise) == before
    drafted = revisions.draft(wiring, revisions.calendar_change(wiring, NUMBER), reason="lịch mới", by=SECRETARY)
    done = committed(wiring, drafted)
    assert done.worked
    assert done.worked.difference.steps["moved"] == sum(one.steps for one in moves)
    assert revisions.moves_by_calendar(wiring) == []
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(DecisionRow.calendar_version)).one() == vietnam_calendar().version
        assert date(2025, 7, 2) not in {
            due for due, late in connection.execute(select(StepRow.due_on, StepRow.overdue_at_birth)) if late
        }
    again = revisions.draft(wiring, revisions.calendar_change(wiring, NUMBER), reason="lịch mới", by=SECRETARY)
    assert again.result is ChangeResult.NOTHING


def test_a_decision_counted_with_todays_calendar_has_nothing_to_apply(wiring: Wiring, decision_id: int) -> None:
    assert revisions.moves_by_calendar(wiring) == []
    outcome = revisions.preview(wiring, revisions.calendar_change(wiring, NUMBER))
    assert outcome.result is ChangeResult.NOTHING
