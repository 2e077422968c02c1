"""Options that the acts on steps share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.attachments import HandedIn
from bangiao.cli.output import AsJson
from bangiao.i18n import _
from checklists.step_rules import Actor

Step = Annotated[str, Parameter(help=_("The step's number, or UNIT/KEY."))]
Steps = Annotated[
    list[str],
    Parameter(
        allow_leading_hyphen=True,
        help=_("Numbers or UNIT/KEY, for example old:00004/DAT-05/giao; - reads them from standard input."),
    ),
]
Reason = Annotated[str, Parameter(help=_("Why; it is kept on record."))]
As = Annotated[str | None, Parameter(name="--as", help=_("Who acts (setting actor unless given)."))]
Decision = Annotated[str | None, Parameter(help=_("Only this decision."))]


@Parameter(name="*")
@dataclass(frozen=True)
class Told:
    """Who acts on what: the same for every act."""

    decision: Decision = None
    by: As = None
    for_: Annotated[str | None, Parameter(name="--for", help=_("The absent person in whose name it is done."))] = None
    version: Annotated[
        int | None, Parameter(help=_("The version that was looked at; refused if it has changed since."))
    ] = None
    as_json: AsJson = False

    def actor(self, otherwise: str) -> Actor:
        return Actor(self.by or otherwise, self.for_)


@Parameter(name="*")
@dataclass(frozen=True)
class Proof:
    """Evidence that comes with an act."""

    file: Annotated[
        tuple[Path, ...],
        Parameter(name="--file", negative=(), show_default=False, help=_("A file that proves it; may be repeated.")),
    ] = ()
    note: Annotated[
        tuple[str, ...], Parameter(name="--note", negative=(), show_default=False, help=_("A note that proves it."))
    ] = ()
    link: Annotated[
        tuple[str, ...], Parameter(name="--link", negative=(), show_default=False, help=_("A web address."))
    ] = ()
    dated: Annotated[date | None, Parameter(help=_("The evidence's own day (today unless given)."))] = None

    def __bool__(self) -> bool:
        return bool(self.file or self.note or self.link)

    def handed_in(self, today: date) -> HandedIn:
        return HandedIn(self.dated or today, self.file, self.note, self.link)


AT_ALL, NOTHING = Told(), Proof()
