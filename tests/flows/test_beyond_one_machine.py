"""Several workers, the kill of one of them, and Prefect's own process worker on the same deployments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import HA_NOI, own_decision, real_decision, registered
from exactness import assert_exactly_the_plan
from prefect_office import PrefectApi, all_opened, checklists, log_of, outbox, wait_for

from bangiao.decision_files import read_decision
from bangiao.register_files import decision_files
from bangiao.settings import child_environment
from bangiao.wiring import Wiring
from flows.engine.prefect_server import client_environment
from flows.engine.processes import ProcessTree

Workers = Callable[..., ProcessTree]

on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

pytestmark = pytest.mark.slow


@on_postgresql
def test_two_workers_open_the_country_and_one_is_killed_in_the_middle(office: Wiring, workers: Workers) -> None:
    large = in_chunks_of(office, 400)
    opened = [registered(large, read_decision(file)).decision_id for file in decision_files()]
    first, second = workers(2, stale_after=timedelta(seconds=90)).children
    wait_for(lambda: checklists(office) > 5000, seconds=180, saying="a part of the country")
    os.kill(first.pid, signal.SIGKILL)
    assert not all_opened(office)
    wait_for(lambda: all_opened(office), seconds=400, saying="opened")
    assert second.alive
    for decision_id in opened:
        assert_exactly_the_plan(office, decision_id)
    assert {row.state for row in outbox(office)} == {"delivered"}


@on_sqlite
def test_ha_noi_in_small_chunks_by_two_workers(office: Wiring, workers: Workers) -> None:
    outcome = registered(in_chunks_of(office, 20), real_decision(HA_NOI))
    workers(2)
    wait_for(lambda: all_opened(office), seconds=400, saying="opened")
    assert_exactly_the_plan(office, outcome.decision_id)


@on_sqlite
def test_prefects_own_process_worker_runs_the_same_deployments(
    office: Wiring, workers: Workers, prefect: PrefectApi
) -> None:
    ours = workers()
    wait_for(lambda: "Ready" in log_of(office), saying="the deployments are there")
    ours.stop()
    relay = child(office, "flows.engine.worker_process", "--relay-only")
    outcome = registered(office, own_decision("06/sqlite"))
    try:
        wait_for(lambda: outbox(office)[0].state == "delivered", saying="handed over")
        stock = child(office, "prefect", "worker", "start", "--pool", "bangiao", "--type", "process", "--run-once")
        assert stock.wait(120) == 0
        wait_for(lambda: all_opened(office), saying="opened")
    finally:
        relay.terminate()
        relay.wait(20)
    assert_exactly_the_plan(office, outcome.decision_id)
    wait_for(lambda: prefect.runs_named("06/sqlite")[0]["state_type"] == "COMPLETED", saying="completed")


def in_chunks_of(office: Wiring, units: int) -> Wiring:
    return Wiring(replace(office.settings, chunk_units=units), office.engine, office.clock)


def child(office: Wiring, *module: str) -> subprocess.Popen[bytes]:
    environment = child_environment(office.settings, **client_environment(office.settings))
    return subprocess.Popen([sys.executable, "-m", *module], env=environment)
