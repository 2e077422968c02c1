"""At size and at once: ten thousand steps overdue in one minute are one message for each person; whatever clocks and
machines do, each level is said to each person exactly once, and none is left out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from builders import open_all, own_decision, real_decision, registered
from clocks import SetClock
from notices import deliveries, mail_channel, notices, reaching_home, reader, record_channel
from offices import appoint
from receivers import Mailbox, smtp_server
from sqlalchemy import func, select, update
from trial_office import TrialOffice, trial_office

from bangiao.delivery_sender import Sender
from bangiao.reviews import review_deadlines
from bangiao.wiring import Wiring
from checklists.escalation.ladder import DEFAULT_LADDER
from checklists.people import PersonRole
from db.models import StepRow
from db.notice_models import EscalationRow, NotificationRow
from db.session import begin_read, begin_write
from db.work_models import PersonRow


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with smtp_server(box) as server:
        yield box, server.port


def day(text: str, hour: str = "08:00") -> datetime:
    return datetime.fromisoformat(f"2025-{text}T{hour}:00+07:00")


def send_all(wiring: Wiring) -> int:
    sender = Sender(wiring)
    try:
        return sender.drain(60)
    finally:
        sender.close()


def counted(wiring: Wiring, *where: object) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalar(select(func.count()).select_from(NotificationRow).where(*where)) or 0  # type: ignore[arg-type]


@pytest.mark.slow
def test_ten_thousand_steps_overdue_in_the_same_minute_are_one_message_for_each_person(
    wiring: Wiring, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    office = reaching_home(wiring)
    units = sorted({row.predecessor for row in real_decision().successions})
    opening = registered(office, own_decision("05/QĐ-TN", predecessors=units[:260]))
    open_all(office, opening.decision_id)
    for who in ("chu-tich", "pho-chu-tich"):
        appoint(office, who, PersonRole.COMMITTEE, "new:01")
        reader(office, who)
    record_channel(office, mail_channel(port))
    assert isinstance(office.clock, SetClock)
    with begin_write(office.engine) as connection:
        connection.execute(update(StepRow).values(due_on=date(2025, 7, 1), overdue_at_birth=False))
        steps = connection.scalar(select(func.count()).select_from(StepRow)) or 0
    assert steps >= 10_000
    office.clock.now = day("07-04", "08:01")  # three levels have come, and nobody has reviewed so far
    began = time.monotonic()
    while review_deadlines(office).steps:
        pass
    told = counted(office, NotificationRow.recipient == "chu-tich")
    assert told >= steps
    office.clock.advance(seconds=31)
    assert send_all(office) == 2
    took = time.monotonic() - began
    assert sorted(str(one["To"]).partition(" <")[0] for one in box.messages()) == ["Chu-Tich", "Pho-Chu-Tich"]
    assert len(deliveries(office)) == 2
    assert counted(office, NotificationRow.state != "sent") == 0
    text = box.messages()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len(text) < 50_000
    assert f"{steps:,}".replace(",", ".") in text
    assert took < 60


JUMPS = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1))


def test_with_jumping_clocks_an_outage_and_two_of_everything_each_level_is_said_to_each_once(
    wiring: Wiring, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    home = reaching_home(wiring)
    office = trial_office(home)
    clock = home.clock
    assert isinstance(clock, SetClock)
    with begin_write(home.engine) as connection:
        connection.execute(update(PersonRow).values(email=PersonRow.account + "@hanoi.gov.vn"))
    record_channel(home, mail_channel(port))
    today = day("06-18", "09:00")
    while today < day("07-25"):
        jump = JUMPS[today.day % 4] if today.day % 3 == 0 else timedelta()
        outage = day("07-03") < today < day("07-10")
        for moment in () if outage else (today, today + jump, today + timedelta(minutes=5)):
            clock.now = moment
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: review_deadlines(home), range(2)))
                clock.now += timedelta(seconds=31)
                list(pool.map(lambda _: send_all(home), range(2)))
        today += timedelta(days=1)
    ids = Counter(str(one["X-Bangiao-Id"]) for one in box.messages())
    assert set(ids.values()) == {1}
    assert ids.keys() == {one.id for one in deliveries(home) if one.state == "sent"}
    said = Counter((one.step_id, one.due_on, one.level, one.recipient, one.id) for one in notices(home))
    assert set(said.values()) == {1}
    assert {one.state for one in notices(home) if one.created_at < day("07-20")} <= {"sent", "cancelled"}
    assert levels(home, "old:00007", office) == {one.key for one in DEFAULT_LADDER.levels}


def levels(wiring: Wiring, unit: str, office: TrialOffice) -> set[str]:
    """Those that its first step has reached."""
    step = next(one.id for one in office.book().lines.values() if (one.holder, one.key) == (unit, "DAT-01"))
    with begin_read(wiring.engine) as connection:
        return set(connection.scalars(select(EscalationRow.level).where(EscalationRow.step_id == step)))
