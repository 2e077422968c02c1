"""What somebody types of a meeting: persons one to a line, times, copies; and back into the fields of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from checklists.errors import BadInput, HandoverError
from checklists.minutes import HandoverMinutes, Party
from checklists.minutes_fields import Meeting, NameAndPosition
from web.dates import day_in, parts_of, typed
from web.refusals import page_sentence

FIELDS = (
    "number", "place", "venue", "started", "ended", "giving_people", "receiving_people", "witnesses", "reason",
    "commitments", "copies",
)  # fmt: skip
_DIGITS = 3


class NotNameAndPosition(BadInput):
    """“{text}” does not say who it is. Write one person to a line: name, a semicolon, position."""


class NotTimeOfDay(BadInput):
    """“{text}” is not a time of day. Write it as 08:30."""


class NotACount(BadInput):
    """“{text}” is not a number of copies. Write a number from 1 to 99."""


def meeting_of(form: Mapping[str, str]) -> tuple[Meeting, dict[str, str]]:
    """What was said, and for each field that cannot be read the reason."""
    mistakes: dict[str, str] = {}

    def read(name: str, made: Callable[[str], Any], empty: Any = None) -> Any:
        text = form.get(name, "").strip()
        try:
            return made(text) if text else empty
        except HandoverError as mistake:
            mistakes[name] = page_sentence(mistake)
            return empty

    def day(_text: str) -> date | None:
        return day_in(form, "held_on")

    form = {**form, "held_on": "".join(typed(form, "held_on").values())}
    meeting = Meeting(
        number=read("number", str),
        place=read("place", str),
        held_on=read("held_on", day),
        venue=read("venue", str),
        started=read("started", _time),
        ended=read("ended", _time),
        giving_people=read("giving_people", _people, ()),
        receiving_people=read("receiving_people", _people, ()),
        witnesses=read("witnesses", _people, ()),
        reason=read("reason", str),
        commitments=read("commitments", _lines, ()),
        copies=read("copies", _count),
        anew=True,
    )
    return meeting, mistakes


def typed_in(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields as they were typed."""
    return {name: form.get(name, "") for name in FIELDS} | {"held_on": typed(form, "held_on")}


def written(content: HandoverMinutes) -> dict[str, Any]:
    """What minutes say of the meeting, as the fields have it."""
    return {
        "number": content.number,
        "place": content.place,
        "venue": content.venue or "",
        "started": f"{content.started:%H:%M}" if content.started else "",
        "ended": f"{content.ended:%H:%M}" if content.ended else "",
        "giving_people": _speaking(content.giving),
        "receiving_people": _speaking(content.receiving),
        "witnesses": "\n".join(f"{one.name}; {one.position}" for one in content.witnesses),
        "reason": content.reason,
        "commitments": "\n".join(content.commitments),
        "copies": str(content.copies),
        "held_on": parts_of(content.held_on),
    }


def nothing_typed(today: date) -> dict[str, Any]:
    return dict.fromkeys(FIELDS, "") | {"held_on": parts_of(today)}


def _speaking(party: Party) -> str:
    return "\n".join(f"{one.name}; {one.position}" for one in (party.representative, *party.others))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _people(text: str) -> tuple[NameAndPosition, ...]:
    return tuple(_person(line) for line in _lines(text))


def _person(line: str) -> NameAndPosition:
    name, _semicolon, position = (part.strip() for part in line.partition(";"))
    if not name or not position:
        raise NotNameAndPosition(text=line[:60])
    return name, position


def _time(text: str) -> time:
    hours, _colon, minutes = text.partition(":")
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        raise NotTimeOfDay(text=text[:20]) from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise NotACount(text=text[:20])
    return int(text)
