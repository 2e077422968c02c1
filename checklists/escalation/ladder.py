"""The escalation ladder: who hears of a step, so many working days before or after its due date.

**ladder** (frozen into the checklist when it opens) → timetable → review → recipients → notices. A ladder is data, as a
template is; a template may bring its own. It is named by the SHA-256 of its content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from checklists.errors import BadInput
from checklists.messages import Message
from checklists.templates import Slug, Text
from checklists.text_rules import text_mistakes


class LevelKeyTwice(BadInput):
    """The ladder has two levels named {level}. Give each level a name of its own: notices are told apart by it."""


class LevelsOutOfOrder(BadInput):
    """Level {level} does not come later than {before}, which stands before it. Put the levels in the order of their
    days and times."""


class NothingAfterDue(BadInput):
    """The ladder has no level after the due date, so a late step would be late in silence. Add a level with an offset
    of 1 or more."""


class RepeatsBeforeEnd(BadInput):
    """Level {level} repeats but is not the last one. Only the last level may repeat: before it, the next one speaks."""


class RemindersRepeat(BadInput):
    """Level {level} repeats but does not come after the due date. Let only a level after the due date repeat."""


class Audience(StrEnum):
    """Whom a level tells. The last two are never written in a ladder: they stand in for the unit lead."""

    UNIT_LEAD = "unit_lead"
    SUPERIOR = "superior"
    PROVINCE = "province"
    COMMITTEE = "committee"
    VERIFIERS = "verifiers"
    AWAITED_LEADS = "awaited_leads"


_AUDIENCE_WORDS = {
    Audience.UNIT_LEAD: Message("the unit lead"),
    Audience.SUPERIOR: Message("the unit above"),
    Audience.PROVINCE: Message("the province"),
    Audience.COMMITTEE: Message("the steering committee"),
    Audience.VERIFIERS: Message("the verifiers"),
    Audience.AWAITED_LEADS: Message("the leads of the steps it waits for"),
}


def audience_words(audience: Audience) -> Message:
    """The audience as people call it."""
    return _AUDIENCE_WORDS[audience]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LadderLevel(_Frozen):
    """One level: `offset` working days after the due date (before it, if negative) at the local time `at`.

    `urgent` may break quiet hours; `repeat_every` working days it speaks again until somebody answers.
    """

    key: Slug
    offset: int = Field(ge=-60, le=250)
    at: time = time(8)
    to: Literal[Audience.UNIT_LEAD, Audience.SUPERIOR, Audience.PROVINCE, Audience.COMMITTEE]
    urgent: bool = False
    repeat_every: int | None = Field(default=None, ge=1, le=60)
    title: Text

    @field_validator("at", mode="before")
    @classmethod
    def _is_written_as_a_time(cls, value: Any) -> Any:
        """YAML reads an unquoted 17:00 as the number 1020, which would pass for 17 minutes after midnight."""
        if not isinstance(value, time | str):
            raise ValueError('write the time in quotes, such as "08:00"')
        return value

    @field_validator("at")
    @classmethod
    def _is_local(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("the time is the time in Viet Nam: write it without a zone")
        return value


class EscalationLadder(_Frozen):
    """The levels in the order in which they climb. `respite` is how many working days a step that was overdue already
    when it opened has before anybody is told; `longest_promise` how many an acknowledgement may reach ahead."""

    levels: tuple[LadderLevel, ...] = Field(min_length=1, max_length=20)
    respite: int = Field(default=3, ge=0, le=60)
    longest_promise: int = Field(default=10, ge=1, le=60)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: equal for equal ladders."""
        content = self.model_dump(mode="json")
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def level(self, key: str) -> LadderLevel | None:
        return next((level for level in self.levels if level.key == key), None)


def lint(ladder: EscalationLadder) -> list[BadInput]:
    """Everything wrong with the ladder as a whole, as sentences; a ladder with mistakes is not used."""
    return [*_names(ladder), *_order(ladder), *_repeats(ladder), *_texts(ladder)]


def _names(ladder: EscalationLadder) -> Iterator[BadInput]:
    keys = [level.key for level in ladder.levels]
    yield from (LevelKeyTwice(level=key) for key in dict.fromkeys(keys) if keys.count(key) > 1)


def _order(ladder: EscalationLadder) -> Iterator[BadInput]:
    for before, level in pairwise(ladder.levels):
        if (level.offset, level.at) <= (before.offset, before.at):
            yield LevelsOutOfOrder(level=level.key, before=before.key)
    if all(level.offset <= 0 for level in ladder.levels):
        yield NothingAfterDue()


def _repeats(ladder: EscalationLadder) -> Iterator[BadInput]:
    for level in ladder.levels:
        if level.repeat_every is not None and level is not ladder.levels[-1]:
            yield RepeatsBeforeEnd(level=level.key)
        if level.repeat_every is not None and level.offset <= 0:
            yield RemindersRepeat(level=level.key)


def _texts(ladder: EscalationLadder) -> Iterator[BadInput]:
    for index, level in enumerate(ladder.levels):
        yield from text_mistakes(level.title.vi, f"levels[{index}].title.vi")
        yield from text_mistakes(level.title.en, f"levels[{index}].title.en")


DEFAULT_LADDER = EscalationLadder(
    levels=(
        LadderLevel(
            key="due-soon", offset=-3, to=Audience.UNIT_LEAD, title=Text(vi="Sắp đến hạn", en="Due in 3 working days")
        ),
        LadderLevel(key="due-today", offset=0, to=Audience.UNIT_LEAD, title=Text(vi="Đến hạn hôm nay", en="Due today")),
        LadderLevel(
            key="unit-above",
            offset=1,
            to=Audience.SUPERIOR,
            title=Text(vi="Quá hạn: báo cấp trên, tổ công tác", en="Overdue: the unit above, the working group"),
        ),
        LadderLevel(
            key="provincial-chair",
            offset=3,
            to=Audience.PROVINCE,
            title=Text(vi="Quá hạn: báo Chủ tịch UBND cấp tỉnh", en="Overdue: the provincial chair"),
        ),
        LadderLevel(
            key="steering-committee",
            offset=7,
            to=Audience.COMMITTEE,
            urgent=True,
            repeat_every=5,
            title=Text(vi="Quá hạn: báo Ban Chỉ đạo", en="Overdue: the steering committee"),
        ),
    )
)
"""The ladder of a template that brings none. No legal text counts these days: they are a choice (see the guidance)."""
