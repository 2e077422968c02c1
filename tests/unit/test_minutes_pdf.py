"""The PDF of the minutes: archivable, readable by a machine, the same bytes everywhere, and no markup from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typst
from minutes_facts import FILES, GIVING, ITEMS, both, confirmation, many, minutes
from pdf_text import objects, pages

from checklists.minutes import EvidenceFile, HandoverMinutes, Person
from checklists.templates import Side
from evidence.minutes_pdf import TEMPLATE, minutes_pdf
from evidence.minutes_text import minutes_text

ROOT = Path(__file__).parents[2]
HOSTILE = '#panic() *bold* _it_ @label <x> $x$ `raw` [b] = h // c \\ "q" #import "a" https://a.b'
PRINT_HASHES = """
import hashlib, sys
sys.path[:0] = [{root!r}, {here!r}]
from minutes_facts import both, minutes
from evidence.minutes_docx import minutes_docx
from evidence.minutes_pdf import minutes_pdf
told = minutes()
for write in (minutes_pdf, minutes_docx):
    print(hashlib.sha256(write(told, both(told))).hexdigest())
"""


def squeezed(text: str) -> str:
    """Without blanks: a line of the document may break anywhere."""
    return re.sub(r"\s", "", text)


def text_of(told: HandoverMinutes, final: bool = False) -> str:
    return squeezed(" ".join(pages(minutes_pdf(told, both(told) if final else ()))))


def test_the_text_of_the_document_is_right_vietnamese_for_a_machine() -> None:
    whole = text_of(minutes(), final=True)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BIÊN BẢN",
        "Hà Nội, ngày 01 tháng 7 năm 2025",
        "Nguyễn Thị Hằng",
        "Đỗ Văn Ước",
        "Công chức Văn phòng - Thống kê",
        "Lý do",
        "Đã xác nhận trên hệ thống lúc 11:45:05 ngày 01/07/2025",
        "Nơi nhận:",
        minutes().content_hash,
        FILES[0].file_name,
        FILES[0].sha256,
    ):
        assert squeezed(words) in whole


def test_every_word_of_the_form_is_in_the_pdf() -> None:
    told = minutes(witnesses=(Person(name="Lê Văn Ích", position="Tổ trưởng Tổ công tác"),))
    whole = text_of(told)
    words = json.dumps(minutes_text(told, ()).as_json_value(), ensure_ascii=False)
    said = [json.loads(literal) for literal in re.findall(r'(?<=[\[ ])"(?:[^"\\]|\\.)+"(?=[,\]}])', words)]
    cells = [part for text in said for part in text.split("\n") if part not in {"clllcl", "clllc", "clccr"}]
    assert len(cells) > 60
    assert [text for text in cells if squeezed(text) not in whole] == []


def test_a_draft_is_marked_on_every_page_and_a_final_document_on_none() -> None:
    told = minutes()
    assert all("DỰTHẢO" in squeezed(page) for page in pages(minutes_pdf(told, ())))
    assert all("DỰTHẢO" in squeezed(page) for page in pages(minutes_pdf(told, (confirmation(told, Side.SUCCESSOR),))))
    assert "DỰTHẢO" not in text_of(told, final=True)


def test_the_file_claims_pdf_a_and_pdf_ua_has_tags_a_language_and_its_fonts() -> None:
    pdf = minutes_pdf(minutes(), ())
    whole = b"\n".join(objects(pdf).values())
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in whole
    assert b"<pdfuaid:part>1</pdfuaid:part>" in whole
    assert b"/MarkInfo<</Marked true" in whole
    assert b"/StructTreeRoot" in whole
    assert b"/Lang(vi-VN)" in whole
    fonts = set(re.findall(rb"/FontName/[A-Z]{6}\+([A-Za-z-]+)", whole))
    assert fonts == {b"Tinos-Regular", b"Tinos-Bold", b"Tinos-Italic", b"Tinos-BoldItalic"}
    assert len(re.findall(rb"/FontFile2 ", whole)) == len(fonts)


def test_pages_are_a4_and_numbered_from_the_second() -> None:
    told = many(40)
    pdf = minutes_pdf(told, both(told))
    assert set(re.findall(rb"/MediaBox\[([^\]]+)\]", pdf)) == {b"0 0 595.2756 841.8898"}
    first, *others = pages(pdf)
    assert first.startswith("ỦY BAN NHÂN DÂN")
    assert [page.split()[0] for page in others] == [str(number) for number in range(2, len(others) + 2)]


def test_markup_in_names_is_shown_as_it_was_typed() -> None:
    person = Person(name=HOSTILE, position=HOSTILE)
    told = minutes(
        number=HOSTILE[:60],
        subject=HOSTILE,
        reason=HOSTILE,
        giving=GIVING.model_copy(update={"unit_name": HOSTILE, "superior_name": HOSTILE, "representative": person}),
        items=(ITEMS[0].model_copy(update={"title": HOSTILE, "category": HOSTILE}),),
        files=(EvidenceFile(step_key=ITEMS[0].step_key, file_name=HOSTILE, size=1, sha256="a" * 64),),
        commitments=(HOSTILE,),
        receivers=(HOSTILE,),
    )
    said = confirmation(told, Side.PREDECESSOR, person=HOSTILE, on_behalf_of=HOSTILE)
    whole = squeezed(" ".join(pages(minutes_pdf(told, (said, confirmation(told, Side.SUCCESSOR))))))
    assert whole.count(squeezed(HOSTILE)) >= 10
    assert whole.count(squeezed(HOSTILE.upper())) >= 3


@pytest.mark.parametrize("kind", ["math.equation", "raw", "ref", "link", "<x>", "<label>"])
def test_nothing_that_was_typed_becomes_an_element_of_typst(kind: str) -> None:
    words = minutes_text(minutes(subject=HOSTILE, reason=HOSTILE), ()).as_json_value()
    found = typst.query(str(TEMPLATE), kind, sys_inputs={"minutes": json.dumps(words)}, ignore_system_fonts=True)
    assert json.loads(found) == []


def test_a_character_that_no_font_has_does_not_stop_the_document() -> None:
    assert "BàngiaoU+1F600" in re.sub(r"[\[\]]", "", text_of(minutes(subject="Bàn giao 😀")))


def test_the_same_facts_give_the_same_bytes_in_another_process_place_and_zone(tmp_path: Path) -> None:
    script = PRINT_HASHES.format(root=str(ROOT), here=str(Path(__file__).parent))
    printed = set()
    for seed, zone, folder in (("1", "UTC", ROOT), ("2", "Asia/Tokyo", tmp_path)):
        surroundings = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        run = [sys.executable, "-c", script]
        printed.add(
            subprocess.run(run, env=surroundings, cwd=folder, capture_output=True, text=True, check=True).stdout
        )
    assert len(printed) == 1
    assert len(printed.pop().split()) == 2


def test_another_fact_gives_other_bytes() -> None:
    assert minutes_pdf(minutes(), ()) != minutes_pdf(minutes(copies=3), ())


def test_minutes_without_items_fit_on_two_pages() -> None:
    bare = minutes(items=(), files=(), exceptions=(), commitments=(), receivers=())
    assert len(pages(minutes_pdf(bare, both(bare)))) <= 2


def test_three_hundred_items_keep_their_hashes_and_repeat_the_head_of_their_tables() -> None:
    told = many(300)
    written = [squeezed(page) for page in pages(minutes_pdf(told, both(told)))]
    whole = "".join(written)
    assert [file.sha256 for file in told.files if file.sha256 not in whole] == []
    assert [item.step_key for item in told.items if f"({item.step_key})" not in whole] == []
    assert [number for number, page in enumerate(written) if "kiem-dem-" in page and "mãbămSHA-256" not in page] == []
    signed = [page for page in written if "ĐẠIDIỆNBÊNGIAO" in page]
    assert len(signed) == 1
    assert "Nơinhận:" in signed[0]
    assert "Biênbảnnàyđượclậpthành" in signed[0]


def test_words_longer_than_their_column_stay_inside_the_page() -> None:
    """Typst would let a word without blanks run over the next columns; parted, it needs several lines."""
    name = "m" * 400 + ".pdf"
    told = minutes(files=(FILES[0].model_copy(update={"file_name": name}), FILES[1]))
    written = pages(minutes_pdf(told, ()))
    assert squeezed(name) in squeezed(" ".join(written))
    assert "m" * 30 not in " ".join(written)
