"""Saved views: a table's filters under a name, as links. Opening one is opening the table, which reads the filters
again and shows what its reader may see.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.saved_views import drop_view, keep_view, rename_view
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import BadInput, HandoverError
from checklists.people import PersonRole
from db.saved_views import SavedView, views_of
from db.session import begin_read
from web.committee.filters import Filters
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter(prefix="/views")

PAGES = {
    "units": "/cockpit/units",
    "steps": "/cockpit/steps",
    "matrix": "/cockpit/matrix",
    "escalations": "/escalations",
}
"""Tables that may be kept, and where they are."""

_SEE_OTHER, _NOT_FOUND, _UNPROCESSABLE, _CONFLICT = 303, 404, 422, 409
_LONGEST_QUERY = 1_000

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]


class ViewLink(NamedTuple):
    """A view as a link. `by`: whose it is, "" for the reader's own."""

    id: str
    name: str
    href: str
    by: str
    shared: bool
    page: str


def links(wiring: Wiring, account: str) -> list[ViewLink]:
    """All that somebody may open."""
    with begin_read(wiring.engine) as connection:
        found = views_of(connection, account, wiring.today())
    return [_link(one, account) for one in found]


def _link(one: SavedView, account: str) -> ViewLink:
    by = "" if one.owner == account else one.owner_name or one.owner
    query = filters_of(one.page, one.query)
    href = PAGES.get(one.page, "/cockpit") + (f"?{query}" if query else "")
    return ViewLink(one.id, one.name, href, by, one.shared, one.page)


def filters_of(table: str, query: str) -> str:
    """The filters in a query that the table knows, and nothing else."""
    said = dict(parse_qsl(query[:_LONGEST_QUERY].lstrip("?")))
    if table == "escalations":
        return urlencode({"show": "all"} if said.get("show") == "all" else {})
    filters = Filters.of(said)
    return (filters if table == "steps" else filters.without("step")).query().lstrip("?")


@router.get("", name="views")
async def views(request: Request, signed: Reader, said: Annotated[str, Query(max_length=20)] = "") -> Response:
    """My views, and those shared with me."""
    return await _page(request, signed, said=_said(said))


@router.post("", name="keep_view")
async def keep(request: Request, signed: Reader) -> Response:
    """Keep the table that somebody looks at."""
    form = await _form(request)
    table = form.get("table", "")
    if table not in PAGES:
        raise HTTPException(_UNPROCESSABLE)
    wanted = (form.get("name", ""), table, filters_of(table, form.get("query", "")))
    try:
        kept = await run_in_threadpool(_kept, request.app.state.wiring, signed, wanted, "shared" in form)
    except HandoverError as refusal:
        return await _page(request, signed, _status(refusal), refusal=page_sentence(refusal), wanted=wanted)
    return RedirectResponse(_link(kept, signed.account).href, _SEE_OTHER)


def _kept(wiring: Wiring, signed: Signed, wanted: tuple[str, str, str], shared: bool) -> SavedView:
    return keep_view(wiring, signed.account, wanted, shared=shared and PersonRole.COMMITTEE in signed.anywhere)


@router.post("/{view}/rename", name="rename_view")
async def rename(request: Request, view: str, signed: Reader) -> Response:
    """Another name, shared or not."""
    form = await _form(request)
    shared = "shared" in form and PersonRole.COMMITTEE in signed.anywhere

    def renamed() -> bool:
        return rename_view(request.app.state.wiring, signed.account, view, form.get("name", ""), shared=shared)

    try:
        there = await run_in_threadpool(renamed)
    except HandoverError as refusal:
        return await _page(request, signed, _status(refusal), refusal=page_sentence(refusal))
    return _done(there, "renamed")


@router.post("/{view}/delete", name="delete_view")
async def delete(request: Request, view: str, signed: Reader) -> Response:
    """Take one of mine away."""
    there = await run_in_threadpool(drop_view, request.app.state.wiring, signed.account, view)
    return _done(there, "deleted")


def _done(there: bool, said: str) -> Response:
    if not there:
        raise HTTPException(_NOT_FOUND)
    return RedirectResponse(f"/views?said={said}", _SEE_OTHER)


async def _form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _page(request: Request, signed: Signed, status: int = 200, **shown: Any) -> Response:
    found = await run_in_threadpool(links, request.app.state.wiring, signed.account)
    facts: dict[str, Any] = {"said": "", "refusal": "", "wanted": ("", "", "")} | shown
    tables = {"units": _("Units"), "steps": _("Steps"), "matrix": _("Readiness"), "escalations": _("Escalations")}
    shares = PersonRole.COMMITTEE in signed.anywhere
    return page(request, "committee/views.html", status, views=found, tables=tables, shares=shares, **facts)


def _status(refusal: HandoverError) -> int:
    return _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT


def _said(what: str) -> str:
    return {"renamed": _("The view is kept under this name now."), "deleted": _("The view is deleted.")}.get(what, "")
