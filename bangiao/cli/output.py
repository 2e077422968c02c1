"""What commands share in speaking: options, tables, dates, progress, JSON."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

from cyclopts import Parameter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bangiao.formats import day as day
from bangiao.formats import moment as moment
from bangiao.formats import number as number
from bangiao.i18n import _

_RICH_GUESS = 80
"""What rich takes for a pipe when COLUMNS does not say otherwise."""

_WIDTH_OF_A_PIPE = 110

AsJson = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help=_("One JSON document on standard output."))
]
By = Annotated[str | None, Parameter(name="--as", help=_("Who acts (setting actor unless given)."))]

# no markup: names and titles come from files, and "[red]" in one of them is text like any other
out = Console(highlight=False, markup=False)
if not sys.stdout.isatty() and out.width == _RICH_GUESS:
    out.width = _WIDTH_OF_A_PIPE
err = Console(stderr=True, highlight=False, markup=False)


def print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def table(*columns: str, title: str = "", numbers: Iterable[int] = ()) -> Table:
    """A plain table; the columns named by `numbers` (from 0) are right-aligned."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    right = set(numbers)
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place in right else "left", overflow="fold")
    return made


def command_line(*words: str) -> None:
    """A command or a hash to copy: never broken over lines, and quoted, so that a shell takes each word as it is."""
    out.print(f"  {shlex.join(words)}", soft_wrap=True)


def heading(title: str, rest: str = "", before: str = "") -> None:
    """A line whose `title` stands out."""
    out.print(Text.assemble(before, (title, "bold"), rest))


@contextmanager
def progress_bar(words: str, total: int | None, shown: bool = True) -> Iterator[Any]:
    """A progress bar on stderr while the block runs; yields a function that is told how much more is done.

    Without a terminal nothing is drawn, so logs stay clean.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal)) as bars:
        task = bars.add_task(words, total=total)
        yield lambda amount=1: bars.advance(task, amount)
