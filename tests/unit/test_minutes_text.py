"""The words of the form of decree 30/2020/NĐ-CP, and characters that a document must not hide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from minutes_facts import EXCEPTIONS, FILES, GIVING, GROUND, ITEMS, both, confirmation, minutes

from checklists.minutes import EvidenceFile, HandoverMinutes, Person
from checklists.steps import StepState
from checklists.templates import Side
from evidence.font_coverage import FONTS, characters, visible
from evidence.minutes_text import STATES, minutes_text

VIETNAMESE = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY"
TONES = "\u0300\u0309\u0303\u0301\u0323"


def words(told: HandoverMinutes, final: bool = False) -> Any:
    return minutes_text(told, both(told) if final else ()).as_json_value()


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)


def test_every_state_of_a_step_has_its_words() -> None:
    assert set(STATES) == set(StepState)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2025, 7, 1), "ngày 01 tháng 7 năm 2025"),
        (date(2026, 2, 9), "ngày 09 tháng 02 năm 2026"),
        (date(2025, 12, 31), "ngày 31 tháng 12 năm 2025"),
    ],
)
def test_the_date_has_zeros_only_before_small_days_and_the_first_two_months(day: date, written: str) -> None:
    assert words(minutes(held_on=day))["place_and_date"] == f"Hà Nội, {written}"


def test_a_long_name_of_a_body_breaks_between_what_it_is_and_where() -> None:
    told = words(minutes())
    assert told["superior"] == "ỦY BAN NHÂN DÂN\nQUẬN BA ĐÌNH"
    assert words(minutes(giving=GIVING.model_copy(update={"unit_name": "Sở Tư pháp"})))["unit"] == "SỞ TƯ PHÁP"


def test_grounds_end_with_semicolons_and_the_last_with_a_full_stop() -> None:
    first, last = words(minutes())["basis"]
    assert first == (
        "Căn cứ Nghị quyết số 1656/NQ-UBTVQH15 ngày 16 tháng 6 năm 2025 của Ủy ban Thường vụ Quốc hội "
        "về việc sắp xếp các đơn vị hành chính cấp xã của thành phố Hà Nội năm 2025;"
    )
    assert last == "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15."


def test_a_title_that_does_not_begin_with_its_about_is_quoted() -> None:
    titled = GROUND.model_copy(update={"title": "Sắp xếp xã"})
    assert words(minutes(ground=titled, basis=()))["basis"][0].endswith("Quốc hội, “Sắp xếp xã”.")


def test_a_draft_says_that_nobody_confirmed_yet() -> None:
    told = minutes()
    half = minutes_text(told, (confirmation(told, Side.PREDECESSOR),))
    assert half.draft
    assert [("Đã xác nhận" in side.confirmation) for side in half.signatures] == [True, False]
    assert half.signatures[1].confirmation == "Chưa xác nhận trên hệ thống"


def test_a_confirmation_shows_the_hour_of_vietnam_the_person_and_for_whom() -> None:
    final = words(minutes(), final=True)
    assert not final["draft"]
    assert final["signatures"][0]["confirmation"].split("\n") == [
        "Đã xác nhận trên hệ thống",
        "lúc 11:30:05 ngày 01/07/2025",
        "Người xác nhận: Nguyễn Thị Hằng",
        "Thay mặt: Ủy ban nhân dân phường Trúc Bạch",
    ]
    assert minutes().content_hash in final["content_hash"]


def test_the_annex_says_under_which_item_each_file_belongs() -> None:
    blocked = FILES[0].model_copy(update={"step_key": "return-seal"})
    told = minutes(files=(*FILES, blocked))
    assert [row[2] for row in words(told)["annex"]["table"]["rows"]] == ["IV.1", "IV.2", "V.1"]
    with_witness = told.model_copy(update={"witnesses": (Person(name="Lê Văn Ích", position="Tổ trưởng"),)})
    assert [row[2] for row in words(with_witness)["annex"]["table"]["rows"]] == ["V.1", "V.2", "VI.1"]
    assert words(with_witness)["sections"][4]["heading"] == "V. NỘI DUNG BÀN GIAO"


def test_numbers_are_grouped_the_vietnamese_way_and_counted() -> None:
    told = words(minutes())
    assert told["annex"]["table"]["rows"][0][4] == "1.234.567"
    assert told["annex"]["note"] == "Tổng cộng: 2 tệp, 1.255.047 byte."
    assert told["sections"][3]["note"] == "Tổng cộng: 2 nội dung, 2 tệp minh chứng (danh mục tại Phụ lục)."


def test_minutes_with_nothing_in_them_say_so() -> None:
    bare = words(minutes(items=(), files=(), exceptions=(), commitments=(), receivers=()))
    assert bare["annex"] is None
    assert [section["lines"] for section in bare["sections"][3:]] == [
        ["Không có nội dung nào được bàn giao theo biên bản này."],
        ["Không có."],
        ["Không có."],
    ]


def test_every_fact_is_somewhere_in_the_words() -> None:
    told = minutes(witnesses=(Person(name="Lê Văn Ích", position="Tổ trưởng Tổ công tác"),))
    whole = " ".join(leaves(words(told)))
    facts = [told.number, told.place, told.subject, told.reason, str(told.venue), *told.commitments, *told.receivers]
    for party in (told.giving, told.receiving):
        facts += [party.unit_key, party.unit_name]
        facts += [text for person in (party.representative, *party.others) for text in (person.name, person.position)]
    facts += [text for item in ITEMS for text in (item.title, item.step_key, item.category, str(item.evidence))]
    facts += [text for file in FILES for text in (file.file_name, file.sha256)]
    facts += [text for step in EXCEPTIONS for text in (step.title, step.step_key, step.reason or "Chưa nêu lý do")]
    facts += ["25/06/2025", "08/07/2025", "08 giờ 30 phút", "11 giờ 05 phút", "04 (bốn) bản", "Lê Văn Ích"]
    assert [fact for fact in facts if fact not in whole] == []
    assert unicodedata.is_normalized("NFC", whole)


def test_characters_that_no_eye_sees_stand_as_their_code_points() -> None:
    file = EvidenceFile(step_key="backup-databases", file_name="a\u202egpj\u00ad.exe 😀", size=1, sha256="a" * 64)
    (row,) = words(minutes(files=(file,)))["annex"]["table"]["rows"]
    assert row[1].split("\n")[0] == "a[U+202E]gpj[U+00AD].exe [U+1F600]"


@pytest.mark.parametrize("font", sorted(FONTS.glob("*.ttf")), ids=lambda font: font.stem)
def test_each_font_has_every_letter_of_vietnamese_and_the_same_characters(font: Path) -> None:
    composed = {unicodedata.normalize("NFC", letter + tone) for letter in VIETNAMESE for tone in ("", *TONES)}
    letters = {char for text in composed for char in text + text.lower()}
    assert {char for char in letters if ord(char) not in characters(font)} == set()
    assert characters(font) == characters(FONTS / "Tinos-Regular.ttf")


def test_the_words_of_the_form_need_no_character_that_the_fonts_lack() -> None:
    told = minutes()
    assert [text for text in leaves(words(told, final=True)) if re.search(r"\[U\+", text)] == []
    assert visible(told.canonical_json()) == told.canonical_json()
