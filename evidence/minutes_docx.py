"""Minutes as a DOCX that an office edits: words of `minutes_text` → python-docx → bytes.

The same words as the PDF in the same order and layout; Times New Roman is named, not embedded. Time stamps are the day
of the minutes and the archive is packed anew with fixed ones, so that the same facts give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Mm

from checklists.minutes import Confirmation, HandoverMinutes
from evidence.docx_layout import (
    add_field,
    border_below,
    box_around,
    cell_at,
    dress_page,
    keep_row_whole,
    layout_grid,
    line,
    lined_table,
    repeat_row,
)
from evidence.minutes_text import minutes_text

NATION, MOTTO, DRAFT = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "DỰ THẢO"
_SIDES = {"l": ALIGN.LEFT, "c": ALIGN.CENTER, "r": ALIGN.RIGHT}
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_LINE_MM = 165


def minutes_docx(minutes: HandoverMinutes, confirmations: Iterable[Confirmation]) -> bytes:
    """A Word document; marked as a draft until both sides confirmed this content."""
    facts = minutes_text(minutes, confirmations).as_json_value()
    document = Document()
    dress_page(document)
    _describe(document, minutes, facts)
    _page_header(document.sections[0], facts)
    _head(document, facts)
    for words in facts["basis"]:
        line(document, words, italic=True, align=ALIGN.JUSTIFY, indent=10)
    line(document, facts["opening"], align=ALIGN.JUSTIFY, indent=10)
    for section in facts["sections"]:
        _section(document, section)
    _signatures(document, facts)
    if facts["annex"]:
        _annex(document, facts["annex"])
    return _packed(document)


def _describe(document: Any, minutes: HandoverMinutes, facts: Mapping[str, Any]) -> None:
    properties = document.core_properties
    held = datetime.combine(minutes.held_on, time())
    properties.title = f"Biên bản {facts['number'].lower()}: {facts['subject']}"[:255]
    properties.author = properties.last_modified_by = "bangiao"
    properties.comments = facts["content_hash"]
    properties.language = "vi-VN"
    properties.created = properties.modified = held
    properties.revision = 1


def _page_header(section: Any, facts: Mapping[str, Any]) -> None:
    """The page number, centred at the top from the second page on; a draft says so beside it."""
    section.different_first_page_header_footer = True
    header = section.header.paragraphs[0]
    tabs = header.paragraph_format.tab_stops
    tabs.add_tab_stop(Mm(_LINE_MM / 2), WD_TAB_ALIGNMENT.CENTER)
    tabs.add_tab_stop(Mm(_LINE_MM), WD_TAB_ALIGNMENT.RIGHT)
    header.add_run("\t")
    add_field(header, "PAGE")
    if facts["draft"]:
        header.add_run(f"\t{DRAFT}").bold = True


def _head(document: Any, facts: Mapping[str, Any]) -> None:
    grid = layout_grid(document, (70, 95), rows=2)
    body, nation = cell_at(grid, 0, 0), cell_at(grid, 0, 1)
    if facts["superior"]:
        line(body, facts["superior"], size=12, align=ALIGN.CENTER)
    line(body, facts["unit"], size=12, bold=True, align=ALIGN.CENTER)
    border_below(body, side_mm=24)
    line(nation, NATION, size=12, bold=True, align=ALIGN.CENTER)
    line(nation, MOTTO, size=13, bold=True, align=ALIGN.CENTER)
    border_below(nation, side_mm=18)
    number, day = cell_at(grid, 1, 0), cell_at(grid, 1, 1)
    line(number, facts["number"], align=ALIGN.CENTER)
    if facts["draft"]:
        box_around(line(number, DRAFT, bold=True, align=ALIGN.CENTER, before=4), side_mm=20)
    line(day, facts["place_and_date"], italic=True, align=ALIGN.CENTER)
    line(document, "BIÊN BẢN", size=14, bold=True, align=ALIGN.CENTER, before=14, style="Title")
    line(document, facts["subject"], size=14, bold=True, align=ALIGN.CENTER)
    border_below(document, side_mm=68)


def _section(document: Any, section: Mapping[str, Any]) -> None:
    line(document, section["heading"], bold=True, before=8, style="Heading 1")
    for words in section["lines"]:
        line(document, words, align=ALIGN.JUSTIFY)
    if section["table"]:
        _listed(document, section["table"])
    if section["note"]:
        line(document, section["note"], before=6)


def _listed(document: Any, table: Mapping[str, Any]) -> None:
    widths = tuple(share * _LINE_MM / sum(table["widths"]) for share in table["widths"])
    lined = lined_table(document, widths, rows=1 + len(table["rows"]))
    rows = lined.rows
    _fill(rows[0], table["columns"], "c" * len(widths), bold=True)
    repeat_row(rows[0])
    for row, cells in zip(list(rows)[1:], table["rows"], strict=True):
        _fill(row, cells, table["aligned"])
        keep_row_whole(row)


def _fill(row: Any, cells: Sequence[str], aligned: str, bold: bool = False) -> None:
    """The first line of a cell is the name; what follows (key, hash) is smaller: a SHA-256 stays in one line."""
    for cell, words, side in zip(row.cells, cells, aligned, strict=True):
        first, *others = words.split("\n")
        line(cell, first, size=11, bold=bold, align=_SIDES[side], after=0, first=True)
        for one in others:
            line(cell, one, size=8, align=_SIDES[side], after=0)


def _signatures(document: Any, facts: Mapping[str, Any]) -> None:
    """Everything here holds together, so that nobody signs a page without text."""
    for words in facts["closing"]:
        line(document, words, align=ALIGN.JUSTIFY, indent=10, keep=True)
    grid = layout_grid(document, (_LINE_MM / 2, _LINE_MM / 2), rows=1)
    keep_row_whole(grid.rows[0])
    for column, side in enumerate(facts["signatures"]):
        cell = cell_at(grid, 0, column)
        line(cell, side["heading"], bold=True, align=ALIGN.CENTER, before=8, keep=True)
        line(cell, side["position"], bold=True, align=ALIGN.CENTER, keep=True)
        line(cell, "(Ký, ghi rõ họ tên, đóng dấu)", italic=True, align=ALIGN.CENTER, keep=True)
        line(cell, side["name"], bold=True, align=ALIGN.CENTER, before=60, keep=True)
        line(cell, side["confirmation"], size=11, italic=True, align=ALIGN.CENTER, keep=True)
    if facts["receivers"]:
        line(document, "Nơi nhận:", size=12, bold=True, italic=True, before=8, keep=True)
        for words in facts["receivers"]:
            line(document, words, size=11, after=0, keep=True)
    line(document, facts["content_hash"], size=9, before=8)


def _annex(document: Any, annex: Mapping[str, Any]) -> None:
    heading = line(document, annex["heading"], bold=True, align=ALIGN.CENTER, style="Heading 1")
    heading.paragraph_format.page_break_before = True
    for words in annex["lines"]:
        line(document, words, italic=True, align=ALIGN.CENTER)
    _listed(document, annex["table"])
    line(document, annex["note"], before=6)


def _packed(document: Any) -> bytes:
    """python-docx stamps the members of the archive with the clock; here they get one fixed time."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, _ZIP_EPOCH)
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(member), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
