"""The nightly flow that hashes the whole audit log anew: what is wrong with it is known the next morning.

`bangiao.audit_verification` does the work and only reads. A finding makes the run fail, with the first of them in the
log: that is where an operator looks, and what automations of their own can hang on.
"""

from __future__ import annotations

import asyncio
import logging
from functools import cache

from prefect import flow

from bangiao.audit_keys import keys_path, verifier_keys
from bangiao.audit_verification import Verified, verify_log
from bangiao.wiring import Wiring, wire
from checklists.errors import HandoverError

_SAID = 20

log = logging.getLogger("bangiao.audit")


class LogFoundWanting(HandoverError):
    """The audit log is not what was signed: {total} findings, the first: {first} See all with: bangiao audit verify"""


@flow(name="verify-audit-log", persist_result=False)
async def verify_audit_log() -> int:
    """Gives the number of entries that were verified. Raises LogFoundWanting."""
    verified = await asyncio.to_thread(_verified, _wiring())
    if verified.total:
        for one in verified.findings[:_SAID]:
            log.error("Audit log: %s", one.what.render(str))
        raise LogFoundWanting(total=verified.total, first=verified.findings[0].what)
    return verified.size


def _verified(wiring: Wiring) -> Verified:
    settings = wiring.settings
    keys = verifier_keys(settings) if keys_path(settings).exists() else []
    return verify_log(wiring.engine, keys, wiring.now(), window=settings.checkpoint_period)


@cache
def _wiring() -> Wiring:
    """One engine for all runs of this process."""
    return wire()
