"""`/metrics`: numbers for Prometheus, for an administrator's token of the scope metrics.

That a request comes from this machine proves nothing behind a proxy, so no place is let in without a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.concurrency import run_in_threadpool

from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.subscriptions import SubscriptionState
from checklists.tokens import TokenScope
from db.measurements import Measurements, Queue, measure
from db.session import begin_read
from web.api.guard import Bearer, Caller
from web.committee.board import recent

router = APIRouter()

Monitoring = Annotated[Caller, Depends(Bearer(Action.ADMINISTER, TokenScope.METRICS))]


@router.get("/metrics", name="metrics", include_in_schema=False)
async def metrics(request: Request, _caller: Monitoring) -> Response:
    """How much of what, as of now."""
    seen = await run_in_threadpool(_measured, request)
    registry = CollectorRegistry()
    registry.register(_Seen(seen))
    own = generate_latest(request.app.state.request_numbers.registry)
    return Response(generate_latest(registry) + own, media_type=CONTENT_TYPE_LATEST)


def _measured(request: Request) -> Measurements:
    wiring: Wiring = request.app.state.wiring

    def asked() -> Measurements:
        with begin_read(wiring.engine) as connection:
            return measure(connection, wiring.now(), wiring.today())

    return recent(request).answer("measurements", asked).value


class _Seen:
    """What was measured, as Prometheus' library asks for it."""

    def __init__(self, seen: Measurements) -> None:
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        seen = self._seen
        yield _by("bangiao_steps", "Steps by state.", "state", seen.steps.items())
        yield GaugeMetricFamily("bangiao_steps_overdue", "Open steps whose due date is past.", seen.overdue)
        yield _by("bangiao_decisions", "Decisions by state.", "state", seen.decisions.items())
        yield from _queue("bangiao_outbox", "Events on their way to Prefect", seen.outbox, seen.at)
        yield from _queue("bangiao_audit_queue", "Events without a place in the audit log", seen.log_queue, seen.at)
        yield from _queue("bangiao_notices", "Notices that are due and in no message yet", seen.notices, seen.at)
        yield CounterMetricFamily("bangiao_audit_entries", "Entries of the audit log.", seen.log_entries)
        yield _by(
            "bangiao_messages",
            "Messages that are not through, by state; dead letters too.",
            "state",
            seen.letters.items(),
        )
        ages = ((part, _age(at, seen.at)) for part, at in seen.beats.items())
        yield _by("bangiao_heartbeat_age_seconds", "Since when nothing was heard of a part.", "part", ages)
        yield from self._subscriptions()

    def _subscriptions(self) -> Iterator[Metric]:
        known, entries = self._seen.subscriptions, self._seen.log_entries
        lags = ((one.name, entries - one.cursor) for one in known)
        yield _by("bangiao_subscription_lag", "Entries that a subscription has still to pass.", "subscription", lags)
        failing = ((one.name, _age(one.failing_since, self._seen.at)) for one in known)
        yield _by("bangiao_subscription_failing_seconds", "How long its receiver has failed.", "subscription", failing)
        active = ((one.name, int(one.state is SubscriptionState.ACTIVE)) for one in known)
        yield _by("bangiao_subscription_active", "1: not paused and not stopped.", "subscription", active)


def _by(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for one, value in sorted(values):
        family.add_metric((one,), value)
    return family


def _queue(name: str, words: str, queue: Queue, now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily(f"{name}_waiting", f"{words}.", queue.waiting)
    yield GaugeMetricFamily(f"{name}_oldest_seconds", f"{words}: the age of the oldest.", _age(queue.since, now))


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
