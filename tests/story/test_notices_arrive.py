"""Somebody is late, and hears of it: a channel is set up, letters arrive, one is refused, seen, and sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders import own_decision, write_decision
from conftest import Office
from receivers import Mailbox, Receiver, answering, http_receiver, smtp_server

from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring

MOSTLY_EMBEDDED = True

OPERATOR, SECRETARY, CHAIR, LEAD = "quan-tri", "thu-ky", "chu-tich", "lan"
PASSWORD = "mat-khau-rat-bi-mat"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with smtp_server(box) as server:
        yield box, server.port


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    """A decision is open, and its unit has a lead who can be written to."""
    file = write_decision(tmp_path, own_decision())
    drafted = bangiao(SECRETARY, "decision", "draft", file, "--json").document
    bangiao(CHAIR, "decision", "register", "01/QĐ-TN", "--plan-hash", drafted["plan_hash"])
    bangiao.worker_comes()
    for account, role, unit in ((LEAD, "unit_lead", "old:00634"), (CHAIR, "committee", "new:01")):
        bangiao(OPERATOR, "user", "add", account, "--name", account.title(), "--email", f"{account}@hanoi.gov.vn")
        bangiao(OPERATOR, "user", "assign", account, "--role", role, "--unit", unit, "--since", "2025-06-01")
    return bangiao


def mail_is_set_up(office: Office, port: int, *more: object) -> None:
    said = ("--kind", "email", "--host", "127.0.0.1", "--port", port, "--tls", "none", "--sender", "bg@hanoi.gov.vn")
    answer = office(OPERATOR, "channel", "add", "thu", *said, *more, ALLOWED_TARGETS="127.0.0.0/8")
    assert answer.code == 0, answer.complaint


def at(office: Office, moment: str) -> None:
    office.clock = moment


def sender_comes(office: Office) -> None:
    """A minute after a review, as in the five minutes between two of them."""
    with office.wiring() as wiring:
        later = datetime.fromisoformat(office.clock) + timedelta(minutes=1)
        settings = replace(wiring.settings, allowed_targets=frozenset({"127.0.0.0/8"}))
        sender = Sender(Wiring(settings, wiring.engine, lambda: later))
        sender.drain()
        sender.close()


def test_a_late_step_is_told_to_its_lead_and_then_to_the_province(office: Office, mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    mail_is_set_up(office, port)
    told: dict[str, set[str]] = {}
    day = datetime.fromisoformat("2025-06-18T09:00:00+07:00")
    while day < datetime.fromisoformat("2025-07-20T00:00:00+07:00"):
        at(office, day.isoformat())
        assert office(OPERATOR, "review-deadlines").code == 0
        before = len(box.letters)
        sender_comes(office)
        for letter in box.messages()[before:]:
            told.setdefault(f"{day:%Y-%m-%d}", set()).add(str(letter["To"]))
        day += timedelta(days=1)
    to_lead = [day for day, people in told.items() if "Lan <lan@hanoi.gov.vn>" in people]
    to_chair = [day for day, people in told.items() if "Chu-Tich <chu-tich@hanoi.gov.vn>" in people]
    assert min(to_lead) < "2025-07-01"  # reminded while there is time
    assert max(to_chair) > "2025-07-04"  # and when it is late, those above hear of it
    assert all(datetime.fromisoformat(day).weekday() < 5 for day in told)  # nobody is written to at a weekend
    listed = office(OPERATOR, "notify", "list", "--limit", 0, "--json").document
    assert listed["count"] == len(box.letters)
    assert {one["state"] for one in listed["messages"]} == {"sent"}
    assert {one["address"] for one in listed["messages"]} == {"l***@hanoi.gov.vn", "c***@hanoi.gov.vn"}


def test_a_dead_letter_is_seen_and_sent_again(office: Office, mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    mail_is_set_up(office, port)
    assert office(OPERATOR, "notify", "list", "--dead").code == 0
    box.recipient_answer = "550 5.1.1 No such user"
    at(office, "2025-07-03T09:00:00+07:00")
    office(OPERATOR, "review-deadlines")
    sender_comes(office)
    dead = office(OPERATOR, "notify", "list", "--dead")
    assert dead.code == 3
    assert "550 5.1.1 No such user" in dead.said
    assert "lan@hanoi.gov.vn" not in dead.out
    letters = office(OPERATOR, "notify", "list", "--dead", "--json").document["messages"]
    one = next(each for each in letters if each["recipient"] == LEAD)
    shown = office(OPERATOR, "notify", "show", one["id"][:10], language="en")
    assert "refused for good" in shown.said
    box.recipient_answer = ""
    assert office(OPERATOR, "notify", "resend", one["id"]).code == 0
    assert office(OPERATOR, "notify", "resend", one["id"]).code == 2  # it is no dead letter any more
    sender_comes(office)
    assert one["id"] in [letter["X-Bangiao-Id"] for letter in box.messages()]
    assert office(OPERATOR, "notify", "show", one["id"], "--json").document["state"] == "sent"
    assert office(OPERATOR, "notify", "cancel", one["id"]).code == 2


def test_a_channels_secret_is_never_shown_and_changing_the_channel_keeps_it(
    office: Office, mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    _, port = mailbox
    file = tmp_path / "mật khẩu"
    file.write_text(PASSWORD, encoding="utf-8")
    mail_is_set_up(office, port, "--user", "bg", "--secret-file", file)
    assert office(OPERATOR, "channel", "add", "thu", "--title", "Thư công vụ").code == 0
    listed = office(OPERATOR, "channel", "list")
    assert "Thư công vụ" in listed.said
    assert PASSWORD not in listed.out + office(OPERATOR, "channel", "list", "--json").out
    database = [one for one in tmp_path.iterdir() if one.suffix == ".db"]
    assert all(PASSWORD.encode() not in one.read_bytes() for one in database)
    assert (tmp_path / "channels.key").stat().st_mode & 0o077 == 0


def test_a_channel_is_tried_out_and_says_what_the_other_side_said(office: Office, mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    mail_is_set_up(office, port)
    refused = office(OPERATOR, "channel", "test", "thu", "--to", "lan@hanoi.gov.vn", "--json")
    assert (refused.code, refused.document[0]["state"]) == (1, "refused_by_us")  # 127.0.0.1 is not allowed
    home = {"ALLOWED_TARGETS": "127.0.0.0/8"}
    assert office(OPERATOR, "channel", "test", "thu", "--to", "lan@hanoi.gov.vn", **home).code == 0
    assert office(OPERATOR, "notify", "test", LEAD, **home).code == 0
    assert len(box.letters) == 2
    box.recipient_answer = "550 5.1.1 No such user"
    again = office(OPERATOR, "notify", "test", LEAD, **home)
    assert again.code == 1
    assert "550" in again.said
    assert office(OPERATOR, "notify", "test", "khong-co-ai").code == 2


def test_somebody_is_told_as_they_wish(office: Office, mailbox: tuple[Mailbox, int], tmp_path: Path) -> None:
    _, port = mailbox
    mail_is_set_up(office, port)
    key, url = tmp_path / "key", tmp_path / "url"
    receiver = Receiver()
    with http_receiver(receiver) as server:
        key.write_text("khoa-ky-webhook-2025", encoding="utf-8")
        url.write_text(server.url, encoding="utf-8")
        said = ("--kind", "webhook", "--secret-file", key, "--url-file", url)
        assert office(OPERATOR, "channel", "add", "truc", *said).code == 0
        wishes = (
            "--channel",
            "truc",
            "--channel",
            "email",
            "--window",
            "working=14:00-16:00",
            "--quiet",
            "22:00-06:00",
        )
        answer = office(OPERATOR, "notify", "prefer", LEAD, *wishes, "--json")
        assert answer.document == {"account": LEAD, "channels": ["truc", "thu"]}
        at(office, "2025-07-01T09:00:00+07:00")
        office(OPERATOR, "review-deadlines")
        sender_comes(office)
        assert receiver.requests == []
        at(office, "2025-07-01T14:00:00+07:00")
        sender_comes(office)
        assert [json.loads(one.body)["recipient"] for one in receiver.requests] == [LEAD]


@pytest.mark.parametrize(
    "wishes",
    [
        ("--channel", "bo-cau"),
        ("--window", "working=18:00-07:00"),
        ("--window", "working"),
        ("--window", "someday=07:00-08:00"),
        ("--window", "sunday=07:00-08:00"),
        ("--quiet", "khuya"),
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused(office: Office, wishes: tuple[str, ...]) -> None:
    answer = office(OPERATOR, "notify", "prefer", LEAD, *wishes)
    assert answer.code == 2
    assert answer.complaint


def test_a_channel_that_lacks_something_is_refused(office: Office) -> None:
    assert office(OPERATOR, "channel", "add", "thu").code == 2
    assert office(OPERATOR, "channel", "add", "thu", "--kind", "email").code == 2
    assert office(OPERATOR, "channel", "add", "Thư", "--kind", "email").code == 2
    assert office(OPERATOR, "channel", "disable", "thu").code == 2


def test_a_gateway_is_set_up_by_commands_and_sends(office: Office, tmp_path: Path) -> None:
    receiver = Receiver(answering(200, b'{"error": 7, "message": "OK"}'))
    key, url = tmp_path / "key", tmp_path / "url"
    key.write_text("khoa-cua-cong", encoding="utf-8")
    with http_receiver(receiver) as server:
        url.write_text(f"{server.url}/gui", encoding="utf-8")
        form = ("values.template_id=789", "accepted=0,7", 'body={"phone": "{phone}", "template": "{template_id}"}')
        options = [word for one in form for word in ("--option", one)]
        files = ("--secret-file", key, "--url-file", url)
        made = office(OPERATOR, "channel", "add", "zalo", "--kind", "custom", "--schema", "bgzalo", *files, *options)
        assert made.code == 0, made.complaint
        trial = ("channel", "test", "zalo", "--to", "0912 345 678")
        home = {"ALLOWED_TARGETS": "127.0.0.0/8"}
        off = office(OPERATOR, *trial, "--json", **home)
        assert (off.code, off.document[0]["state"], receiver.requests) == (1, "refused_by_us", [])
        assert office(OPERATOR, *trial, ALLOWED_SERVICES="bgzalo", **home).code == 0
    assert json.loads(receiver.requests[0].body) == {"phone": "84912345678", "template": "789"}
    assert office(OPERATOR, "channel", "add", "zalo", "--option", "body={").code == 2
