"""A decision with 526 + 126 units changes: its date is amended, and its dissolved units' work moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bangiao.decision_files import read_decision
from bangiao.revisions import amendment, commit_drafted, draft
from bangiao.succession import move_work
from bangiao.wiring import Wiring
from benchmarks.context import HANOI, Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, seconds
from checklists.decisions import MergerDecision

OPERATIONAL = datetime(2025, 7, 1, 1, tzinfo=UTC)
"""The morning on which the dissolved units are no more."""


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        name, hanoi = prepared.databases.name, prepared.only(HANOI)
        drafting, committing, moving, again = list[Cost](), list[Cost](), list[Cost](), list[Cost]()
        for _ in range(bench.rounds):
            for costs, cost in zip((drafting, committing), _amended(hanoi, bench.folder), strict=True):
                costs.append(cost)
            for costs, cost in zip((moving, again), _moved(hanoi), strict=True):
                costs.append(cost)
        yield seconds("", f"{name}: draft Hà Nội's new date (the difference)", drafting)
        yield seconds("", f"{name}: commit Hà Nội's new date (683 units)", committing)
        yield seconds("", f"{name}: move the work of Hà Nội's 556 dissolved units", moving)
        yield seconds("", f"{name}: move work again, nothing to do", again)


def _amended(prepared: Prepared, folder: Path) -> tuple[Cost, Cost]:
    """The operational date a week later: drafted by one person, committed by another."""
    file = folder / "amended.json"
    file.write_text(_a_week_later(read_decision(HANOI)).canonical_json(), encoding="utf-8")
    with wired(prepared.copy_of_opened("round")) as wiring:
        drafted = []
        cpu = prepared.databases.cpu
        drafting = cost_of(lambda: drafted.append(_drafted(wiring, file)), cpu)
        number, change_hash = drafted[0]
        committing = cost_of(lambda: commit_drafted(wiring, number, change_hash, by="second"), cpu)
    return drafting, committing


def _drafted(wiring: Wiring, file: Path) -> tuple[str, str]:
    outcome = draft(wiring, amendment(wiring, file), reason="lùi ngày", by="first")
    assert outcome.change is not None
    return outcome.number, outcome.change.hash


def _a_week_later(decision: MergerDecision) -> MergerDecision:
    fields = {name: getattr(decision, name) for name in MergerDecision.model_fields}
    return MergerDecision.model_validate(fields | {"operational": decision.operational + timedelta(days=7)})


def _moved(prepared: Prepared) -> tuple[Cost, Cost]:
    settings = replace(prepared.copy_of_opened("round"), clock=OPERATIONAL)
    number = read_decision(HANOI).number
    with wired(settings) as wiring:
        cpu = prepared.databases.cpu
        first = cost_of(lambda: move_work(wiring, number), cpu)
        return first, cost_of(lambda: move_work(wiring, number), cpu)
