"""Minutes between two units, from what is on record to the evidence of their steps, on both databases."""

from __future__ import annotations

import hashlib
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from consistency import assert_consistent
from databases import OfficeMaker
from offices import (
    HA_NOI_COMMITTEE,
    VERIFIER,
    appoint,
    do,
    finish_with_needs,
    held,
    lead_of,
    note,
    opened,
    state_of,
    step_of,
)
from sqlalchemy import select

from bangiao import minutes
from bangiao.attachments import HandedIn, kept, store_of
from bangiao.settings import Settings
from bangiao.succession import move_work
from bangiao.wiring import Wiring, wire
from checklists.errors import HandoverError
from checklists.minutes import ConfirmedAlready, ConfirmsForBothSides, ConfirmsOtherContent, HandoverMinutes, PartySide
from checklists.minutes_desk import DRAFT, FINAL
from checklists.minutes_errors import (
    FactsChanged,
    MayNotConfirm,
    MayNotDraft,
    MinutesUnclear,
    NoHandover,
    NotConfirmedByBoth,
    NumberTaken,
    OnlyPutAway,
    RepresentativeMissing,
    UnknownMinutes,
)
from checklists.minutes_fields import (
    CopiesOutOfRange,
    EndsBeforeStart,
    FieldEmpty,
    FieldTooLong,
    FieldUnprintable,
    HeldBeforeDecision,
    Meeting,
)
from checklists.minutes_handlers import MinutesOutcome, MinutesResult, Wanted, Yes
from checklists.people import PersonRole, Substitution
from checklists.step_rules import Actor
from checklists.steps import Act, StepState
from checklists.templates import Side
from db.faults import parse_fault
from db.models import EventRow
from db.people import write_substitution
from db.session import begin_read, begin_write
from db.work_models import EvidenceRow
from evidence.store import Integrity

if TYPE_CHECKING:
    from clocks import SetClock

MOSTLY_EMBEDDED = True

GIVING, RECEIVING = "old:00634", "new:00634"
DATA, FINANCE = f"{GIVING}/DAT-05/giao@{RECEIVING}", f"{GIVING}/FIN-01/giao@{RECEIVING}"
PERSONAL, ARCHIVE = f"{GIVING}/SEC-03/giao@{RECEIVING}", f"{GIVING}/ARC-03/giao@{RECEIVING}"
TAKES_DATA = f"{RECEIVING}/DAT-05/nhan"
GIVES, TAKES = Side.PREDECESSOR, Side.SUCCESSOR
LIST = "Danh mục dữ liệu.csv"


@pytest.fixture
def office_maker() -> OfficeMaker:
    return with_two_leads


def with_two_leads(wiring: Wiring) -> Wiring:
    """A commune that is divided among five; the lead of each side is on record."""
    opened(wiring)
    for unit in (GIVING, RECEIVING):
        lead_of(wiring, unit)
    return wiring


def lead(side: PartySide) -> str:
    return "lead-old-00634" if side is GIVES else "lead-new-00634"


def drafted(wiring: Wiring, by: str = lead(GIVES), decision: str | None = None, **said: Any) -> MinutesOutcome:
    return minutes.draft(wiring, Wanted(GIVING, RECEIVING, Meeting(**said), Actor(by), decision))


def confirmed(
    wiring: Wiring, side: PartySide, seen: str = "", by: str = "", for_: str | None = None, number: str = "01/BB-BG"
) -> MinutesOutcome:
    """The side's own lead confirms what is on record, unless something else is said."""
    seen = seen or minutes.read(wiring, number).content_hash
    return minutes.confirm(wiring, Yes(number, side, seen, Actor(by or lead(side), for_)))


def attach(
    wiring: Wiring, step: str, folder: Path, name: str = LIST, text: str = "bảng,số bản ghi\nhộ tịch,1205\n"
) -> str:
    """The giving side's lead attaches a file; gives its digest."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    evidence = kept(store_of(wiring.settings), HandedIn(date(2025, 6, 16), files=(file,)), wiring.today())
    do(wiring, step_of(wiring, step), Act.ATTACH, lead(GIVES), evidence=evidence)
    return evidence[0].digest


def events_of(wiring: Wiring, kind: str) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        return list(
            connection.execute(select(EventRow.id, EventRow.actor, EventRow.payload).where(EventRow.type == kind))
        )


def evidence_rows(wiring: Wiring, digest: str) -> dict[int, str]:
    """Step → who attached the file of this digest."""
    with begin_read(wiring.engine) as connection:
        query = select(EvidenceRow.step_id, EvidenceRow.added_by).where(EvidenceRow.digest == digest)
        rows = connection.execute(query).all()
    assert len({row.step_id for row in rows}) == len(rows), "a step has it once"
    return {row.step_id: row.added_by for row in rows}


def states(content: HandoverMinutes) -> dict[str, StepState]:
    return {step.step_key: step.state for step in (*content.items, *content.exceptions)}


def test_a_draft_says_what_the_record_says(office: Wiring, tmp_path: Path) -> None:
    digest = attach(office, DATA, tmp_path)
    do(office, step_of(office, DATA), Act.ATTACH, lead(GIVES), evidence=(note("đã kiểm đếm"),))
    finish_with_needs(office, step_of(office, DATA))
    do(
        office,
        step_of(office, FINANCE),
        Act.BLOCK,
        lead(GIVES),
        reason="Chưa đối chiếu\nxong sổ kế toán",
        unblocker="Phòng Tài chính",
        expected_on=date(2025, 7, 10),
    )
    outcome = drafted(office)
    content = outcome.held.content

    assert (outcome.result, outcome.held.number, outcome.held.state) == (MinutesResult.DRAFTED, "01/BB-BG", DRAFT)
    assert states(content) == {
        "DAT-05/giao": "done",
        "SEC-03/giao": "waiting",
        "ARC-03/giao": "waiting",
        "FIN-01/giao": "blocked",
    }
    assert [(file.step_key, file.file_name, file.sha256) for file in content.files] == [("DAT-05/giao", LIST, digest)]
    assert (content.files[0].size, content.files[0].dated_on) == ((tmp_path / LIST).stat().st_size, date(2025, 6, 16))
    assert (content.items[0].evidence or "").endswith("(kèm 2 ghi chú)")
    assert content.items[0].category == "Sao lưu và bàn giao dữ liệu, hồ sơ"
    blocked = next(one for one in content.exceptions if one.step_key == "FIN-01/giao")
    assert (blocked.reason, blocked.expected) == ("Chưa đối chiếu xong sổ kế toán", date(2025, 7, 10))
    assert (content.ground.number, content.ground.issued) == ("01/QĐ-TN", date(2025, 6, 16))
    assert len(content.basis) == len(set(content.basis))
    assert {"TT 05/2025/TT-BNV", "TT 06/2025/TT-BNV (15/5/2025)"} <= set(content.basis)
    assert not any("Luật" in one for one in content.basis), "the laws they name are not in force yet that day"
    laws = drafted(office, held_on=date(2026, 1, 2)).held.content.basis
    assert [one for one in laws if "/QH15" in one or "NĐ" in one] == [
        "Luật 91/2025/QH15 (từ 01/01/2026)",
        "Luật Lưu trữ 33/2024/QH15 (từ 01/7/2025) Điều 13 khoản 2",
    ]
    assert content.giving.unit_name.startswith("Ủy ban nhân dân ")
    assert content.giving.superior_name == "Ủy ban nhân dân quận Nam Từ Liêm"
    assert content.receiving.superior_name == "Ủy ban nhân dân thành phố Hà Nội"
    assert content.giving.representative.name == lead(GIVES).title()
    assert content.held_on == date(2025, 6, 17)
    assert outcome.held.content_hash == hashlib.sha256(content.canonical_json().encode()).hexdigest()


def test_a_receive_step_is_listed_when_it_is_done_or_blocked(office: Wiring) -> None:
    assert "DAT-05/nhan" not in states(drafted(office).held.content)
    step = step_of(office, TAKES_DATA)
    do(office, step, Act.BLOCK, lead(TAKES), reason="thiếu máy chủ", unblocker="Sở", expected_on=date(2025, 7, 3))
    assert states(drafted(office).held.content)["DAT-05/nhan"] == "blocked"
    do(office, step, Act.UNBLOCK, lead(TAKES), reason="đã có máy chủ")
    finish_with_needs(office, step)
    assert states(drafted(office).held.content)["DAT-05/nhan"] == "done"


def test_drafting_the_same_again_changes_nothing_on_any_day(office: Wiring, clock: SetClock) -> None:
    first = drafted(office, place="Hà Nội", commitments=("Bên giao phối hợp xử lý vướng mắc.",)).held
    clock.advance(days=2)
    again = drafted(office)
    assert again.result is MinutesResult.SAME
    assert again.held == first
    assert len(events_of(office, "minutes.drafted")) == 1


def test_other_facts_make_a_new_version_and_the_confirmations_of_the_old_one_void(
    office: Wiring, tmp_path: Path
) -> None:
    old = drafted(office).held
    confirmed(office, GIVES)
    attach(office, ARCHIVE, tmp_path)
    outcome = drafted(office, by=lead(TAKES))
    assert outcome.result is MinutesResult.DRAFTED_ANEW
    assert (outcome.held.id, outcome.held.number, outcome.held.version) == (old.id, old.number, 2)
    assert outcome.held.content_hash != old.content_hash
    assert [one.confirmation.actor for one in outcome.void] == [lead(GIVES)]
    assert [str(one.render(str)) for one in outcome.changes] == [f"{LIST} was added (ARC-03/giao)"]
    assert minutes.read(office, "01/BB-BG").counting == ()
    with pytest.raises(ConfirmsOtherContent):
        confirmed(office, TAKES, seen=old.content_hash)
    said = [json.loads(event.payload) for event in events_of(office, "minutes.drafted")]
    assert [one["void"] for one in said] == [[], [lead(GIVES)]]
    for one in said:
        assert hashlib.sha256(one["content"].encode()).hexdigest() == one["content_hash"], (
            "each version stays on record"
        )


def test_what_was_said_stays_until_something_else_is_said_or_all_is_forgotten(office: Wiring) -> None:
    drafted(office, venue="phòng họp số 2", started=time(8, 30), witnesses=(("Đỗ Văn Ước", "Tổ công tác"),), copies=4)
    second = drafted(office, number="7/BB-UBND", giving_people=(("Lê Thị Hoa", "Chủ tịch"), ("Trần Bình", "Kế toán")))
    content = second.held.content
    assert (content.venue, content.started, content.copies, content.number) == (
        "phòng họp số 2",
        time(8, 30),
        4,
        "7/BB-UBND",
    )
    assert [one.name for one in content.witnesses] == ["Đỗ Văn Ước"]
    assert (content.giving.representative.name, content.giving.others[0].name) == ("Lê Thị Hoa", "Trần Bình")
    third = drafted(office, anew=True).held.content
    assert (third.venue, third.witnesses, third.copies, third.number) == (None, (), 2, "7/BB-UBND")
    assert third.giving.representative.name == lead(GIVES).title()


def test_both_sides_make_it_final_and_the_document_becomes_evidence_of_what_is_open(
    office: Wiring, tmp_path: Path, clock: SetClock
) -> None:
    attach(office, DATA, tmp_path)
    finish_with_needs(office, step_of(office, DATA))
    settled = held(office, step_of(office, DATA))
    started = state_of(office, step_of(office, PERSONAL))
    drafted(office)
    assert confirmed(office, TAKES).result is MinutesResult.CONFIRMED
    clock.advance(minutes=20)
    outcome = confirmed(office, GIVES, seen=minutes.read(office, "01/BB-BG").content_hash[:8].upper())
    final = outcome.held

    assert (outcome.result, final.state) == (MinutesResult.FINISHED, FINAL)
    assert final.pdf is not None
    rows = evidence_rows(office, final.pdf)
    assert rows == {
        **{step_of(office, name): lead(GIVES) for name in (PERSONAL, ARCHIVE, FINANCE)},
        **{step_of(office, f"{RECEIVING}/{key}/nhan"): lead(TAKES) for key in ("DAT-05", "SEC-03", "ARC-03", "FIN-01")},
    }
    assert sorted(rows) == sorted(outcome.attached)
    assert held(office, step_of(office, DATA)) == settled, "what is settled is not touched"
    assert state_of(office, step_of(office, PERSONAL)) == started
    store = store_of(office.settings)
    for kind, digest in (("pdf", final.pdf), ("docx", final.docx)):
        assert digest is not None
        assert store.check(digest) is Integrity.OK
        assert hashlib.sha256(minutes.document(office, final, kind)).hexdigest() == digest
    said = [event for event in events_of(office, "evidence.attached") if final.pdf in event.payload]
    assert len(said) == len(rows)
    assert [event.actor for event in events_of(office, "minutes.final")] == [lead(GIVES)]
    assert_consistent(office)


def test_a_second_yes_of_the_same_person_changes_nothing_and_of_another_is_refused(office: Wiring) -> None:
    drafted(office)
    confirmed(office, GIVES)
    assert confirmed(office, GIVES).result is MinutesResult.CONFIRMED_BEFORE
    other = appoint(office, "pho", PersonRole.UNIT_LEAD, GIVING)
    with pytest.raises(ConfirmedAlready):
        confirmed(office, GIVES, by=other)
    confirmed(office, TAKES)
    assert confirmed(office, TAKES).result is MinutesResult.CONFIRMED_BEFORE
    assert minutes.finish(office, "01/BB-BG").result is MinutesResult.FINISHED_BEFORE
    assert len(events_of(office, "minutes.confirmed")) == 2
    assert len(events_of(office, "minutes.final")) == 1


def test_nobody_confirms_what_has_changed_since(office: Wiring, tmp_path: Path) -> None:
    drafted(office)
    attach(office, ARCHIVE, tmp_path)
    do(office, step_of(office, DATA), Act.BLOCK, lead(GIVES), reason="x", unblocker="y", expected_on=date(2025, 7, 3))
    with pytest.raises(FactsChanged) as refusal:
        confirmed(office, GIVES)
    assert "DAT-05/giao: waiting for other steps → blocked" in str(refusal.value)
    assert f"{LIST} was added (ARC-03/giao)" in str(refusal.value)
    assert minutes.read(office, "01/BB-BG").given == ()


def test_one_person_does_not_confirm_for_both_sides_not_even_in_anothers_name(office: Wiring) -> None:
    drafted(office)
    both = appoint(office, "tinh", PersonRole.UNIT_LEAD, "new:01")
    with begin_write(office.engine) as connection:
        days = (date(2025, 6, 1), date(2025, 6, 30))
        write_substitution(connection, Substitution(lead(TAKES), both, *days), "thu-ky", office.now())
    confirmed(office, GIVES, by=both)
    with pytest.raises(ConfirmsForBothSides):
        confirmed(office, TAKES, by=both)
    with pytest.raises(ConfirmsForBothSides):
        confirmed(office, TAKES, by=both, for_=lead(TAKES))
    assert confirmed(office, TAKES).result is MinutesResult.FINISHED


def test_a_substitute_confirms_in_the_absent_leads_name_and_the_document_says_so(office: Wiring) -> None:
    substitute = appoint(office, "thay", PersonRole.UNIT_LEAD, "new:00622")
    with begin_write(office.engine) as connection:
        days = (date(2025, 6, 1), date(2025, 6, 30))
        write_substitution(connection, Substitution(lead(TAKES), substitute, *days), "thu-ky", office.now())
    drafted(office)
    confirmed(office, GIVES)
    with pytest.raises(UnknownMinutes):
        confirmed(office, TAKES, by=substitute)
    final = confirmed(office, TAKES, by=substitute, for_=lead(TAKES)).held
    given = next(one for one in final.counting if one.confirmation.side is TAKES)
    assert (given.confirmation.actor, given.absent) == (substitute, lead(TAKES))
    assert given.confirmation.person == f"Thay (thay {lead(TAKES).title()})"


@pytest.mark.parametrize(
    ("account", "role", "unit", "refusal"),
    [
        ("xa-khac", PersonRole.UNIT_LEAD, "new:00070", UnknownMinutes),
        (HA_NOI_COMMITTEE, PersonRole.COMMITTEE, "new:01", MayNotConfirm),
        (VERIFIER, PersonRole.VERIFIER, "new:01", MayNotConfirm),
        (lead(TAKES), PersonRole.UNIT_LEAD, RECEIVING, MayNotConfirm),
    ],
)
def test_only_a_lead_of_the_side_confirms_for_it(
    office: Wiring, account: str, role: PersonRole, unit: str, refusal: type[HandoverError]
) -> None:
    drafted(office)
    appoint(office, account, role, unit)
    with pytest.raises(refusal):
        confirmed(office, GIVES, by=account)
    assert minutes.read(office, "01/BB-BG").given == ()


def test_strangers_neither_draft_nor_read_and_those_who_only_look_do_not_draft(office: Wiring) -> None:
    stranger = appoint(office, "xa-khac", PersonRole.UNIT_LEAD, "new:00070")
    auditor = appoint(office, "kiem-toan", PersonRole.AUDITOR, "new:01")
    with pytest.raises(NoHandover):
        drafted(office, by=stranger)
    with pytest.raises(MayNotDraft):
        drafted(office, by=auditor)
    drafted(office, by=HA_NOI_COMMITTEE)
    with pytest.raises(UnknownMinutes):
        minutes.read(office, "01/BB-BG", reader=stranger)
    assert minutes.read(office, "01/BB-BG", reader=auditor).number == "01/BB-BG"
    assert [one.number for one in minutes.listed(office, reader=auditor)] == ["01/BB-BG"]
    assert minutes.listed(office, reader=stranger) == []
    assert minutes.listed(office, unit=RECEIVING) != []
    assert minutes.listed(office, unit="new:00622") == []
    assert minutes.listed(office, decision="không có") == []


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"place": " "}, FieldEmpty),
        ({"venue": "x" * 2001}, FieldTooLong),
        ({"number": "1" * 61}, FieldTooLong),
        ({"reason": "x\x1b[31m"}, FieldUnprintable),
        ({"copies": 0}, CopiesOutOfRange),
        ({"started": time(9), "ended": time(8, 59)}, EndsBeforeStart),
        ({"held_on": date(2025, 6, 15)}, HeldBeforeDecision),
    ],
)
def test_what_cannot_stand_in_minutes_is_refused_with_a_sentence(
    office: Wiring, said: dict[str, Any], refusal: type[HandoverError]
) -> None:
    with pytest.raises(refusal):
        drafted(office, **said)
    assert minutes.listed(office) == []


def test_units_that_do_not_hand_over_to_each_other_have_no_minutes(office: Wiring) -> None:
    for giving, receiving in ((RECEIVING, GIVING), (GIVING, "new:00070"), ("old:99999", RECEIVING), (GIVING, GIVING)):
        with pytest.raises(NoHandover):
            minutes.draft(office, Wanted(giving, receiving, Meeting(), Actor(HA_NOI_COMMITTEE)))
    with pytest.raises(NoHandover):
        drafted(office, decision="99/QĐ")


def test_a_side_without_a_lead_on_record_is_asked_for_and_may_be_named(wiring: Wiring) -> None:
    opened(wiring)
    lead_of(wiring, GIVING)
    with pytest.raises(RepresentativeMissing, match="--receiving-person"):
        drafted(wiring)
    named = drafted(wiring, receiving_people=(("Trần Quốc Phượng", "Phó Chủ tịch"),)).held.content
    assert named.receiving.representative.name == "Trần Quốc Phượng"


def test_each_pair_has_its_number_and_a_number_is_used_once(office: Wiring) -> None:
    appoint(office, "lead-new-00622", PersonRole.UNIT_LEAD, "new:00622")
    drafted(office)
    second = minutes.draft(office, Wanted(GIVING, "new:00622", Meeting(), Actor(lead(GIVES)))).held
    assert second.number == "02/BB-BG"
    with pytest.raises(NumberTaken, match="03/BB-BG"):
        drafted(office, number="02/BB-BG")
    with pytest.raises(UnknownMinutes):
        minutes.read(office, "03/BB-BG")


def test_after_final_minutes_only_something_new_makes_further_ones(office: Wiring, tmp_path: Path) -> None:
    drafted(office)
    confirmed(office, GIVES)
    first = confirmed(office, TAKES).held
    assert drafted(office).result is MinutesResult.FINAL_SAME
    attach(office, ARCHIVE, tmp_path)
    further = drafted(office)
    assert (further.result, further.held.number) == (MinutesResult.DRAFTED, "02/BB-BG")
    assert [file.file_name for file in further.held.content.files] == [LIST], "the first minutes prove no content"
    assert minutes.read(office, "01/BB-BG") == first


def test_minutes_of_the_same_number_under_two_decisions_ask_for_the_decision(office: Wiring) -> None:
    other = "old:00055"
    opened(office, [other], "02/QĐ-TN")
    drafted(office)
    people = {"giving_people": (("A", "B"),), "receiving_people": (("C", "D"),)}
    minutes.draft(office, Wanted(other, "new:00070", Meeting(**people), Actor(HA_NOI_COMMITTEE)))
    with pytest.raises(MinutesUnclear, match="01/QĐ-TN, 02/QĐ-TN"):
        minutes.read(office, "01/BB-BG")
    assert minutes.read(office, "01/BB-BG", "02/QĐ-TN").giving == other


def test_a_lead_whose_role_has_ended_since_still_stands_as_the_one_who_confirmed(
    office: Wiring, clock: SetClock
) -> None:
    drafted(office)
    confirmed(office, GIVES)
    appoint(office, lead(GIVES), PersonRole.UNIT_LEAD, GIVING, until=date(2025, 6, 17))
    clock.advance(days=1)
    final = confirmed(office, TAKES).held
    assert final.pdf is not None
    assert evidence_rows(office, final.pdf)[step_of(office, ARCHIVE)] == lead(GIVES)


def test_documents_are_kept_even_where_people_may_attach_no_such_files(office: Wiring) -> None:
    strict = replace(office, settings=replace(office.settings, evidence_types=frozenset({"jpg"})))
    drafted(strict)
    confirmed(strict, GIVES)
    assert confirmed(strict, TAKES).result is MinutesResult.FINISHED


def test_after_the_giving_unit_has_ended_whoever_holds_its_steps_confirms_for_it(
    office: Wiring, clock: SetClock
) -> None:
    appoint(office, lead(GIVES), PersonRole.UNIT_LEAD, GIVING, until=date(2025, 6, 30))
    clock.advance(days=15)
    assert move_work(office, "01/QĐ-TN").division.moved > 0
    said = drafted(office, by=lead(TAKES)).held.content
    assert said.giving.representative.name == lead(GIVES).title(), "who led it on its last day"
    with pytest.raises(UnknownMinutes):
        confirmed(office, GIVES)
    deputy = appoint(office, "pho", PersonRole.UNIT_LEAD, RECEIVING)
    confirmed(office, GIVES, by=deputy)
    final = confirmed(office, TAKES).held
    assert final.pdf is not None
    assert evidence_rows(office, final.pdf)[step_of(office, ARCHIVE)] == deputy
    assert_consistent(office)


def test_both_sides_at_once_end_with_one_document(office: Wiring) -> None:
    seen = drafted(office).held.content_hash
    sides: tuple[PartySide, ...] = (GIVES, TAKES)
    with ThreadPoolExecutor(4) as people:
        told = list(people.map(lambda side: confirmed(office, side, seen), (*sides, *sides)))
    assert {one.result for one in told} & {MinutesResult.FINISHED, MinutesResult.FINISHED_BEFORE}
    final = minutes.read(office, "01/BB-BG")
    assert final.state == FINAL
    assert final.pdf is not None
    assert len(evidence_rows(office, final.pdf)) == 8
    assert len(events_of(office, "minutes.confirmed")) == 2
    assert len(events_of(office, "minutes.final")) == 1
    assert set(store_of(office.settings).digests()) == {final.pdf, final.docx}
    assert_consistent(office)


def test_work_on_a_step_and_a_yes_at_once_never_leave_a_yes_to_something_else(office: Wiring, tmp_path: Path) -> None:
    """Either the file came first and the yes is refused, or the yes came first and the file is something new."""
    seen = drafted(office).held.content_hash
    with ThreadPoolExecutor(2) as people:
        yes = people.submit(confirmed, office, GIVES, seen)
        file = people.submit(attach, office, ARCHIVE, tmp_path)
        file.result()
        refused = isinstance(yes.exception(), FactsChanged)
    assert refused or yes.result().result is MinutesResult.CONFIRMED
    with pytest.raises(FactsChanged):
        confirmed(office, TAKES, seen)
    assert [bool(one.given) for one in minutes.listed(office)] == [not refused]
    assert_consistent(office)


def confirm_and_maybe_die(settings: Settings, seen: str) -> None:
    minutes.confirm(wire(settings), Yes("01/BB-BG", TAKES, seen, Actor(lead(TAKES))))


DEATHS = [
    *(f"commit.before:{place}" for place in (1, 2)),
    *(f"commit.after:{place}" for place in (1, 2)),
    *(f"evidence.{point}:{place}" for point in ("written", "kept") for place in (1, 2)),
]


@pytest.mark.parametrize("fault", DEATHS, ids=lambda value: value.replace(":", "-"))
@pytest.mark.parametrize("again", ["confirm", "finish"])
def test_the_last_yes_killed_anywhere_is_completed_exactly_once(
    office: Wiring, processes: ForkServerContext, fault: str, again: str
) -> None:
    seen = drafted(office).held.content_hash
    confirmed(office, GIVES)
    settings = replace(office.settings, clock=office.now(), fault=parse_fault(fault))
    dying = processes.Process(target=confirm_and_maybe_die, args=(settings, seen))
    dying.start()
    dying.join(120)
    assert dying.exitcode == -signal.SIGKILL

    after = minutes.read(office, "01/BB-BG")
    assert after.both_confirmed is (fault != "commit.before:1")
    assert (after.state == FINAL) is (fault == "commit.after:2")
    if after.both_confirmed and after.state == DRAFT:
        with pytest.raises(OnlyPutAway):
            drafted(office)
    if again == "finish" and not after.both_confirmed:
        with pytest.raises(NotConfirmedByBoth):
            minutes.finish(office, "01/BB-BG")
        return
    for _ in range(2):
        if again == "finish":
            minutes.finish(office, "01/BB-BG")
        else:
            confirmed(office, TAKES)

    final = minutes.read(office, "01/BB-BG")
    assert final.state == FINAL
    assert final.pdf is not None
    assert final.docx is not None
    assert len(evidence_rows(office, final.pdf)) == 8
    assert {kind: len(events_of(office, f"minutes.{kind}")) for kind in ("confirmed", "final")} == {
        "confirmed": 2,
        "final": 1,
    }
    store = store_of(office.settings)
    assert set(store.digests()) == {final.pdf, final.docx}, "the same facts gave the same documents"
    assert_consistent(office)


def test_a_document_that_somebody_attached_before_it_was_put_away_does_not_stand_in_its_way(
    office: Wiring, processes: ForkServerContext, tmp_path: Path
) -> None:
    seen = drafted(office).held.content_hash
    confirmed(office, GIVES)
    settings = replace(office.settings, clock=office.now(), fault=parse_fault("commit.after:1"))
    dying = processes.Process(target=confirm_and_maybe_die, args=(settings, seen))
    dying.start()
    dying.join(120)
    held = minutes.read(office, "01/BB-BG")
    file = tmp_path / minutes.file_name(held, "pdf")
    file.write_bytes(minutes.document(office, held, "pdf"))
    evidence = kept(store_of(office.settings), HandedIn(date(2025, 6, 16), files=(file,)), office.today())
    do(office, step_of(office, DATA), Act.ATTACH, lead(GIVES), evidence=evidence)

    minutes.finish(office, "01/BB-BG")
    final = minutes.read(office, "01/BB-BG")
    assert (final.state, final.pdf) == (FINAL, evidence[0].digest)
    assert len(evidence_rows(office, evidence[0].digest)) == 8
    assert_consistent(office)
