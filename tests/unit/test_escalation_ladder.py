"""A ladder is data: checked when it is read, and named by what it says."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from checklists.escalation.ladder import DEFAULT_LADDER, Audience, EscalationLadder, lint


def level(key: str, offset: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "offset": offset, "to": "unit_lead", "title": {"vi": "Nhắc", "en": "Remind"}, **more}


def mistakes(*levels: dict[str, Any]) -> list[str]:
    return [type(one).__name__ for one in lint(EscalationLadder.model_validate({"levels": list(levels)}))]


def test_the_default_ladder_is_that_of_the_guidance_and_has_no_mistakes() -> None:
    assert [(one.offset, one.to) for one in DEFAULT_LADDER.levels] == [
        (-3, Audience.UNIT_LEAD),
        (0, Audience.UNIT_LEAD),
        (1, Audience.SUPERIOR),
        (3, Audience.PROVINCE),
        (7, Audience.COMMITTEE),
    ]
    assert lint(DEFAULT_LADDER) == []


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([level("one", 1)], []),
        ([level("one", 1, at="08:00"), level("two", 1, at="14:00")], []),
        ([level("one", -3), level("one", 1)], ["LevelKeyTwice"]),
        ([level("one", 3), level("two", 1)], ["LevelsOutOfOrder"]),
        ([level("one", 1), level("two", 1)], ["LevelsOutOfOrder"]),
        ([level("one", -3), level("two", 0)], ["NothingAfterDue"]),
        ([level("one", 1, repeat_every=2), level("two", 3)], ["RepeatsBeforeEnd"]),
        ([level("one", 0, repeat_every=2)], ["NothingAfterDue", "RemindersRepeat"]),
        ([level("one", 1, title={"vi": "a\u0302", "en": "x"})], ["NotComposed"]),
    ],
)
def test_mistakes_of_a_ladder_are_sentences_of_their_own(levels: list[dict[str, Any]], found: list[str]) -> None:
    assert mistakes(*levels) == found


@pytest.mark.parametrize("at", [1020, 17.0, "17:00+07:00", "25:00"])
def test_a_time_that_is_not_a_local_time_is_refused(at: object) -> None:
    with pytest.raises(ValidationError):
        EscalationLadder.model_validate({"levels": [level("one", 1, at=at)]})


def test_a_ladder_tells_only_audiences_that_a_ladder_may_name() -> None:
    with pytest.raises(ValidationError):
        EscalationLadder.model_validate({"levels": [level("one", 1, to="verifiers")]})


def test_equal_ladders_have_equal_hashes_and_other_ones_do_not() -> None:
    again = EscalationLadder.model_validate_json(DEFAULT_LADDER.model_dump_json())
    later = again.model_copy(update={"levels": (again.levels[0].model_copy(update={"at": time(9)}), *again.levels[1:])})
    assert again.content_hash == DEFAULT_LADDER.content_hash
    assert later.content_hash != DEFAULT_LADDER.content_hash
    assert again.level("due-today") == DEFAULT_LADDER.levels[1]
    assert again.level("nothing") is None
