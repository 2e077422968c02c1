"""What both sides confirm: one content, one hash; an old confirmation never passes to new words."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from minutes_facts import EXCEPTIONS, FILES, GIVING, ITEMS, both, confirmation, minutes
from pydantic import ValidationError

from checklists.minutes import (
    Confirmation,
    ConfirmedAlready,
    ConfirmsForBothSides,
    ConfirmsOtherContent,
    HandoverMinutes,
    Person,
    confirmation_mistakes,
    confirmed_by,
    is_final,
)
from checklists.steps import StepState
from checklists.templates import Side

LATER = datetime(2025, 7, 2, tzinfo=UTC)


def test_the_canonical_text_reads_back_into_the_same_minutes() -> None:
    told = minutes()
    again = HandoverMinutes.model_validate_json(told.canonical_json())
    assert again == told
    assert again.canonical_json() == told.canonical_json()


def test_letters_typed_with_loose_marks_and_doubled_blanks_make_no_other_content() -> None:
    reason = minutes().reason
    assert unicodedata.normalize("NFD", reason) != reason
    typed = minutes(reason="  " + unicodedata.normalize("NFD", reason).replace(" ", " \n "))
    assert typed.content_hash == minutes().content_hash


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "02/BB-BG"},
        {"ended": None},
        {"copies": 5},
        {"giving": GIVING.model_copy(update={"representative": Person(name="Nguyễn Thị Hằng", position="Bí thư")})},
        {"items": ITEMS[::-1]},
        {"items": (ITEMS[0].model_copy(update={"state": StepState.IN_PROGRESS}), ITEMS[1])},
        {"files": (FILES[0], FILES[1].model_copy(update={"sha256": "0" * 64}))},
        {"files": (FILES[0], FILES[1].model_copy(update={"size": 20_481}))},
        {"exceptions": EXCEPTIONS[:1]},
        {"commitments": ()},
        {"receivers": ("Lưu: VT",)},
    ],
)
def test_another_fact_is_another_hash(changed: dict[str, Any]) -> None:
    assert minutes(**changed).content_hash != minutes().content_hash


def test_a_changed_copy_has_its_own_hash() -> None:
    told = minutes()
    assert told.content_hash != told.model_copy(update={"copies": 9}).content_hash == minutes(copies=9).content_hash


def test_the_hash_of_these_facts_is_the_same_for_ever() -> None:
    assert minutes().content_hash == "9b23aa0e23ece99f6952e70def0c7d99dd22453b7900c78bb0c71a65475c93b0"


def test_a_file_of_a_step_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValidationError, match="hand-over-accounts"):
        minutes(items=ITEMS[:1])


def test_a_blocked_step_may_show_what_was_done_so_far() -> None:
    partial = FILES[0].model_copy(update={"step_key": "return-seal"})
    assert minutes(files=(*FILES, partial)).file_counts["return-seal"] == 1


@pytest.mark.parametrize("words", ["", "   ", "a\x00b", "a\ud800b", "x" * 2001])
def test_words_that_no_document_can_hold_are_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        minutes(reason=words)


def test_minutes_are_final_when_both_sides_confirmed_and_not_before() -> None:
    told = minutes()
    giving, receiving = both(told)
    assert [is_final(told, said) for said in ((), (giving,), (receiving,), (giving, giving), (giving, receiving))] == [
        False,
        False,
        False,
        False,
        True,
    ]


def test_a_confirmation_of_earlier_words_does_not_count_for_later_ones() -> None:
    earlier, later = minutes(), minutes(copies=6)
    assert not is_final(later, both(earlier))
    assert confirmed_by(later, (*both(earlier), confirmation(later, Side.SUCCESSOR))).keys() == {Side.SUCCESSOR}


def test_the_first_confirmation_of_a_side_is_the_one_that_stands() -> None:
    told = minutes()
    first, second = confirmation(told, Side.PREDECESSOR), confirmation(told, Side.PREDECESSOR, at=LATER)
    assert confirmed_by(told, (second, first)) == {Side.PREDECESSOR: first}


def _mistakes(earlier: tuple[Confirmation, ...], new: Confirmation) -> list[type]:
    return [type(mistake) for mistake in confirmation_mistakes(minutes(), earlier, new)]


def test_a_second_person_of_the_other_side_confirms_without_objection() -> None:
    giving, receiving = both(minutes())
    assert _mistakes((giving,), receiving) == []


def test_nobody_confirms_words_that_have_changed_since_he_read_them() -> None:
    assert _mistakes((), confirmation(minutes(copies=6), Side.PREDECESSOR)) == [ConfirmsOtherContent]


def test_a_side_confirms_once() -> None:
    giving = confirmation(minutes(), Side.PREDECESSOR)
    assert _mistakes((giving,), confirmation(minutes(), Side.PREDECESSOR, actor="deputy")) == [ConfirmedAlready]


def test_one_account_does_not_confirm_for_both_sides_even_under_another_name() -> None:
    giving, receiving = both(minutes())
    same = receiving.model_copy(update={"actor": giving.actor, "person": "Người khác"})
    assert _mistakes((giving,), same) == [ConfirmsForBothSides]


def test_two_people_of_the_same_name_may_confirm_for_a_side_each() -> None:
    giving, receiving = both(minutes())
    assert _mistakes((giving,), receiving.model_copy(update={"person": giving.person})) == []


def test_a_confirmation_names_a_side_that_hands_over_or_takes_over_and_an_instant_with_its_zone() -> None:
    with pytest.raises(ValidationError):
        Confirmation.model_validate(confirmation(minutes(), Side.PREDECESSOR).model_dump() | {"side": Side.CENTRAL})
    with pytest.raises(ValidationError):
        confirmation(minutes(), Side.PREDECESSOR, at=datetime(2025, 7, 1, 11, 30))  # noqa: DTZ001
