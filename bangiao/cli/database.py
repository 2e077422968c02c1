"""`bangiao db`: bring the database up to date, check where it stands."""

from __future__ import annotations

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import AsJson, number, out, print_json
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import install
from bangiao.wiring import wire
from db.register import count_units
from db.session import begin_read
from db.upgrade import HEAD, current_revision

app = noun("db", _("The database: bring it up to date, check it."))


@app.command(help=_("Bring the schema up to date; an empty database gets the national register."))
def upgrade(*, as_json: AsJson = False) -> None:
    wiring = wire()
    before = current_revision(wiring.engine)
    installed = install(wiring)
    if as_json:
        print_json({"from": before, "to": HEAD, "units_loaded": installed.units, "templates": installed.templates})
        return
    out.print(_("The database is at {revision}.").format(revision=HEAD))
    if installed.units:
        out.print(_("Loaded the national register: {count} units.").format(count=number(installed.units)))
    if installed.templates:
        out.print(_("Published templates: {names}").format(names=", ".join(installed.templates)))


@app.command(help=_("Whether the schema is the one this program needs; exits with 3 when it is not."))
def check(*, as_json: AsJson = False) -> None:
    wiring = wire()
    found, needed = current_revision(wiring.engine), HEAD
    units = 0
    if found:
        with begin_read(wiring.engine) as connection:
            units = count_units(connection)
    if as_json:
        print_json({"found": found, "needed": needed, "units": units})
    else:
        out.print(
            _("The database is at {found}; this program needs {needed}.").format(found=found or "–", needed=needed)
        )
        out.print(_("{count} units in the register.").format(count=number(units)))
    if found != needed or not units:
        raise FoundWanting
