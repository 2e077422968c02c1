"""J2 over HTTP: completing a step by its form, against an endpoint of the same server that writes one row.

Everything a browser sends is sent: the cookie, the form's token, the key that makes it happen once, the note, the day,
the empty place of a file. Each step is another; afterwards it is asked of the database that each was completed once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from statistics import quantiles
from uuid import uuid4

from sqlalchemy import text

from bangiao.settings import Settings
from benchmarks.callers import Answer, Server, ask, request, served
from benchmarks.context import Bench
from benchmarks.country import PROVINCE_LEAD, copy_of_country, session
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio
from benchmarks.page_server import BARE
from db.session import begin_read
from web.guard import form_token

CLIENTS = (1, 16, 64)
ACTS, ACTS_QUICK = {1: 100, 16: 400, 64: 800}, 64
"""In one round, by how many clients."""

TARGETS = {"SQLite": (2.5, 1.0), "PostgreSQL": (2.5, 1.43)}
"""At least 40 % of the control's rate; the stretch is 100 % and 70 %."""

SLOWEST_MS = 50.0
"""What 99 of 100 wait at most, with 16 clients."""

_FEW = 10
_PART = "--bangiao-benchmark"
_DONE, _WROTE = 303, 204


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        settings = copy_of_country(prepared, "posting")
        ready = Ready(settings)
        with served(settings) as server:
            for clients in CLIENTS:
                yield from _with(bench, prepared, server, ready, clients)
        ready.all_completed_once()


def _with(bench: Bench, prepared: Prepared, server: Server, ready: Ready, clients: int) -> Iterator[Line]:
    acts = ACTS_QUICK if bench.quick else ACTS[clients]
    waits: dict[str, list[float]] = {"ours": [], "control": []}

    def turn(kind: str) -> Cost:
        asked = ready.forms(acts) if kind == "ours" else ready.bare(acts)
        answers: list[Answer] = []
        cost = cost_of(lambda: answers.extend(ask(server.port, asked, clients)), lambda: elsewhere(prepared, server))
        statuses = {one.status for one in answers}
        assert statuses == {_DONE if kind == "ours" else _WROTE}, statuses
        waits[kind].append(quantiles([one.seconds for one in answers], n=100)[98] * 1000)
        return cost

    ask(server.port, ready.forms(_FEW), clients)
    costs = interleaved({kind: lambda kind=kind: turn(kind) for kind in waits}, bench.rounds)
    name = prepared.databases.name
    said = f"{clients} clients" if clients > 1 else "1 client"
    yield ratio(
        "J2",
        f"{name}: complete a step ÷ bare write, over HTTP, {said}",
        costs["ours"],
        costs["control"],
        *TARGETS[name],
    )
    for kind, what in (("ours", "complete a step"), ("control", "bare write")):
        yield Line("", f"{name}: {what} over HTTP, {said}", "/s", [acts / one.wall for one in costs[kind]])
        target = SLOWEST_MS if (kind, clients) == ("ours", 16) else None
        yield Line("J2" if target else "", f"{name}: {what} over HTTP, {said}, p99", "ms", waits[kind], target)


def elsewhere(prepared: Prepared, server: Server) -> float:
    """Processor time of the server and of its database."""
    return server.cpu() + prepared.databases.cpu()


class Ready:
    """Steps that can be completed, each given out once, and forms for them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = session(settings, PROVINCE_LEAD)
        query = text(
            "SELECT step.id FROM step JOIN checklist ON checklist.id = step.checklist_id "
            "LEFT JOIN step_holder ON step_holder.step_id = step.id "
            "WHERE step.state = 'ready' AND checklist.unit LIKE 'old:%' AND step_holder.unit IS NULL "
            "ORDER BY step.id % 10007, step.id LIMIT 20000"
        )
        with wired(settings) as wiring, begin_read(wiring.engine) as connection:
            steps = list(connection.scalars(query))
        self.left, self._steps = len(steps), iter(steps)
        self._given: list[int] = []

    def forms(self, many: int) -> list[bytes]:
        """The requests that complete as many steps."""
        steps = list(islice(self._steps, many))
        self._given += steps
        self.left -= many
        return [self._form(step) for step in steps]

    def bare(self, many: int) -> list[bytes]:
        """The requests that write one row each, of steps that were completed before."""
        return [request("POST", f"{BARE}{step}") for step in self._given[-many:]]

    def _form(self, step: int) -> bytes:
        fields = {
            "token": form_token(self._token),
            "once": uuid4().hex,
            "note": f"Đã bàn giao đủ theo biên bản, bước {step}.",
            "link": "",
            "dated-d": "08",
            "dated-m": "07",
            "dated-y": "2025",
        }
        cookie = f"bangiao={self._token}; language=vi"
        kind = f"multipart/form-data; boundary={_PART}"
        return request("POST", f"/steps/{step}/complete", cookie, kind, _multipart(fields))

    def all_completed_once(self) -> None:
        """Nothing was lost, and nothing happened twice."""
        query = text(
            "SELECT step_id FROM event WHERE request IS NOT NULL AND type IN ('step.completed', 'step.submitted')"
        )
        with wired(self._settings) as wiring, begin_read(wiring.engine) as connection:
            recorded = Counter(connection.scalars(query))
        lost = [one for one in self._given if recorded[one] != 1]
        assert not lost, f"{len(lost)} of {len(self._given)} were not completed exactly once"


def _multipart(fields: dict[str, str]) -> bytes:
    head = f"--{_PART}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    parts.append(f'{head}"files"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--{_PART}--\r\n')
    return "".join(parts).encode()
