"""`/admin/people/import`: persons, roles and absences from tables: looked at first, then written or refused whole.

The same files come with both buttons; nothing is kept between, so that what is written is what was sent.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.documents import Limits
from bangiao.i18n import render
from bangiao.people import write_entries
from bangiao.table_files import read_table_files
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.imports.people import PeoplePreview, preview_people
from checklists.imports.rows import Action as RowAction
from db.people import people_on_record
from db.register import SqlRegister
from web.admin.refused import NoFileChosen, OfUploads, as_files
from web.admin.rights import demand_all
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said, uploads_of
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_UNPROCESSABLE = 422
_ROWS = 100


@router.get("/admin/people/import", name="import_form")
async def import_form(request: Request, _signed: Administering) -> Response:
    """What tables are read."""
    return page(request, "admin/import.html", seen=None, refusals=[], more=0, written=False)


@router.post("/admin/people/import", name="import_people")
async def import_people(request: Request, signed: Administering) -> Response:
    """Looked at, or written."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    written = said(form, "do") == "write"
    try:
        seen = await run_in_threadpool(_imported, request.app.state.wiring, signed.account, form, written)
    except NoFileChosen as nothing:
        return _refused(request, [page_sentence(nothing)], 0)
    except OfUploads as refused:
        return _refused(request, refused.sentences, refused.more)
    return page(request, "admin/import.html", seen=seen, refusals=[], more=0, written=written)


def _refused(request: Request, sentences: list[str], more: int) -> Response:
    return page(request, "admin/import.html", _UNPROCESSABLE, seen=None, refusals=sentences, more=more, written=False)


def _imported(wiring: Wiring, by: str, form: FormData, written: bool) -> dict[str, Any]:
    today = wiring.today()
    with as_files(uploads_of(form)) as paths:
        tables = read_table_files(paths, Limits.of(wiring.settings))
        with wiring.unit_of_work() as uow:
            record, register = people_on_record(uow.connection), SqlRegister(uow.connection, today)
            seen = preview_people(tables, record, register, today).accepted()
            demand_all(uow.connection, by, seen.changed(), today)
            if written:
                write_entries(uow, seen.changed(), people_on_record(uow.connection), by)
    return _shown(seen)


def _shown(seen: PeoplePreview) -> dict[str, Any]:
    telling = [row for row in seen.rows if row.action is not RowAction.SAME]
    rows = [
        (row.place.line, row.action.value, row.key, [render(one) for one in row.differences]) for row in telling[:_ROWS]
    ]
    return {
        "rows": rows,
        "more": max(0, len(telling) - _ROWS),
        "add": seen.count(RowAction.ADD),
        "change": seen.count(RowAction.CHANGE),
        "same": seen.count(RowAction.SAME),
    }
