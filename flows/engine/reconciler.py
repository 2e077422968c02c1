"""The reconciler: a decision whose flow run came to nothing is handed to Prefect again, under a new key.

Our tables say which decisions wait without progress; Prefect says what became of the run. A run that is only queued
is left alone, however long it waits. Two reconcilers make one new attempt (`db.outbox.hand_again`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from bangiao import opening
from bangiao.wiring import Wiring
from checklists.events import OPEN_CHECKLISTS
from db.outbox import hand_again

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

    from db.openings import StaleOpening

GRACE = timedelta(seconds=3)
"""A run that Prefect lost, or knows to have ended, is not waited for longer than this (doubled with each attempt)."""

DOUBLINGS = 5

log = logging.getLogger("bangiao.reconciler")


@dataclass(frozen=True)
class Reconciler:
    wiring: Wiring
    client: PrefectClient

    async def reconcile(self) -> None:
        """Look at every unfinished opening once. Raises one of patience.OUTAGES when Prefect is away."""
        for opening_ in await self._idle_for(GRACE):
            run = await self._run_of(opening_)
            if await self._is_lost(opening_, run):
                await self._begin_again(opening_, run)

    async def _is_lost(self, unfinished: StaleOpening, run: FlowRun | None) -> bool:
        state = run.state if run else None
        if state and state.is_scheduled():
            return False
        # completed and yet not opened: a run of another database that Prefect remembers (a backup was restored)
        known_dead = run is None or state is None or state.is_crashed() or state.is_completed()
        span = GRACE if known_dead else self.wiring.settings.stale_after
        patience = span * 2 ** min(unfinished.attempt, DOUBLINGS)
        return unfinished in await self._idle_for(patience)

    async def _idle_for(self, span: timedelta) -> list[StaleOpening]:
        return await asyncio.to_thread(opening.unfinished, self.wiring, stale_before=self.wiring.now() - span)

    async def _run_of(self, unfinished: StaleOpening) -> FlowRun | None:
        if unfinished.run_id is None:
            return None
        try:
            return await self.client.read_flow_run(UUID(unfinished.run_id))
        except ObjectNotFound:
            return None

    async def _begin_again(self, unfinished: StaleOpening, run: FlowRun | None) -> None:
        if run and run.state and not run.state.is_final():
            given_up: State[None] = Crashed(message="No progress for too long; the work was handed over again.")
            await self.client.set_flow_run_state(run.id, given_up, force=True)
        again = await asyncio.to_thread(
            hand_again,
            self.wiring.engine,
            unfinished.event_id,
            OPEN_CHECKLISTS,
            attempt=unfinished.attempt,
            now=self.wiring.now(),
        )
        if again:
            became = run.state.name if run and run.state else "unknown to Prefect"
            log.warning("Decision %s is handed over again: its run is %s", unfinished.decision_id, became)
