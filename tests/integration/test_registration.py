"""Two people agree to a plan: what is registered is what both have read, and it is registered once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from builders import (
    DRAFTER,
    REGISTRAR,
    SPLIT,
    altered,
    draft,
    open_all,
    own_decision,
    real_decision,
    register,
    registered,
    step,
    template,
)
from exactness import assert_exactly_the_plan, everything, rows_of
from sqlalchemy import insert, select, update

from bangiao.wiring import Wiring
from checklists.errors import HandoverError, Refused
from checklists.handlers import (
    AlreadyRegistered,
    NotTheDraftedPlan,
    Outcome,
    PlanChanged,
    SamePerson,
    UnknownDecision,
)
from checklists.ports import Planning
from db.models import DecisionRow, EventRow, NumberBlockRow, OutboxRow, SuccessionRow, UnitChangeRow, UnitRow, table_of
from db.session import begin_read, begin_write

SMALL = own_decision(predecessors=[SPLIT, "old:00004"])


def of_two(wiring: Wiring, *works: object) -> list[object]:
    """What came of works that begin at the same moment: a value, or the error."""
    start = threading.Barrier(len(works))

    def run(work: object) -> object:
        start.wait()
        try:
            return work()  # type: ignore[operator]
        except HandoverError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def outbox(wiring: Wiring) -> list[tuple[str, str, str]]:
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(OutboxRow.event_id, OutboxRow.consumer, OutboxRow.state)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def test_a_registration_is_state_event_and_outbox_row_together(wiring: Wiring) -> None:
    outcome = registered(wiring, SMALL)
    with begin_read(wiring.engine) as connection:
        row = connection.execute(select(table_of(DecisionRow))).one()
        event = connection.execute(select(table_of(EventRow)).where(EventRow.type == "decision.registered")).one()
    assert (row.state, row.drafted_by, row.registered_by) == ("registered", DRAFTER, REGISTRAR)
    assert row.registered_at == event.occurred_at == wiring.now()
    assert (event.actor, event.subject, event.decision_id) == (REGISTRAR, SMALL.number, outcome.decision_id)
    assert json.loads(event.payload) == {
        "decision_id": outcome.decision_id,
        "number": SMALL.number,
        "plan_hash": outcome.summary.hash,
        "units": outcome.summary.total_units,
        "checklists": outcome.summary.total_checklists,
        "steps": outcome.summary.total_steps,
    }
    assert outbox(wiring) == [(event.id, "open-checklists", "pending")]
    assert outcome.event_id == event.id


def test_a_draft_alone_concerns_nobody(wiring: Wiring) -> None:
    draft(wiring, SMALL)
    assert outbox(wiring) == []
    assert rows_of(wiring, NumberBlockRow) == {"number_block": 1}


def test_drafts_in_the_same_instant_are_each_on_record(wiring: Wiring) -> None:
    other = altered(SMALL, issued="2025-06-13")
    drafts = [draft(wiring, one) for one in (SMALL, other, SMALL, other)]
    number = drafts[0].decision_id
    assert [one.event_id for one in drafts] == [f"decision.drafted:{number}:{place}" for place in (1, 2, 3, 4)]
    assert rows_of(wiring, EventRow) == {"event": 4}
    assert not draft(wiring, other).changed
    assert rows_of(wiring, EventRow) == {"event": 4}


def test_registering_twice_changes_nothing_and_says_so(wiring: Wiring) -> None:
    first = registered(wiring, SMALL)
    before = everything(wiring)
    for by in (REGISTRAR, "mot-nguoi-khac", DRAFTER):
        again = register(wiring, SMALL.number, first.summary.hash, by=by)
        assert (again.changed, again.decision_id, again.event_id) == (False, first.decision_id, None)
    assert everything(wiring) == before


def test_drafting_what_is_registered_changes_nothing_and_other_content_is_refused(wiring: Wiring) -> None:
    registered(wiring, SMALL)
    before = everything(wiring)
    assert not draft(wiring, SMALL, by="mot-nguoi-khac").changed
    with pytest.raises(AlreadyRegistered, match="is registered with other content"):
        draft(wiring, altered(SMALL, issued="2025-06-13"))
    assert everything(wiring) == before


def test_the_person_who_drafted_cannot_register_unless_the_office_says_so(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)
    before = everything(wiring)
    with pytest.raises(SamePerson, match="a second person must"):
        register(wiring, SMALL.number, drafted.summary.hash, by=DRAFTER)
    assert everything(wiring) == before
    alone = Wiring(replace(wiring.settings, four_eyes=False), wiring.engine, wiring.clock)
    assert register(alone, SMALL.number, drafted.summary.hash, by=DRAFTER).changed


def test_a_hash_that_is_not_the_drafted_one_registers_nothing(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)
    before = everything(wiring)
    for wrong in ("", "0" * 64, drafted.summary.hash[:12], drafted.summary.hash.upper()):
        with pytest.raises(NotTheDraftedPlan):
            register(wiring, SMALL.number, wrong)
    with pytest.raises(UnknownDecision):
        register(wiring, "99/QĐ-TN", drafted.summary.hash)
    assert everything(wiring) == before


def test_a_draft_is_replaced_by_the_next_and_only_its_hash_counts(wiring: Wiring) -> None:
    first = draft(wiring, SMALL)
    wiring.clock.advance(minutes=1)  # type: ignore[attr-defined]
    second = draft(wiring, altered(SMALL, issued="2025-06-13"))
    assert second.changed
    assert first.decision_id == second.decision_id
    with pytest.raises(NotTheDraftedPlan):
        register(wiring, SMALL.number, first.summary.hash)
    assert register(wiring, SMALL.number, second.summary.hash).changed
    assert not draft(wiring, altered(SMALL, issued="2025-06-13")).changed


def test_the_person_of_the_last_draft_is_the_one_who_cannot_register(wiring: Wiring) -> None:
    draft(wiring, SMALL, by="nguoi-thu-nhat")
    wiring.clock.advance(minutes=1)  # type: ignore[attr-defined]
    drafted = draft(wiring, SMALL, by="nguoi-thu-hai")
    with pytest.raises(SamePerson):
        register(wiring, SMALL.number, drafted.summary.hash, by="nguoi-thu-hai")
    assert register(wiring, SMALL.number, drafted.summary.hash, by="nguoi-thu-nhat").changed


# A plan that has changed since it was drafted


def test_a_unit_whose_level_changed_meanwhile_is_named_and_nothing_is_registered(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)
    with begin_write(wiring.engine) as connection:
        connection.execute(update(UnitRow).where(UnitRow.key == SPLIT).values(level="district", kind="huyện"))
    before = everything(wiring)
    with pytest.raises(PlanChanged) as changed:
        register(wiring, SMALL.number, drafted.summary.hash)
    assert SPLIT in changed.value.difference.units_changed
    assert "units whose steps changed" in str(changed.value)
    assert drafted.summary.hash[:12] in str(changed.value)
    assert everything(wiring) == before


def test_a_unit_that_changes_its_kind_by_the_day_of_operation_changes_the_plan(wiring: Wiring) -> None:
    """Only if the change is in force when the decision operates: a day later it is not this plan's business."""
    kinds = template(
        step(
            "DAT-01",
            "successor",
            condition={"when": "unit.kind == 'xã'", "otherwise": {"vi": "Không phải xã.", "en": "Not a commune."}},
        ),
    )
    with begin_read(wiring.engine) as connection:
        shipped = wiring.planning(connection)
        successor = connection.execute(select(UnitRow.key, UnitRow.kind).where(UnitRow.key == "new:00004")).one()
    assert successor.kind == "phường"
    planning = Planning([kinds], shipped.calendar, shipped.compile_condition)
    wiring.known_planning.clear()
    with wiring.unit_of_work() as uow:
        drafted = _drafted(uow, planning)
    change = {
        "unit": "new:00004",
        "field": "kind",
        "old_value": "phường",
        "new_value": "xã",
        "decision_number": "9/NQ",
        "issuing_body": "UBTVQH",
        "issued_on": date(2025, 6, 20),
    }
    _change(wiring, change | {"effective_on": date(2025, 7, 2)})
    with wiring.unit_of_work() as uow:
        assert _drafted(uow, planning).summary.hash == drafted.summary.hash
    _change(wiring, change | {"effective_on": date(2025, 7, 1)})
    with pytest.raises(PlanChanged) as changed:
        register(wiring, SMALL.number, drafted.summary.hash, planning=planning)
    assert changed.value.difference.units_added == ("new:00004",)


def _drafted(uow: object, planning: Planning) -> Outcome:
    from builders import refused  # noqa: PLC0415

    from checklists.handlers import draft_decision  # noqa: PLC0415

    return draft_decision(SMALL, uow, planning, refused=refused, by=DRAFTER)  # type: ignore[arg-type]


def _change(wiring: Wiring, values: dict[str, object]) -> None:
    with begin_write(wiring.engine) as connection:
        connection.execute(insert(UnitChangeRow).values(**values))


def test_other_templates_than_those_drafted_with_are_named(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)
    with begin_read(wiring.engine) as connection:
        shipped = wiring.planning(connection)
    other = Planning(
        [*shipped.templates[:3], template(step("XXX-01"), slug="cross-cutting")],
        shipped.calendar,
        shipped.compile_condition,
    )
    before = everything(wiring)
    with pytest.raises(PlanChanged) as changed:
        register(wiring, SMALL.number, drafted.summary.hash, planning=other)
    assert changed.value.difference.templates == ("cross-cutting",)
    assert everything(wiring) == before


def test_a_unit_that_left_the_register_meanwhile_refuses_the_registration(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)
    with begin_write(wiring.engine) as connection:
        connection.execute(update(UnitRow).where(UnitRow.key == "new:00004").values(valid_to=date(2025, 6, 30)))
    before = everything(wiring)
    with pytest.raises(Refused):
        register(wiring, SMALL.number, drafted.summary.hash)
    assert everything(wiring) == before


# Two decisions, two people, at once


def test_a_unit_that_another_registered_decision_claims_is_refused(wiring: Wiring) -> None:
    registered(wiring, SMALL)
    before = everything(wiring)
    with pytest.raises(Refused) as refused:
        draft(wiring, own_decision("02/QĐ-TN", predecessors=[SPLIT]))
    assert SMALL.number in str(refused.value.mistakes[0])
    assert everything(wiring) == before


def test_a_real_decision_cannot_take_units_again_that_a_decision_of_our_own_took(wiring: Wiring) -> None:
    registered(wiring, SMALL)
    with pytest.raises(Refused) as refused:
        draft(wiring, real_decision())
    assert any(SMALL.number in str(mistake) for mistake in refused.value.mistakes)


def test_the_successions_of_a_registered_decision_are_recorded_under_its_number(wiring: Wiring) -> None:
    registered(wiring, SMALL)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(
            select(table_of(SuccessionRow)).where(SuccessionRow.decision_number == SMALL.number)
        ).all()
    found = {(row.predecessor, row.successor, row.relation, row.basis) for row in rows}
    assert found == {(row.predecessor, row.successor, row.relation, row.basis) for row in SMALL.successions}


def test_a_second_draft_of_the_same_units_cannot_be_registered_after_the_first(wiring: Wiring) -> None:
    one, other = draft(wiring, SMALL), draft(wiring, own_decision("02/QĐ-TN", predecessors=[SPLIT]))
    register(wiring, SMALL.number, one.summary.hash)
    before = everything(wiring)
    with pytest.raises(Refused):
        register(wiring, "02/QĐ-TN", other.summary.hash)
    assert everything(wiring) == before


def test_of_two_decisions_about_the_same_units_registered_at_once_one_is_refused(wiring: Wiring) -> None:
    one, other = draft(wiring, SMALL), draft(wiring, own_decision("02/QĐ-TN", predecessors=[SPLIT]))
    found = of_two(
        wiring,
        lambda: register(wiring, SMALL.number, one.summary.hash),
        lambda: register(wiring, "02/QĐ-TN", other.summary.hash),
    )
    assert sorted(type(one).__name__ for one in found) == ["Outcome", "Refused"]
    assert len(outbox(wiring)) == 1


def test_of_two_who_register_the_same_decision_at_once_one_does_and_one_is_told_it_is_done(wiring: Wiring) -> None:
    drafted = draft(wiring, SMALL)

    def work(by: str) -> object:
        return lambda: register(wiring, SMALL.number, drafted.summary.hash, by=by).changed

    assert sorted(of_two(wiring, work("mot"), work("hai"), work("ba")), key=str) == [False, False, True]
    assert len(outbox(wiring)) == 1
    open_all(wiring, drafted.decision_id)
    assert_exactly_the_plan(wiring, drafted.decision_id)


def test_a_draft_that_comes_in_while_the_old_one_is_registered_never_mixes_with_it(wiring: Wiring) -> None:
    """Either the old plan is registered and the draft refused, or the new draft stands and the old hash is not it."""
    drafted = draft(wiring, SMALL)
    wiring.clock.advance(minutes=1)  # type: ignore[attr-defined]
    later = altered(SMALL, issued="2025-06-13")
    found = of_two(
        wiring,
        lambda: register(wiring, SMALL.number, drafted.summary.hash),
        lambda: draft(wiring, later),
    )
    kinds = [type(one).__name__ for one in found]
    assert kinds in (["Outcome", "AlreadyRegistered"], ["NotTheDraftedPlan", "Outcome"])
    if kinds[0] == "Outcome":
        open_all(wiring, drafted.decision_id)
        assert_exactly_the_plan(wiring, drafted.decision_id)


def test_drafts_written_at_once_get_numbers_of_their_own(wiring: Wiring) -> None:
    decisions = [own_decision(f"{place:02}/QĐ-TN", predecessors=[SPLIT]) for place in range(6)]
    found = of_two(wiring, *(lambda one=one: draft(wiring, one) for one in decisions))
    assert sorted(one.decision_id for one in found) == [1, 2, 3, 4, 5, 6]  # type: ignore[attr-defined]


def test_the_same_draft_written_twice_at_once_is_one_draft(wiring: Wiring) -> None:
    found = of_two(wiring, *(lambda: draft(wiring, SMALL) for _ in range(3)))
    assert sorted((one.changed for one in found), key=str) == [False, False, True]  # type: ignore[attr-defined]
    assert rows_of(wiring, DecisionRow, EventRow) == {"decision": 1, "event": 1}
