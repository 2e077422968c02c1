"""From notices to real servers and back to the record: planned once, sent by the right channel, written down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta

import pytest
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
    tell_many,
)
from offices import finish_with_needs, opened
from receivers import Mailbox, Receiver, answering, hanging_server, http_receiver, smtp_server
from sqlalchemy import func, select, update

from bangiao.channels import switch_channel
from bangiao.deliveries import plan_deliveries
from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring
from checklists.escalation.attempts import MOST_TRIES
from db.channels import write_preference
from db.models import EventRow, StepRow
from db.notice_models import HeartbeatRow
from db.session import begin_read, begin_write


@pytest.fixture
def office_maker() -> OfficeMaker:
    return at_ten


def at_ten(wiring: Wiring) -> Wiring:
    """Checklists are open, it is a working day at ten, and servers on this machine may be reached."""
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    return wiring


@pytest.fixture
def office(office: Wiring) -> Wiring:
    return reaching_home(office)


@pytest.fixture
def mailbox(office: Wiring) -> Iterator[Mailbox]:
    box = Mailbox()
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        yield box


def later(wiring: Wiring, **step: float) -> None:
    wiring.clock.advance(**step)  # type: ignore[attr-defined]


def sent(wiring: Wiring, within: float = 30) -> int:
    """Everything that is due is sent, by a sender that comes for it."""
    sender = Sender(wiring)
    try:
        return sender.drain(within)
    finally:
        sender.close()


def wished(wiring: Wiring, account: str, *channels: tuple[str, str], windows: str = "{}") -> None:
    with begin_write(wiring.engine) as connection:
        write_preference(connection, account, json.dumps(channels), windows, wiring.now())


def test_a_notice_arrives_as_a_letter_and_the_record_says_so(office: Wiring, mailbox: Mailbox) -> None:
    (step,) = open_steps(office)
    tell(office, reader(office, "lan"), [step])
    later(office, seconds=31)
    assert sent(office) == 1
    (letter,), (delivery,), (attempt,), (notice,) = (
        mailbox.messages(),
        deliveries(office),
        attempts(office),
        notices(office),
    )
    assert letter["X-Bangiao-Id"] == delivery.id
    assert str(letter["To"]) == "Lan <lan@hanoi.gov.vn>"
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "bangiao step show old:00634/" in text
    assert (delivery.state, delivery.attempt, delivery.claimed_until) == ("sent", 1, None)
    assert (attempt.outcome, attempt.words, attempt.ended_at) == ("sent", "250", office.now())
    assert (notice.state, notice.delivery_id) == ("sent", delivery.id)
    assert sent(office) == 0


def test_what_one_person_is_told_in_a_window_is_one_message(office: Wiring, mailbox: Mailbox) -> None:
    steps = open_steps(office, 45)
    tell(office, [reader(office, "lan"), reader(office, "an", language="en")], steps)
    assert plan_deliveries(office) == 0  # gathers what is planned in the same breath
    later(office, seconds=31)
    assert plan_deliveries(office) == 2
    assert plan_deliveries(office) == 0
    assert sent(office) == 2
    assert len(mailbox.letters) == 2
    assert {one.state for one in notices(office)} == {"sent"}
    english = next(one for one in mailbox.messages() if "<an@" in str(one["To"]))
    assert "45 steps" in str(english["Subject"]) + english.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("order", [("unit-above", "provincial-chair"), ("provincial-chair", "unit-above")])
def test_of_two_levels_about_one_step_the_higher_one_speaks(
    office: Wiring, mailbox: Mailbox, order: tuple[str, str]
) -> None:
    (step,) = open_steps(office)
    reader(office, "lan")
    for place, level in enumerate(order):
        tell(office, "lan", [step], level=level, id=f"{place:032}")
    later(office, seconds=31)
    assert sent(office) == 1
    text = mailbox.messages()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "báo Chủ tịch UBND cấp tỉnh" in text
    assert "báo cấp trên" not in text.partition("Tiếp theo")[0]
    assert {one.state for one in notices(office)} == {"sent"}


def test_what_comes_after_the_windows_digest_has_left_waits_for_the_next_window(
    office: Wiring, mailbox: Mailbox
) -> None:
    first, second = open_steps(office, 2)
    lan = reader(office, "lan")
    tell(office, lan, [first])
    later(office, seconds=31)
    assert sent(office) == 1
    tell(office, lan, [second])
    later(office, minutes=5)
    assert sent(office) == 0
    waiting = next(one for one in notices(office) if one.step_id == second)
    assert waiting.send_at.astimezone(office.now().tzinfo).strftime("%H:%M") == "13:30"
    later(office, hours=4)
    assert sent(office) == 1


def test_an_urgent_notice_leaves_at_night_and_the_next_ones_ten_minutes_later(office: Wiring, mailbox: Mailbox) -> None:
    first, second, third = open_steps(office, 3)
    lan = reader(office, "lan")
    later(office, hours=12)
    tell(office, lan, [first], urgent=True)
    later(office, seconds=31)
    assert sent(office) == 1
    tell(office, lan, [second, third], urgent=True)
    later(office, seconds=31)
    assert sent(office) == 0
    later(office, minutes=10)
    assert sent(office) == 1
    assert [one.urgent for one in deliveries(office)] == [True, True]


def test_what_was_settled_before_it_leaves_is_not_said_any_more(office: Wiring, mailbox: Mailbox) -> None:
    done, open_ = open_steps(office, 2)
    tell(office, reader(office, "lan"), [done])
    tell(office, reader(office, "an"), [done, open_])
    later(office, seconds=31)
    assert plan_deliveries(office) == 2
    finish_with_needs(office, done)
    assert sent(office) == 1
    assert [one.state for one in deliveries(office)] == ["sent", "cancelled"]
    assert attempts(office)[0].delivery_id == deliveries(office)[0].id
    assert len(attempts(office)) == 1  # nothing was tried for what is cancelled
    assert {(one.step_id == done, one.state) for one in notices(office)} == {(True, "cancelled"), (False, "sent")}


def test_a_notice_for_a_due_date_that_moved_is_not_said(office: Wiring, mailbox: Mailbox) -> None:
    (step,) = open_steps(office)
    tell(office, reader(office, "lan"), [step])
    later(office, seconds=31)
    with begin_write(office.engine) as connection:
        connection.execute(update(StepRow).where(StepRow.id == step).values(due_on=date(2025, 9, 9)))
    assert sent(office) == 0
    assert mailbox.letters == []
    assert [one.state for one in deliveries(office)] == ["cancelled"]


def test_a_server_that_cannot_now_is_asked_again_as_long_as_it_takes_with_the_same_id(
    office: Wiring, mailbox: Mailbox
) -> None:
    mailbox.recipient_answer = "451 4.7.1 Come back later"
    tell(office, reader(office, "lan"), open_steps(office))
    later(office, seconds=31)
    assert sent(office) == 0
    (delivery,) = deliveries(office)
    assert (delivery.state, delivery.tries) == ("failed", 1)
    assert timedelta(seconds=48) <= delivery.next_try_at - office.now() <= timedelta(seconds=72)
    assert sent(office) == 0
    assert len(attempts(office)) == 1  # it is not due yet
    mailbox.recipient_answer = ""
    later(office, minutes=2)
    assert sent(office) == 1
    assert [one.outcome for one in attempts(office)] == ["failed_for_now", "sent"]
    assert "451" in attempts(office)[0].words
    assert mailbox.messages()[0]["X-Bangiao-Id"] == delivery.id


def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(office: Wiring) -> None:
    receiver = Receiver(answering(429, Retry_After="900"))
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url))
        wished(office, reader(office, "lan"), ("webhook", ""))
        tell(office, "lan", open_steps(office))
        later(office, seconds=31)
        assert sent(office) == 0
        (delivery,) = deliveries(office)
        assert delivery.next_try_at - office.now() >= timedelta(seconds=899)
        receiver.behaviour = answering(200)
        later(office, seconds=901)
        assert sent(office) == 1
    keys = [one.headers["Idempotency-Key"] for one in receiver.requests]
    assert keys == [delivery.id, delivery.id]


def test_a_refusal_for_good_goes_on_by_the_next_channel_at_once(office: Wiring, mailbox: Mailbox) -> None:
    mailbox.recipient_answer = "550 5.1.1 No such user"
    receiver = Receiver()
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url))
        wished(office, reader(office, "lan"), ("email", ""), ("webhook", ""))
        tell(office, "lan", open_steps(office))
        later(office, seconds=31)
        assert sent(office) == 1
    first, second = sorted(deliveries(office), key=lambda one: one.replaces is not None)
    assert (first.channel, first.state, first.tries) == ("thu", "dead", 1)
    assert (second.channel, second.state, second.replaces) == ("truc", "sent", first.id)
    assert json.loads(receiver.requests[0].body)["recipient"] == "lan"
    assert [one.state for one in notices(office)] == ["sent"]
    assert events(office, "notice.dead") == 0


def test_where_no_channel_is_left_it_is_a_dead_letter_and_the_level_above_is_told(
    office: Wiring, mailbox: Mailbox
) -> None:
    mailbox.recipient_answer = "550 5.1.1 No such user"
    tell(office, reader(office, "lan"), open_steps(office), level="provincial-chair")
    reader(office, "chu-tich")  # the province's committee
    later(office, seconds=31)
    assert sent(office) == 0
    (delivery,) = deliveries(office)
    assert delivery.state == "dead"
    assert events(office, "notice.dead") == 1
    dead, above = sorted(notices(office), key=lambda one: one.state)
    assert (dead.recipient, dead.state) == ("lan", "dead")
    assert (above.recipient, above.state, above.level) == ("chu-tich", "pending", "steering-committee")
    mailbox.recipient_answer = ""
    later(office, seconds=31)
    assert sent(office) == 1
    assert str(mailbox.messages()[0]["To"]) == "Chu-Tich <chu-tich@hanoi.gov.vn>"


def test_after_the_last_try_in_vain_it_is_a_dead_letter(office: Wiring, mailbox: Mailbox) -> None:
    mailbox.data_answer = "452 4.2.2 Mailbox full"
    tell(office, reader(office, "lan"), open_steps(office))
    later(office, seconds=31)
    for _ in range(MOST_TRIES):
        assert deliveries(office) == [] or deliveries(office)[0].state == "failed"
        assert sent(office) == 0
        later(office, hours=15)
    assert deliveries(office)[0].state == "dead"
    assert len(attempts(office)) == MOST_TRIES
    assert events(office, "notice.dead") == 1


def test_somebody_who_cannot_be_reached_at_all_is_a_dead_letter_at_once(office: Wiring, mailbox: Mailbox) -> None:
    tell(office, reader(office, "lan", email=""), open_steps(office))
    later(office, seconds=31)
    assert sent(office) == 0
    (delivery,) = deliveries(office)
    assert (delivery.state, delivery.channel, delivery.attempt) == ("dead", "", 0)
    assert events(office, "notice.dead") == 1


def test_while_no_channel_is_set_up_notices_wait_for_one(office: Wiring) -> None:
    tell(office, reader(office, "lan"), open_steps(office))
    later(office, minutes=10)
    assert sent(office) == 0
    assert deliveries(office) == []
    mailbox = Mailbox()
    with smtp_server(mailbox) as server:
        record_channel(office, mail_channel(server.port))
        assert sent(office) == 1


def test_what_waits_for_a_channel_that_is_disabled_goes_by_the_next(office: Wiring, mailbox: Mailbox) -> None:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url))
        wished(office, reader(office, "lan"), ("email", ""), ("webhook", ""))
        tell(office, "lan", open_steps(office))
        later(office, seconds=31)
        assert plan_deliveries(office) == 1
        with office.unit_of_work() as uow:
            switch_channel(uow, "thu", False, "quan-tri")
        assert sent(office) == 1
    assert (len(receiver.requests), mailbox.letters) == (1, [])


def test_ten_thousand_notices_for_five_hundred_people_are_five_hundred_deliveries(office: Wiring) -> None:
    record_channel(office, mail_channel(9))
    people = [f"nguoi-{place:03}" for place in range(500)]
    for one in people:
        reader(office, one)
    tell_many(office, people, open_steps(office)[0], each=20)
    later(office, seconds=31)
    began = time.monotonic()
    assert plan_deliveries(office) == 500
    assert time.monotonic() - began < 10
    assert len(deliveries(office)) == 500
    assert {one.delivery_id is None for one in notices(office)} == {False}
    assert plan_deliveries(office) == 0


def test_two_planners_at_once_plan_nothing_twice(office: Wiring) -> None:
    record_channel(office, mail_channel(9))
    people = [reader(office, f"nguoi-{place:02}") for place in range(40)]
    tell_many(office, people, open_steps(office)[0], each=5)
    later(office, seconds=31)
    planned: list[int] = []
    threads = [threading.Thread(target=lambda: planned.append(plan_deliveries(office))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(planned) == len(deliveries(office)) == 40


def test_two_senders_at_once_send_everything_once(office: Wiring, mailbox: Mailbox) -> None:
    people = [reader(office, f"nguoi-{place:02}") for place in range(40)]
    tell_many(office, people, open_steps(office)[0], each=3)
    later(office, seconds=31)
    threads = [threading.Thread(target=sent, args=(office,)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    ids = [str(one["X-Bangiao-Id"]) for one in mailbox.messages()]
    assert len(ids) == len(set(ids)) == 40
    assert {one.state for one in deliveries(office)} == {"sent"}


def test_five_mail_servers_that_hang_do_not_delay_a_healthy_webhook(office: Wiring) -> None:
    receiver = Receiver()
    with ExitStack() as stack:
        for place in range(5):
            hung = stack.enter_context(hanging_server())
            record_channel(office, mail_channel(hung.port, f"thu-{place}"))
            for number in range(20):
                who = reader(office, f"treo-{place}-{number:02}")
                wished(office, who, (f"thu-{place}", ""))
                tell(office, who, open_steps(office))
        server = stack.enter_context(http_receiver(receiver))
        record_channel(office, hook_channel(server.url))
        for number in range(50):
            wished(office, reader(office, f"khoe-{number:02}"), ("webhook", ""))
            tell(office, f"khoe-{number:02}", open_steps(office))
        later(office, seconds=31)
        assert plan_deliveries(office) == 150
        sender = Sender(office)
        began = time.monotonic()
        while len(receiver.requests) < 50 and time.monotonic() - began < 20:
            sender.turn()
        assert len(receiver.requests) == 50
        assert time.monotonic() - began < 8
    sender.close()


def test_a_server_that_fails_and_fails_is_left_alone_for_a_while_at_no_tries(office: Wiring) -> None:
    with smtp_server(Mailbox(recipient_answer="421 Going down")) as server:
        record_channel(office, mail_channel(server.port))
        people = [reader(office, f"nguoi-{place:02}") for place in range(30)]
        tell_many(office, people, open_steps(office)[0], each=1)
        later(office, seconds=31)
        assert sent(office, within=10) == 0
    assert 5 <= len(attempts(office)) <= 12
    assert {one.tries for one in deliveries(office)} == {0, 1}


def test_a_sender_that_is_stopped_gives_back_what_it_has_not_begun(office: Wiring) -> None:
    with smtp_server(Mailbox(pause=0.3)) as server:
        record_channel(office, mail_channel(server.port))
        people = [reader(office, f"nguoi-{place:02}") for place in range(40)]
        tell_many(office, people, open_steps(office)[0], each=1)
        later(office, seconds=31)
        stop = threading.Event()
        thread = threading.Thread(target=Sender(office).run, args=(stop,))
        thread.start()
        until = time.monotonic() + 20
        while not attempts(office) and time.monotonic() < until:
            time.sleep(0.05)
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
    states = [one.state for one in deliveries(office)]
    assert set(states) <= {"sent", "pending"}
    assert states.count("pending") > 10
    assert len(attempts(office)) == states.count("sent")


def test_a_sender_outlives_a_database_that_goes_away(office: Wiring, mailbox: Mailbox) -> None:
    tell(office, reader(office, "lan"), open_steps(office))
    later(office, seconds=31)
    elsewhere = replace(office.settings, database_url="postgresql://nobody@127.0.0.1:9/none")
    real = office.engine
    from db.session import open_engine  # noqa: PLC0415

    away = Wiring(elsewhere, open_engine(elsewhere.database), office.clock)
    sender, stop = Sender(away), threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    time.sleep(1)
    assert thread.is_alive()
    object.__setattr__(away, "engine", real)  # it is back
    until = time.monotonic() + 20
    while not mailbox.letters and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    thread.join(20)
    assert len(mailbox.letters) == 1


def test_a_sender_says_that_it_lives(office: Wiring) -> None:
    sent(office)
    with begin_read(office.engine) as connection:
        beat = connection.execute(select(HeartbeatRow.part, HeartbeatRow.at)).one()
    assert (beat.part, beat.at) == ("sender", office.now())


def events(wiring: Wiring, kind: str) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalars(select(func.count()).where(EventRow.type == kind)).one()
