"""What people say of a meeting, and a sentence for each field that cannot stand in minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from pydantic import ValidationError

from checklists.errors import BadInput, HandoverError, Refused
from checklists.messages import Message
from checklists.minutes import HandoverMinutes

NameAndPosition = tuple[str, str]


class FieldEmpty(BadInput):
    """{field} is empty. Say something there, or leave the option out."""


class FieldTooLong(BadInput):
    """{field} is too long: {length} characters, at most {limit}. Shorten it."""


class FieldUnprintable(BadInput):
    """{field} holds characters that cannot be printed. Type it again."""


class CopiesOutOfRange(BadInput):
    """Minutes are made in 1 to 99 copies, not in {copies}."""


class EndsBeforeStart(BadInput):
    """The meeting cannot end at {ended} if it began at {started}. Correct --start or --end."""


class HeldBeforeDecision(BadInput):
    """The meeting cannot have been on {held_on}: decision {number} was only issued on {issued}. Correct --held-on."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What people say of the meeting; None and empty: as it was drafted before, else as proposed. `anew`: forget what
    was drafted before. Of persons the first represents the side."""

    number: str | None = None
    place: str | None = None
    held_on: date | None = None
    venue: str | None = None
    started: time | None = None
    ended: time | None = None
    giving_people: tuple[NameAndPosition, ...] = ()
    receiving_people: tuple[NameAndPosition, ...] = ()
    witnesses: tuple[NameAndPosition, ...] = ()
    reason: str | None = None
    commitments: tuple[str, ...] = ()
    copies: int | None = None
    anew: bool = False

    def said(self) -> dict[str, Any]:
        """The fields of the minutes that were given, except who speaks for the sides."""
        names = ("number", "place", "held_on", "venue", "started", "ended", "reason", "copies")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.commitments:
            given["commitments"] = self.commitments
        if self.witnesses:
            given["witnesses"] = tuple(map(person, self.witnesses))
        return given


def person(one: NameAndPosition) -> dict[str, str]:
    return {"name": one[0], "position": one[1]}


def people(persons: tuple[NameAndPosition, ...]) -> dict[str, Any]:
    """Who speaks for a side: the first, with the others."""
    representative, *others = map(person, persons)
    return {"representative": representative, "others": tuple(others)}


def composed(fields: Mapping[str, Any]) -> HandoverMinutes:
    """The minutes with these fields. Raises a sentence for every field that does not fit."""
    try:
        minutes = HandoverMinutes.model_validate(fields)
    except ValidationError as error:
        mistakes = [_mistake(one) for one in error.errors()]
        raise mistakes[0] if len(mistakes) == 1 else Refused(str(fields.get("number", "")), mistakes) from None
    if minutes.started and minutes.ended and minutes.ended <= minutes.started:
        raise EndsBeforeStart(started=f"{minutes.started:%H:%M}", ended=f"{minutes.ended:%H:%M}")
    if minutes.held_on < minutes.ground.issued:
        raise HeldBeforeDecision(held_on=minutes.held_on, number=minutes.ground.number, issued=minutes.ground.issued)
    return minutes


def _mistake(error: Any) -> HandoverError:
    place, value, limits = error["loc"], error["input"], error.get("ctx", {})
    field = _FIELDS.get(str(place[0]), str(place[0]))
    match error["type"]:
        case "too_short" | "string_too_short":
            return FieldEmpty(field=field)
        case "too_long" | "string_too_long":
            return FieldTooLong(field=field, length=len(value), limit=limits["max_length"])
        case _ if place[0] == "copies":
            return CopiesOutOfRange(copies=value)
    return FieldUnprintable(field=field)


_FIELDS: Mapping[str, Message] = {
    "number": Message("The number of the minutes"),
    "place": Message("The place"),
    "venue": Message("The venue"),
    "giving": Message("A person of the giving side"),
    "receiving": Message("A person of the receiving side"),
    "witnesses": Message("A witness"),
    "reason": Message("The reason"),
    "commitments": Message("A commitment"),
}
