"""Writes that a program may send twice: the header `Idempotency-Key` stands for one order.

The key is noted in the transaction that carries the order out, and the answer with it (`db.carried_out`). The same
order with the same key again gives the same answer, with the header `Idempotency-Replayed: true`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from bangiao.i18n import language_in_force
from bangiao.wiring import Wiring
from db.carried_out import CarriedOutBefore, carry_out_once, keep_answer, kept_answer, was_carried_out
from db.session import begin_read
from web.api.failures import LONGEST_KEY
from web.api.problem_kinds import KEY_MISSING
from web.api.problems import Problem

REPLAYED = "Idempotency-Replayed"
REPLAYED_HEADER = {REPLAYED: {"$ref": "#/components/headers/Replayed"}}


async def _key(
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="Text of your choice that stands for this one order, such as a UUID. Sent again with the same "
            "content, the order is not carried out a second time; the first answer is given again. Kept for 90 days.",
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=r"^[!-~]+$",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ],
) -> str:
    key = idempotency_key.strip('"')
    if not key:
        raise Problem(KEY_MISSING, values={"most": LONGEST_KEY})
    return key


Key = Annotated[str, Depends(_key)]


@dataclass(frozen=True, slots=True)
class Once:
    """An order with its key."""

    account: str
    key: str
    asked: str

    @property
    def hash(self) -> str:
        return sha256(self.asked.encode()).hexdigest()

    def note(self, connection: Connection, wiring: Wiring) -> None:
        """In the order's transaction, before anything else. Raises CarriedOutBefore, KeyOfAnother."""
        carry_out_once(connection, self.account, self.key, self.hash, wiring.now())

    def keep(self, connection: Connection, answer: dict[str, Any]) -> dict[str, Any]:
        """In the same transaction, at its end."""
        keep_answer(connection, self.account, self.key, json.dumps(answer, ensure_ascii=False))
        return answer


def order_of(account: str, key: str, operation: str, *asked: Any) -> Once:
    """`asked`: everything that makes it this order and no other."""
    return Once(account, key, json.dumps([operation, *asked], ensure_ascii=False, sort_keys=True, default=str))


async def answered(
    request: Request, once: Once, carry_out: Callable[[Wiring, Once], dict[str, Any]], status: int = 200
) -> Response:
    """Carry it out, or tell what came of it the first time."""
    wiring: Wiring = request.app.state.wiring
    try:
        if not await run_in_threadpool(_before, wiring, once):
            return written(await run_in_threadpool(carry_out, wiring, once), status)
    except CarriedOutBefore:  # by another request, a moment ago
        pass
    return written(await run_in_threadpool(_kept, wiring, once), status, replayed=True)


def written(answer: dict[str, Any], status: int = 200, *, replayed: bool = False) -> Response:
    """The answer to a write."""
    headers = {"Content-Language": language_in_force()} | ({REPLAYED: "true"} if replayed else {})
    return JSONResponse(answer, status, headers)


def _before(wiring: Wiring, once: Once) -> bool:
    with begin_read(wiring.engine) as connection:
        return was_carried_out(connection, once.account, once.key, once.hash)


def _kept(wiring: Wiring, once: Once) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        answer: dict[str, Any] = json.loads(kept_answer(connection, once.account, once.key) or "{}")
    return answer
