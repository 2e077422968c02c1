"""`bangiao user import`: persons, roles and absences from tables, refused whole on any mistake."""

from __future__ import annotations

from datetime import date

from bangiao.cli.import_page import EVERY_OPTION, ImportOptions, TableFiles, import_tables
from bangiao.i18n import _
from bangiao.people import write_entries
from checklists.imports.people import PeoplePreview, preview_people
from checklists.tables import Table
from db.people import people_on_record
from db.register import SqlRegister
from db.unit_of_work import SqlUnitOfWork


def import_(files: TableFiles, /, *, options: ImportOptions = EVERY_OPTION) -> None:
    import_tables(files, options, _previewed, _carry_out, _("Person"))


def _previewed(uow: SqlUnitOfWork, tables: list[Table], today: date) -> PeoplePreview:
    return preview_people(tables, people_on_record(uow.connection), SqlRegister(uow.connection, today), today)


def _carry_out(uow: SqlUnitOfWork, seen: PeoplePreview, by: str) -> None:
    write_entries(uow, seen.changed(), people_on_record(uow.connection), by)
