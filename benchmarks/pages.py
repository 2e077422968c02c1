"""J4: what the pages of the whole country take, over HTTP: a browser that is signed in, on a connection that stays.

The control is what the cockpit cannot be faster than when it counts: one GROUP BY over all steps through the bare
driver. It is the oracle, too: the numbers on the page must be its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import cycle, islice
from statistics import median, quantiles

from bangiao.calendar_files import vietnam_calendar
from bangiao.settings import Settings
from benchmarks.callers import Server, ask, request, served
from benchmarks.context import Bench
from benchmarks.country import COMMITTEE, NOW, copy_of_country, session
from benchmarks.databases import Prepared
from benchmarks.measure import Cost, Line, cost_of, seconds
from benchmarks.raw_writes import driver
from checklists.deadlines import local_date
from web.committee.board import SOON_DAYS

ASKED, ASKED_QUICK = 40, 6
"""Times that each page is asked for in a round."""

_OK = 200
_SEARCHED = ("/search", "/cockpit/units")
_UNITS = ("new:00004", "old:00004", "new:00070", "old:00070", "new:04930", "old:08974", "new:10045", "old:10045")

PAGES: Mapping[str, tuple[float | None, Sequence[str]]] = {
    "cockpit": (60, ("/cockpit",)),
    "unit page": (40, [f"/units/{unit}" for unit in _UNITS]),
    "table of units, filtered": (
        100,
        (
            "/cockpit/units?state=overdue&province=new:01&level=commune&q=phu",
            "/cockpit/units?state=untouched&level=commune&stream=data-backup",
            "/cockpit/units?state=open&q=xa%20tan&decision=1656/NQ-UBTVQH15",
        ),
    ),
    "list of steps, filtered": (
        100,
        (
            "/cockpit/steps?state=overdue&province=new:01",
            "/cockpit/steps?state=overdue&q=phu&level=commune&stream=data-backup",
            "/cockpit/steps?state=open&province=new:01&decision=1656/NQ-UBTVQH15",
            "/cockpit/steps?state=settled&q=xuan",
            "/cockpit/steps?state=blocked&q=phu&stream=cross-cutting",
        ),
    ),
    "search": (50, [f"{where}?q={text}" for text in ("ba%20dinh", "hoa", "khong-co") for where in _SEARCHED]),
    "step page": (None, ()),
    "record": (None, ("/record", "/record?unit=old:00004", "/record?decision=1656/NQ-UBTVQH15")),
}
"""Name → p50 in ms that is held (None: shown), and what is asked for, one after another."""

_LATE = """
SELECT count(*), sum(CASE WHEN s.state IN ('done', 'not_applicable') THEN 1 ELSE 0 END),
  sum(CASE WHEN s.due_on < '{today}' AND s.state NOT IN ('done', 'not_applicable', 'cancelled')
    AND NOT (s.state = 'blocked' AND w.clock_runs IS NOT NULL AND NOT w.clock_runs) THEN 1 ELSE 0 END),
  sum(CASE WHEN s.due_on >= '{today}' AND s.due_on <= '{soon}'
    AND s.state NOT IN ('done', 'not_applicable', 'cancelled') THEN 1 ELSE 0 END),
  sum(CASE WHEN s.state = 'submitted' THEN 1 ELSE 0 END), sum(CASE WHEN s.state = 'ready' THEN 1 ELSE 0 END),
  sum(CASE WHEN s.state = 'blocked' THEN 1 ELSE 0 END)
FROM step s JOIN checklist c ON c.id = s.checklist_id JOIN unit u ON u.key = c.unit
LEFT JOIN step_work w ON w.step_id = s.id WHERE s.state <> 'cancelled' GROUP BY u.parent"""

_NUMBERS = ("overdue", "soon", "submitted", "untouched", "blocked")


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        yield from _of(bench, prepared)


def _of(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    settings = copy_of_country(prepared, "pages")
    name, asked = prepared.databases.name, _Asked(bench, session(settings, COMMITTEE), _steps(settings))
    first, counted = list[Cost](), list[Cost]()
    taken: dict[str, list[list[float]]] = {page: [] for page in PAGES}
    spent: dict[str, list[float]] = {page: [] for page in PAGES}
    for turn in range(bench.rounds):
        with served(settings) as server:
            ask(server.port, [asked.get("/work")])  # templates and words are read by the first page of a process
            first.append(cost_of(lambda server=server: asked.of(server, "/cockpit"), server.cpu))
            counted.append(cost_of(lambda: _counted(settings), prepared.databases.cpu))
            _same_numbers(asked.of(server, "/cockpit"), _counted(settings))
            for page in list(PAGES)[:: -1 if turn % 2 else 1]:
                used = server.cpu() + prepared.databases.cpu()
                taken[page].append(asked.page(server, page))
                spent[page].append((server.cpu() + prepared.databases.cpu() - used) / asked.times * 1000)
    for page, (target, _) in PAGES.items():
        goal, figures = "J4" if target else "", taken[page]
        p50 = [median(one) for one in figures]
        yield Line(goal, f"{name}: {page}, p50", "ms", p50, target)
        yield Line("", f"{name}: {page}, p99", "ms", [quantiles(one, n=100)[98] for one in figures])
        yield Line("", f"{name}: {page}, processor time of one", "ms", spent[page])
    yield seconds("", f"{name}: the country counted for the first cockpit", first)
    yield seconds("", f"{name}: one GROUP BY over all steps through the bare driver", counted)
    kept = [median(one) / 1000 / raw.wall for one, raw in zip(taken["cockpit"], counted, strict=True)]
    yield Line("", f"{name}: cockpit, p50 ÷ that GROUP BY", "×", kept)


class _Asked:
    """Requests of one who is signed in."""

    def __init__(self, bench: Bench, token: str, steps: Sequence[int]) -> None:
        self.times = ASKED_QUICK if bench.quick else ASKED
        self._cookie = f"bangiao={token}; language=vi"
        self._steps = [f"/steps/{step}" for step in steps]

    def get(self, path: str) -> bytes:
        return request("GET", path, self._cookie)

    def of(self, server: Server, path: str) -> str:
        """The page itself."""
        answer = ask(server.port, [self.get(path)])[0]
        assert answer.status == _OK, (path, answer.status)
        return answer.body.decode()

    def page(self, server: Server, page: str) -> list[float]:
        """Milliseconds of each time that it was asked for."""
        paths = list(islice(cycle(PAGES[page][1] or self._steps), self.times))
        answers = ask(server.port, [self.get(path) for path in paths])
        assert {one.status for one in answers} == {_OK}, (page, {one.status for one in answers})
        return [one.seconds * 1000 for one in answers]


def _counted(settings: Settings) -> dict[str, int]:
    """Every number of the cockpit, in a single statement."""
    today = local_date(NOW)
    query = _LATE.format(today=today, soon=vietnam_calendar().add_working_days(today, SOON_DAYS))
    with driver(settings) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(query)
        sums = [sum(int(one) for one in column) for column in zip(*cursor.fetchall(), strict=True)]
    return dict(zip(("steps", "settled", *_NUMBERS), sums, strict=True))


def _same_numbers(page: str, counted: Mapping[str, int]) -> None:
    shown = {name: _number(page, rf"state={name}\"[^>]*>.*?<strong[^>]*>([\d.]+)<") for name in _NUMBERS}
    assert shown == {name: counted[name] for name in _NUMBERS}, (shown, counted)
    assert f"{counted['settled']:,}/{counted['steps']:,}".replace(",", ".") in page, counted


def _number(page: str, pattern: str) -> int:
    found = re.search(pattern, page, re.DOTALL)
    assert found, pattern
    return int(found[1].replace(".", ""))


def _steps(settings: Settings) -> list[int]:
    """Some of each kind, of units all over the country."""
    query = "SELECT min(id) FROM step GROUP BY state, id % 7 ORDER BY 1"
    with driver(settings) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
