"""The way to Prefect that everything in a worker shares: one request at a time, each with the newest CSRF token.

Prefect's client may be used by many tasks at once, but then (3.8.8) two things go wrong. A server on SQLite answers
writes that collide with 503, and the client sleeps for seconds. And a task that fetches a new CSRF token makes those
invalid that others have put on requests of theirs which wait for their turn; they fetch new ones in their turn, and so
on, until one gives up. Here requests are stamped when their turn comes.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.context import AsyncClientContext
from prefect.settings import PREFECT_API_SSL_CERT_FILE, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings

COLLISION, FORBIDDEN = 503, 403
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, None)
"""Seconds before a write that collided is tried again. None: leave it to the client, which waits longer."""

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
ONE_CONNECTION = httpx.Limits(max_connections=1, keepalive_expiry=30)


def shared_client() -> AsyncClientContext:
    """A context whose client everything inside uses: our loops, Prefect's engine, artifacts.

    The context is made around the client: one made with settings of its own would be passed over by callers that ask
    for none, and each of them would make a client for itself.
    """
    return AsyncClientContext.model_construct(client=_client())


def _client() -> PrefectClient:
    trusted = ssl.create_default_context(cafile=PREFECT_API_SSL_CERT_FILE.value() or None)
    transport = OneAtATime(httpx.AsyncHTTPTransport(verify=trusted, limits=ONE_CONNECTION))
    with temporary_settings({PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
        return get_client(httpx_settings={"transport": transport})


@dataclass
class OneAtATime(httpx.AsyncBaseTransport):
    """Passes requests on one after another, retries collisions at once, and takes care of the CSRF token."""

    inner: httpx.AsyncBaseTransport
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    name: str = field(default_factory=lambda: uuid4().hex)
    token: str | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for pause in PAUSES:
            async with self.turn:
                response = await self._sent(request)
            if response.status_code != COLLISION or pause is None:
                break
            await response.aclose()
            await asyncio.sleep(pause)
        return response

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        if request.method not in WRITES:
            return await self.inner.handle_async_request(request)
        await self._stamp(request)
        response = await self.inner.handle_async_request(request)
        if response.status_code == FORBIDDEN and b"CSRF" in await response.aread():
            self.token = None  # it ran out, or the server is a new one
            await self._stamp(request)
            response = await self.inner.handle_async_request(request)
        return response

    async def _stamp(self, request: httpx.Request) -> None:
        """Put the token on the request; a server without this protection answers that it has none."""
        if self.token is None:
            answer = await self.inner.handle_async_request(self._token_request(request))
            content = await answer.aread()
            self.token = httpx.Response(200, content=content).json()["token"] if answer.is_success else None
        if self.token:
            request.headers["Prefect-Csrf-Token"] = self.token
            request.headers["Prefect-Csrf-Client"] = self.name

    def _token_request(self, request: httpx.Request) -> httpx.Request:
        """For the same server, with the same password and patience as the request that needs the token."""
        api = str(request.url).partition("/api/")[0] + "/api"
        known = {name: request.headers[name] for name in ("Authorization",) if name in request.headers}
        asked = httpx.Request("GET", f"{api}/csrf-token", params={"client": self.name}, headers=known)
        asked.extensions = request.extensions
        return asked

    async def aclose(self) -> None:
        await self.inner.aclose()
