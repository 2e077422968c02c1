"""A step is late, the days go by, and at each level the letter for exactly that person arrives by real SMTP.

Every story begins with a registered decision: one commune, its district, the commune that follows it, and a person in
each seat of the ladder. The clock is moved on, the review runs, a minute later the sender; then the letters are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from builders import own_decision, real_decision, write_decision
from conftest import Office
from offices import do, step_of
from receivers import Mailbox, smtp_server
from sqlalchemy import func, select

from bangiao.decision_files import read_decision
from bangiao.delivery_sender import Sender
from bangiao.demo_ladder import Story, ladder_climbed
from bangiao.demo_units import few_units
from bangiao.register_files import decision_files
from bangiao.reviews import review_deadlines
from bangiao.settings import Settings
from bangiao.succession import move_all_work
from bangiao.wiring import Wiring
from checklists.escalation.ladder import DEFAULT_LADDER
from checklists.steps import Act
from db.models import table_of
from db.notice_models import EscalationRow, NotificationRow
from db.session import begin_read

MOSTLY_EMBEDDED = True

COMMUNE, DISTRICT, SUCCESSOR, PROVINCE = "old:00382", "old:016", "new:00382", "new:01"
LEAD, DISTRICT_HEAD, NEW_LEAD, CHAIR, COMMITTEE = "lan", "huyen", "kim", "chu-tich", "ban-chi-dao"
VERIFIER, SUBSTITUTE, SECRETARY = "kiem-tra", "thay", "thu-ky"
LATE = f"{COMMUNE}/DAT-02"
"""Due on Monday 23 June 2025: its ladder falls on 18, 23, 24 and 26 June and on 2 July."""

SET_ASIDE = [
    *(f"{COMMUNE}/{key}" for key in ("NET-01/truoc", "SVC-01/truoc", "CER-01/ra-soat", "SYS-01/ra-soat")),
    f"{SUCCESSOR}/SVC-05",
]
"""Others that are due in these days: cancelled, so that the letters are about one step and tell it in full."""


@dataclass
class Days:
    """An office whose clock is moved on, and the letters that it sends."""

    office: Office
    box: Mailbox
    read: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def review(self, moment: str) -> None:
        """`moment` like "06-18T08:00": what is due is planned."""
        self.office.clock = f"2025-{moment}:00+07:00"
        with self.office.wiring() as wiring:
            review_deadlines(self._at(wiring, 0))

    def post(self) -> list[EmailMessage]:
        """A minute later what may leave leaves; gives the letters that arrived."""
        with self.office.wiring() as wiring:
            sender = Sender(self._at(wiring, 1))
            sender.drain()
            sender.close()
        new = self.box.messages()[self.read :]
        self.read += len(new)
        return new

    def letters(self, moment: str, step: str = LATE) -> dict[str, str]:
        """Who gets a letter that names the step at that moment, and what it says."""
        self.review(moment)
        return about(self.post(), step)

    def notices(self, step: str = LATE) -> dict[str, int]:
        """How many notices of the step are in which state."""
        notice = table_of(NotificationRow)
        with self.office.wiring() as wiring, begin_read(wiring.engine) as connection:
            number = self.number(wiring, step)
            query = select(notice.c.state, func.count()).where(notice.c.step_id == number).group_by(notice.c.state)
            return {str(state): count for state, count in connection.execute(query)}

    def levels(self, step: str = LATE) -> list[str]:
        """Every level on record as said of the step, once for each time."""
        said = table_of(EscalationRow)
        with self.office.wiring() as wiring, begin_read(wiring.engine) as connection:
            query = select(said.c.level).where(said.c.step_id == self.number(wiring, step)).order_by(said.c.at)
            return list(connection.scalars(query))

    def asked(self, step: str) -> int:
        """The step's number, from outside."""
        with self.office.wiring() as wiring:
            return self.number(wiring, step)

    def number(self, wiring: Wiring, step: str) -> int:
        """The step's number; the name goes on to the next time of a duty that comes back."""
        return self.numbers.setdefault(step, step_of(wiring, step))

    def _at(self, wiring: Wiring, minutes: int) -> Wiring:
        moment = datetime.fromisoformat(self.office.clock) + timedelta(minutes=minutes)
        here = {"allowed_targets": frozenset({"127.0.0.0/8"}), "link_base": "https://bangiao.hanoi.gov.vn"}
        return Wiring(replace(wiring.settings, **here), wiring.engine, lambda: moment)  # type: ignore[arg-type]


def about(letters: list[EmailMessage], step: str) -> dict[str, str]:
    """The texts of those that name the step, on one line, by the account they went to."""
    found = {str(one["To"]).partition("<")[2].partition("@")[0]: text_of(one) for one in letters}
    named = re.compile(re.escape(step) + r"(?![\w/@#%])")
    return {account: text for account, text in found.items() if named.search(text)}


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body
    return " ".join(body.get_content().split())


def appointed(office: Office, account: str, role: str, unit: str, email: bool = True) -> None:
    mail = ("--email", f"{account}@hanoi.gov.vn") if email else ()
    assert office(SECRETARY, "user", "add", account, "--name", account.title(), *mail).code == 0
    held = office(SECRETARY, "user", "assign", account, "--role", role, "--unit", unit, "--since", "2025-06-01")
    assert held.code == 0, held.complaint


def registered(office: Office, folder: Path) -> None:
    decision = own_decision(predecessors=[COMMUNE])
    drafted = office(SECRETARY, "decision", "draft", write_decision(folder, decision), "--json").document
    answer = office("truong-ban", "decision", "register", decision.number, "--plan-hash", drafted["plan_hash"])
    assert answer.code == 0, answer.complaint
    office.worker_comes()
    with office.wiring() as wiring:
        for name in SET_ASIDE:
            do(wiring, step_of(wiring, name), Act.CANCEL, SECRETARY, reason="việc khác, không thuộc câu chuyện này")


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with smtp_server(box) as server:
        yield box, server.port


@pytest.fixture
def staffed(bangiao: Office, box: tuple[Mailbox, int]) -> Days:
    """People in every seat but the unit lead's, and a mail server; no decision yet."""
    appointed(bangiao, DISTRICT_HEAD, "unit_lead", DISTRICT)
    appointed(bangiao, NEW_LEAD, "unit_lead", SUCCESSOR)
    appointed(bangiao, CHAIR, "unit_lead", PROVINCE)
    appointed(bangiao, COMMITTEE, "committee", "*")
    appointed(bangiao, VERIFIER, "verifier", PROVINCE)
    appointed(bangiao, SECRETARY, "committee", SUCCESSOR, email=False)
    appointed(bangiao, SECRETARY, "committee", COMMUNE, email=False)
    said = ("--kind", "email", "--host", "127.0.0.1", "--port", box[1], "--tls", "none", "--sender", "bg@hanoi.gov.vn")
    assert bangiao(SECRETARY, "channel", "add", "thu", *said, ALLOWED_TARGETS="127.0.0.0/8").code == 0
    return Days(bangiao, box[0])


@pytest.fixture
def days(staffed: Days, tmp_path: Path) -> Days:
    """The decision is registered and open on 17 June, and the commune has a lead."""
    appointed(staffed.office, LEAD, "unit_lead", COMMUNE)
    registered(staffed.office, tmp_path)
    return staffed


def test_level_by_level_the_letter_reaches_that_person_and_says_what_they_need_to_know(days: Days) -> None:
    assert days.letters("06-17T08:00") == {}
    reminder = days.letters("06-18T08:00")
    assert list(reminder) == [LEAD]
    assert "Sắp đến hạn" in reminder[LEAD]
    assert "7 ngày kể từ ngày ban hành quyết định 16/06/2025" in reminder[LEAD]  # why that date
    assert "CV 687/BKHCN-CĐSQG" in reminder[LEAD]  # by which law
    assert f"https://bangiao.hanoi.gov.vn/steps/{days.asked(LATE)}" in reminder[LEAD]  # where to go
    assert days.letters("06-18T14:00") == {}

    assert list(days.letters("06-23T08:00")) == [LEAD]
    above = days.letters("06-24T08:00")
    assert list(above) == [DISTRICT_HEAD]
    assert "quá hạn 1 ngày làm việc" in above[DISTRICT_HEAD]
    assert list(days.letters("06-26T08:00")) == [CHAIR]
    assert list(days.letters("07-02T08:00")) == [COMMITTEE]
    assert {letter["Importance"] for letter in days.box.messages() if "ban-chi-dao" in str(letter["To"])} == {"high"}
    assert list(days.letters("07-09T08:00")) == [COMMITTEE]  # the last level speaks again until somebody answers
    assert days.notices() == {"sent": 6}


def test_a_promise_rests_the_climb_expires_and_whoever_is_told_next_reads_of_it(days: Days) -> None:
    for moment in ("06-18T08:00", "06-23T08:00", "06-24T08:00"):
        days.letters(moment)
    words = ("--expected", "2025-06-26", "--words", "đang đối soát")
    assert days.office(LEAD, "step", "acknowledge", LATE, *words).code == 0
    assert days.letters("06-26T08:00") == days.letters("06-26T16:00") == {}
    told = days.letters("06-27T08:00")
    assert list(told) == [CHAIR]
    assert "26/06/2025" in told[CHAIR]
    assert "Lan" in told[CHAIR]
    assert "03/07/2025" in told[CHAIR]  # the day on which the next level is told, not the one the ladder began with
    assert "02/07/2025" not in told[CHAIR]
    assert list(days.letters("07-02T08:00")) == []  # the distance to the next level is kept
    assert list(days.letters("07-03T08:00")) == [COMMITTEE]


def test_after_an_outage_of_a_week_each_level_is_said_once_and_none_is_skipped(days: Days) -> None:
    days.letters("06-18T08:00")
    told = days.letters("06-27T08:00")  # nothing ran since
    assert set(told) == {LEAD, DISTRICT_HEAD, CHAIR}
    assert "quá hạn" in told[LEAD].lower()  # what is true when it leaves, not what was to be said on the 23rd
    assert days.levels() == ["due-soon", "due-today", "unit-above", "provincial-chair"]
    assert days.letters("06-27T14:00") == {}
    assert days.notices() == {"sent": 4}


def test_a_clock_that_jumps_a_day_back_and_forth_tells_nobody_twice(days: Days) -> None:
    days.letters("06-18T08:00")
    days.letters("06-23T08:00")
    assert list(days.letters("06-24T08:00")) == [DISTRICT_HEAD]
    assert days.letters("06-23T08:00") == {}
    assert days.letters("06-24T08:00") == days.letters("06-24T09:00") == {}
    assert list(days.letters("06-26T08:00")) == [CHAIR]
    assert days.levels() == ["due-soon", "due-today", "unit-above", "provincial-chair"]


def test_while_the_lead_is_away_the_substitute_is_told_in_their_place(days: Days) -> None:
    appointed(days.office, SUBSTITUTE, "auditor", COMMUNE)
    absence = ("--since", "2025-06-17", "--until", "2025-06-20", "--reason", "nghỉ phép")
    assert days.office(SECRETARY, "user", "substitute", LEAD, SUBSTITUTE, *absence).code == 0
    told = days.letters("06-18T08:00")
    assert list(told) == [SUBSTITUTE]
    assert "Lan" in told[SUBSTITUTE]  # in whose place
    assert list(days.letters("06-23T08:00")) == [LEAD]  # back again


def test_a_dissolved_communes_step_is_told_to_those_who_follow_it(days: Days) -> None:
    owed = f"{COMMUNE}/DAT-10"  # due on the first day of the new units
    assert list(days.letters("06-26T08:00", owed)) == [LEAD]
    days.office.clock = "2025-07-01T00:30:00+07:00"
    with days.office.wiring() as wiring:
        assert sum(len(one.division.moves) for one in move_all_work(wiring)) > 0
    told = days.letters("07-01T08:00", owed)
    assert list(told) == [NEW_LEAD]
    assert "Xã Kim Anh" in told[NEW_LEAD]


def test_a_blocked_step_climbs_and_those_above_read_who_can_unblock_it(days: Days) -> None:
    days.letters("06-18T08:00")
    why = ("--reason", "chưa có đường truyền", "--unblocker", "VNPT Sóc Sơn", "--expected", "2025-07-04")
    assert days.office(LEAD, "step", "block", LATE, *why).code == 0
    days.letters("06-23T08:00")
    told = days.letters("06-24T08:00")
    assert list(told) == [DISTRICT_HEAD]
    assert "VNPT Sóc Sơn" in told[DISTRICT_HEAD]
    assert "chưa có đường truyền" in told[DISTRICT_HEAD]


def test_of_a_step_that_waits_those_it_waits_for_are_reminded(days: Days) -> None:
    waits = f"{SUCCESSOR}/DAT-05/nhan"  # needs the data that the old commune hands over
    assert LEAD in days.letters("06-26T08:00", waits)
    with days.office.wiring() as wiring, begin_read(wiring.engine) as connection:
        notice = table_of(NotificationRow)
        told = connection.scalars(select(notice.c.recipient).where(notice.c.step_id == step_of(wiring, waits)))
        assert LEAD in set(told)


def test_what_was_overdue_when_it_opened_is_shown_and_told_after_a_respite(staffed: Days, tmp_path: Path) -> None:
    staffed.office.clock = "2025-06-26T07:00:00+07:00"
    appointed(staffed.office, LEAD, "unit_lead", COMMUNE)
    registered(staffed.office, tmp_path)
    assert staffed.letters("06-26T08:00") == staffed.letters("06-27T08:00") == staffed.letters("06-30T08:00") == {}
    told = staffed.letters("07-01T08:00")
    assert LEAD in told or DISTRICT_HEAD in told
    assert CHAIR not in told
    assert COMMITTEE not in told


@pytest.mark.parametrize("how", ["completed", "not-applicable", "cancelled"])
def test_what_is_settled_before_the_letter_leaves_is_not_said(days: Days, how: str) -> None:
    days.letters("06-18T08:00")
    days.letters("06-23T08:00")
    days.review("06-24T08:00")
    assert days.notices() == {"sent": 2, "pending": 1}
    settle(days, how)
    assert about(days.post(), LATE) == {}
    assert days.notices() == {"sent": 2, "cancelled": 1}
    assert days.letters("06-26T08:00") == days.letters("07-02T08:00") == {}


def settle(days: Days, how: str) -> None:
    if how == "completed":
        done = days.office(LEAD, "step", "complete", LATE, "--note", "đã sao lưu và khôi phục thử")
        assert done.code == 0, done.complaint
    elif how == "cancelled":
        with days.office.wiring() as wiring:
            do(wiring, step_of(wiring, LATE), Act.CANCEL, SECRETARY, reason="sáp nhập vào đợt khác")
    else:
        reason = ("--reason", "không có hệ thống riêng", "--note", "biên bản rà soát")
        claimed = days.office(LEAD, "step", "not-applicable", LATE, *reason)
        assert claimed.code == 0, claimed.complaint
        shown: Any = days.office(LEAD, "step", "show", LATE, "--json").document
        seen = ("--seen", shown["evidence_hash"])
        assert days.office(VERIFIER, "step", "verify", LATE, *seen).code == 0


def test_where_a_lead_cannot_be_reached_those_above_are_told_instead(staffed: Days, tmp_path: Path) -> None:
    appointed(staffed.office, LEAD, "unit_lead", COMMUNE, email=False)
    registered(staffed.office, tmp_path)
    missing = staffed.office(CHAIR, "review-deadlines", "--reachability", "--json")
    assert missing.code == 3
    assert COMMUNE in {one["unit"] for one in missing.document}
    assert list(staffed.letters("06-18T08:00")) == [DISTRICT_HEAD]


def test_ten_steps_of_one_person_that_come_due_together_make_one_letter(days: Days) -> None:
    days.review("06-26T08:00")
    days.post()
    to_new_lead = [one for one in days.box.messages() if NEW_LEAD in str(one["To"])]
    assert len(to_new_lead) == 1
    assert text_of(to_new_lead[0]).count("Hạn 01/07/2025") >= 10


def test_the_demonstration_shows_the_whole_climb_with_letters_that_a_mail_server_received(tmp_path: Path) -> None:
    with ladder_climbed(Settings(data_dir=tmp_path), real_decision()) as climb:
        stops = {stop.story: stop for stop in climb.stops()}
        told, counted = climb.told(), climb.counted()
        lead = climb.office.leads[climb.office.units.successor]
    assert [one.level for one in told] == [level.key for level in DEFAULT_LADDER.levels]
    assert {one.outcome for one in told} == {"sent"}
    assert len({one.recipient for one in told}) == 4
    assert stops[Story.ABOVE].cancelled == 1
    assert all(climb.reference not in letter.text for letter in stops[Story.RESTS].letters)
    gathered = stops[Story.RESTS].letters
    assert [letter.to.partition("<")[2].partition("@")[0] for letter in gathered] == [lead]
    assert stops[Story.RESTS].planned > 10
    assert stops[Story.MOVED].facts["moved"] == 1
    assert stops[Story.COMMITTEE].letters[0].urgent
    assert (stops[Story.OVER].planned, stops[Story.OVER].letters) == (0, ())
    assert (
        counted["letters"]
        == len(list((tmp_path / "letters").glob("*.eml")))
        == sum(len(stop.letters) for stop in stops.values())
    )


def test_the_demonstration_finds_a_few_units_in_every_province(wiring: Wiring) -> None:
    decisions = [read_decision(file) for file in decision_files()]
    found = [few_units(decision, wiring) for decision in decisions if decision.province]
    assert len(found) == 34
    assert all(2 <= len(one.wards) <= 3 for one in found)
