"""What processes do that tests kill: the work of the command line, of the flow and of the relay, each by itself.

Small on purpose: a fork server imports it once and makes every process of a test from itself.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.events import OPEN_CHECKLISTS
from checklists.handlers import register_decision
from db.outbox import acknowledge, claim

LEASE = timedelta(seconds=30)


def register(settings: Settings, number: str, plan_hash: str, by: str) -> None:
    wiring = wire(settings)
    with wiring.unit_of_work() as uow:
        register_decision(number, plan_hash, uow, wiring.planning(uow.connection), by=by, four_eyes=True)


def open_checklists(settings: Settings, decision_id: int) -> None:
    wiring = wire(settings)
    for chunk in remaining_chunks(wiring, decision_id):
        open_chunk(wiring, decision_id, chunk)
    finish_opening(wiring, decision_id)


def relay(settings: Settings, prefect: Path) -> None:
    relay_with(wire(settings), prefect)


def relay_with(wiring: Wiring, prefect: Path) -> None:
    """Hand over what is due; the file stands for Prefect, which remembers the keys it was given."""
    for delivery in claim(wiring.engine, consumers=[OPEN_CHECKLISTS], now=wiring.now(), lease=LEASE):
        with prefect.open("a") as keys:
            keys.write(f"{delivery.idempotency_key}\n")
        acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="run-1")
