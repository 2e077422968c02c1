"""The parts of which report.pdf is made, as plain values for typst: headings, paragraphs, tables, facts.

`report_document` and its siblings → **parts** → `report_pdf`. Every text that goes in is shown with characters that the
fonts have and the eye can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from evidence.font_coverage import visible

Part = dict[str, Any]

ROWS_OF_A_TABLE = 400
"""A longer table is set as several, one under the other: setting one takes time and memory for all of its rows."""


def heading(text: str, level: int = 1) -> Part:
    return {"kind": "heading", "level": level, "text": _shown(text)}


def paragraph(text: str) -> Part:
    return {"kind": "paragraph", "text": _shown(text)}


def note(text: str) -> Part:
    """Small print below what it explains."""
    return {"kind": "note", "text": _shown(text)}


def facts(rows: Iterable[tuple[str, str]]) -> Part:
    """Label and value; a value may have several lines."""
    return {"kind": "facts", "rows": [[_shown(label), _shown(value)] for label, value in rows if value]}


def counted_lines(rows: Iterable[tuple[str, str]]) -> Part:
    """What there is, and how often."""
    return {"kind": "counted", "rows": [[_shown(label), _shown(count)] for label, count in rows]}


def boxed(parts: Iterable[Part]) -> Part:
    """What nobody may overlook."""
    return {"kind": "boxed", "parts": list(parts)}


def tables(columns: Sequence[str], widths: Sequence[int], aligned: str, rows: Iterable[Sequence[str]]) -> list[Part]:
    """`widths` are shares of the line; `aligned` has one of l, c, r for each column."""
    shown = [[_shown(cell) for cell in row] for row in rows]
    head = {"kind": "table", "columns": [_shown(one) for one in columns], "widths": list(widths), "aligned": aligned}
    return [{**head, "rows": shown[at : at + ROWS_OF_A_TABLE]} for at in range(0, len(shown), ROWS_OF_A_TABLE)]


def _shown(text: str) -> str:
    return text if text.isascii() and text.isprintable() else "\n".join(map(visible, text.split("\n")))
