"""The DOCX of the minutes says what the PDF says, and Word lays it out by the decree."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
from docx import Document
from minutes_facts import FILES, both, many, minutes
from test_minutes_text import leaves

from checklists.minutes import HandoverMinutes, Person
from evidence.minutes_docx import minutes_docx
from evidence.minutes_text import minutes_text

WITNESSED = minutes(witnesses=(Person(name="Lê Văn Ích", position="Tổ trưởng Tổ công tác"),))
HOSTILE = "<w:p/> &amp; ]]> {{ x }} #panic() \"'"


def read(told: HandoverMinutes, final: bool = False) -> Any:
    return Document(io.BytesIO(minutes_docx(told, both(told) if final else ())))


def text_of(document: Any) -> str:
    """All paragraphs of body and tables in one text."""
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(paragraph.text for holder in (document, *cells) for paragraph in holder.paragraphs)


def headers(document: Any) -> str:
    return "".join(paragraph.text for paragraph in document.sections[0].header.paragraphs)


@pytest.mark.parametrize("told", [WITNESSED, minutes(items=(), files=(), exceptions=()), many(300)])
def test_every_word_of_the_form_is_in_the_document(told: HandoverMinutes) -> None:
    whole = text_of(read(told, final=True))
    words = minutes_text(told, both(told)).as_json_value()
    for section in (*words["sections"], *filter(None, [words["annex"]])):
        (section["table"] or {}).pop("aligned", None)
    parts = [part for text in leaves(words) for part in text.split("\n")]
    assert len(parts) > 30
    assert [part for part in parts if part not in whole] == []


def test_tables_repeat_their_head_and_keep_their_rows_whole() -> None:
    lined = [table for table in read(minutes()).tables if table.style.name == "Table Grid"]
    assert [len(table.rows) for table in lined] == [3, 3, 3]
    for table in lined:
        assert len(table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")) == 1
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)


def test_the_page_is_a4_with_the_margins_and_the_font_of_the_decree() -> None:
    document = read(minutes())
    page = document.sections[0]
    sides = (
        page.page_width,
        page.page_height,
        page.top_margin,
        page.bottom_margin,
        page.left_margin,
        page.right_margin,
    )
    assert [round(side.mm) for side in sides] == [210, 297, 22, 22, 30, 15]
    for name in ("Normal", "Title", "Heading 1", "Header"):
        font = document.styles[name].font
        assert (font.name, font.size.pt) == ("Times New Roman", 13)
        assert not document.styles[name].element.xpath(".//w:rFonts/@w:asciiTheme")


def test_pages_are_numbered_at_the_top_from_the_second() -> None:
    section = read(minutes()).sections[0]
    assert section.different_first_page_header_footer
    assert section.header._element.xpath(".//w:instrText/text()") == ["PAGE"]
    assert section.first_page_header._element.xpath(".//w:instrText") == []


def test_a_draft_is_marked_and_a_final_document_is_not() -> None:
    draft, final = read(minutes()), read(minutes(), final=True)
    assert "DỰ THẢO" in headers(draft)
    assert "DỰ THẢO" in text_of(draft)
    assert "DỰ THẢO" not in headers(final) + text_of(final)


def test_markup_in_names_is_shown_as_it_was_typed() -> None:
    told = minutes(subject=HOSTILE, files=(FILES[0].model_copy(update={"file_name": HOSTILE}), FILES[1]))
    assert text_of(read(told)).count(HOSTILE) == 2


def test_no_clock_is_in_the_file() -> None:
    written = minutes_docx(minutes(), ())
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = Document(io.BytesIO(written)).core_properties
    assert properties.created == properties.modified
    assert properties.created is not None
    assert properties.created.replace(tzinfo=None) == datetime(2025, 7, 1)  # noqa: DTZ001
    assert minutes().content_hash in properties.comments
