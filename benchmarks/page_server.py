"""The pages' server, as `bangiao web` starts it; and beside the pages, in the same process, an endpoint that writes one
row and commits: what a request that writes cannot be faster than.

`python -m benchmarks.page_server`, with the settings in the environment. Says its port on standard output and serves
until its input ends.
"""

from __future__ import annotations

import sys
from asyncio import Queue
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from bangiao.lifeline import hold_on_to_parent
from bangiao.wiring import wire
from web.app import create_app
from web.server import ANY_PORT, address_of, listening, serve_app

BARE = "/bare/"
"""POST it with a step's number behind."""

_CONNECTIONS = 8


class Writes(Protocol):
    """One row, by its key, committed as durably as the product commits."""

    async def __call__(self, step: int) -> None: ...


class Limit:
    """In front of the pages: the bare endpoint is answered here, without anything that stands around a page."""

    def __init__(self, pages: ASGIApp, engine: Engine) -> None:
        self._pages = pages
        self._write: Writes = InlineSqlite(engine) if engine.dialect.name == "sqlite" else PooledPostgres(engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(BARE):
            await self._pages(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        await self._write(int(scope["path"].removeprefix(BARE)))
        await send({"type": "http.response.start", "status": 204, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


class InlineSqlite:
    """On the loop itself, on a connection with the product's pragmas: nothing waits for a thread."""

    def __init__(self, engine: Engine) -> None:
        self._pooled = engine.raw_connection()  # given back to the pool were it not held
        self._connection: Any = self._pooled.driver_connection

    async def __call__(self, step: int) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("UPDATE step SET version = version + 1 WHERE id = ?", (step,))
        self._connection.commit()


class PooledPostgres:
    """As many commits at a time as the product makes."""

    def __init__(self, engine: Engine) -> None:
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._url, self._made = url, 0
        self._free: Queue[psycopg.AsyncConnection[Any]] = Queue()

    async def __call__(self, step: int) -> None:
        if self._free.empty() and self._made < _CONNECTIONS:
            self._made += 1
            self._free.put_nowait(await psycopg.AsyncConnection.connect(self._url, autocommit=True))
        connection = await self._free.get()
        await connection.execute("UPDATE step SET version = version + 1 WHERE id = %s", (step,), prepare=True)
        self._free.put_nowait(connection)


def main() -> None:
    hold_on_to_parent()
    wiring = wire()
    door = listening("127.0.0.1", ANY_PORT)
    print(address_of(door).rpartition(":")[2], flush=True)
    serve_app(Limit(create_app(wiring), wiring.engine), wiring, door)


if __name__ == "__main__":
    sys.exit(main())
