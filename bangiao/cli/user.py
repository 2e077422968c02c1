"""`bangiao user`: who holds which role in which unit, from when to when."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from cyclopts import Parameter

from bangiao.cli.output import AsJson, By, day, out, print_json, table
from bangiao.cli.status import UnknownUnit
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from bangiao.words import word
from checklists.errors import BadInput
from checklists.events import ASSIGNMENT_RECORDED, Event
from checklists.units import UnitKey
from db.assignments import Assignment, assignments, write_assignment
from db.session import begin_read

app = noun("user", _("Who holds which role in which unit."))


class EndsBeforeItBegins(BadInput):
    """The assignment would end on {until}, before it begins on {since}. Correct one of the two dates."""


@app.command(help=_("Assign a role in a unit to a person; again with another --until to end it."))
def assign(
    person: Annotated[str, Parameter(help=_("The person's name or account."))],
    /,
    *,
    role: Annotated[Literal["unit_lead", "committee", "administrator"], Parameter(help=_("The role."))],
    unit: Annotated[str, Parameter(help=_("The unit, GENERATION:CODE."))],
    since: Annotated[date | None, Parameter(help=_("First day (today unless given)."))] = None,
    until: Annotated[date | None, Parameter(help=_("Last day (open unless given)."))] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    one = Assignment(person, role, unit, since or wiring.today(), until)
    if one.until is not None and one.until < one.since:
        raise EndsBeforeItBegins(since=one.since, until=one.until)
    with wiring.unit_of_work() as uow:
        if uow.register_on(one.since, [UnitKey(unit)]).unit(UnitKey(unit)) is None:
            raise UnknownUnit(key=unit)
        changed = write_assignment(uow.connection, one)
        if changed:
            said = {name: str(value) if isinstance(value, date) else value for name, value in asdict(one).items()}
            event_id = f"{ASSIGNMENT_RECORDED}:{person}:{role}:{unit}:{uow.now:%Y%m%dT%H%M%S%f}"
            uow.record([Event(event_id, ASSIGNMENT_RECORDED, uow.now, by or wiring.settings.actor, unit, said)])
    if as_json:
        print_json({**asdict(one), "changed": changed})
        return
    words = _("{person} is {role} in {unit} from {since} until {until}.")
    out.print(words.format(person=person, role=word(role), unit=unit, since=day(one.since), until=day(until)))
    if not changed:
        out.print(_("It stood so already; nothing changed."))


@app.command(name="list", help=_("All assignments."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        held = assignments(connection)
    if as_json:
        print_json([asdict(one) for one in held])
        return
    if not held:
        out.print(_("Nobody is assigned yet. Assign with: bangiao user assign PERSON --role unit_lead --unit KEY"))
        return
    shown = table(_("Person"), _("Role"), _("Unit"), _("From"), _("Until"))
    for one in held:
        shown.add_row(one.person, word(one.role), one.unit, day(one.since), day(one.until))
    out.print(shown)
