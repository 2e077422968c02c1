"""kill -9 at every point between planning, claiming, sending and recording: nothing is lost, a copy has the same id."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import works
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
from receivers import Mailbox, Receiver, http_receiver, smtp_server
from works import DEATHS_OF_A_SENDER

from bangiao.delivery_sender import LEASE, Sender
from bangiao.wiring import Wiring
from db.faults import parse_fault

PEOPLE = ("lan", "an", "binh")


@pytest.fixture
def office(wiring: Wiring) -> Wiring:
    opened(wiring)
    wiring.clock.advance(hours=2)  # type: ignore[attr-defined]
    return reaching_home(wiring)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with smtp_server(box) as server:
        yield box, server.port


def dies(office: Wiring, processes: ForkServerContext, fault: str) -> None:
    """A sender comes, and its process is killed at that point."""
    settings = replace(office.settings, fault=parse_fault(fault), clock=office.now())
    dying = processes.Process(target=works.send_notices, args=(settings,))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("fault", DEATHS_OF_A_SENDER, ids=lambda value: value.replace(":", "-"))
def test_after_a_death_there_another_sender_ends_with_everything_sent(
    office: Wiring, processes: ForkServerContext, mailbox: tuple[Mailbox, int], fault: str, tmp_path: Path
) -> None:
    box, port = mailbox
    record_channel(office, mail_channel(port))
    for one in PEOPLE:
        tell(office, reader(office, one), open_steps(office, 2))
    office.clock.advance(seconds=31)  # type: ignore[attr-defined]
    dies(office, processes, fault)

    arrived_before = [str(one["Message-ID"]) for one in box.messages()]
    office.clock.advance(seconds=LEASE.total_seconds() + 60)  # type: ignore[attr-defined]
    sender = Sender(office)
    sender.drain()
    sender.close()

    assert {one.state for one in notices(office)} == {"sent"}
    assert {one.state for one in deliveries(office)} == {"sent"}
    assert len(deliveries(office)) == len(PEOPLE)
    ids = [str(one["Message-ID"]) for one in box.messages()]
    assert len(set(ids)) == len(PEOPLE)
    assert len(ids) <= len(PEOPLE) + len(arrived_before)
    assert {one.outcome for one in attempts(office)} <= {"sent", "unknown"}
    unknown = [one.delivery_id for one in attempts(office) if one.outcome == "unknown"]
    assert all(one.attempt == 2 for one in deliveries(office) if one.id in unknown)


def test_a_copy_by_webhook_carries_the_same_key(office: Wiring, processes: ForkServerContext) -> None:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        record_channel(office, hook_channel(server.url, "email"))  # a channel may be called as a kind is
        tell(office, reader(office, "lan"), open_steps(office))
        office.clock.advance(seconds=31)  # type: ignore[attr-defined]
        dies(office, processes, "notice.sent:1")
        office.clock.advance(seconds=LEASE.total_seconds() + 60)  # type: ignore[attr-defined]
        sender = Sender(office)
        sender.drain()
        sender.close()
    keys = [one.headers["Idempotency-Key"] for one in receiver.requests]
    assert keys == [deliveries(office)[0].id] * 2
