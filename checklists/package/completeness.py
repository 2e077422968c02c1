"""What a complete record would have and this one has not, as rows of `missing.jsonl`. Rules and sentences only;
`db.package_missing` finds what they are about. Accounts stand for people: names are in `people.jsonl` only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from checklists.messages import Message
from checklists.package.records import MissingRecord, Words
from checklists.package.words import Bilingual
from checklists.steps import StepState, state_words


class MissingKind(StrEnum):
    """In the order in which they stand in the file."""

    EVENT_NOT_IN_LOG = "event_not_in_log"
    EVIDENCE_WANTED = "evidence_wanted"
    FILE_ABSENT = "file_absent"
    FILE_DAMAGED = "file_damaged"
    MINUTES_UNCONFIRMED = "minutes_unconfirmed"
    NOTICE_UNDELIVERED = "notice_undelivered"
    STEP_OPEN = "step_open"
    STEP_OVERDUE = "step_overdue"
    UNIT_WITHOUT_EVENTS = "unit_without_events"


@dataclass(frozen=True, slots=True)
class StepAbout:
    """A step that something is missing of; `name` is what people call it."""

    id: int
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that somebody still owes. `holder` is the name of the unit that holds it, where that is another than the
    one in whose checklist it stands; `days` are working days since the due date."""

    about: StepAbout
    state: str
    due_on: date | None
    holder: str | None = None
    overdue: bool = False
    days: int | None = None


_STATES: Mapping[str, Message] = {one.value: state_words(one) for one in StepState}
_FILES = {
    MissingKind.FILE_ABSENT: Message("{step}: the file {digest} is on record and not in the store."),
    MissingKind.FILE_DAMAGED: Message(
        "{step}: the file {digest} in the store has another content than the one on record."
    ),
}
_NO_STEP = {
    MissingKind.FILE_ABSENT: Message("The minutes {digest} are on record and not in the store."),
    MissingKind.FILE_DAMAGED: Message("The minutes {digest} in the store have another content than the one on record."),
}


@dataclass(frozen=True, slots=True)
class Completeness:
    """Says what is missing, in both languages."""

    bilingual: Bilingual

    def step(self, one: OpenStep) -> MissingRecord:
        kind = MissingKind.STEP_OVERDUE if one.overdue else MissingKind.STEP_OPEN
        said = _open_step(one)
        if one.holder is not None:
            said = Message("{said} {holder} holds it now.", {"said": said, "holder": one.holder})
        return self._row(kind, one.about, said)

    def evidence(self, about: StepAbout, wanted: Words) -> MissingRecord:
        said = Message("{step} says that it is done, and nothing proves it. Wanted: {wanted}.", {"step": about.name})
        words = self.bilingual.say_of(said, wanted=wanted)
        return _record(MissingKind.EVIDENCE_WANTED, about, words)

    def file(self, kind: MissingKind, about: StepAbout | None, digest: str) -> MissingRecord:
        """A file that the evidence store has lost (`FILE_ABSENT`) or not as it was (`FILE_DAMAGED`); without a step: of
        minutes."""
        if about is None:
            return self._row(kind, None, Message(_NO_STEP[kind].msgid, {"digest": digest}))
        return self._row(kind, about, Message(_FILES[kind].msgid, {"step": about.name, "digest": digest}))

    def unit(self, key: str, name: str, checklists: int, period: bool = False) -> MissingRecord:
        said = {"unit": f"{name} ({key})", "checklists": checklists}
        if not checklists:
            words = Message("{unit} has no checklist.", said)
        elif period:
            words = Message("Nobody did anything for {unit} in the period (checklists: {checklists}).", said)
        else:
            words = Message("Nobody has done anything for {unit} yet (checklists: {checklists}).", said)
        return self._row(MissingKind.UNIT_WITHOUT_EVENTS, StepAbout(0, "", key), words)

    def notice(self, about: StepAbout | None, recipient: str, level: str, why: Message) -> MissingRecord:
        said: dict[str, Any] = {"person": recipient, "level": level, "why": why}
        if about is None:
            words = Message("A notice to {person} (level {level}) was not delivered: {why}.", said)
        else:
            said["step"] = about.name
            words = Message("The notice to {person} about {step} (level {level}) was not delivered: {why}.", said)
        return self._row(MissingKind.NOTICE_UNDELIVERED, about, words)

    def minutes(self, number: str, sides: tuple[str, str], units: tuple[str, str], given: set[str]) -> MissingRecord:
        """`sides` and `units`: who hands over and who takes over, keys and names; `given`: the keys of those that have
        confirmed the present text."""
        said = {"number": number, "giving": units[0], "receiving": units[1]}
        missing = tuple(name for key, name in zip(sides, units, strict=True) if key not in given)
        words = Message(
            "Minutes {number} between {giving} and {receiving} are not confirmed by: {missing}.",
            {**said, "missing": missing},
        )
        return self._row(MissingKind.MINUTES_UNCONFIRMED, StepAbout(0, "", sides[0]), words)

    def event(self, unit: str | None, step: int | None, kind: str, on: date) -> MissingRecord:
        words = Message(
            "An event {kind} of {day} has no place in the audit log of this package.", {"kind": kind, "day": on}
        )
        row = self._row(MissingKind.EVENT_NOT_IN_LOG, None, words)
        return {**row, "unit": unit, "step": None if step is None else str(step)}

    def _row(self, kind: MissingKind, about: StepAbout | None, message: Message) -> MissingRecord:
        return _record(kind, about, self.bilingual.say(message))


def undelivered(state: str, tries: int, channel: str | None) -> Message:
    """Why a notice has not arrived: its state, the tries of its delivery so far, and the delivery's channel."""
    if state == "dead":
        if not channel:
            return Message("there is no channel by which this person can be reached")
        return Message("it was given up (tries: {tries})", {"tries": tries})
    if tries:
        return Message("it waits to be tried again (tries so far: {tries})", {"tries": tries})
    return Message("it has not been sent yet")


def _open_step(one: OpenStep) -> Message:
    said = {"step": one.about.name, "state": _STATES[one.state], "due": one.due_on, "days": one.days}
    if one.due_on is None:
        return Message("{step} is not done ({state}); it has no due date.", said)
    if not one.overdue:
        return Message("{step} is not done ({state}); it is due on {due}.", said)
    if one.days is None:
        return Message("{step} is not done ({state}); it was due on {due}.", said)
    return Message("{step} is not done ({state}); it was due on {due} (working days since then: {days}).", said)


def _record(kind: MissingKind, about: StepAbout | None, words: Words) -> MissingRecord:
    unit = about.unit if about else None
    step = str(about.id) if about and about.id else None
    return {"kind": kind.value, "unit": unit, "step": step, "words": words}
