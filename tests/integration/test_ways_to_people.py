"""Each kind of channel through the whole sender, in each person's order and hours: gateways and chat with what the
providers answer, off until they are allowed; quiet hours and windows at Tết and on a Saturday that is worked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clocks import SetClock
from databases import OfficeMaker
from notices import (
    attempts,
    deliveries,
    hook_channel,
    mail_channel,
    notices,
    open_steps,
    reaching_home,
    reader,
    record_channel,
    tell,
)
from offices import opened
from receivers import Mailbox, Receiver, answering, hanging_server, http_receiver, smtp_server

from bangiao.channels import limits_of
from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring
from db.channels import write_preference
from db.session import begin_write
from notifiers.channels import Channel, Kind
from notifiers.masking import Secret

MOSTLY_EMBEDDED = True

ANSWERS = json.loads((Path(__file__).parents[1] / "unit" / "test_channels_gateways.json").read_text(encoding="utf-8"))
RECORDED = [(schema, case) for schema, cases in ANSWERS.items() for case in cases]
BECOMES = {"sent": "sent", "failed_for_now": "failed", "failed_for_good": "dead"}
PHONE = "0912 345 678"


@pytest.fixture
def office_maker() -> OfficeMaker:
    return at_ten


def at_ten(wiring: Wiring) -> Wiring:
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    return wiring


@pytest.fixture
def office(office: Wiring) -> Wiring:
    return reaching_home(office)


def allowing(wiring: Wiring, *services: str) -> Wiring:
    return Wiring(replace(wiring.settings, allowed_services=frozenset(services)), wiring.engine, wiring.clock)


def wished(wiring: Wiring, account: str, *channels: tuple[str, str], windows: dict[str, Any] | None = None) -> str:
    with begin_write(wiring.engine) as connection:
        write_preference(connection, account, json.dumps(channels), json.dumps(windows or {}), wiring.now())
    return account


def sent(wiring: Wiring, later: float = 31) -> int:
    wiring.clock.advance(seconds=later)  # type: ignore[attr-defined]
    sender = Sender(wiring, limits=replace(limits_of(wiring.settings), connect=1, read=0.5, total=1))
    try:
        return sender.drain(20)
    finally:
        sender.close()


def gateway(schema: str, url: str) -> Channel:
    options = {"values": {"template_id": "7895417a7d3f9461cd2e", "brand": "UBND.HN"}}
    made = Channel("cong", "Cổng gửi", Kind.CUSTOM, user="api-key", secret=Secret("khoa-bi-mat"), schema=schema)
    return replace(made, url=Secret(f"{url}/gui"), options=options)


@pytest.mark.parametrize(("schema", "case"), RECORDED, ids=[f"{name}-{case['words'][:4]}" for name, case in RECORDED])
def test_a_gateways_recorded_answer_decides_what_follows(office: Wiring, schema: str, case: dict[str, Any]) -> None:
    office = allowing(office, schema)
    wished(office, reader(office, "lan", phone=PHONE), ("custom", ""))
    receiver = Receiver(answering(200, json.dumps(case["answer"]).encode()))
    with http_receiver(receiver) as server:
        record_channel(office, gateway(schema, server.url))
        tell(office, "lan", open_steps(office))
        sent(office)
    (delivery,), (attempt,), (request,) = deliveries(office), attempts(office), receiver.requests
    body = json.loads(request.body)
    assert delivery.state == BECOMES[case["state"]]
    assert (attempt.outcome, case["words"] in attempt.words) == (case["state"], True)
    assert delivery.id in {body.get("tracking_id"), body.get("RequestId")}, "the provider knows a repeat by it"
    assert "84912345678" in {body.get("phone"), body.get("Phone")}


def ntfy(url: str) -> Channel:
    return Channel("chat", "Trò chuyện", Kind.CHAT, url=Secret(f"ntfy://{url.partition('//')[2]}/{{address}}"))


def sms(url: str) -> Channel:
    """Any of Apprise's services may be an SMS channel; this one can be received here."""
    return replace(ntfy(url), id="sms", kind=Kind.SMS)


@pytest.mark.parametrize("make", [ntfy, sms], ids=["chat", "sms"])
def test_chat_and_sms_by_a_service_that_is_allowed(office: Wiring, make: Any) -> None:
    receiver = Receiver(answering(200, b"{}"))
    with http_receiver(receiver) as server:
        record_channel(office, make(server.url))
        wished(office, reader(office, "lan"), (make(server.url).kind.value, "to-lan"))
        tell(office, "lan", open_steps(office))
        assert sent(allowing(office, "ntfy")) == 1
    assert "to-lan" in receiver.requests[0].body.decode()
    assert [one.outcome for one in attempts(office)] == ["sent"]


@pytest.mark.parametrize("allowed", [(), ("slack",)], ids=["nothing-allowed", "another-allowed"])
@pytest.mark.parametrize("kind", ["chat", "bgzalo", "bgbrand"])
def test_what_is_not_on_the_administrators_list_is_off_and_connects_to_nobody(
    office: Wiring, kind: str, allowed: tuple[str, ...]
) -> None:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        channel = ntfy(server.url) if kind == "chat" else gateway(kind, server.url)
        record_channel(office, channel)
        wished(office, reader(office, "lan", phone=PHONE), (channel.kind.value, PHONE))
        tell(office, "lan", open_steps(office))
        assert sent(allowing(office, *allowed)) == 0
    assert receiver.requests == []
    assert [(one.outcome, deliveries(office)[0].state) for one in attempts(office)] == [("refused_by_us", "dead")]


def test_each_channel_that_fails_gives_way_to_the_next_in_the_persons_order(office: Wiring) -> None:
    """An SMS gateway that knows no such number, a chat that is not allowed, a mailbox that does not exist: the
    receiver's webhook, the last one, gets it."""
    zalo, hooks = Receiver(answering(200, b'{"error": -118, "message": "no account"}')), Receiver()
    office = allowing(office, "bgzalo")
    box = Mailbox(recipient_answer="550 No such user")
    with http_receiver(zalo) as provider, smtp_server(box) as post, http_receiver(hooks) as server:
        channels = gateway("bgzalo", provider.url), ntfy(server.url), mail_channel(post.port), hook_channel(server.url)
        record_channel(office, *channels)
        wishes = ("custom", ""), ("chat", "to-lan"), ("email", ""), ("webhook", "")
        wished(office, reader(office, "lan", phone=PHONE), *wishes)
        tell(office, "lan", open_steps(office))
        assert sent(office) == 1
    chain = {one.replaces: one for one in deliveries(office)}
    order = [chain[None]]
    while order[-1].id in chain:
        order.append(chain[order[-1].id])
    assert [one.channel for one in order] == ["cong", "chat", "thu", "truc"]
    assert [one.state for one in order] == ["dead", "dead", "dead", "sent"]
    assert (len(zalo.requests), len(hooks.requests)) == (1, 1)
    assert {one.state for one in notices(office)} == {"sent"}


def test_a_server_that_hangs_gives_way_after_its_last_try(office: Wiring) -> None:
    hooks = Receiver()
    with hanging_server() as hung, http_receiver(hooks) as server:
        record_channel(office, mail_channel(hung.port), hook_channel(server.url))
        wished(office, reader(office, "lan"), ("email", ""), ("webhook", ""))
        tell(office, "lan", open_steps(office))
        sent(office)
        for _ in range(7):
            sent(office, 15 * 3600)
    assert [one.outcome for one in attempts(office)] == ["failed_for_now"] * 8 + ["sent"]
    assert len(hooks.requests) == 1


# --- hours ---------------------------------------------------------------------------------------------------------

OWN = {
    "working": [["08:00", "09:00"], ["15:00", "16:00"]],
    "saturday": [["10:00", "11:00"]],
    "holiday": [["19:00", "20:00"]],
    "quiet": ["15:30", "08:30"],
}


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+07:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("planned", "windows", "leaves"),
    [
        ("2026-03-16T07:00", {}, "2026-03-16T07:30"),  # nothing chosen: office hours of working days
        ("2026-02-13T18:00", {}, "2026-02-23T07:30"),  # over Tết
        ("2026-01-10T06:00", {}, "2026-01-10T07:30"),  # a Saturday that is worked for 02/01
        ("2026-01-02T08:00", {}, "2026-01-05T07:30"),  # which is off
        ("2026-03-16T06:00", OWN, "2026-03-16T08:30"),  # the window opens at eight, but it is quiet until half past
        ("2026-03-16T15:31", OWN, "2026-03-17T08:30"),
        ("2026-03-21T06:00", OWN, "2026-03-21T10:00"),  # a Saturday has its own hours
        ("2026-01-10T06:00", OWN, "2026-01-10T10:00"),  # one that is worked, too
        ("2026-02-17T06:00", OWN | {"quiet": ["21:00", "06:00"]}, "2026-02-17T19:00"),  # the first day of Tết
    ],
)
@pytest.mark.parametrize("urgent", [False, True], ids=["usual", "urgent"])
def test_a_message_leaves_in_the_persons_hours_and_an_urgent_one_at_once(
    office: Wiring, planned: str, windows: dict[str, Any], leaves: str, urgent: bool
) -> None:
    clock = office.clock
    assert isinstance(clock, SetClock)
    box = Mailbox()
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        wished(office, reader(office, "lan"), ("email", ""), windows=windows)
        clock.now = at(planned)
        tell(office, "lan", open_steps(office), urgent=urgent)
        if urgent:
            assert sent(office) == 1
            return
        assert sent(office) == 0
        clock.now = at(leaves) - timedelta(seconds=60)
        assert sent(office) == 0
        clock.now = at(leaves)
        assert sent(office) == 1
    assert len(box.letters) == 1


def test_what_failed_is_tried_again_outside_the_windows_but_not_in_the_quiet_hours(office: Wiring) -> None:
    clock, box = office.clock, Mailbox(data_answer="452 Mailbox full")
    assert isinstance(clock, SetClock)
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        for who, quiet in (("lan", ["22:00", "06:00"]), ("an", None)):
            windows = {"working": [["15:00", "17:00"]]} | ({"quiet": quiet} if quiet else {})
            wished(office, reader(office, who), ("email", ""), windows=windows)
        clock.now = at("2025-06-18T16:50")
        tell(office, ["lan", "an"], open_steps(office))
        sent(office)
        while clock.now < at("2025-06-19T05:45"):
            sent(office, 600)
        lan, an = (tries(office, who) for who in ("lan", "an"))
        box.data_answer = "250 OK"
        assert sent(office, 1200) == 1
    assert at("2025-06-18T17:00") < lan[-1] < at("2025-06-18T22:00"), "after the window, but before the night"
    assert at("2025-06-18T22:00") < an[-1], "who has no quiet hours is not spared the night"
    assert [str(one["To"]) for one in box.messages()] == ["Lan <lan@hanoi.gov.vn>"]


def tries(wiring: Wiring, who: str) -> list[datetime]:
    mine = {one.id for one in deliveries(wiring) if one.recipient == who}
    return [one.began_at for one in attempts(wiring) if one.delivery_id in mine]
