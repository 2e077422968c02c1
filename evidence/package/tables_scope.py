"""The first sheet of the workbook: what was asked for, by whom, as of when, how many rows, what is not there.

`scope.json` → **rows of label and value** → `tables_xlsx`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.package.report_rows import Sources, local
from evidence.spreadsheet_safe import Cell

_HEAD = ("package", "filters", "purpose", "exported_by", "as_of", "checkpoint", "product", "format")


def scope_rows(known: Sources) -> Iterator[tuple[Cell, ...]]:
    """A row of one cell is a heading."""
    w, scope = known.w, known.scope
    yield (w("package"),)
    for name in _HEAD:
        yield w(name), _value(name, known)
    yield ()
    yield (w("filter"),)
    for name, value in scope["filters"].items():
        yield w(name), known.text(value)
    if not scope["filters"]:
        yield w("filter"), w("everything")
    yield ()
    yield (w("rows_of"),)
    for name, count in scope["rows"].items():
        yield name, count
    yield w("files"), scope["files"]
    yield w("all_rows"), ""
    yield ()
    yield from _left_out(known)
    yield from _supersedes(known)


def _value(name: str, known: Sources) -> Cell:
    scope = known.scope
    match name:
        case "filters":
            return known.text(scope["filters_text"])
        case "exported_by":
            return known.who(scope["exported_by"])
        case "as_of":
            return local(scope["as_of"])
        case "checkpoint":
            return checkpoint_text(scope["checkpoint"])
    return known.text(scope[name])


def checkpoint_text(checkpoint: dict[str, Any], between: str = " · ") -> str:
    """Origin, size and root, as they stand in the signed note."""
    return between.join(str(checkpoint[name]) for name in ("origin", "size", "root") if name in checkpoint)


def _left_out(known: Sources) -> Iterator[tuple[Cell, ...]]:
    w = known.w
    yield (w("left_out_heading"),)
    if not known.scope["left_out"]:
        yield w("nothing_left_out"), ""
        return
    yield w("what"), w("number"), w("why"), w("basis")
    for row in known.scope["left_out"]:
        yield known.text(row["what"]), row["number"], known.text(row["why"]), known.text(row["basis"])


def _supersedes(known: Sources) -> Iterator[tuple[Cell, ...]]:
    w, before = known.w, known.scope["supersedes"]
    if before is None:
        return
    yield ()
    yield (w("supersedes"),)
    yield w("package"), before["package"]
    yield w("as_of"), local(before["as_of"])
    yield w("supersedes_hash"), before["tagmanifest_sha256"]
    for name, numbers in before["changes"].items():
        yield name, ", ".join(f"{w(change)} {count}" for change, count in numbers.items())
