"""A decision given field by field: rows are added and taken away by buttons of the form itself, mistakes stand beside
their fields, and what is written can be taken along as YAML at any time.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from bangiao.decision_writing import as_yaml
from bangiao.wiring import Wiring
from bangiao.words import BASES, basis_word, word
from checklists.access import Action
from checklists.errors import BadInput, HandoverError
from checklists.names import province_sort_key
from db.models import UnitRow
from db.session import begin_read
from db.units_sought import units_named, units_steered
from web.committee import decision_orders
from web.committee.decision_facts import questions
from web.committee.decision_fields import DAYS, MOST_ROWS, DecisionForm, Row, RowsFull, labels
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.refusals import sentences
from web.rendering import page

router = APIRouter(prefix="/decisions")

_UNPROCESSABLE, _CONFLICT = 422, 409

Steering = Annotated[Signed, Depends(Allow(Action.STEER))]


@router.get("/form", name="decision_form")
async def form_page(request: Request, signed: Steering) -> Response:
    """An empty form."""
    return await _shown(request, signed, DecisionForm.empty())


@router.post("/form", name="fill_decision_form")
async def fill(request: Request, signed: Steering) -> Response:
    """Whatever button was pressed: another row, one row less, the file, the plan."""
    sent = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    said = {name: value for name, value in sent.items() if isinstance(value, str)}
    pressed = said.get("do", "preview")
    if pressed == "edit":
        return await _shown(request, signed, _written(said.get("content", "")))
    form = DecisionForm.of(said)
    if pressed == "add":
        return await _added(request, signed, form)
    if pressed.startswith("remove-"):
        return await _shown(request, signed, _without(form, pressed.removeprefix("remove-")))
    await run_in_threadpool(_resolve, request.app.state.wiring, signed, form)
    if pressed == "yaml":
        return _download(form)
    return await _preview(request, signed, form)


def _written(content: str) -> DecisionForm:
    """A decision that was seen as a plan, to be changed; an empty form for anything else."""
    try:
        return DecisionForm.of_decision(content)
    except (ValueError, KeyError, TypeError, AttributeError):
        return DecisionForm.empty()


async def _added(request: Request, signed: Signed, form: DecisionForm) -> Response:
    if len(form.rows) >= MOST_ROWS:
        form.others += sentences(RowsFull(most=MOST_ROWS))
        return await _shown(request, signed, form, _UNPROCESSABLE)
    form.rows.append(Row())
    return await _shown(request, signed, form)


def _without(form: DecisionForm, row: str) -> DecisionForm:
    if row.isascii() and row.isdigit() and int(row[:4]) < len(form.rows):
        del form.rows[int(row[:4])]
    form.rows = form.rows or [Row()]
    return form


def _resolve(wiring: Wiring, signed: Signed, form: DecisionForm) -> None:
    """Names of units → their keys. A unit that hands over is sought among the old ones first."""
    with begin_read(wiring.engine) as connection:

        def known(text: str, hands_over: bool) -> list[str]:
            generations = ("old", "new") if hands_over else ("new", "old")
            found = units_named(connection, (signed.account, wiring.today()), text, generations, form.texts["province"])
            return [one.words for one in found]

        form.resolve(known)


def _download(form: DecisionForm) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="decision.yaml"'}
    return Response(as_yaml(form.content()), media_type="application/yaml; charset=utf-8", headers=headers)


async def _preview(request: Request, signed: Signed, form: DecisionForm) -> Response:
    """The plan it would have, as for a file; or the form again."""
    content = json.dumps(form.content(), ensure_ascii=False).encode()
    if form.mistakes:
        return await _shown(request, signed, form, _UNPROCESSABLE)
    wiring: Wiring = request.app.state.wiring
    try:
        seen = await run_in_threadpool(decision_orders.previewed, wiring, signed, "decision.json", content)
    except HandoverError as refusal:
        form.blame(refusal)
        return await _shown(request, signed, form, _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT)
    asked = questions(seen, wiring.today())
    content_seen = seen.decision.canonical_json()
    return page(request, "committee/preview.html", seen=seen, questions=asked, content=content_seen)


async def _shown(request: Request, signed: Signed, form: DecisionForm, status: int = 200) -> Response:
    facts = await run_in_threadpool(_offered, request.app.state.wiring, signed, form)
    return page(request, "committee/decision_form.html", status, form=form, labels=labels(), **facts)


def _offered(wiring: Wiring, signed: Signed, form: DecisionForm) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        province = form.texts["province"]
        units = units_steered(connection, signed.account, wiring.today(), province) if province else []
        provinces = _provinces(connection)
    noted = [*BASES, *sorted({row.basis for row in form.rows} - {*BASES, ""})]
    return {
        "provinces": provinces,
        "units": units,
        "relations": [(one, word(one)) for one in ("whole", "part")],
        "bases": [(one, basis_word(one)) for one in noted],
        "days": DAYS,
        "most": MOST_ROWS,
        "problems": _problems(form),
    }


def _problems(form: DecisionForm) -> list[tuple[str, str]]:
    """What the summary above the form says: place and sentence of each mistake."""
    return [*(("", one) for one in form.others), *form.mistakes.items()]


def _provinces(connection: Connection) -> list[tuple[str, str]]:
    query = select(UnitRow.key, UnitRow.name).where(UnitRow.generation == "new", UnitRow.level == "province")
    rows = connection.execute(query).all()
    return [(row.key, row.name) for row in sorted(rows, key=lambda row: province_sort_key(row.name))]
