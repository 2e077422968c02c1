"""Previews: what a person waits for before anything is written, for Hà Nội and for the country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from bangiao.preview import preview_decision
from bangiao.settings import Settings
from benchmarks.commands import command, compile_once, interpreter
from benchmarks.context import HANOI, Bench
from benchmarks.databases import wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio, seconds

HANOI_SECONDS, COUNTRY_SECONDS = 0.5, 5


def lines(bench: Bench) -> Iterator[Line]:
    """On a database in which all decisions are registered already: the most there is to compare with."""
    for prepared in bench.prepared:
        yield from _with(bench, prepared.databases.name, prepared.registered())


def _with(bench: Bench, name: str, settings: Settings) -> Iterator[Line]:
    compile_once(bench, settings, "decision", "preview", str(HANOI))
    costs = interleaved(
        {
            "hanoi": lambda: _previews(settings, [HANOI]),
            "country": lambda: _previews(settings, bench.files),
            "bare": lambda: cost_of(lambda: [_bare(file) for file in bench.files]),
            "command": lambda: command(bench, settings, "decision", "preview", str(HANOI)),
            "interpreter": interpreter,
        },
        bench.rounds,
    )
    yield seconds("J1f", f"{name}: preview of Hà Nội, in process", costs["hanoi"], HANOI_SECONDS)
    yield seconds("", f"{name}: bangiao decision preview (Hà Nội), whole command", costs["command"])
    yield ratio("", f"{name}: that command ÷ bare interpreter start", costs["command"], costs["interpreter"])
    yield seconds("J1f", f"{name}: preview of {len(bench.files)} decisions", costs["country"], COUNTRY_SECONDS)
    yield ratio("", f"{name}: that ÷ bare YAML reading of the files", costs["country"], costs["bare"])


def _previews(settings: Settings, files: Sequence[Path]) -> Cost:
    """Templates and calendar are read anew, as a new process would."""
    with wired(settings) as wiring:
        return cost_of(lambda: [preview_decision(file, wiring) for file in files])


def _bare(file: Path) -> object:
    return yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
