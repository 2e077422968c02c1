"""Each way in which a mail server or a receiver may behave, through the whole sender: what is on record of it, what the
message becomes, when it is tried again, and what the other side saw."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

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
)
from offices import opened
from receivers import Behaviour, Mailbox, Receiver, answering, http_receiver, raw, self_signed, smtp_server

from bangiao.channels import limits_of
from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring
from checklists.escalation.attempts import RETRY_AFTER
from db.channels import write_preference
from db.session import begin_write
from notifiers.channels import Tls

MOSTLY_EMBEDDED = True

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOON = (MINUTE * 0.8, MINUTE * 1.2)


@pytest.fixture
def office_maker() -> OfficeMaker:
    return with_a_letter


def with_a_letter(wiring: Wiring) -> Wiring:
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    home = reaching_home(wiring)
    reader(home, "lan")
    with begin_write(home.engine) as connection:
        write_preference(connection, "lan", json.dumps([("email", ""), ("webhook", "")]), "{}", home.now())
    tell(home, "lan", open_steps(home))
    return wiring


@pytest.fixture
def office(office: Wiring) -> Wiring:
    return reaching_home(office)


def sent(wiring: Wiring, later: timedelta) -> int:
    """A sender comes so much later; it waits for a server no longer than a second."""
    wiring.clock.advance(seconds=later.total_seconds())  # type: ignore[attr-defined]
    limits = replace(limits_of(wiring.settings), connect=1, read=0.5, total=1)
    sender = Sender(wiring, limits=limits)
    try:
        return sender.drain(20)
    finally:
        sender.close()


@dataclass(frozen=True)
class Becomes:
    """What follows from one try: state, the attempt's outcome and words, and (if again) after how long."""

    state: str
    outcome: str
    words: str
    again: tuple[timedelta, timedelta] | None = None


SENT, DEAD = "sent", "dead"
FOR_NOW, FOR_GOOD, REFUSED = "failed_for_now", "failed_for_good", "refused_by_us"


def follows(wiring: Wiring, expected: Becomes) -> None:
    """One try is on record with its instant and the other side's words, and the message is what the table says."""
    (delivery,), (attempt,) = deliveries(wiring), attempts(wiring)
    assert (delivery.state, delivery.attempt, delivery.claimed_until) == (expected.state, 1, None)
    assert attempt.outcome == expected.outcome
    assert re.search(expected.words, attempt.words), attempt.words
    assert attempt.ended_at is not None
    assert attempt.ended_at >= attempt.began_at
    if expected.again:
        wait = delivery.next_try_at - attempt.ended_at
        assert expected.again[0] <= wait <= expected.again[1]
        assert {one.state for one in notices(wiring)} == {"pending"}
    else:
        assert {one.state for one in notices(wiring) if one.recipient == "lan"} == {expected.state}
        assert sent(wiring, timedelta(days=2)) == 0
        assert len(attempts(wiring)) == 1, "what has ended is not tried again"


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        (Mailbox(), Becomes(SENT, SENT, "^250")),
        (Mailbox(recipient_answer="451 4.7.1 Greylisted"), Becomes("failed", FOR_NOW, "^451 .*Greylisted", SOON)),
        (Mailbox(data_answer="452 4.2.2 Mailbox full"), Becomes("failed", FOR_NOW, "^452", SOON)),
        (Mailbox(recipient_answer="421 Going down"), Becomes("failed", FOR_NOW, "^421", SOON)),
        (Mailbox(recipient_answer="550 5.1.1 No such user"), Becomes(DEAD, FOR_GOOD, "^550 .*No such user")),
        (Mailbox(data_answer="554 5.7.1 Not wanted"), Becomes(DEAD, FOR_GOOD, "^554")),
        (Mailbox(pause=3), Becomes("failed", FOR_NOW, "time", SOON)),
        (Mailbox(drop_after_data=True), Becomes("failed", FOR_NOW, ".", SOON)),
    ],
    ids=["accepts", "greylists", "full", "going-down", "unknown-user", "refuses-content", "slow", "drops-after-data"],
)
def test_what_a_mail_server_answers_is_on_record_and_decides_what_follows(
    office: Wiring, mailbox: Mailbox, expected: Becomes
) -> None:
    box = replace(mailbox, letters=[], logins=[])
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        sent(office, timedelta(seconds=31))
        follows(office, expected)


def test_a_letter_that_was_taken_before_the_connection_dropped_comes_again_with_the_same_ids(office: Wiring) -> None:
    box = Mailbox(drop_after_data=True)
    with smtp_server(box) as server:
        record_channel(office, mail_channel(server.port))
        assert sent(office, timedelta(seconds=31)) == 0
        box.drop_after_data = False
        assert sent(office, timedelta(minutes=2)) == 1
    first, second = box.messages()
    (delivery,) = deliveries(office)
    assert first["X-Bangiao-Id"] == second["X-Bangiao-Id"] == delivery.id
    assert first["Message-ID"] == second["Message-ID"]
    assert [one.outcome for one in attempts(office)] == [FOR_NOW, SENT]


@pytest.mark.parametrize("known", [True, False], ids=["own-authority", "unknown-authority"])
def test_starttls_is_demanded_and_its_certificate_checked(office: Wiring, tmp_path: Path, known: bool) -> None:
    certificate, box = self_signed(tmp_path), Mailbox()
    options = {"ca_file": str(certificate)} if known else {}
    with smtp_server(box, certificate) as server:
        record_channel(office, replace(mail_channel(server.port), tls=Tls.STARTTLS, options=options))
        assert sent(office, timedelta(seconds=31)) == int(known)
        follows(office, Becomes(SENT, SENT, "250") if known else Becomes("failed", FOR_NOW, "(?i)certificate", SOON))
    assert len(box.letters) == int(known)


def slow(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)
    answering(200)(handler)


@pytest.fixture
def elsewhere() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        yield receiver, server.url


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (lambda _: answering(200, b"ok"), Becomes(SENT, SENT, "^200 ok")),
        (lambda _: answering(202), Becomes(SENT, SENT, "^202")),
        (lambda _: answering(429, Retry_After="900"), Becomes("failed", FOR_NOW, "^429", (MINUTE * 15, MINUTE * 15))),
        (lambda _: answering(429, Retry_After="5"), Becomes("failed", FOR_NOW, "^429", SOON)),
        (lambda _: answering(503, Retry_After="999999999"), Becomes("failed", FOR_NOW, "^503", (24 * HOUR, 24 * HOUR))),
        (lambda _: answering(500, b"oops"), Becomes("failed", FOR_NOW, "^500 oops", SOON)),
        (lambda _: slow, Becomes("failed", FOR_NOW, "time", SOON)),
        (lambda _: raw(b""), Becomes("failed", FOR_NOW, ".", SOON)),
        (lambda _: raw(b"HTTP/1.1 200"), Becomes(SENT, SENT, "^200")),
        (lambda _: raw(b"220 mail.example ESMTP\r\n"), Becomes("failed", FOR_NOW, ".", SOON)),
        (lambda _: answering(404), Becomes(DEAD, FOR_GOOD, "^404")),
        (lambda _: answering(410), Becomes(DEAD, FOR_GOOD, "^410")),
        (lambda url: answering(307, Location=url), Becomes(DEAD, FOR_GOOD, "^307")),
        (lambda url: answering(301, Location=url), Becomes(DEAD, FOR_GOOD, "^301")),
    ],
    ids=[
        "takes-it", "accepts-it", "says-when", "says-sooner", "says-never", "fails", "slow", "closes",
        "breaks-off", "speaks-smtp", "unknown", "gone", "redirects", "moved",
    ],
)  # fmt: skip
def test_what_a_receiver_answers_is_on_record_and_decides_what_follows(
    office: Wiring,
    elsewhere: tuple[Receiver, str],
    behaviour: Callable[[str], Behaviour],
    expected: Becomes,
) -> None:
    redirected, url = elsewhere
    receiver = Receiver(behaviour(url))
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url))
        sent(office, timedelta(seconds=31))
        follows(office, expected)
    assert redirected.requests == [], "nobody is led elsewhere"
    assert {one.headers["Idempotency-Key"] for one in receiver.requests} == {deliveries(office)[0].id}


def test_a_server_that_never_can_is_asked_eight_times_within_about_a_day_each_time_after_longer(office: Wiring) -> None:
    receiver = Receiver(answering(500))
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url))
        sent(office, timedelta(seconds=31))
        for usual in RETRY_AFTER:
            (delivery,) = deliveries(office)
            wait = delivery.next_try_at - office.now()
            assert usual * 0.8 <= wait <= usual * 1.2
            assert sent(office, wait - timedelta(seconds=1)) == 0
            assert len(receiver.requests) == delivery.attempt, "a second too early nobody is asked"
            sent(office, timedelta(seconds=1))
        (delivery,), tries = deliveries(office), attempts(office)
        assert (delivery.state, len(tries), len(receiver.requests)) == (DEAD, 8, 8)
        assert 17 * HOUR < tries[-1].began_at - tries[0].began_at < 27 * HOUR
        sent(office, timedelta(days=2))
    assert len(receiver.requests) == 8
