"""What processes do that tests kill: the work of the command line, of the flow and of the relay, each by itself; and
which of them dies where.

Small on purpose: a fork server imports it once and makes every process of a test from itself.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.audit_erasure import erase
from bangiao.audit_log import LogKeeper
from bangiao.delivery_sender import Sender
from bangiao.event_delivery import EventDelivery
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.reviews import review_deadlines
from bangiao.revisions import commit_drafted
from bangiao.settings import Settings
from bangiao.step_work import act_on_step
from bangiao.wiring import Wiring, wire
from checklists.desk import Acted, Order
from checklists.events import OPEN_CHECKLISTS
from checklists.handlers import register_decision
from checklists.step_rules import Actor, Request
from checklists.steps import Act
from db.outbox import acknowledge, claim

LEASE = timedelta(seconds=30)

DEATHS = [
    ("register", "commit.before:1"),
    ("register", "commit.after:1"),
    ("open", "opening.claimed:1"),
    ("open", "opening.checklists:2"),
    ("open", "opening.steps:3"),
    ("open", "opening.needs:1"),
    ("open", "opening.events:2"),
    ("open", "commit.before:2"),
    ("open", "commit.after:3"),
    ("open", "commit.before:5"),
    ("open", "commit.after:5"),
    ("relay", "commit.after:1"),
    ("relay", "outbox.handed-over:1"),
    ("relay", "commit.before:2"),
    ("relay", "outbox.acknowledged:1"),
]
"""Died at in test_faults: seven units in chunks of two are four chunks, so the opener's fifth commit is the last."""

DEATHS_WITH_A_FILE = [
    "evidence.receiving:1",
    "evidence.receiving:3",
    "evidence.written:1",
    "evidence.named:1",
    "evidence.kept:1",
    "commit.before:1",
    "commit.after:1",
]
"""Died at in test_step_faults, by a process that completes a step with a file of three blocks."""

DEATHS_OF_A_SENDER = [
    "notice.planned:1",
    "notice.claimed:1",
    "notice.sent:1",
    "notice.sent:2",
    "notice.recorded:1",
    "commit.before:2",
    "commit.before:3",
    "commit.before:4",
    "commit.after:2",
    "commit.after:3",
]
"""Died at in test_delivery_faults, by a sender: it says that it lives, plans, claims, sends and records."""


DEATHS_OF_EVENTS = [
    "event.sent:1",
    "event.sent:3",
    "event.recorded:1",
    "commit.before:1",
    "commit.after:1",
    "commit.before:2",
    "commit.after:2",
]
"""Died at in test_subscriptions, by what tells a subscriber: it claims, sends one after the other, and records."""

DEATHS_OF_THE_LOG = [
    "audit.hashed:1",
    "audit.entries:1",
    "audit.sequenced:1",
    "audit.signed:1",
    "audit.erased:1",
    "commit.before:1",
    "commit.after:1",
    "commit.before:2",
    "commit.after:2",
]
"""Died at in test_audit_log, by who sequences (one batch) and signs, or by who erases a value."""


def register(settings: Settings, number: str, plan_hash: str, by: str) -> None:
    wiring = wire(settings)
    with wiring.unit_of_work() as uow:
        register_decision(number, plan_hash, uow, wiring.planning(uow.connection), by=by, four_eyes=True)


def open_checklists(settings: Settings, decision_id: int) -> None:
    wiring = wire(settings)
    for chunk in remaining_chunks(wiring, decision_id):
        open_chunk(wiring, decision_id, chunk)
    finish_opening(wiring, decision_id)


def commit_change(settings: Settings, number: str, change_hash: str, by: str) -> None:
    commit_drafted(wire(settings), number, change_hash, by=by)


def send_events(settings: Settings) -> None:
    EventDelivery(wire(settings)).drain()


def relay(settings: Settings, prefect: Path) -> None:
    relay_with(wire(settings), prefect)


def relay_with(wiring: Wiring, prefect: Path, consumers: tuple[str, ...] = (OPEN_CHECKLISTS,)) -> None:
    """Hand over what is due; the file stands for Prefect, which remembers the keys it was given."""
    for delivery in claim(wiring.engine, consumers=consumers, now=wiring.now(), lease=LEASE):
        with prefect.open("a") as keys:
            keys.write(f"{delivery.idempotency_key}\n")
        acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="run-1")


def complete_with_file(settings: Settings, step_id: int, account: str, file: Path) -> Acted:
    """Keep the file, then complete the step with it: as `bangiao step complete STEP --file FILE` does."""
    wiring = wire(settings)
    evidence = kept(store_of(settings), HandedIn(wiring.today(), files=(file,)), wiring.today())
    return act_on_step(wiring, Order(step_id, Request(Act.COMPLETE), Actor(account), evidence=evidence))


def review(settings: Settings) -> None:
    review_deadlines(wire(settings))


def send_notices(settings: Settings) -> None:
    """What the sender does until nothing is due."""
    sender = Sender(wire(settings))
    sender.drain()
    sender.close()


def keep_log(settings: Settings) -> None:
    LogKeeper(wire(settings)).keep()


def erase_value(settings: Settings) -> None:
    """Of the first entry, the reason."""
    erase(wire(settings), "0", "payload.reason", "Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")
