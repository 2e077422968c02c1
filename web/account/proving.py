"""Whatever verifies a password takes a third of a second and 64 MiB: two at a time, in threads that nothing else needs,
so that a crowd of guessers keeps no page from anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

_AT_ONCE = 2

Result = TypeVar("Result")
Given = ParamSpec("Given")


async def proved(request: Request, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Do it there."""
    state = request.app.state
    if not hasattr(state, "proving"):
        state.proving = CapacityLimiter(_AT_ONCE)
    return await to_thread.run_sync(partial(work, *given, **named), limiter=state.proving)
