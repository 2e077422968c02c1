"""The flow behind `package.ordered`: an evidence package that somebody ordered is made while they do something else.

The relay starts it; `bangiao.package_queue` does the work and notes how far it is. It may run twice, or go on where a
killed run stopped: files that are in the package already are not read again.
"""

from __future__ import annotations

import asyncio
from functools import cache

from prefect import flow

from bangiao.package_errors import PackageFinished
from bangiao.package_queue import carry_out
from bangiao.wiring import Wiring, wire


@flow(name="export-package", persist_result=False)
async def export_package(package: str) -> str | None:
    """Make the package; gives the SHA-256 of its tag manifest, or nothing where it was finished before."""
    try:
        made = await asyncio.to_thread(carry_out, _wiring(), package)
    except PackageFinished:
        return None
    return made.tagmanifest_sha256


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
