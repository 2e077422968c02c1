"""`bangiao minutes`: drafted from the record, confirmed by both sides, read, and written as PDF or DOCX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao import minutes
from bangiao.cli.minutes_options import NOTHING_SAID, Said
from bangiao.cli.minutes_pages import (
    document_written,
    held_document,
    list_page,
    minutes_page,
    outcome_document,
    outcome_page,
)
from bangiao.cli.output import AsJson, print_json
from bangiao.cli.step_options import As
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from checklists.minutes import PartySide
from checklists.minutes_handlers import MinutesOutcome, Wanted, Yes
from checklists.step_rules import Actor
from checklists.templates import Side

app = noun("minutes", _("Minutes of a handover: draft, confirm, list, show, write as PDF or DOCX."))

Number = Annotated[str, Parameter(help=_("The number of the minutes, for example 01/BB-BG."))]
Decision = Annotated[str | None, Parameter(help=_("The decision, where several have what is named."))]
For = Annotated[str | None, Parameter(name="--for", help=_("The absent person in whose name it is done."))]
Out = Annotated[Path, Parameter(help=_("The file to write."))]
Force = Annotated[bool, Parameter(negative=(), show_default=False, help=_("Replace the file if it is there."))]

_SIDES: dict[str, PartySide] = {"giving": Side.PREDECESSOR, "receiving": Side.SUCCESSOR}


class NeitherSide(BadInput):
    """ "{side}" is neither side of a handover. Give --side giving or --side receiving."""


class FileThere(BadInput):
    """{file} is there already and was left as it is. Name another file, or replace it with --force."""


@app.command(help=_("Draft the minutes between two units from what is on record; the same again changes nothing."))
def draft(
    giving: Annotated[str, Parameter(help=_("The unit that hands over (GENERATION:CODE)."))],
    receiving: Annotated[str, Parameter(help=_("The unit that takes over (GENERATION:CODE)."))],
    /,
    *,
    decision: Decision = None,
    said: Said = NOTHING_SAID,
    by: As = None,
    for_: For = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    actor = Actor(by or wiring.settings.actor, for_)
    wanted = Wanted(giving, receiving, said.meeting(), actor, decision)
    _tell(minutes.draft(wiring, wanted), as_json=as_json)


@app.command(help=_("Confirm the content that was read, for one side; with both the minutes are final."))
def confirm(
    number: Number,
    /,
    *,
    side: Annotated[str, Parameter(help=_("For which side: giving or receiving."))],
    hash_: Annotated[
        str, Parameter(name="--hash", help=_("The hash of the content that was read, or its first digits (8 or more)."))
    ],
    decision: Decision = None,
    by: As = None,
    for_: For = None,
    as_json: AsJson = False,
) -> None:
    if side not in _SIDES:
        raise NeitherSide(side=side)
    wiring = _ready()
    yes = Yes(number, _SIDES[side], hash_, Actor(by or wiring.settings.actor, for_), decision)
    _tell(minutes.confirm(wiring, yes), as_json=as_json)


@app.command(help=_("Put away the documents of minutes that both sides confirmed, should that have been interrupted."))
def finish(number: Number, /, *, decision: Decision = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    _tell(minutes.finish(wiring, number, decision), as_json=as_json)


@app.command(name="list", help=_("The minutes on record."))
def list_(
    *,
    decision: Annotated[str | None, Parameter(help=_("Only of this decision."))] = None,
    unit: Annotated[str | None, Parameter(help=_("Only of this unit, on either side (GENERATION:CODE)."))] = None,
    by: Annotated[str | None, Parameter(name="--as", help=_("Only what this person may see."))] = None,
    as_json: AsJson = False,
) -> None:
    found = minutes.listed(_ready(), decision, unit, by)
    if as_json:
        print_json([held_document(one, content=False) for one in found])
    else:
        list_page(found)


@app.command(help=_("Minutes in full: exceptions, what is handed over, the hash to confirm, who confirmed."))
def show(
    number: Number,
    /,
    *,
    decision: Decision = None,
    by: Annotated[str | None, Parameter(name="--as", help=_("Only what this person may see."))] = None,
    as_json: AsJson = False,
) -> None:
    held = minutes.read(_ready(), number, decision, by)
    if as_json:
        print_json(held_document(held))
    else:
        minutes_page(held)


@app.command(help=_("Write the minutes as PDF; a draft is marked as such."))
def pdf(
    number: Number, /, *, out: Out, force: Force = False, decision: Decision = None, by: As = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    _write("pdf", number, decision, by, out, force=force, as_json=as_json)


@app.command(help=_("Write the minutes as DOCX, for editing; a draft is marked as such."))
def docx(
    number: Number, /, *, out: Out, force: Force = False, decision: Decision = None, by: As = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    _write("docx", number, decision, by, out, force=force, as_json=as_json)


def _write(
    kind: str, number: str, decision: str | None, by: str | None, file: Path, *, force: bool, as_json: bool
) -> None:
    wiring = _ready()
    held = minutes.read(wiring, number, decision, by)
    content = minutes.document(wiring, held, kind)
    try:
        with file.open("wb" if force else "xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise FileThere(file=str(file)) from None
    document_written(held, file, content, as_json=as_json)


def _tell(outcome: MinutesOutcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome_document(outcome))
    else:
        outcome_page(outcome)


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
