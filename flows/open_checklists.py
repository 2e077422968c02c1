"""The flow behind `decision.registered`: open the decision's checklists, chunk by chunk.

The relay starts it; `bangiao.opening` does the work, each chunk in one transaction. What is in already is skipped, so
it may run twice, or go on where a killed run stopped.
"""

from __future__ import annotations

import asyncio
from functools import cache

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, aupdate_progress_artifact

from bangiao import opening
from bangiao.wiring import Wiring, wire

WORTH_A_BAR = 4
"""Fewer chunks than this are in within a second; each step of the bar is a request to Prefect's server."""


@task(task_run_name="chunk-{chunk}", retries=3, retry_delay_seconds=[1, 4, 15], persist_result=False)
async def open_chunk(decision_id: int, chunk: int) -> opening.ChunkReport:
    """One chunk of units, in one transaction, off the event loop."""
    return await asyncio.to_thread(opening.open_chunk, _wiring(), decision_id, chunk)


@flow(name="open-checklists", persist_result=False)
async def open_checklists(decision_id: int, event_id: str) -> int:
    """Open what is not open yet; gives the number of checklists the decision has then."""
    wiring = _wiring()
    chunks = await asyncio.to_thread(opening.remaining_chunks, wiring, decision_id)
    progress = await acreate_progress_artifact(0.0, description=event_id) if len(chunks) > WORTH_A_BAR else None
    for place, chunk in enumerate(chunks, start=1):
        await open_chunk(decision_id, chunk)
        if progress:
            await aupdate_progress_artifact(progress, 100 * place / len(chunks))
    report = await asyncio.to_thread(opening.finish_opening, wiring, decision_id)
    await acreate_markdown_artifact(report.markdown, key=f"decision-{decision_id}", description=report.number)
    return report.checklists


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
