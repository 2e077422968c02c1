"""`bangiao user`: who holds which role in which unit, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from cyclopts import Parameter
from sqlalchemy import insert, select

from bangiao.cli.output import AsJson, day, out, print_json, table
from bangiao.cli.status import UnknownUnit
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from bangiao.words import word
from checklists.errors import BadInput
from checklists.units import UnitKey
from db.models import AssignmentRow, table_of
from db.register import SqlRegister
from db.session import begin_read, begin_write

app = noun("user", _("Who holds which role in which unit."))


class EndsBeforeItBegins(BadInput):
    """The assignment would end on {until}, before it begins on {since}. Correct one of the two dates."""


@app.command(help=_("Assign a role in a unit to a person."))
def assign(
    person: Annotated[str, Parameter(help=_("The person's name or account."))],
    /,
    *,
    role: Annotated[Literal["unit_lead", "committee", "administrator"], Parameter(help=_("The role."))],
    unit: Annotated[str, Parameter(help=_("The unit, GENERATION:CODE."))],
    since: Annotated[date | None, Parameter(help=_("First day (today unless given)."))] = None,
    until: Annotated[date | None, Parameter(help=_("Last day (open unless given)."))] = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    first = since or wiring.today()
    if until is not None and until < first:
        raise EndsBeforeItBegins(since=first, until=until)
    same = (
        AssignmentRow.person == person,
        AssignmentRow.role == role,
        AssignmentRow.unit == unit,
        AssignmentRow.since == first,
    )
    with begin_write(wiring.engine) as connection:
        if SqlRegister(connection, first).unit(UnitKey(unit)) is None:
            raise UnknownUnit(key=unit)
        fresh = connection.execute(select(AssignmentRow.person).where(*same)).first() is None
        if fresh:
            connection.execute(
                insert(AssignmentRow).values(person=person, role=role, unit=unit, since=first, until=until)
            )
    if as_json:
        print_json({"person": person, "role": role, "unit": unit, "since": first, "until": until, "changed": fresh})
    else:
        words = _("{person} is {role} in {unit} from {since}.") if fresh else _("{person} is {role} in {unit} already.")
        out.print(words.format(person=person, role=word(role), unit=unit, since=day(first)))


@app.command(name="list", help=_("All assignments."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(
            select(table_of(AssignmentRow)).order_by(AssignmentRow.person, AssignmentRow.since)
        ).all()
    if as_json:
        print_json([dict(row._mapping) for row in rows])
        return
    shown = table(_("Person"), _("Role"), _("Unit"), _("From"), _("Until"))
    for row in rows:
        shown.add_row(row.person, word(row.role), row.unit, day(row.since), day(row.until))
    out.print(shown)
