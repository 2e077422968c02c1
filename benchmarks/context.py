"""What every subject works with: how many rounds, which decision files, and the databases made for this run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bangiao.register_files import decision_files
from benchmarks.databases import Prepared, SqliteFiles
from benchmarks.postgres import postgres

HANOI = next(file for file in decision_files() if file.name.startswith("1656-"))


@dataclass(frozen=True)
class Bench:
    """One run: `files` are the decisions that are opened, `prepared` the databases, SQLite first. `quick`: whether it
    runs at all is what is asked, so a few of everything will do."""

    folder: Path
    rounds: int
    files: list[Path]
    prepared: list[Prepared]
    quick: bool = False

    @property
    def embedded(self) -> Prepared:
        return self.prepared[0]


@contextmanager
def bench(rounds: int, *, quick: bool, postgresql: bool = True) -> Iterator[Bench]:
    """`quick` takes three decisions instead of all: enough to see that a benchmark works, not to believe it."""
    files = [file for file in decision_files() if not quick or file.name[:4] in {"202-", "1655", "1656"}]
    with TemporaryDirectory(prefix="bangiao-bench-") as made:
        folder = Path(made)
        embedded = Prepared(SqliteFiles(folder / "sqlite"), files)
        if not postgresql:
            yield Bench(folder, rounds, files, [embedded], quick)
            return
        with postgres(folder) as server:
            yield Bench(folder, rounds, files, [embedded, Prepared(server, files)], quick)
