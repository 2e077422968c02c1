"""What a run leaves behind: a table for people, one JSON document for comparing runs. Neither names the machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import MISSED, Line
from db.session import sqlite_driver

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What a reader of the figures must know about where they were made."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "load": [round(one, 2) for one in os.getloadavg()],
        "python": platform.python_version(),
        "sqlite": sqlite_driver().sqlite_version,
        **{name: version(name) for name in ("sqlalchemy", "psycopg", "pydantic", "prefect")},
    }


def document(lines: Iterable[Line], options: Mapping[str, Any], began: datetime, start: dict[str, Any]) -> Any:
    kept = [{**asdict(line), "figure": line.figure, "verdict": line.verdict} for line in lines]
    times = {"began": began.isoformat(timespec="seconds"), "ended": datetime.now(UTC).isoformat(timespec="seconds")}
    return {**times, "machine": start, "load_at_end": machine()["load"], "options": dict(options), "lines": kept}


def store(kept: Any, subjects: Sequence[str], began: datetime) -> Path:
    """Write the document; the name says when and what was measured."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{began:%Y-%m-%d-%H%M%S}-{'+'.join(subjects)}.json"
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return file


def show(lines: Sequence[Line], console: Console) -> None:
    table = Table("", "Measured", "Figure", "min..max", "Target (stretch)", "Verdict")
    for line in lines:
        style = "bold red" if line.verdict == MISSED else None
        table.add_row(line.goal, line.what, _figure(line), _spread(line), _target(line), line.verdict, style=style)
    console.print(table)


def _figure(line: Line) -> str:
    wall = f"{_number(line.figure)} {line.unit}"
    return f"{wall} (CPU {_number(median(line.cpu))})" if line.cpu else wall


def _spread(line: Line) -> str:
    if len(line.rounds) == 1:
        return ""
    return f"{_number(min(line.rounds))}..{_number(max(line.rounds))}"


def _target(line: Line) -> str:
    if line.target is None:
        return ""
    stretch = f" ({_number(line.stretch)})" if line.stretch is not None else ""
    return f"≤ {_number(line.target)} {line.unit}{stretch}"


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
