"""`python -m benchmarks`: run the subjects, print the table, keep the figures as JSON in benchmarks/results."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from rich.console import Console

from benchmarks import (
    acting,
    auditing,
    changes,
    commands,
    noticing,
    opening,
    packaging,
    pages,
    planning,
    posting,
    previews,
    reviewing,
    through_prefect,
)
from benchmarks.context import Bench, bench
from benchmarks.measure import MISSED, Line
from benchmarks.report import document, machine, show, store

WIDTH = 150

SUBJECTS: Mapping[str, Callable[[Bench], Iterator[Line]]] = {
    "opening": opening.lines,
    "planning": planning.lines,
    "previews": previews.lines,
    "commands": commands.lines,
    "acting": acting.lines,
    "changes": changes.lines,
    "reviewing": reviewing.lines,
    "noticing": noticing.lines,
    "pages": pages.lines,
    "posting": posting.lines,
    "packaging": packaging.lines,
    "auditing": auditing.lines,
    "prefect": through_prefect.lines,
}


def main() -> int:
    chosen = _arguments()
    subjects = [*chosen.subjects, *(chosen.only or ())] or list(SUBJECTS)
    log = Console(stderr=True)
    began, start, lines = datetime.now(UTC), machine(), list[Line]()
    with bench(1 if chosen.quick else chosen.rounds, quick=chosen.quick, postgresql=not chosen.sqlite_only) as made:
        for name in subjects:
            log.print(f"{name}: {made.rounds} rounds, {len(made.files)} decisions …")
            lines += SUBJECTS[name](made)
    options = {"only": subjects, "rounds": made.rounds, "decisions": len(made.files)}
    kept = document(lines, options, began, start)
    file = store(kept, subjects if len(subjects) < len(SUBJECTS) else ["all"], began)
    if chosen.json:
        print(json.dumps(kept, indent=1))
    else:
        show(lines, Console() if sys.stdout.isatty() else Console(width=WIDTH))
    missed = sum(line.verdict == MISSED for line in lines)
    log.print(f"{missed} of {sum(line.target is not None for line in lines)} targets missed. Kept in {file.name}.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", type=_subject, metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)} (all)")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="this subject (may be given again)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per measure (5)")
    parser.add_argument("--quick", action="store_true", help="one round, three decisions: does it run at all?")
    parser.add_argument("--sqlite-only", action="store_true", help="without PostgreSQL")
    parser.add_argument("--json", action="store_true", help="the document on stdout instead of the table")
    return parser.parse_args()


def _subject(said: str) -> str:
    if said not in SUBJECTS:
        raise argparse.ArgumentTypeError(f"no subject: {said}")
    return said


if __name__ == "__main__":
    sys.exit(main())
