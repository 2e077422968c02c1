"""Tables from the files that somebody hands in, CSV or spreadsheets.

`checklists.imports` says what they would do; the command writes only what it has accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bangiao.documents import Limits
from bangiao.documents_tables import read_tables
from checklists.errors import HandoverError, Refused
from checklists.places import quoted_file
from checklists.tables import Table


def read_table_files(paths: Sequence[Path], limits: Limits | None = None) -> list[Table]:
    """The tables of all files. Raises Refused with what is wrong with any of them."""
    tables: list[Table] = []
    mistakes: list[HandoverError] = []
    for path in paths:
        try:
            tables += read_tables(path, limits)
        except Refused as refusal:
            mistakes += refusal.mistakes
    if mistakes:
        raise Refused(", ".join(quoted_file(path) for path in paths), mistakes)
    return tables
