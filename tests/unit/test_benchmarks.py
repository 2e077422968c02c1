"""The statistics behind the benchmarks: a figure that is made wrongly is worse than none."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import acting, changes, noticing, pages, posting, reviewing
from benchmarks.context import HANOI, Bench
from benchmarks.databases import Prepared, SqliteFiles
from benchmarks.measure import MISSED, NO_TARGET, REACHED, STRETCH, Cost, Line, interleaved, per_round, ratio, seconds
from benchmarks.report import document, machine, show


def test_a_ratio_is_made_within_its_round_so_that_a_slow_hour_does_not_count() -> None:
    ours = [Cost(2.0, 1.0), Cost(20.0, 10.0), Cost(3.0, 1.5)]
    control = [Cost(1.0, 1.0), Cost(10.0, 10.0), Cost(1.5, 1.5)]
    line = ratio("J1", "ours ÷ control", ours, control, 1.8)
    assert list(line.rounds) == [2.0, 2.0, 2.0]
    assert list(line.cpu) == [1.0, 1.0, 1.0]


def test_a_ratio_needs_a_control_for_every_round() -> None:
    with pytest.raises(ValueError):
        per_round([1.0, 2.0], [1.0])


def test_the_figure_is_the_median_so_that_one_bad_round_does_not_move_it() -> None:
    assert Line("", "open all", "s", [1.0, 1.1, 60.0]).figure == 1.1


@pytest.mark.parametrize(
    ("wall", "cpu", "verdict"),
    [
        ([1.2], [], STRETCH),
        ([1.25], [], STRETCH),
        ([1.7], [], REACHED),
        ([1.8], [], REACHED),
        ([1.81], [], MISSED),
        ([2.4], [1.7], REACHED),
        ([1.7], [2.4], REACHED),
        ([2.4], [2.5], MISSED),
    ],
)
def test_a_goal_is_missed_only_if_wall_and_cpu_both_miss(wall: list[float], cpu: list[float], verdict: str) -> None:
    assert Line("J1", "open all", "×", wall, 1.8, 1.25, cpu).verdict == verdict


def test_a_figure_without_a_target_gets_no_verdict() -> None:
    assert Line("", "bare driver", "s", [1.0]).verdict == NO_TARGET


def test_waiting_is_judged_in_wall_time_alone() -> None:
    assert seconds("J8", "help", [Cost(wall=0.7, cpu=0.1)], 0.5).verdict == MISSED


def test_variants_take_turns_and_none_always_comes_first() -> None:
    ran: list[str] = []

    def variant(name: str) -> Cost:
        ran.append(name)
        return Cost(1.0, 1.0)

    costs = interleaved({"ours": lambda: variant("ours"), "control": lambda: variant("control")}, rounds=3)
    assert ran == ["ours", "control", "control", "ours", "ours", "control"]
    assert {name: len(found) for name, found in costs.items()} == {"ours": 3, "control": 3}


def test_a_missed_target_stands_in_the_table_and_in_the_document() -> None:
    lines = [Line("J8", "bangiao --help", "s", [0.6, 0.7, 0.8], 0.5)]
    page = io.StringIO()
    show(lines, Console(file=page, width=120))
    assert "bangiao --help" in page.getvalue()
    assert MISSED in page.getvalue()
    kept = json.loads(json.dumps(document(lines, {"rounds": 3}, datetime(2025, 7, 1, tzinfo=UTC), machine())))
    assert kept["lines"][0]["verdict"] == MISSED
    assert kept["lines"][0]["rounds"] == [0.6, 0.7, 0.8]
    assert kept["options"] == {"rounds": 3}


@pytest.mark.slow
def test_what_works_on_a_database_runs_small_and_finds_what_it_expects(tmp_path: Path) -> None:
    """Each of them checks its own results: the cockpit's numbers against a GROUP BY, that every step was completed
    exactly once, that every notice was sent."""
    bench = Bench(tmp_path, 1, [HANOI], [Prepared(SqliteFiles(tmp_path / "sqlite"), [HANOI])], quick=True)
    for subject in (acting, changes, noticing, pages, posting, reviewing):
        lines = list(subject.lines(bench))
        assert lines, subject.__name__
        assert all(line.rounds and min(line.rounds) >= 0 for line in lines), subject.__name__
