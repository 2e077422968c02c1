"""The nightly flow for duties that come back: the next time is opened wherever a period has ended.

`bangiao.occurrences` does the work, each chunk in one transaction. What is open already is skipped, so it may run
twice, or go on where a killed run stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache

from prefect import flow, task
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

from bangiao import occurrences
from bangiao.heartbeats import sign_of_life
from bangiao.wiring import Wiring, wire
from checklists.escalation.watching import OCCURRENCES

WORTH_A_BAR = 4
"""Fewer chunks than this are in within seconds; each step of the bar is a request to Prefect's server."""


@task(task_run_name="duties-{number}", retries=3, retry_delay_seconds=[1, 4, 15], persist_result=False)
async def open_chunk(number: int, latest: Sequence[int]) -> int:  # noqa: ARG001 - the run is named by it
    """What is missing after these steps, in one transaction, off the event loop."""
    return await asyncio.to_thread(occurrences.open_chunk_due, _wiring(), latest)


@flow(name="open-occurrences", persist_result=False)
async def open_occurrences() -> int:
    """Open what is missing by today; gives the number of steps that are new."""
    chunks = await asyncio.to_thread(occurrences.chunks_due, _wiring())
    progress = await acreate_progress_artifact(0.0) if len(chunks) > WORTH_A_BAR else None
    opened = 0
    for place, chunk in enumerate(chunks, start=1):
        opened += await open_chunk(place, chunk)
        if progress:
            await aupdate_progress_artifact(progress, 100 * place / len(chunks))
    await asyncio.to_thread(sign_of_life, _wiring(), OCCURRENCES)
    return opened


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
