"""What is said of a meeting on the command line, and how persons and times are written there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated

from cyclopts import Parameter

from bangiao.i18n import _
from checklists.errors import BadInput
from checklists.minutes_fields import Meeting, NameAndPosition

_MANY = {"negative": (), "show_default": False}


class NotAPerson(BadInput):
    """ "{text}" does not say who it is. Write name and position, parted by a semicolon: "Nguyễn Thị Hằng; Chủ
    tịch" """


class NotATime(BadInput):
    """ "{text}" is no time of day. Write it as 08:30."""


@Parameter(name="*")
@dataclass(frozen=True)
class Said:
    """The particulars of the meeting; what is left out stays as it was drafted, else it is proposed."""

    number: Annotated[
        str | None, Parameter(help=_("The number of the minutes (the decision's next one, as 01/BB-BG, unless given)."))
    ] = None
    place: Annotated[str | None, Parameter(help=_("The place before the date (the giving unit's unless given)."))] = (
        None
    )
    held_on: Annotated[date | None, Parameter(help=_("The day of the minutes (today unless given)."))] = None
    venue: Annotated[str | None, Parameter(help=_("Where the meeting was: a building or a room."))] = None
    start: Annotated[str | None, Parameter(help=_("When it began, for example 08:30."))] = None
    end: Annotated[str | None, Parameter(help=_("When it ended, for example 11:00."))] = None
    giving_person: Annotated[
        tuple[str, ...],
        Parameter(
            name="--giving-person",
            **_MANY,
            help=_('"Name; Position" of who speaks for the giving side; the first represents it.'),
        ),
    ] = ()
    receiving_person: Annotated[
        tuple[str, ...],
        Parameter(name="--receiving-person", **_MANY, help=_("The same for the receiving side.")),
    ] = ()
    witness: Annotated[tuple[str, ...], Parameter(name="--witness", **_MANY, help=_("The same for witnesses."))] = ()
    reason: Annotated[str | None, Parameter(help=_("The reason of the handover, in Vietnamese as the document."))] = (
        None
    )
    commitment: Annotated[
        tuple[str, ...],
        Parameter(
            name=("--commitment", "--note"), **_MANY, help=_("What the sides undertake or note; may be repeated.")
        ),
    ] = ()
    copies: Annotated[int | None, Parameter(help=_("In how many copies the minutes are made (2 unless given)."))] = None
    anew: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Forget what was said in the earlier draft."))
    ] = False

    def meeting(self) -> Meeting:
        """Raises NotAPerson, NotATime."""
        return Meeting(
            number=self.number,
            place=self.place,
            held_on=self.held_on,
            venue=self.venue,
            started=_time(self.start),
            ended=_time(self.end),
            giving_people=tuple(map(_person, self.giving_person)),
            receiving_people=tuple(map(_person, self.receiving_person)),
            witnesses=tuple(map(_person, self.witness)),
            reason=self.reason,
            commitments=self.commitment,
            copies=self.copies,
            anew=self.anew,
        )


NOTHING_SAID = Said()


def _person(text: str) -> NameAndPosition:
    name, _semicolon, position = (part.strip() for part in text.partition(";"))
    if not name or not position:
        raise NotAPerson(text=text)
    return name, position


def _time(text: str | None) -> time | None:
    if text is None:
        return None
    hours, colon, minutes = text.strip().partition(":")
    try:
        return time(int(hours), int(minutes)) if colon else time.fromisoformat(text)
    except ValueError:
        raise NotATime(text=text) from None
