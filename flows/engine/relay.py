"""The relay: outbox rows become flow runs. Claim, ask Prefect, write down what came of it; never inside a transaction.

With Prefect away the rows wait in our database and the relay tries again every few seconds. Delivering twice makes
one flow run (the idempotency key), and a flow that runs twice does its work once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.deployments import arun_deployment
from prefect.events import emit_event
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from bangiao.wiring import Wiring
from db.outbox import Delivery, acknowledge, claim, fail, release, waiting
from flows.deployments import FLOW_OF_CONSUMER, apply

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

LEASE = timedelta(seconds=60)
RETRY = timedelta(seconds=30)
REFUSED = range(400, 500)
NOT_THE_ROWS_FAULT = {401, 403, 408, 429}

log = logging.getLogger("bangiao.relay")


@dataclass(frozen=True)
class Relay:
    """Delivers what is due; `offer` gets every flow run it has made, so that a worker beside it need not poll."""

    wiring: Wiring
    client: PrefectClient
    offer: Callable[[FlowRun], None] = lambda _run: None

    async def deliver(self) -> None:
        """Deliver everything that is due now. Raises one of patience.OUTAGES when Prefect or the database is away."""
        engine, consumers = self.wiring.engine, tuple(FLOW_OF_CONSUMER)
        if not await asyncio.to_thread(waiting, engine, consumers=consumers, now=self.wiring.now()):
            return
        due = await asyncio.to_thread(claim, engine, consumers=consumers, now=self.wiring.now(), lease=LEASE)
        while due:
            try:
                await self._deliver(due[0])
            except BaseException:
                for delivery in due:
                    await asyncio.to_thread(release, engine, delivery)
                raise
            due.pop(0)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            run = await self._run(delivery)
        except PrefectHTTPStatusError as error:
            status = error.response.status_code
            if status not in REFUSED or status in NOT_THE_ROWS_FAULT:
                raise
            log.error("%s was refused by Prefect: %s", delivery.idempotency_key, error)
            retry_at = self.wiring.now() + RETRY
            await asyncio.to_thread(fail, self.wiring.engine, delivery, retry_at=retry_at, error=str(error)[:2000])
            return
        now, run_id = self.wiring.now(), str(run.id)
        ours = await asyncio.to_thread(acknowledge, self.wiring.engine, delivery, now=now, run_id=run_id)
        log.info("%s is flow run %s (%s)", delivery.idempotency_key, run.name, run.id)
        if not ours:  # the lease ended meanwhile: whoever claimed it since gets the same run by the same key
            log.warning("%s was handed over later than its claim lasted", delivery.idempotency_key)
            return
        self.offer(run)
        _mirror(delivery)

    async def _run(self, delivery: Delivery) -> FlowRun:
        try:
            return await self._ask(delivery)
        except ObjectNotFound:  # a new or wiped Prefect server: tell it about the deployments
            await apply(self.client, self.wiring.settings.work_pool)
            return await self._ask(delivery)

    async def _ask(self, delivery: Delivery) -> FlowRun:
        deployment = FLOW_OF_CONSUMER[delivery.consumer]
        known = {**delivery.payload, "event_id": delivery.event_id, "decision_id": delivery.decision_id}
        return await arun_deployment(
            deployment.full_name,
            client=self.client,
            parameters={name: known[name] for name in deployment.parameters},
            flow_run_name=f"{delivery.subject} ({delivery.attempt + 1})" if delivery.attempt else delivery.subject,
            timeout=0,
            idempotency_key=delivery.idempotency_key,
        )


def _mirror(delivery: Delivery) -> None:
    """Show the event in Prefect's own feed, for automations people hang on it. Nothing of ours depends on it."""
    emit_event(
        event=f"bangiao.{delivery.event_type}",
        resource={
            "prefect.resource.id": f"bangiao.decision.{delivery.decision_id}",
            "prefect.resource.name": delivery.subject,
        },
        payload={"event_id": delivery.event_id, "attempt": delivery.attempt},
    )
