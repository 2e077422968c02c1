"""Minutes of a handover: what two units say that one gave and the other took. Checked steps → minutes → evidence.

Here are the facts and their hash, which is what both sides confirm; `evidence.minutes_pdf` and `evidence.minutes_docx`
write them in the form of decree 30/2020/NĐ-CP. That form exists in Vietnamese only, and so does the document.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checklists.decisions import HAS_UNSTORABLE, UNSTORABLE
from checklists.errors import BadInput
from checklists.steps import StepState
from checklists.templates import Side
from checklists.units import UnitKey

PartySide = Literal[Side.PREDECESSOR, Side.SUCCESSOR]


class ConfirmsOtherContent(BadInput):
    """Minutes {number}: the content to confirm has the hash {given}, but the minutes now have {current};
    read them again and confirm what they say now."""


class ConfirmedAlready(BadInput):
    """Minutes {number}: {person} confirmed for {unit} already; a side confirms once."""


class ConfirmsForBothSides(BadInput):
    """Minutes {number}: {person} confirmed for the other side; each side needs a person of its own to confirm."""


def _line(value: object) -> object:
    """Text in one line and in form NFC (TCVN 6909), so that equal words have equal hashes."""
    if not isinstance(value, str):
        return value
    line = unicodedata.normalize("NFC", " ".join(value.split()))
    if UNSTORABLE.search(line):
        raise PydanticCustomError(HAS_UNSTORABLE, "characters that no database stores")
    return line


Line = Annotated[str, BeforeValidator(_line), StringConstraints(min_length=1, max_length=2000)]
MinutesNumber = Annotated[str, BeforeValidator(_line), StringConstraints(min_length=1, max_length=60)]
"""As in 01/BB-BG: it stands in a heading, a table and the name of a file."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Fact):
    """Somebody present, with the position that the signature block names."""

    name: Line
    position: Line


class Party(_Fact):
    """One side: the unit with its key (a code alone is ambiguous), and who speaks for it."""

    unit_key: UnitKey
    unit_name: Line
    superior_name: Line | None = None
    representative: Person
    others: tuple[Person, ...] = ()


class Ground(_Fact):
    """The decision that orders the handover."""

    kind: Line
    number: Line
    issuing_body: Line
    issued: date
    title: Line


class _ListedStep(_Fact):
    step_key: Line
    title: Line
    state: StepState


class HandedOver(_ListedStep):
    """A step whose result passes to the receiving side. Titles, category and evidence are worded in Vietnamese."""

    category: Line
    evidence: Line | None = None


class EvidenceFile(_Fact):
    """A file that proves a step; `dated_on` is the date that the document itself bears."""

    step_key: Line
    file_name: Line
    size: int = Field(ge=0)
    sha256: Sha256
    dated_on: date | None = None


class NotHandedOver(_ListedStep):
    """A step that is not handed over: blocked, not done, or not applicable."""

    reason: Line | None = None
    expected: date | None = None


class HandoverMinutes(_Fact):
    """Everything the document says. Its order of items, files and persons is the document's and belongs to the hash.

    `place` is the place name before the date ("Hà Nội"), `venue` the room or building. `form` names the wording around
    the facts: a new wording is a new form, so that nobody's confirmation passes to words that he has not seen.
    """

    form: Literal["bangiao-minutes-1"] = "bangiao-minutes-1"
    number: MinutesNumber
    place: Line
    held_on: date
    started: time | None = None
    ended: time | None = None
    venue: Line | None = None
    subject: Line
    ground: Ground
    basis: tuple[Line, ...] = ()
    giving: Party
    receiving: Party
    witnesses: tuple[Person, ...] = ()
    reason: Line
    items: tuple[HandedOver, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    exceptions: tuple[NotHandedOver, ...] = ()
    commitments: tuple[Line, ...] = ()
    copies: int = Field(default=2, ge=1, le=99)
    receivers: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _files_prove_listed_steps(self) -> Self:
        steps: tuple[_ListedStep, ...] = (*self.items, *self.exceptions)
        listed = {step.step_key for step in steps}
        strangers = sorted({file.step_key for file in self.files} - listed)
        if strangers:
            raise ValueError(f"files of steps that the minutes do not list: {', '.join(strangers)}")
        return self

    @property
    def file_counts(self) -> Mapping[str, int]:
        """How many files prove each step, by step key; a step without files is absent."""
        counts: dict[str, int] = {}
        for file in self.files:
            counts[file.step_key] = counts.get(file.step_key, 0) + 1
        return counts

    def party(self, side: Side) -> Party:
        return self.giving if side is Side.PREDECESSOR else self.receiving

    def canonical_json(self) -> str:
        """The content in one spelling: sorted keys, NFC, no layout. `model_validate_json` reads it back."""
        content = self.model_dump(mode="json")
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: what both sides confirm. Not cached: `model_copy` would keep it."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


class Confirmation(_Fact):
    """One side's yes to one content. `actor` tells people of the same name apart; `person` is the name shown."""

    side: PartySide
    actor: Line
    person: Line
    on_behalf_of: Line
    at: AwareDatetime
    content_hash: Sha256


def confirmed_by(minutes: HandoverMinutes, confirmations: Iterable[Confirmation]) -> Mapping[Side, Confirmation]:
    """The first confirmation of each side that is about this very content; those of an earlier wording do not count."""
    found: dict[Side, Confirmation] = {}
    current = minutes.content_hash
    for one in sorted(confirmations, key=lambda one: one.at):
        if one.content_hash == current:
            found.setdefault(one.side, one)
    return found


def is_final(minutes: HandoverMinutes, confirmations: Iterable[Confirmation]) -> bool:
    """Whether both sides confirmed this content. Until then the document is a draft."""
    return len(confirmed_by(minutes, confirmations)) == len({Side.PREDECESSOR, Side.SUCCESSOR})


def confirmation_mistakes(
    minutes: HandoverMinutes, earlier: Iterable[Confirmation], new: Confirmation
) -> Iterator[BadInput]:
    """Why `new` may not be recorded beside the `earlier` ones."""
    if new.content_hash != minutes.content_hash:
        yield ConfirmsOtherContent(number=minutes.number, given=new.content_hash, current=minutes.content_hash)
    for side, one in confirmed_by(minutes, earlier).items():
        if side is new.side:
            yield ConfirmedAlready(number=minutes.number, person=one.person, unit=minutes.party(side).unit_name)
        elif one.actor == new.actor:
            yield ConfirmsForBothSides(number=minutes.number, person=one.person)
