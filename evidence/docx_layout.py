"""What python-docx has no words for: fields, borders, repeated rows, tables that only lay out: for `minutes_docx`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "Times New Roman"
_CELL_MARGINS = (("top", "30"), ("left", "60"), ("bottom", "30"), ("right", "60"))
"""In twentieths of a point: a SHA-256 in 8 pt fits into its column."""
_FACES = ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs")
_STYLES = ("Normal", "Title", "Heading 1", "Header")


def dress_page(document: Any) -> None:
    """A4 with the margins of the decree; every style in black Times New Roman 13 without spacing of its own."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin = page.bottom_margin = Mm(22)
    page.left_margin, page.right_margin = Mm(30), Mm(15)
    page.header_distance = Mm(10)
    for name in _STYLES:
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(13), RGBColor(0, 0, 0)
        _name_faces(style.element.get_or_add_rPr())
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        for part in style.element.xpath(".//w:pBdr | .//w:pPr/w:tabs"):
            part.getparent().remove(part)


def _name_faces(properties: Any) -> None:
    """The theme's fonts go before the named ones: take them away."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for face in _FACES:
        fonts.set(qn(face), FONT)


def line(
    into: Any,
    words: str,
    *,
    size: float = 13,
    bold: bool = False,
    italic: bool = False,
    align: ALIGN = ALIGN.LEFT,
    indent: float = 0,
    before: float = 0,
    after: float = 4,
    keep: bool = False,
    first: bool = False,
    style: str | None = None,
) -> Any:
    """One paragraph in a document, cell or header; `first` takes the empty one that a cell begins with.

    What is as in its style is not written again: a table of 300 rows has 4,000 paragraphs.
    """
    paragraph = into.paragraphs[0] if first else into.add_paragraph(style=style)
    layout = paragraph.paragraph_format
    paragraph.alignment = None if align is ALIGN.LEFT else align
    layout.space_before, layout.space_after = Pt(before) if before else None, Pt(after) if after else None
    layout.keep_with_next = keep or None
    layout.first_line_indent = Mm(indent) if indent else None
    font = paragraph.add_run(words).font
    font.size, font.bold, font.italic = Pt(size), bold or None, italic or None
    return paragraph


def add_field(paragraph: Any, code: str) -> None:
    """A field that Word computes, such as PAGE."""
    for kind in ("begin", "code", "end"):
        part = OxmlElement("w:instrText" if kind == "code" else "w:fldChar")
        if kind == "code":
            part.set(qn("xml:space"), "preserve")
            part.text = code
        else:
            part.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(part)


def border_below(into: Any, side_mm: float) -> None:
    """A short rule in the middle: an empty small paragraph between wide indents, with a border on its top."""
    paragraph = line(into, "", size=2, align=ALIGN.CENTER)
    _bordered(paragraph, ("top",), side_mm)


def box_around(paragraph: Any, side_mm: float) -> None:
    _bordered(paragraph, ("top", "left", "bottom", "right"), side_mm)


def _bordered(paragraph: Any, edges: Sequence[str], side_mm: float) -> None:
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(side_mm)
    borders = OxmlElement("w:pBdr")
    for edge in edges:
        border = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def layout_grid(document: Any, widths_mm: Sequence[float], rows: int) -> Any:
    """A table without lines, to set things side by side."""
    return _table(document, widths_mm, rows, "Normal Table")


def lined_table(document: Any, widths_mm: Sequence[float], rows: int) -> Any:
    return _table(document, widths_mm, rows, "Table Grid")


def _table(document: Any, widths_mm: Sequence[float], rows: int, style: str) -> Any:
    table = document.add_table(rows=rows, cols=len(widths_mm))
    table.style = document.styles[style]
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _narrow_margins(table)
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)
    return table


def _narrow_margins(table: Any) -> None:
    margins = OxmlElement("w:tblCellMar")
    for edge, width in _CELL_MARGINS:
        margin = OxmlElement(f"w:{edge}")
        margin.set(qn("w:w"), width)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def cell_at(grid: Any, row: int, column: int) -> Any:
    """A cell of a layout grid without the empty paragraph it begins with; put at least one line in."""
    cell = grid.cell(row, column)
    empty = cell.paragraphs[0]._p
    empty.getparent().remove(empty)
    return cell


def repeat_row(row: Any) -> None:
    """Say again on top of every page that the table reaches."""
    keep_row_whole(row)
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def keep_row_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
