"""Steps are worked on, on both databases: what an act changes, what follows from it, and two people at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from threading import Barrier

import pytest
from builders import JOINED, SPLIT
from databases import OfficeMaker
from offices import (
    HA_NOI_COMMITTEE,
    VERIFIER,
    appoint,
    do,
    finish,
    finish_with_needs,
    held,
    joined_units,
    lead_of,
    needs_of,
    note,
    opened,
    state_of,
    step_of,
)
from sqlalchemy import func, select

from bangiao.wiring import Wiring
from checklists.desk import NewEvidence
from checklists.errors import HandoverError
from checklists.people import NoSubstitution, NotYours, PersonRole, Substitution
from checklists.step_handlers import ChangedMeanwhile, UnknownStep
from checklists.step_rules import EvidenceChanged, NothingNew, NothingWithdrawn, OwnWork, StillNeeds
from checklists.steps import Act
from db.models import EventRow, StepRow
from db.people import write_substitution
from db.session import begin_read, begin_write
from db.work_models import EvidenceRow, StepWorkRow, VerificationRow


@dataclass
class Office:
    wiring: Wiring
    lead: str

    def do(self, step: str | int, act: Act, by: str = "", **more: object) -> object:
        number = step_of(self.wiring, step) if isinstance(step, str) else step
        return do(self.wiring, number, act, by or self.lead, **more)  # type: ignore[arg-type]


@pytest.fixture
def office_maker() -> OfficeMaker:
    return with_a_lead


def with_a_lead(wiring: Wiring) -> Office:
    opened(wiring)
    return Office(wiring, lead_of(wiring, SPLIT))


def events_of(wiring: Wiring, step_id: int) -> list[tuple[str, str, dict[str, object]]]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.type, EventRow.actor, EventRow.payload).where(EventRow.step_id == step_id)
        rows = connection.execute(query.order_by(EventRow.occurred_at, EventRow.id)).all()
    return [(row.type, row.actor, json.loads(row.payload)) for row in rows]


def count(wiring: Wiring, row: type) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(func.count()).select_from(row)).one()


def some_step(wiring: Wiring, unit: str, fits: Callable[[object], bool]) -> int:
    """The first step of the unit that fits."""
    with begin_read(wiring.engine) as connection:
        numbers = list(connection.scalars(select(StepRow.id).order_by(StepRow.id)))
    return next(one for one in numbers if (found := held(wiring, one)).unit == unit and fits(found))


def a_verified_step(office: Office) -> int:
    return some_step(office.wiring, SPLIT, lambda one: one.step.verified and one.step.state == "ready")


def an_unverified_step(office: Office) -> int:
    return some_step(
        office.wiring,
        SPLIT,
        lambda one: not one.step.verified and one.step.state == "ready" and one.template.recurrence is None,
    )


def test_a_step_goes_from_ready_to_proved_by_two_people_and_the_record_says_so(office: Office) -> None:
    step = a_verified_step(office)
    office.do(step, Act.START)
    submitted = office.do(step, Act.COMPLETE, evidence=(note("đã đối soát"),), order_id="lenh-1")
    assert state_of(office.wiring, step) == "submitted"
    office.do(step, Act.VERIFY, VERIFIER, seen=submitted.after.evidence_hash)

    now = held(office.wiring, step)
    assert (now.step.state, now.step.version, now.step.doers) == ("done", 4, {office.lead})
    kinds = sorted(kind for kind, _, _ in events_of(office.wiring, step))
    assert kinds == ["step.started", "step.submitted", "step.verified"]
    with begin_read(office.wiring.engine) as connection:
        given = connection.execute(select(VerificationRow.__table__)).one()
        asked = connection.execute(select(EventRow.__table__).where(EventRow.type == "step.submitted")).one()
    assert (given.given_by, given.evidence_hash, given.void_at) == (VERIFIER, now.step.evidence_hash, None)
    assert (asked.request, asked.subject, asked.actor) == ("lenh-1", SPLIT, office.lead)
    payload = json.loads(asked.payload)
    assert payload["before"]["state"] == "in_progress"
    assert payload["after"] == {
        "claim": "done",
        "evidence_hash": now.step.evidence_hash,
        "state": "submitted",
        "version": 3,
    }
    assert payload["attached"][0]["digest"] in now.step.evidence


def test_a_step_without_second_person_is_done_when_it_is_completed(office: Office) -> None:
    step = an_unverified_step(office)
    office.do(step, Act.COMPLETE, evidence=(note(),))
    assert state_of(office.wiring, step) == "done"
    assert count(office.wiring, VerificationRow) == 0


def test_an_act_that_is_refused_leaves_nothing_behind(office: Office) -> None:
    step = a_verified_step(office)
    before = (count(office.wiring, EventRow), count(office.wiring, StepWorkRow), count(office.wiring, EvidenceRow))
    for wrong in (
        lambda: office.do(step, Act.VERIFY, VERIFIER),
        lambda: office.do(step, Act.COMPLETE),
        lambda: office.do(step, Act.BLOCK),
        lambda: office.do(step, Act.START, version=9),
        lambda: office.do(step, Act.START, "nguoi-la"),
        lambda: office.do(step, Act.START, VERIFIER),
        lambda: office.do(step, Act.START, in_the_name_of="ai-do"),
        lambda: office.do(999_999_999, Act.START),
    ):
        with pytest.raises(HandoverError):
            wrong()
    after = (count(office.wiring, EventRow), count(office.wiring, StepWorkRow), count(office.wiring, EvidenceRow))
    assert (after, state_of(office.wiring, step)) == (before, "ready")


def test_a_foreign_units_step_answers_as_if_it_did_not_exist(office: Office) -> None:
    stranger = appoint(office.wiring, "xa-khac", PersonRole.UNIT_LEAD, "new:00070")
    step = a_verified_step(office)
    with pytest.raises(UnknownStep) as foreign:
        office.do(step, Act.START, stranger)
    with pytest.raises(UnknownStep) as missing:
        office.do(123, Act.START, stranger)
    assert str(foreign.value).replace(str(step), "N") == str(missing.value).replace("123", "N")


def test_a_role_that_does_not_suffice_is_named(office: Office) -> None:
    with pytest.raises(NotYours, match="unit lead"):
        office.do(a_verified_step(office), Act.START, VERIFIER)


def test_the_province_reaches_the_old_units_that_hand_over_to_its_communes(office: Office) -> None:
    provincial = appoint(office.wiring, "tinh", PersonRole.UNIT_LEAD, "new:01")
    step = a_verified_step(office)
    office.do(step, Act.START, provincial)
    assert held(office.wiring, step).step.doers == {provincial}


def test_an_assignment_counts_only_on_its_days(office: Office) -> None:
    step = a_verified_step(office)
    ended = appoint(office.wiring, "da-nghi", PersonRole.UNIT_LEAD, SPLIT, until=date(2025, 6, 16))
    later = appoint(office.wiring, "sap-nhan", PersonRole.UNIT_LEAD, SPLIT, since=date(2025, 6, 18))
    for one in (ended, later):
        with pytest.raises(UnknownStep):
            office.do(step, Act.START, one)


def test_a_substitute_acts_in_the_absent_persons_name_and_neither_verifies_it(office: Office) -> None:
    step = a_verified_step(office)
    substitute = appoint(office.wiring, "thay", PersonRole.VERIFIER, SPLIT)
    with pytest.raises(NoSubstitution):
        office.do(step, Act.START, substitute, in_the_name_of=office.lead)
    with begin_write(office.wiring.engine) as connection:
        absence = Substitution(office.lead, substitute, date(2025, 6, 17), date(2025, 6, 20), "nghỉ phép")
        write_substitution(connection, absence, HA_NOI_COMMITTEE, office.wiring.now())

    acted = office.do(step, Act.COMPLETE, substitute, in_the_name_of=office.lead, evidence=(note(),))

    assert held(office.wiring, step).step.doers == {office.lead, substitute}
    with begin_read(office.wiring.engine) as connection:
        event = connection.execute(select(EventRow.__table__).where(EventRow.step_id == step)).one()
        piece = connection.execute(select(EvidenceRow.__table__)).one()
    assert (event.actor, event.on_behalf_of) == (piece.added_by, piece.on_behalf_of) == (substitute, office.lead)
    for own in (substitute, office.lead):
        with pytest.raises(OwnWork):
            office.do(step, Act.VERIFY, own, seen=acted.after.evidence_hash)


def test_the_version_that_was_looked_at_must_still_be_the_one(office: Office) -> None:
    step = a_verified_step(office)
    office.do(step, Act.START, version=1)
    with pytest.raises(ChangedMeanwhile, match="version 2"):
        office.do(step, Act.COMPLETE, version=1, evidence=(note(),))
    assert office.do(step, Act.COMPLETE, version=2, evidence=(note(),))


def test_of_two_people_acting_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    steps = [a_verified_step(office)]
    others = [appoint(office.wiring, f"nguoi-{one}", PersonRole.UNIT_LEAD, SPLIT) for one in range(8)]
    start = Barrier(len(others))

    def complete(person: str) -> str:
        start.wait()
        try:
            office.do(steps[0], Act.COMPLETE, person, version=1, evidence=(note(person),))
        except ChangedMeanwhile:
            return "told"
        return "won"

    with ThreadPoolExecutor(len(others)) as pool:
        outcomes = list(pool.map(complete, others))
    assert sorted(outcomes) == ["told"] * 7 + ["won"]
    winner = others[outcomes.index("won")]
    now = held(office.wiring, steps[0])
    assert (now.step.version, now.step.doers, len(now.step.evidence)) == (2, {winner}, 1)
    assert len(events_of(office.wiring, steps[0])) == count(office.wiring, EvidenceRow) == 1


def test_evidence_added_to_a_proved_step_makes_the_verification_void_and_says_so(office: Office) -> None:
    step = a_verified_step(office)
    finish(office.wiring, step)
    acted = office.do(step, Act.ATTACH, evidence=(note("bản sửa"),), reason="thiếu phụ lục")
    assert acted.void
    assert state_of(office.wiring, step) == "submitted"
    with begin_read(office.wiring.engine) as connection:
        given = connection.execute(select(VerificationRow.__table__)).one()
    assert (given.void_at, given.void_because) == (office.wiring.now(), "thiếu phụ lục")
    kinds = [kind for kind, _, _ in events_of(office.wiring, step)]
    assert {"evidence.attached", "verification.void"} <= set(kinds)

    office.do(step, Act.VERIFY, VERIFIER, seen=acted.after.evidence_hash)
    assert count(office.wiring, VerificationRow) == 2
    assert state_of(office.wiring, step) == "done"


def test_what_the_verifier_did_not_see_is_not_verified(office: Office) -> None:
    step = a_verified_step(office)
    first = office.do(step, Act.COMPLETE, evidence=(note("một"),))
    office.do(step, Act.ATTACH, evidence=(note("hai"),))
    with pytest.raises(EvidenceChanged):
        office.do(step, Act.VERIFY, VERIFIER, seen=first.after.evidence_hash)


def test_withdrawn_evidence_stays_on_record_and_may_come_back(office: Office) -> None:
    step = a_verified_step(office)
    piece = note("nhầm tệp")
    office.do(step, Act.ATTACH, evidence=(piece, note("đúng tệp")))
    office.do(step, Act.WITHDRAW, digests=frozenset({piece.digest[:10]}))
    assert held(office.wiring, step).step.evidence == {note("đúng tệp").digest}
    office.do(step, Act.ATTACH, evidence=(piece,))
    assert piece.digest in held(office.wiring, step).step.evidence
    with begin_read(office.wiring.engine) as connection:
        rows = connection.execute(select(EvidenceRow.__table__).where(EvidenceRow.digest == piece.digest)).all()
    assert sorted(row.withdrawn_by or "" for row in rows) == ["", office.lead]


def test_the_same_evidence_twice_is_one_piece_and_the_second_time_is_refused(office: Office) -> None:
    step = a_verified_step(office)
    office.do(step, Act.ATTACH, evidence=(note(),))
    with pytest.raises(NothingNew):
        office.do(step, Act.ATTACH, evidence=(note(),))
    office.do(step, Act.ATTACH, evidence=(note(), note("hai")))
    assert count(office.wiring, EvidenceRow) == 2


def test_what_brings_nothing_new_does_not_make_a_verification_void(office: Office) -> None:
    step = a_verified_step(office)
    finish(office.wiring, step)
    piece = next(iter(held(office.wiring, step).step.evidence))
    before, events = held(office.wiring, step), events_of(office.wiring, step)
    again = NewEvidence("note", piece, "", 1, "text/plain", "lại", date(2025, 6, 17))
    for evidence in ((), (again,)):
        with pytest.raises(NothingNew):
            office.do(step, Act.ATTACH, evidence=evidence, reason="gửi lại")
    with pytest.raises(NothingWithdrawn):
        office.do(step, Act.WITHDRAW, digests=frozenset(), reason="rút")
    assert (held(office.wiring, step), events_of(office.wiring, step)) == (before, events)
    with begin_read(office.wiring.engine) as connection:
        assert connection.execute(select(VerificationRow.__table__)).one().void_at is None


def test_a_receive_step_unlocks_when_its_last_predecessor_delivers_and_not_before(wiring: Wiring) -> None:
    opened(wiring, joined_units())
    receive = step_of(wiring, f"{JOINED}/DAT-05/nhan")
    lead = lead_of(wiring, JOINED)
    with begin_read(wiring.engine) as connection:
        needed = needs_of(connection, receive)
    assert len(needed) == 15
    for left, one in zip(range(len(needed), 0, -1), needed, strict=True):
        assert (held(wiring, receive).step.open_needs, state_of(wiring, receive)) == (left, "waiting")
        with pytest.raises(StillNeeds, match=f"{left} other steps"):
            do(wiring, receive, Act.COMPLETE, lead, evidence=(note(),))
        finish_with_needs(wiring, one)
    assert (held(wiring, receive).step.open_needs, state_of(wiring, receive)) == (0, "ready")
    assert [kind for kind, _, _ in events_of(wiring, receive)] == ["step.unlocked"]


def test_predecessors_that_deliver_at_the_same_moment_unlock_the_successor_exactly_once(wiring: Wiring) -> None:
    opened(wiring, joined_units())
    receive = step_of(wiring, f"{JOINED}/DAT-05/nhan")
    with begin_read(wiring.engine) as connection:
        needed = needs_of(connection, receive)
        before = {one: needs_of(connection, one) for one in needed}
    for one in needed:
        for earlier in before[one]:
            finish_with_needs(wiring, earlier)
    pending = []
    for one in needed:
        acted = do(wiring, one, Act.COMPLETE, lead_of(wiring, held(wiring, one).holder), evidence=(note(),))
        if acted.after.state == "submitted":
            pending.append((one, acted.after.evidence_hash))
    start = Barrier(min(8, len(pending)))

    def verify(work: tuple[int, str]) -> None:
        start.wait(timeout=60)
        do(wiring, work[0], Act.VERIFY, VERIFIER, seen=work[1])

    rounds = [pending[place : place + start.parties] for place in range(0, len(pending), start.parties)]
    full = [one for one in rounds if len(one) == start.parties]
    with ThreadPoolExecutor(start.parties) as pool:
        for together in full:
            list(pool.map(verify, together))
    for one, seen in [work for few in rounds[len(full) :] for work in few]:
        do(wiring, one, Act.VERIFY, VERIFIER, seen=seen)
    assert (held(wiring, receive).step.open_needs, state_of(wiring, receive)) == (0, "ready")
    assert [kind for kind, _, _ in events_of(wiring, receive)] == ["step.unlocked"]


def test_reopening_a_step_opens_again_what_was_done_on_the_strength_of_it(wiring: Wiring) -> None:
    opened(wiring, joined_units())
    receive = step_of(wiring, f"{JOINED}/DAT-05/nhan")
    finish_with_needs(wiring, receive)
    with begin_read(wiring.engine) as connection:
        given = needs_of(connection, receive)[3]
    giver = lead_of(wiring, held(wiring, given).holder)

    acted = do(wiring, given, Act.REOPEN, giver, reason="thiếu một bộ dữ liệu")

    assert (state_of(wiring, given), state_of(wiring, receive)) == ("in_progress", "waiting")
    again = next(one for one in acted.waiting_again if one.held.step.id == receive)
    assert again.void == held(wiring, receive).step.verified
    assert "thiếu một bộ dữ liệu" in held(wiring, receive).step.reason
    assert "step.waits_again" in [kind for kind, _, _ in events_of(wiring, receive)]

    finish(wiring, given)
    assert (held(wiring, receive).step.open_needs, state_of(wiring, receive)) == (0, "ready")
    assert held(wiring, receive).step.evidence, "its evidence is still there"


def test_not_applicable_needs_a_second_person_and_then_counts_as_settled(wiring: Wiring) -> None:
    opened(wiring, joined_units())
    receive = step_of(wiring, f"{JOINED}/DAT-05/nhan")
    with begin_read(wiring.engine) as connection:
        given = needs_of(connection, receive)[3]
    giver = lead_of(wiring, held(wiring, given).holder)
    before = held(wiring, receive).step.open_needs
    do(wiring, given, Act.NOT_APPLICABLE, giver, reason="không có dữ liệu số")
    assert (state_of(wiring, given), held(wiring, receive).step.open_needs) == ("submitted", before)
    with pytest.raises(OwnWork):
        do(wiring, given, Act.VERIFY, giver)
    do(wiring, given, Act.VERIFY, HA_NOI_COMMITTEE)
    assert (state_of(wiring, given), held(wiring, receive).step.open_needs) == ("not_applicable", before - 1)


def test_a_blocked_step_keeps_its_reason_and_goes_on_where_it_was(office: Office) -> None:
    step = a_verified_step(office)
    words = {"reason": "chờ đường truyền", "unblocker": "VNPT", "expected_on": date(2025, 6, 20)}
    office.do(step, Act.BLOCK, clock_runs=False, **words)
    now = held(office.wiring, step).step
    assert (now.state, now.reason, now.unblocker, now.expected_on, now.clock_runs) == (
        "blocked",
        "chờ đường truyền",
        "VNPT",
        date(2025, 6, 20),
        False,
    )
    office.do(step, Act.UNBLOCK, reason="đã có đường truyền")
    assert state_of(office.wiring, step) == "in_progress"
