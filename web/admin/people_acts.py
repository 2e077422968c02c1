"""One act on a person: carried out, or the page again with the reason and with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.wiring import Wiring
from checklists.errors import BadInput, HandoverError
from web.admin.people_facts import person_facts
from web.dates import typed
from web.guard import MOST_FIELDS, MOST_FILES, Signed
from web.refusals import page_sentence
from web.rendering import page

_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_DAYS = ("since", "until")

Written = Callable[[Wiring, str, str, FormData], object]


async def carry_out(request: Request, account: str, signed: Signed, act: str, write: Written) -> Response:
    """`write`: what the form asks for (wiring, administrator, person, form)."""
    wiring, form = request.app.state.wiring, await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        await run_in_threadpool(write, wiring, signed.account, account, form)
    except HandoverError as refusal:
        return await refused_on_page(request, account, signed, act, form, refusal)
    return RedirectResponse(f"/admin/people/{account}?{urlencode({'done': act})}", _SEE_OTHER)


async def refused_on_page(
    request: Request, account: str, signed: Signed, act: str, form: FormData, refusal: HandoverError
) -> Response:
    facts = await run_in_threadpool(person_facts, request.app.state.wiring, signed.account, account)
    kept = {
        "refusals": [page_sentence(refusal)],
        "refused_act": act,
        "typed": {name: str(value) for name, value in form.items() if isinstance(value, str)},
        "typed_days": {name: typed(form, name) for name in _DAYS},
    }
    return page(request, "admin/person.html", status_of(refusal), **facts, **kept, done="")


def status_of(refusal: HandoverError) -> int:
    return _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT


def nothing_refused() -> dict[str, Any]:
    return {"refusals": [], "refused_act": "", "typed": {}, "typed_days": {name: {} for name in _DAYS}}
