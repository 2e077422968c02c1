"""`bangiao user import`: persons, roles and absences from tables, refused whole on any mistake."""

from __future__ import annotations

from bangiao.cli.import_page import DryRun, TableFiles, import_page
from bangiao.cli.output import AsJson, By
from bangiao.documents import Limits
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.people import write_entries
from bangiao.table_files import read_table_files
from bangiao.wiring import wire
from checklists.imports.people import preview_people
from db.people import people_on_record
from db.register import SqlRegister


def import_(
    files: TableFiles,
    /,
    *,
    dry_run: DryRun = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    tables = read_table_files(files, Limits.of(wiring.settings))  # before the transaction: nobody waits for a slow file
    with wiring.unit_of_work() as uow:
        register = SqlRegister(uow.connection, wiring.today())
        seen = preview_people(tables, people_on_record(uow.connection), register, wiring.today()).accepted()
        if not dry_run:
            write_entries(uow, seen.changed(), people_on_record(uow.connection), by or wiring.settings.actor)
    import_page(seen, dry_run, _("Person"), as_json)
