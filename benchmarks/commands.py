"""J8 and the commands that people run most on the full country, each against what it cannot be faster than."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bangiao.settings import Settings, child_environment
from benchmarks.context import Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio, seconds

HELP_SECONDS = 0.5
_ROOT = Path(__file__).parents[1]

_BY_LEVEL = """
SELECT u.level, t.slug, count(*), sum(c.steps) FROM checklist c JOIN unit u ON u.key = c.unit
JOIN template t ON t.hash = c.template_hash GROUP BY u.level, t.slug"""
_BY_DAY = """
SELECT due_on, count(*), sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) FROM step GROUP BY due_on ORDER BY due_on"""


def lines(bench: Bench) -> Iterator[Line]:
    settings = bench.embedded.registered()
    compile_once(bench, settings, "--help")
    costs = interleaved({"help": lambda: command(bench, settings, "--help"), "bare": interpreter}, bench.rounds)
    yield seconds("J8", "bangiao --help", costs["help"], HELP_SECONDS)
    yield ratio("", "bangiao --help ÷ bare interpreter start", costs["help"], costs["bare"])
    for prepared in bench.prepared:
        yield from _on_the_country(bench, prepared)


def _on_the_country(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name, settings = prepared.databases.name, prepared.opened()
    compile_once(bench, settings, "status")
    compile_once(bench, settings, "decision", "list")
    costs = interleaved(
        {
            "status": lambda: command(bench, settings, "status"),
            "list": lambda: command(bench, settings, "decision", "list"),
            "queries": lambda: _queries(settings),
            "bare": interpreter,
        },
        bench.rounds,
    )
    least = [
        Cost(asked.wall + bare.wall, asked.cpu + bare.cpu)
        for asked, bare in zip(costs["queries"], costs["bare"], strict=True)
    ]
    yield seconds("", f"{name}: bangiao status, {len(bench.files)} decisions open", costs["status"])
    yield seconds("", f"{name}: its GROUP BY queries through the bare driver", costs["queries"])
    yield ratio("", f"{name}: status ÷ (bare queries + interpreter start)", costs["status"], least)
    yield seconds("", f"{name}: bangiao decision list", costs["list"])


def command(bench: Bench, settings: Settings, *words: str) -> Cost:
    """One run of `bangiao WORDS` in a process of its own."""
    kept = {"PYTHONPYCACHEPREFIX": str(bench.folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    return _process([sys.executable, "-m", "bangiao.cli", *words], child_environment(settings, **kept))


compile_once = command
"""A first run that nobody measures: it leaves the modules compiled, as on any machine where the command ran before."""


def interpreter() -> Cost:
    """What a command in Python cannot be faster than."""
    return _process([sys.executable, "-c", "pass"], None)


def _process(arguments: list[str], environment: Mapping[str, str] | None) -> Cost:
    cpu, wall = _children(), time.perf_counter()
    subprocess.run(arguments, env=environment, cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
    return Cost(time.perf_counter() - wall, _children() - cpu)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _queries(settings: Settings) -> Cost:
    """On a connection of their own, as a command's are."""
    with wired(settings) as wiring:

        def ask() -> None:
            with closing(wiring.engine.raw_connection()) as pooled:
                connection: Any = pooled.driver_connection
                for query in (_BY_LEVEL, _BY_DAY):
                    connection.execute(query).fetchall()

        return cost_of(ask)
