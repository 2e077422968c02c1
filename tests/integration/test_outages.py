"""Servers that are away for long: nothing waits in silence, and what comes to nothing is told by another channel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
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
    tell_many,
)
from offices import opened
from receivers import Listening, Mailbox, Receiver, http_receiver, smtp_server
from sqlalchemy import select

from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring
from db.channels import write_preference
from db.models import EventRow
from db.session import begin_read, begin_write
from notifiers.secrets import make_key_file


@pytest.fixture
def office(wiring: Wiring) -> Wiring:
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    return reaching_home(wiring)


@pytest.fixture
def mail_is_down(office: Wiring) -> Iterator[Mailbox]:
    mailbox = Mailbox(recipient_answer="421 4.3.2 Going down")
    with smtp_server(mailbox) as server:
        record_channel(office, mail_channel(server.port))
        yield mailbox


@pytest.fixture
def hooks() -> Iterator[tuple[Receiver, Listening]]:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        yield receiver, server


def wished(wiring: Wiring, account: str, *channels: str) -> None:
    with begin_write(wiring.engine) as connection:
        write_preference(connection, account, json.dumps([(one, "") for one in channels]), "{}", wiring.now())


def pass_time(wiring: Wiring, sender: Sender, hours: float, step: timedelta = timedelta(minutes=20)) -> None:
    """The clock runs, and the sender with it."""
    until = wiring.now() + timedelta(hours=hours)
    while wiring.now() < until:
        wiring.clock.advance(seconds=step.total_seconds())  # type: ignore[attr-defined]
        sender.drain(20)


def dead_letters(wiring: Wiring) -> list[str]:
    with begin_read(wiring.engine) as connection:
        return list(connection.scalars(select(EventRow.subject).where(EventRow.type == "notice.dead")))


def test_a_mail_server_that_is_away_for_a_day_loses_nothing(
    office: Wiring, mail_is_down: Mailbox, hooks: tuple[Receiver, Listening]
) -> None:
    """Those who have a second channel hear by it after a day; of the others somebody above hears, by a channel that
    works; and what was planned late in the outage is delivered when the server is back."""
    receiver, server = hooks
    record_channel(office, hook_channel(server.url))
    wished(office, reader(office, "chu-tich"), "email", "webhook")
    two_ways, one_way, late = (
        [reader(office, f"{kind}-{place:02}") for place in range(20)] for kind in ("hai", "mot", "sau")
    )
    for one in two_ways:
        wished(office, one, "email", "webhook")
    sender, (step,) = Sender(office), open_steps(office)
    tell_many(office, [*two_ways, *one_way], step, each=2)
    pass_time(office, sender, hours=23)
    assert {one.state for one in deliveries(office)} <= {"pending", "failed"}
    tell_many(office, late, step, each=2)
    pass_time(office, sender, hours=5)
    heard = Counter(json.loads(one.body)["recipient"] for one in receiver.requests)
    assert 1 <= heard.pop("chu-tich") <= 3
    assert heard == Counter(two_ways)
    assert sorted(dead_letters(office)) == one_way
    assert len([one for one in notices(office) if one.recipient == "chu-tich"]) == len(one_way)

    mail_is_down.recipient_answer = ""
    pass_time(office, sender, hours=20)
    sender.close()
    ends = {one.recipient: one.state for one in deliveries(office) if one.replaces or one.recipient not in two_ways}
    assert Counter(ends.values()) == {"sent": len([*two_ways, *late, "chu-tich"]), "dead": len(one_way)}
    assert {one.state for one in notices(office) if one.recipient in {*two_ways, *late}} == {"sent"}
    received = Counter(str(one["X-Bangiao-Id"]) for one in mail_is_down.messages())
    assert set(received.values()) == {1}
    assert len(attempts(office)) < 500, "a server that is away is not asked for every message"


def test_a_channel_that_cannot_be_used_keeps_a_message_for_a_day_and_no_longer(
    office: Wiring, mail_is_down: Mailbox, hooks: tuple[Receiver, Listening]
) -> None:
    receiver, server = hooks
    wished(office, reader(office, "lan"), "email", "webhook")
    tell(office, "lan", open_steps(office))
    office.settings.sealing_key_file.unlink()
    make_key_file(office.settings.sealing_key_file)  # another key: what was sealed before cannot be opened
    record_channel(office, hook_channel(server.url))
    office.clock.advance(seconds=31)  # type: ignore[attr-defined]
    sender = Sender(office)
    pass_time(office, sender, hours=23, step=timedelta(hours=1))
    assert receiver.requests == []
    pass_time(office, sender, hours=2, step=timedelta(hours=1))
    sender.close()
    assert len(receiver.requests) == 1
    (first, second) = sorted(deliveries(office), key=lambda one: one.replaces is not None)
    assert (first.state, second.state, second.replaces) == ("dead", "sent", first.id)
    assert "Cả ngày" in attempts(office)[0].words


def test_a_receiver_of_its_own_that_is_away_costs_tries_once_it_is_left_alone_for_long(
    office: Wiring, hooks: tuple[Receiver, Listening]
) -> None:
    """Webhooks whose address is each person's own share a channel, so that the channel as a whole never rests."""
    receiver, server = hooks
    record_channel(office, replace(hook_channel(""), url=type(hook_channel("").url)("")))
    people = [reader(office, f"nguoi-{place:02}") for place in range(12)]
    for one in people:
        with begin_write(office.engine) as connection:
            wishes = json.dumps([("truc", "http://127.0.0.1:9/nguoi")])
            write_preference(connection, one, wishes, "{}", office.now())
    wished_url = json.dumps([("truc", f"{server.url}/an")])
    reader(office, "an")
    with begin_write(office.engine) as connection:
        write_preference(connection, "an", wished_url, "{}", office.now())
    tell_many(office, [*people, "an"], open_steps(office)[0], each=1)
    office.clock.advance(seconds=31)  # type: ignore[attr-defined]
    sender = Sender(office)
    pass_time(office, sender, hours=34)
    sender.close()
    states = {one.recipient: one.state for one in deliveries(office)}
    assert {states[one] for one in people} == {"dead"}
    assert (states["an"], len(receiver.requests)) == ("sent", 1)
    assert any("để yên" in one.words for one in attempts(office))


def test_the_level_above_is_told_by_another_channel_than_the_one_that_failed(
    office: Wiring, hooks: tuple[Receiver, Listening]
) -> None:
    receiver, server = hooks
    mailbox = Mailbox(recipient_answer="550 5.1.1 No such user")
    with smtp_server(mailbox) as post_office:
        record_channel(office, mail_channel(post_office.port), hook_channel(server.url))
        tell(office, reader(office, "lan"), open_steps(office), level="provincial-chair")
        wished(office, reader(office, "chu-tich"), "email", "webhook")
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        sender = Sender(office)
        sender.drain(20)
        mailbox.recipient_answer = ""  # the server would take it again
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        sender.drain(20)
        sender.close()
    assert [json.loads(one.body)["recipient"] for one in receiver.requests] == ["chu-tich"]
    assert mailbox.letters == []


def test_who_has_only_the_channel_that_failed_is_told_by_it(office: Wiring) -> None:
    mailbox = Mailbox(recipient_answer="550 5.1.1 No such user")
    with smtp_server(mailbox) as post_office:
        record_channel(office, mail_channel(post_office.port))
        tell(office, reader(office, "lan"), open_steps(office), level="provincial-chair")
        reader(office, "chu-tich")
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        sender = Sender(office)
        sender.drain(20)
        mailbox.recipient_answer = ""
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        sender.drain(20)
        sender.close()
    assert [str(one["To"]) for one in mailbox.messages()] == ["Chu-Tich <chu-tich@hanoi.gov.vn>"]
