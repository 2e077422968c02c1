"""One field for everything: units, kinds of steps and decisions by name or number, with or without diacritics.

Nothing beyond the reader's reach is found. Steps are found by their titles, of which there are few; a title leads to
the table of its steps.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.step_titles import steps_called
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.names import search_key
from db.decisions_seen import decisions_naming
from db.session import begin_read
from web.committee.board import Seen, seen
from web.guard import Allow, Signed
from web.rendering import both, page

router = APIRouter(prefix="/search")

MOST = 25
"""Of each kind; who does not find it among these writes more of the name."""

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]


@router.get("", name="search")
async def search(request: Request, signed: Reader, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What is called so."""
    text = " ".join(q.split())
    view = await run_in_threadpool(seen, request, signed.account)
    found = await run_in_threadpool(_found, request.app.state.wiring, view, text) if search_key(text) else {}
    facts: dict[str, Any] = {"units": [], "titles": [], "decisions": []} | found
    return page(request, "committee/search.html", q=text, most=MOST, **facts)


def _found(wiring: Wiring, view: Seen, text: str) -> dict[str, Any]:
    asked = search_key(text)
    units = [one for one in view.placed if asked in one.unit.search_key or text == one.unit.key]
    units.sort(key=lambda one: (not one.unit.search_key.startswith(asked), one.unit.sort_key, one.unit.key))
    with begin_read(wiring.engine) as connection:
        called = steps_called(connection, text)
        decisions = [one.number for one in decisions_naming(connection, view.keys) if asked in search_key(one.number)]
    titles = sorted({both(step.title) for steps in called.values() for step in steps.values()})
    names = view.board.units
    return {
        "units": [(one, names[one.unit.parent].name if one.unit.parent in names else "") for one in units[:MOST]],
        "titles": [(title, f"/cockpit/steps?{urlencode({'state': 'open', 'step': title})}") for title in titles[:MOST]],
        "decisions": decisions[:MOST],
    }
