"""How many requests there were and how long they took, by the route, never by what was asked for (plain ASGI).

request → **here** → the counters of this process → `web.machines.metrics`.
"""

from __future__ import annotations

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOWHERE = "(none)"
"""The route of a request that no route takes: addresses that somebody tries must not become names of numbers."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class RequestNumbers:
    """The counters of one application; of `registry` alone, nothing of the process itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "bangiao_requests", "Requests that were answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "bangiao_request_seconds",
            "Time to the first byte of the answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", NOWHERE) if status else NOWHERE
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


class Measured:
    """Counts each request when its answer begins; a stream that lasts for hours was answered at its beginning."""

    def __init__(self, app: ASGIApp, numbers: RequestNumbers) -> None:
        self._app, self._numbers = app, numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._numbers.note(scope, message["status"], perf_counter() - began)
            await send(message)

        await self._app(scope, receive, measured)
