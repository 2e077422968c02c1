"""Flow runs inside the worker's own process: no new Python per run (docs/decisions/0006).

A run is claimed by proposing Pending, which Prefect accepts once; its own engine then runs it. Runs of deployments that
are not ours are left for a stock worker on the same pool.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_async
from prefect.states import Cancelled, Crashed, Pending
from prefect.utilities.engine import propose_state

from flows.engine.patience import OUTAGES
from flows.engine.presence import gone, mark

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

    from flows.deployments import Deployment

log = logging.getLogger("bangiao.worker")


@dataclass
class WarmRuns:
    """At most `limit` runs at once. `wake` is set whenever there may be something to start."""

    client: PrefectClient
    work_pool: str
    limit: int
    deployments: Mapping[str, Deployment]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    running: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _patient: Context = field(default_factory=copy_context)  # not the hasty settings of the loop that starts them
    _offered: deque[FlowRun] = field(default_factory=deque)
    _cancelled: set[UUID] = field(default_factory=set)

    def offer(self, run: FlowRun) -> None:
        """A run made beside us: ours if we are the first to claim it. Saves asking the server for it."""
        self._offered.append(run)
        self.wake.set()

    async def start_what_waits(self) -> None:
        """Fill the free places: first with runs offered here, then with those the server has scheduled."""
        if self._offered or len(self.running) >= self.limit:
            self._start_offered()
            return
        waiting = await self.client.get_scheduled_flow_runs_for_work_pool(self.work_pool)
        self._offered.extend(one.flow_run for one in waiting)
        self._start_offered()

    def _start_offered(self) -> None:
        while self._offered and len(self.running) < self.limit:
            run = self._offered.popleft()
            if str(run.deployment_id) in self.deployments and run.id not in self.running:
                self.running[run.id] = asyncio.create_task(self._run(run), context=self._patient.copy())

    async def _run(self, run: FlowRun) -> None:
        try:
            if (await propose_state(self.client, Pending(), flow_run_id=run.id)).is_pending():
                await self.client.update_flow_run(run.id, infrastructure_pid=mark())
                flow = self.deployments[str(run.deployment_id)].load()
                await run_flow_async(flow, flow_run=run, parameters=run.parameters, return_type="state")
        except (Abort, Pause) as refusal:
            log.info("Run %s was not for us: %s", run.name, refusal)
        except asyncio.CancelledError:
            await self._say_cancelled(run)
        except OUTAGES as error:
            log.warning("Run %s lost Prefect (%s); its work is in our tables", run.name, error)
        finally:
            del self.running[run.id]
            self.wake.set()

    async def _say_cancelled(self, run: FlowRun) -> None:
        """The engine has called it crashed; where an operator asked for it, say so."""
        if run.id in self._cancelled:
            self._cancelled.discard(run.id)
            await self.client.set_flow_run_state(run.id, Cancelled(), force=True)

    async def attend(self) -> None:
        """Cancel what an operator cancels, and tell Prefect about runs whose process has died on this host."""
        for run in await self._under_way():
            here = self.running.get(run.id)
            if here and run.state_type == StateType.CANCELLING:
                self._cancelled.add(run.id)
                here.cancel()
            elif not here and (gone(run.infrastructure_pid) or run.infrastructure_pid == mark()):
                log.warning("Run %s died with its process", run.name)
                dead: State[None] = Crashed(message="The process that ran it has ended.")
                await self.client.set_flow_run_state(run.id, dead, force=True)

    async def _under_way(self) -> list[FlowRun]:
        states = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
        return await self.client.read_flow_runs(
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[self.work_pool])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states))),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )

    async def finish(self, grace: float) -> None:
        """Let what runs end within `grace` seconds, then stop it (Prefect shows it as crashed; it begins again)."""
        if not self.running:
            return
        _, late = await asyncio.wait(list(self.running.values()), timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
