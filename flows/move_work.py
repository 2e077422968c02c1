"""The flow after which no dissolved unit owes anything: its open steps are with those who follow it.

Prefect starts it shortly after midnight in Viet Nam, and for one decision when that was opened or amended, which may be
after its day (`flows.deployments`); `bangiao.succession` does the work, each decision in one transaction. It may run
twice, late, or not at all on some day: the next run finds what is left.
"""

from __future__ import annotations

import asyncio
from functools import cache

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact

from bangiao import succession
from bangiao.heartbeats import sign_of_life
from bangiao.wiring import Wiring, wire
from checklists.escalation.watching import MOVES
from notifiers.rendering import render_report


@task(task_run_name="{number}", retries=3, retry_delay_seconds=[1, 4, 15], persist_result=False)
async def move_work_of(number: str) -> succession.SuccessionReport:
    """One decision, in one transaction, off the event loop."""
    return await asyncio.to_thread(succession.move_work, _wiring(), number)


@flow(name="move-work", persist_result=False)
async def move_work(decision_id: int | None = None) -> int:
    """Look at every opened decision whose operational date has come, or at this one if its date has; gives the number
    of steps that moved."""
    numbers = await asyncio.to_thread(succession.due_decisions, _wiring(), only=decision_id)
    reports = [await move_work_of(number) for number in numbers]
    if told := [report for report in reports if not report.empty]:
        table = render_report("decision.work_moved", "body.md", reports=told)
        await acreate_markdown_artifact(table, key="work-moved", description=", ".join(one.number for one in told))
    if decision_id is None:
        await asyncio.to_thread(sign_of_life, _wiring(), MOVES)
    return sum(report.division.moved for report in reports)


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
