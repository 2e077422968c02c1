"""report.pdf of a package, read back as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typst

from bangiao.i18n import translator
from evidence.package.report_counts import counted
from evidence.package.report_pdf import TEMPLATE, as_json_value, write_pdf
from evidence.package.report_rows import sources
from tests.package_samples import DIGEST, FORMULA, LONG, NAME, write_sample
from tests.unit.pdf_text import pages

WRITTEN = {
    "vi": (
        *("BÁO CÁO GÓI MINH CHỨNG", "12 bước công việc của 2 đơn vị: 4 đã hoàn thành", "Những gì còn thiếu"),
        *(
            "Bước quá hạn",
            "Đơn vị không có sự kiện nào",
            "Nghị quyết 1656/NQ-UBTVQH15",
            "02/07/2025, trễ 3 ngày làm việc",
        ),
        *("Chưa hoàn thành, quá hạn 65 ngày làm việc", "27/06/2025, đúng hạn", "01/BB-BG", "Không gửi được"),
        *("Không có minh chứng, trong khi mẫu yêu cầu: Biên bản", "Đính chính tên đơn vị tiếp nhận"),
        *("2 ngày làm việc trước ngày đi vào hoạt động", "Dữ liệu cá nhân của người thứ ba", "sha256sum --check"),
    ),
    "en": (
        *("EVIDENCE PACKAGE: REPORT", "12 steps of 2 units: 4 done", "What is missing", "Steps overdue"),
        *("Units without any event", "02/07/2025, 3 working days late", "Not finished, overdue by 65 working days"),
        *("27/06/2025, in time", "No evidence, although the template wants: Minutes", "Undeliverable"),
        *("2 working days before the day of operation", "Personal data of third parties", "sha256sum --check"),
    ),
}


def squeezed(text: str) -> str:
    return re.sub(r"\s+|\u200b", "", text)


def printed(data: Path, language: str, steps_in_full: int = 2_000) -> list[str]:
    known = sources(data, language, translator(language))
    path = data.parent / f"{language}.pdf"
    write_pdf(path, known, counted(known), steps_in_full)
    return pages(path.read_bytes())


def document(data: Path, language: str = "vi") -> dict[str, Any]:
    known = sources(data, language, translator(language))
    return as_json_value(known, counted(known), 2_000)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_report_tells_the_story_in_its_language(tmp_path: Path, language: str) -> None:
    whole = squeezed(" ".join(printed(write_sample(tmp_path / "data"), language)))
    assert [words for words in WRITTEN[language] if squeezed(words) not in whole] == []


def test_difficult_texts_are_printed_as_they_are_and_hidden_characters_are_shown(tmp_path: Path) -> None:
    whole = squeezed(" ".join(printed(write_sample(tmp_path / "data"), "vi")))
    assert squeezed(FORMULA) in whole.replace("’", "'")
    assert squeezed(LONG) in whole
    assert squeezed(NAME) in whole
    assert "bien-ban[U+202E]fdp.exe" in whole
    assert DIGEST in whole


def test_what_was_left_out_is_a_black_bar_with_words(tmp_path: Path) -> None:
    whole = squeezed(" ".join(printed(write_sample(tmp_path / "data"), "vi")))
    assert whole.count("[đãlượcbỏ]") >= 5
    nothing = document(write_sample(tmp_path / "all", left_out=False))
    said = [part.get("text") for part in nothing["parts"]]
    assert "Không lược bỏ, không lọc đi nội dung nào." in said
    assert "[đã lược bỏ]" not in json.dumps(nothing["parts"], ensure_ascii=False)


def test_beyond_the_limit_the_report_says_where_the_steps_are(tmp_path: Path) -> None:
    data = write_sample(tmp_path / "data")
    whole = squeezed(" ".join(printed(data, "vi", steps_in_full=11)))
    assert squeezed("sheet “Bước công việc”, từ dòng 2 đến dòng 13") in whole
    assert squeezed("8–13") in whole
    assert squeezed("2 ngày làm việc trước ngày đi vào hoạt động") not in whole


def test_the_gravest_of_what_is_missing_comes_first(tmp_path: Path) -> None:
    parts = document(write_sample(tmp_path / "data"))["parts"]
    box = next(part for part in parts if part["kind"] == "boxed")
    counts = next(part for part in box["parts"] if part["kind"] == "counted")
    assert counts["rows"] == [
        ["Bước quá hạn", "4"],
        ["Bước chưa hoàn thành, chưa quá hạn", "4"],
        ["Đơn vị không có sự kiện nào", "1"],
    ]


def test_a_complete_record_says_that_nothing_is_missing(tmp_path: Path) -> None:
    data = write_sample(tmp_path / "data")
    (data / "missing.jsonl").write_bytes(b"")
    assert squeezed("Không phát hiện nội dung nào còn thiếu") in squeezed(" ".join(printed(data, "vi")))


def test_an_empty_scope_is_a_report_too(tmp_path: Path) -> None:
    data = write_sample(tmp_path / "data", units=0)
    for rows in data.glob("*.jsonl"):
        rows.write_bytes(b"")
    assert squeezed("Phạm vi này không có bước công việc nào.") in squeezed(" ".join(printed(data, "vi")))


@pytest.mark.parametrize("kind", ["math.equation", "raw", "ref", "link", "<x>"])
def test_nothing_that_was_typed_becomes_an_element_of_typst(tmp_path: Path, kind: str) -> None:
    data = write_sample(tmp_path / "data")
    scope = json.loads((data / "scope.json").read_bytes())
    typed = "$x^2$ `raw` @ref https://example.vn <x> #panic() *b*"
    (data / "scope.json").write_text(json.dumps(scope | {"purpose": typed}), encoding="utf-8")
    inputs = {"report": json.dumps(document(data))}
    assert json.loads(typst.query(str(TEMPLATE), kind, sys_inputs=inputs, ignore_system_fonts=True)) == []
    assert squeezed(typed) in squeezed(" ".join(printed(data, "en")))


def test_heads_of_tables_come_back_on_every_page_and_pages_are_numbered(tmp_path: Path) -> None:
    written = [squeezed(page) for page in printed(write_sample(tmp_path / "data", units=120), "vi", steps_in_full=10)]
    of_units = [page for page in written if page.count("PhườngTrúcBạch") > 20 and "Đangquáhạn" in page]
    assert len(of_units) >= 2
    assert all(f"Trang{number}/{len(written)}" in page for number, page in enumerate(written, start=1))


def test_of_very_many_units_those_with_most_overdue_steps_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.package.report_document.UNITS_IN_PRINT", 3)
    data = write_sample(tmp_path / "data", units=5, steps_each=2)
    late = [json.loads(line) for line in (data / "steps.jsonl").open("rb")]
    late[8] |= {"state": "blocked", "overdue_working_days": 9}
    (data / "steps.jsonl").write_text("".join(json.dumps(row) + "\n" for row in late), encoding="utf-8")
    parts = document(data)["parts"]
    table = next(part for part in parts if part["kind"] == "table" and part["columns"][0] == "Đơn vị")
    assert table["rows"][0][0] == "Phường Trúc Bạch 5 (old:00005)"
    assert len(table["rows"]) == 3
    assert any("in 3 dòng trên tổng số 5" in part.get("text", "") for part in parts)


def test_the_pdf_is_tagged_and_dated_by_the_package(tmp_path: Path) -> None:
    data = write_sample(tmp_path / "data")
    known = sources(data, "vi", translator("vi"))
    write_pdf(tmp_path / "a.pdf", known, counted(known), 2_000)
    raw = (tmp_path / "a.pdf").read_bytes()
    assert b"/StructTreeRoot" in raw
    assert b"/Outlines" in raw
    assert b"<pdfaid:part>2</pdfaid:part>" in raw
    assert b"D:20250930" in raw
