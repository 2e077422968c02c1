"""Histories read from what commands really recorded, on both databases, with a clock that stands still."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import SPLIT
from clocks import SetClock
from offices import VERIFIER, do, finish, finish_with_needs, held, lead_of, note, opened, step_of
from sqlalchemy import insert, select, update
from tampering import unguarded

from bangiao.i18n import render
from bangiao.succession import move_work
from bangiao.wiring import Wiring
from checklists.events import CHECKLIST_OPENED, Event
from checklists.history import Entry, proofs, reason, sentence
from checklists.steps import Act
from db.change_models import MinutesRow
from db.history import Scope, entries
from db.history_names import KnownNames, here
from db.models import ChecklistRow, EventRow
from db.session import begin_read, begin_write
from db.unit_of_work import record_event

WHOLE = "old:00004"
BACKUP, HANDOVER = f"{WHOLE}/DAT-03", f"{WHOLE}/DAT-05/giao"


def history(wiring: Wiring, **scope: object) -> list[Entry]:
    with begin_read(wiring.engine) as connection:
        return list(entries(connection, Scope(**scope)))  # type: ignore[arg-type]


def kinds(found: list[Entry]) -> list[str]:
    return [one.event.type for one in found]


def told(wiring: Wiring, language: str = "en", **scope: object) -> list[str]:
    """The sentences, as a page says them."""
    with begin_read(wiring.engine) as connection:
        read = Scope(**scope)  # type: ignore[arg-type]
        names, where = KnownNames(connection), here(connection, read)
        return [render(sentence(one, where, names), language) for one in entries(connection, read)]


@pytest.fixture
def office(wiring: Wiring) -> Wiring:
    opened(wiring, [WHOLE])
    return wiring


def test_a_steps_history_tells_its_life_in_the_order_of_its_versions(office: Wiring) -> None:
    step, lead = step_of(office, BACKUP), lead_of(office, WHOLE)
    do(office, step, Act.START, lead)
    do(office, step, Act.BLOCK, lead, reason="hỏng ổ đĩa", unblocker="Phòng CNTT", expected_on=date(2025, 6, 20))
    do(office, step, Act.UNBLOCK, lead)
    seen = do(office, step, Act.COMPLETE, lead, evidence=(note(),)).after
    do(office, step, Act.RETURN, VERIFIER, reason="thiếu chữ ký", seen=seen.evidence_hash)
    digest = note().digest
    do(office, step, Act.COMPLETE, lead, evidence=(note("biên bản số 2"),))
    do(office, step, Act.WITHDRAW, lead, digests=frozenset({digest}))
    found = history(office, step=step)
    assert kinds(found) == [
        "checklist.opened",
        "step.started",
        "step.blocked",
        "step.unblocked",
        "step.submitted",
        "step.returned",
        "step.submitted",
        "evidence.withdrawn",
    ]
    assert [reason(one.event) for one in found] == ["", "", "hỏng ổ đĩa", "", "", "thiếu chữ ký", "", ""]
    assert told(office, step=step)[2] == f"{lead.title()} ({lead}) declared this step blocked."
    assert [one.words.render(str) for one in proofs(found[-1])] == ["note “đã làm xong”"]


def test_what_followed_from_an_act_stands_behind_it(office: Wiring) -> None:
    backup, handover = step_of(office, BACKUP), step_of(office, HANDOVER)
    finish_with_needs(office, handover)
    do(office, backup, Act.REOPEN, VERIFIER, reason="sai số liệu", order_id="mở lại")
    found = history(office, unit=WHOLE)
    reopened = kinds(found).index("step.reopened")
    assert kinds(found)[reopened : reopened + 3] == ["step.reopened", "verification.void", "step.waits_again"]
    assert {one.event.request for one in found[reopened : reopened + 3]} == {"mở lại"}
    places = {one.event.id: place for place, one in enumerate(found)}
    ready = places[f"step.unlocked:{handover}:{_unlocked_version(found, handover)}"]
    assert found[ready - 1].event.type in {"step.verified", "step.completed", "step.unlocked"}
    assert ready < min(
        place
        for place, one in enumerate(found)
        if one.event.id.startswith("step.submitted") and one.event.step_id == handover
    )


def _unlocked_version(found: list[Entry], step: int) -> int:
    (one,) = (one for one in found if one.event.type == "step.unlocked" and one.event.step_id == step)
    return int(one.event.payload["after"]["version"])


def test_every_reading_tells_the_same_in_the_same_order(office: Wiring) -> None:
    finish_with_needs(office, step_of(office, HANDOVER))
    first = [one.event.id for one in history(office, unit=WHOLE)]
    with begin_write(office.engine) as connection, unguarded(connection):
        connection.execute(update(EventRow).values(actor=EventRow.actor))  # rows lie elsewhere now
    assert [one.event.id for one in history(office, unit=WHOLE)] == first
    assert len(first) == len(set(first))


def test_a_decisions_history_counts_its_opened_checklists_and_a_units_lists_them(office: Wiring) -> None:
    with begin_read(office.engine) as connection:
        recorded = Counter(connection.scalars(select(EventRow.type)))
        (decision,) = set(connection.scalars(select(EventRow.decision_id).where(EventRow.decision_id.is_not(None))))
    found = history(office, decision=decision)
    assert kinds(found)[:4] == ["decision.drafted", "decision.registered", "checklist.opened", "decision.opened"]
    assert found[2].event.payload["checklists"] == recorded[CHECKLIST_OPENED]
    words = told(office, decision=decision)
    assert f"{recorded[CHECKLIST_OPENED]} checklists of" in words[2]
    assert kinds(history(office, unit=WHOLE)).count(CHECKLIST_OPENED) == 4
    assert kinds(history(office, person="bangiao")) == ["checklist.opened", "decision.opened"]


def test_a_person_is_followed_through_what_was_done_in_their_name(office: Wiring) -> None:
    step, lead = step_of(office, BACKUP), lead_of(office, WHOLE)
    do(office, step, Act.START, lead)
    with begin_write(office.engine) as connection:
        record_event(
            connection,
            Event("x", "step.completed", office.now(), "lan", WHOLE, {"version": 3}, None, lead, step),
        )
    assert kinds(history(office, person=lead)) == ["step.started", "step.completed"]
    assert kinds(history(office, person="lan")) == ["step.completed"]
    assert kinds(history(office, step=step, person="lan")) == ["step.completed"]
    assert told(office, person="lan") == [
        f"lan on behalf of {lead.title()} ({lead}) completed step DAT-03, Phường Trúc Bạch."
    ]


def test_days_are_days_in_viet_nam_and_both_ends_count(office: Wiring, clock: SetClock) -> None:
    step, lead = step_of(office, BACKUP), lead_of(office, WHOLE)
    clock.now = datetime.fromisoformat("2025-06-18T00:00:00+07:00")
    do(office, step, Act.START, lead)
    clock.now = datetime.fromisoformat("2025-06-19T23:59:59+07:00")
    do(office, step, Act.BLOCK, lead, reason="mất điện", unblocker="EVN", expected_on=date(2025, 6, 20))
    days = {"since": date(2025, 6, 18), "until": date(2025, 6, 19)}
    assert kinds(history(office, step=step, **days)) == ["step.started", "step.blocked"]
    assert kinds(history(office, step=step, since=date(2025, 6, 19))) == ["step.blocked"]
    assert kinds(history(office, step=step, until=date(2025, 6, 17))) == ["checklist.opened"]
    assert len(history(office, step=step, since=date.min, until=date.max)) == 3


def test_work_that_moved_is_told_by_the_step_by_who_gave_it_and_by_who_took_it_over(
    office: Wiring, clock: SetClock
) -> None:
    step = step_of(office, BACKUP)
    do(office, step, Act.START, lead_of(office, WHOLE))
    clock.now = datetime.fromisoformat("2025-07-01T08:00:00+07:00")
    move_work(office, "01/QĐ-TN")
    finish(office, step)
    assert kinds(history(office, step=step)) == [
        "checklist.opened",
        "step.started",
        "work.moved",
        "step.submitted",
        "step.verified",
    ]
    assert "moved this step to Phường Ba Đình (new:00004)" in told(office, step=step)[2]
    assert "work.moved" in kinds(history(office, unit=WHOLE))
    received = told(office, unit="new:00004")
    assert [one for one in received if "open steps of Phường Trúc Bạch (old:00004) to this unit" in one]
    assert [one for one in received if "completed step DAT-03, Phường Trúc Bạch and submitted it" in one]
    assert held(office, step).holder == "new:00004"


def test_minutes_are_in_the_history_of_both_sides_and_of_the_steps_they_prove(office: Wiring) -> None:
    step = step_of(office, "new:00004/DAT-05/nhan")
    with begin_read(office.engine) as connection:
        decision = connection.scalars(select(ChecklistRow.decision_id)).first()
    texts = {"number": "05/BB", "giving": WHOLE, "receiving": "new:00004", "state": "final", "content": "{}"}
    made = {"dated_on": date(2025, 7, 1), "content_hash": "ab", "drafted_by": "lan", "drafted_at": office.now()} | {
        "version": 1
    }
    said = {"minutes": "05/BB", "giving": WHOLE, "receiving": "new:00004", "attached_to": [step]}
    with begin_write(office.engine) as connection:
        connection.execute(insert(MinutesRow).values(id=1, decision_id=decision, **texts, **made))
        record_event(connection, Event("minutes.final:1", "minutes.final", office.now(), "lan", WHOLE, said, decision))
    for scope in ({"unit": WHOLE}, {"unit": "new:00004"}, {"step": step}):
        assert kinds(history(office, **scope)).count("minutes.final") == 1
    assert "minutes.final" not in kinds(history(office, step=step_of(office, BACKUP)))


def test_a_long_history_is_told_to_its_end(office: Wiring) -> None:
    many = 1_700
    rows = [
        {
            "id": f"step.started:{number:05}",
            "type": "step.started",
            "occurred_at": datetime(2025, 7, 1, tzinfo=UTC) + timedelta(seconds=number),
            "actor": "lan",
            "subject": SPLIT,
            "payload": '{"attached": ["ab"]}',
        }
        for number in range(many)
    ]
    with begin_write(office.engine) as connection:
        connection.execute(insert(EventRow), rows)
    assert [one.event.id for one in history(office, unit=SPLIT)] == [row["id"] for row in rows]


@pytest.mark.parametrize("text", ["", "[]", "null", '"text"', "{", '{"after": 3, "before": [1], "attached": {"a": 1}}'])
def test_a_spoilt_payload_does_not_hide_the_rest_of_a_history(office: Wiring, text: str) -> None:
    step = step_of(office, BACKUP)
    row = {"id": "odd", "type": "step.completed", "occurred_at": office.now(), "actor": "lan", "subject": WHOLE}
    with begin_write(office.engine) as connection:
        connection.execute(insert(EventRow).values(**row, step_id=step, payload=text))
    assert "lan completed this step." in told(office, step=step)
