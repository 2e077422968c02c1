"""A registered decision becomes checklists through the relay, Prefect and a worker, whatever dies on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from builders import JOINED, own_decision, predecessors_of, registered
from exactness import assert_exactly_the_plan
from prefect_office import PrefectApi, all_opened, checklists, log_of, outbox, wait_for
from sqlalchemy import update

from bangiao.wiring import Wiring
from checklists.events import OPEN_CHECKLISTS
from db.models import OutboxRow
from db.outbox import PENDING
from db.session import begin_write
from flows.engine.processes import ProcessTree
from flows.engine.stack import Stack

Workers = Callable[..., ProcessTree]

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database (test_outbox has both)."""


def test_a_registered_decision_becomes_its_checklists(office: Wiring, workers: Workers, prefect: PrefectApi) -> None:
    number = f"01/{office.engine.dialect.name}"
    outcome = registered(office, own_decision(number))
    workers()
    wait_for(lambda: all_opened(office), saying="opened")
    assert_exactly_the_plan(office, outcome.decision_id)
    (row,) = outbox(office)
    (run,) = prefect.runs_named(number)
    assert (row.state, row.attempt, row.run_id) == ("delivered", 0, run["id"])
    wait_for(lambda: prefect.runs_named(number)[0]["state_type"] == "COMPLETED", saying="completed")
    tables = [one for one in prefect.found("artifacts", sort="ID_DESC") if one["flow_run_id"] == run["id"]]
    assert {one["type"] for one in tables} == {"markdown"}  # three chunks: too few for a bar (WORTH_A_BAR)


@on_sqlite
def test_an_event_delivered_twice_is_one_flow_run(office: Wiring, workers: Workers, prefect: PrefectApi) -> None:
    number = f"02/{office.engine.dialect.name}"
    outcome = registered(office, own_decision(number))
    workers()
    wait_for(lambda: all_opened(office), saying="opened")
    with begin_write(office.engine) as connection:  # as if the relay had died before it wrote down its success
        connection.execute(
            update(OutboxRow).where(OutboxRow.consumer == OPEN_CHECKLISTS).values(state=PENDING, run_id=None)
        )
    wait_for(lambda: outbox(office)[0].state == "delivered", saying="delivered again")
    (run,) = prefect.runs_named(number)
    assert outbox(office)[0].run_id == run["id"]
    assert_exactly_the_plan(office, outcome.decision_id)


def test_a_worker_killed_in_the_middle_leaves_exactly_the_plan(
    office: Wiring, workers: Workers, prefect: PrefectApi
) -> None:
    number = f"03/{office.engine.dialect.name}"
    decision = own_decision(number, predecessors=predecessors_of(JOINED))
    outcome = registered(office, decision)
    (worker,) = workers(1).children
    killed = worker.pid
    wait_for(lambda: checklists(office), saying="a first chunk")
    os.kill(killed, signal.SIGKILL)
    assert not all_opened(office)
    wait_for(lambda: all_opened(office), seconds=90, saying="opened by the next worker")
    assert worker.pid != killed
    assert_exactly_the_plan(office, outcome.decision_id)
    assert outbox(office)[0].attempt == 1
    assert {run["name"]: run["state_type"] for run in prefect.runs_named(number) if run["name"] == number} == {
        number: "CRASHED"
    }


@on_sqlite
def test_with_prefect_down_rows_wait_and_follow_when_it_is_back(
    office: Wiring, workers: Workers, stack: Stack, prefect: PrefectApi
) -> None:
    assert stack.server
    workers()
    wait_for(lambda: "Ready" in log_of(office), saying="ready")
    os.kill(stack.server.pid, signal.SIGKILL)
    outcome = registered(office, own_decision(f"04/{office.engine.dialect.name}"))
    wait_for(lambda: "Relay: waiting for better times" in log_of(office), saying="noticed")
    assert outbox(office)[0].state == "pending"
    assert checklists(office) == 0
    stack.wait_until_ready()
    wait_for(lambda: all_opened(office), saying="opened after the outage")
    assert_exactly_the_plan(office, outcome.decision_id)
