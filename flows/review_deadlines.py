"""The flow by which nothing is late in silence: every five minutes it looks at the steps whose time has come.

`bangiao.reviews` does the work, in transactions of some hundred steps. It may run twice, late, or not at all for a
week: the next run plans what was missed, each level once. Notices leave by the sender, not by Prefect.
"""

from __future__ import annotations

import asyncio
from functools import cache

from prefect import flow

from bangiao import reviews
from bangiao.heartbeats import review_on_record
from bangiao.wiring import Wiring, wire


@flow(name="review-deadlines", persist_result=False)
async def review_deadlines() -> int:
    """Review what is due; gives the number of notices planned."""
    return await asyncio.to_thread(_review)


def _review() -> int:
    with review_on_record(_wiring()):
        return reviews.review_deadlines(_wiring()).notices


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
