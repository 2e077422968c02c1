"""A file of ladders is used as it stands, or refused with every mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bangiao.i18n import render
from bangiao.ladder_files import ladder_for, read_ladders, unknown_names
from checklists.errors import Refused
from checklists.escalation.ladder import DEFAULT_LADDER

GOOD = """\
default:
  respite: 2
  levels:
  - {key: today, offset: 0, to: unit_lead, title: {vi: Đến hạn, en: Due}}
  - {key: city, offset: 2, at: "09:30", to: province, urgent: true, title: {vi: Quá hạn, en: Overdue}}
data-backup:
  levels:
  - {key: at-once, offset: 1, to: superior, repeat_every: 2, title: {vi: Quá hạn, en: Overdue}}
"""


def file_of(folder: Path, text: str) -> Path:
    path = folder / "bac-thang.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_ladders(file_of(folder, text))
    return [render(one.message, "en") for one in caught.value.mistakes]


def test_each_template_climbs_its_own_ladder_the_others_the_default_one(tmp_path: Path) -> None:
    ladders = read_ladders(file_of(tmp_path, GOOD))
    assert [one.key for one in ladder_for(ladders, "data-backup").levels] == ["at-once"]
    assert ladder_for(ladders, "cross-cutting") == ladders["default"]
    assert ladder_for({}, "cross-cutting") == DEFAULT_LADDER
    assert unknown_names(ladders) == []


def test_a_name_that_is_no_template_is_pointed_out(tmp_path: Path) -> None:
    assert unknown_names(read_ladders(file_of(tmp_path, GOOD.replace("data-backup", "data-bakcup")))) == ["data-bakcup"]


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("offset: 2", "offset: hai", 5, "offset"),
        ("to: superior", "to: minister", 8, "minister"),
        ('at: "09:30"', 'at: "09:30+07:00"', 5, "without a zone"),
        ("key: city", "key: today", 1, "two levels named today"),
        ("offset: 1", "offset: -1", 6, "late in silence"),
        ("respite: 2", "respit: 2", 2, "respit"),
    ],
)
def test_every_mistake_says_its_line_and_what_would_be_right(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    assert before in GOOD
    said = refused(tmp_path, GOOD.replace(before, after, 1))
    assert any(f"line {line}" in one or f"line {line + 1}" in one for one in said), said
    assert any(words in one for one in said), said


def test_all_mistakes_are_said_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD.replace("offset: 0", "offset: x").replace("to: superior", "to: minister"))
    assert len(said) == 2
    assert "line 4" in said[0]
    assert "line 8" in said[1]


@pytest.mark.parametrize("text", ["", "[]", "- a\n", "just words"])
def test_a_file_without_ladders_is_refused(tmp_path: Path, text: str) -> None:
    assert "no ladders" in " ".join(refused(tmp_path, text)) or "empty" in " ".join(refused(tmp_path, text)).lower()
