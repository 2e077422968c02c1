"""What people say is kept in one form, and nothing that hides or runs over gets on record."""

from __future__ import annotations

import unicodedata

import pytest

from checklists.reasons import LONGEST_REASON, SaidHides, SaidTooLong, as_kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  thiếu phụ lục ", "thiếu phụ lục"),
        (unicodedata.normalize("NFD", "thiếu phụ lục"), "thiếu phụ lục"),
        ("dòng một\r\n\n\tdòng hai", "dòng một dòng hai"),
        ("\ufeffthiếu\u200b phụ\u00a0lục", "thiếu phụ lục"),
        (" \u200b ", ""),
        ("plain words", "plain words"),
    ],
)
def test_it_is_composed_and_in_one_line(said: str, kept: str) -> None:
    assert as_kept(said) == kept
    assert as_kept(kept) == kept


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\u202e", "\x07", "\udcff", "\ue000", "\x00"])
@pytest.mark.parametrize("said", ["vì {}lỗi", "because of {}it"])
def test_what_hides_or_turns_the_writing_round_is_refused(hidden: str, said: str) -> None:
    with pytest.raises(SaidHides, match=f"U\\+{ord(hidden[0]):04X}"):
        as_kept(said.format(hidden))


@pytest.mark.parametrize("letter", ["a", "ạ"])
def test_what_is_too_long_is_refused(letter: str) -> None:
    assert as_kept(letter * LONGEST_REASON) == letter * LONGEST_REASON
    with pytest.raises(SaidTooLong, match="2001 characters"):
        as_kept(letter * (LONGEST_REASON + 1))
