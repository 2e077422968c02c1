"""The office's mail server is down and nobody reviews deadlines any more: the operator on duty hears of it by another
way, sees what to do, does it, and hears that it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from builders import own_decision, write_decision
from clocks import SetClock
from conftest import Office
from receivers import Mailbox, Receiver, http_receiver, smtp_server
from sqlalchemy import update

from bangiao.heartbeats import sign_of_life
from bangiao.watching import Round, Watch
from bangiao.wiring import Wiring
from checklists.escalation.watching import RELAY, SENDER
from db.models import OutboxRow
from db.notice_models import NotificationRow
from db.session import begin_write

OPERATOR, SECRETARY, CHAIR, LEAD = "quan-tri", "thu-ky", "chu-tich", "lan"
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def duty_phone() -> Iterator[tuple[Receiver, str]]:
    """Where whoever is on duty is told, and the service that misses a sign of life."""
    receiver = Receiver()
    with http_receiver(receiver) as server:
        yield receiver, server.url


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    """A decision is open, its unit has a lead, and its events are with Prefect."""
    file = write_decision(tmp_path, own_decision())
    drafted = bangiao(SECRETARY, "decision", "draft", file, "--json").document
    bangiao(CHAIR, "decision", "register", "01/QĐ-TN", "--plan-hash", drafted["plan_hash"])
    bangiao.worker_comes()
    bangiao(OPERATOR, "user", "add", LEAD, "--name", "Lan", "--email", "lan@hanoi.gov.vn")
    bangiao(OPERATOR, "user", "assign", LEAD, "--role", "unit_lead", "--unit", "old:00634", "--since", "2025-06-01")
    with bangiao.wiring() as wiring, begin_write(wiring.engine) as connection:
        connection.execute(update(OutboxRow).values(state="delivered"))
    return bangiao


def set_up(office: Office, name: str, *said: object) -> None:
    answer = office(OPERATOR, "channel", "add", name, *said, ALLOWED_TARGETS=LOOPBACK)
    assert answer.code == 0, answer.complaint


@dataclass
class Duty:
    """The office with its watch, minute after minute, and what whoever is on duty has received."""

    office: Office
    wiring: Wiring
    clock: SetClock
    watch: Watch
    receiver: Receiver

    def minutes(self, count: int) -> list[Round]:
        """Sender and worker live; a round each minute."""
        rounds = []
        for _ in range(count):
            for part in (SENDER, RELAY):
                sign_of_life(self.wiring, part)
            rounds.append(self.watch.round())
            self.clock.advance(minutes=1)
        self.office.clock = self.clock.now.isoformat()
        return rounds

    def reviewed_by_hand(self) -> None:
        """And the sender has sent it all, which is told elsewhere."""
        assert self.office(OPERATOR, "review-deadlines").code == 0
        with begin_write(self.wiring.engine) as connection:
            connection.execute(update(NotificationRow).values(state="sent"))

    def alarms(self) -> list[dict[str, str]]:
        return [json.loads(one.body) for one in self.receiver.requests if one.path == "/truc"]


@pytest.fixture
def duty(office: Office, duty_phone: tuple[Receiver, str], tmp_path: Path) -> Iterator[Duty]:
    """Mail is set up, and refuses everything; alarms go by a webhook. It is ten to eight on the day steps fall due."""
    receiver, url = duty_phone
    key, address = tmp_path / "khoa", tmp_path / "dia-chi"
    key.write_text("khoa-ky-webhook-2025", encoding="utf-8")
    address.write_text(f"{url}/truc", encoding="utf-8")
    set_up(office, "truc", "--kind", "webhook", "--url-file", address, "--secret-file", key)
    office.clock = "2025-07-01T07:50:00+07:00"
    clock = SetClock(datetime.fromisoformat(office.clock))
    with smtp_server(Mailbox(recipient_answer="451 4.3.0 later")) as mail, office.wiring() as wiring:
        where = ("--host", "127.0.0.1", "--port", mail.port, "--tls", "none", "--sender", "bg@hanoi.gov.vn")
        set_up(office, "thu", "--kind", "email", *where)
        settings = replace(
            wiring.settings,
            alarm_channels=frozenset({"truc=truc-ban"}),
            dead_man_url=f"{url}/song",
            allowed_targets=frozenset({LOOPBACK}),
        )
        here = Wiring(settings, wiring.engine, clock)
        yield Duty(office, here, clock, Watch(here), receiver)


def test_whoever_is_on_duty_hears_that_reviews_stopped_does_what_is_said_and_hears_that_it_is_over(duty: Duty) -> None:
    duty.reviewed_by_hand()
    (told,) = [one for one in duty.minutes(15) if one.told]
    assert told.look.at <= datetime.fromisoformat("2025-07-01T08:05:00+07:00")
    (alarm,) = duty.alarms()
    said = " ".join(alarm["text"].split())
    assert alarm["recipient"] == "truc-ban"
    assert alarm["subject"].startswith("Báo động: việc nhắc hạn có thể đã dừng")
    assert "không còn nhận được tín hiệu hoạt động của việc rà soát hạn" in said
    assert "bangiao watch --once" in said

    seen = duty.office(OPERATOR, "watch", "--once")
    assert seen.code == 3
    assert "rà soát bằng tay: bangiao review-deadlines" in seen.said
    document = duty.office(OPERATOR, "watch", "--once", "--json", ALARM_CHANNELS="truc").document
    assert {"review-deadlines-silent", "reviews-overdue"} <= {one["kind"] for one in document["findings"]}
    assert document["alarm_channels"] == ["truc"]

    for _ in range(3):  # for as long as the scheduler is not back
        duty.reviewed_by_hand()
        last = duty.minutes(5)[-1]
    assert duty.alarms()[-1]["subject"] == "Hết báo động: việc nhắc hạn đã hoạt động trở lại"
    assert last.pinged
    assert duty.receiver.requests[-1].path == "/song"
    assert duty.office(OPERATOR, "watch", "--once").code == 0


def test_the_list_of_messages_says_that_notices_wait_for_a_channel_and_what_to_do(office: Office) -> None:
    office.clock = "2025-07-01T09:00:00+07:00"
    assert "Không có thư nào." in office(OPERATOR, "notify", "list").said
    office(OPERATOR, "review-deadlines")
    answer = office(OPERATOR, "notify", "list")
    assert "thông báo đang chờ và chưa ai được báo" in answer.said
    assert "bangiao channel add" in answer.said
    waiting = office(OPERATOR, "notify", "list", "--json").document["waiting"]
    assert waiting["notices"] > 0
    assert waiting["channels"] == 0
    set_up(office, "thu", "--kind", "email", "--host", "127.0.0.1", "--port", 25, "--tls", "none", "--sender", "b@x.vn")
    office.clock = "2025-07-01T09:01:00+07:00"
    assert "thông báo chờ bộ gửi thư từ" in office(OPERATOR, "notify", "list").said
