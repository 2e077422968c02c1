"""The worker: one process with the relay, the reconciler and warm flow runs, all on one connection to Prefect.

Prefect reads its settings when it is imported, so this is started as a new process with them in its environment
(`flows.commands`, `flows.engine.processes`). The loop runs beside the main thread, which only waits for signals:
Prefect's engine would replace our handlers if it could.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading

from bangiao.audit_log import LogKeeper
from bangiao.heartbeats import sign_of_life
from bangiao.lifeline import hold_on_to_parent
from bangiao.wiring import Wiring, wire
from checklists.escalation.watching import RELAY
from flows.deployments import apply
from flows.engine.one_at_a_time import shared_client
from flows.engine.patience import keep_doing
from flows.engine.reconciler import Reconciler
from flows.engine.relay import Relay
from flows.engine.warm_runs import WarmRuns

HEARTBEAT = 30.0
SIGN_OF_LIFE = 15.0
ASK_THE_SERVER = 2.0  # the relay beside us wakes us for its own runs; this is for schedules and other machines
ATTEND = 8.0
KEEP_LOG = 1.0
STAMP = 60.0
RECONCILE = 3.0
GRACE_AT_STOP = 5.0

log = logging.getLogger("bangiao.worker")


async def work(wiring: Wiring, stop: asyncio.Event, *, runs_flows: bool = True) -> None:
    """Relay, and unless told otherwise run flows, until `stop`."""
    async with shared_client() as context:
        client, settings = context.client, wiring.settings
        runs = WarmRuns(client, settings.work_pool, settings.worker_runs, {})
        relay = Relay(wiring, client, runs.offer if runs_flows else lambda _run: None)
        keeper = LogKeeper(wiring)
        name = f"{socket.gethostname()}-{os.getpid()}"

        async def be_known() -> None:
            if not runs.deployments:
                runs.deployments = await apply(client, settings.work_pool)
                log.info("Ready: work pool %s, %d at a time", settings.work_pool, runs.limit)
                runs.wake.set()
            await client.send_worker_heartbeat(settings.work_pool, name, HEARTBEAT)

        async def say_we_live() -> None:
            await asyncio.to_thread(sign_of_life, wiring, RELAY, name)

        loops = [
            keep_doing("Relay", relay.deliver, every=settings.relay_poll.total_seconds(), stop=stop),
            keep_doing("Sign of life", say_we_live, every=SIGN_OF_LIFE, stop=stop),
            keep_doing("Audit log", lambda: asyncio.to_thread(keeper.keep), every=KEEP_LOG, stop=stop),
            keep_doing("Time stamps", lambda: asyncio.to_thread(keeper.stamp), every=STAMP, stop=stop),
        ]
        if runs_flows:
            reconciler = Reconciler(wiring, client)
            loops += [
                keep_doing("Heartbeat", be_known, every=HEARTBEAT, stop=stop),
                keep_doing("Flow runs", runs.start_what_waits, every=ASK_THE_SERVER, stop=stop, wake=runs.wake),
                keep_doing("Care of flow runs", runs.attend, every=ATTEND, stop=stop),
                keep_doing("Reconciler", reconciler.reconcile, every=RECONCILE, stop=stop),
            ]
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(loop)
        await runs.finish(GRACE_AT_STOP)


def main(arguments: list[str]) -> int:
    if "--lifeline" in arguments:
        hold_on_to_parent()
    logging.getLogger("bangiao").setLevel(logging.INFO)  # Prefect has set up the handlers when it was imported
    return _until_signalled(runs_flows="--relay-only" not in arguments)


def _until_signalled(*, runs_flows: bool) -> int:
    stop, loop, outcome = asyncio.Event(), asyncio.new_event_loop(), [1]

    def run() -> None:
        try:
            loop.run_until_complete(work(wire(), stop, runs_flows=runs_flows))
            loop.run_until_complete(loop.shutdown_default_executor())
            outcome[0] = 0
        except BaseException:
            log.exception("The worker stops")

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: loop.call_soon_threadsafe(stop.set))
    thread = threading.Thread(target=run, name="worker", daemon=True)
    thread.start()
    thread.join()
    return outcome[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
