"""`/admin/ladder`: who hears of a late step and when, and which levels have nobody with a working channel.

Whom a level reaches is asked of the whole record, so it is asked on demand; everybody sees the units they administer.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.documents import Limits
from bangiao.i18n import _, render
from bangiao.ladder_files import ladder_for, read_ladders
from bangiao.reaching import UnreachedUnit, unreached_units
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.escalation.ladder import EscalationLadder, audience_words
from db.administered import units_administered
from db.session import begin_read
from web.committee.board import recent
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

_ROWS, _NAMED = 50, 12


@router.get("/admin/ladder", name="ladder")
async def ladder(
    request: Request,
    signed: Annotated[Signed, Depends(Allow(Action.ADMINISTER))],
    asked: Annotated[bool, Query(alias="check")] = False,
) -> Response:
    """The levels; with `check` also whom they do not reach."""
    wiring = request.app.state.wiring
    facts = await run_in_threadpool(_ladders, wiring)
    facts |= {"asked": asked, "missing": [], "more": 0, "units": 0, "at": None}
    if asked:
        kept = await run_in_threadpool(recent(request).answer, ("unreached",), lambda: unreached_units(wiring))
        facts |= await run_in_threadpool(_missing, wiring, signed.account, kept.value) | {"at": kept.at}
    return page(request, "admin/ladder.html", **facts)


def _ladders(wiring: Wiring) -> dict[str, Any]:
    """What decisions registered today climb, alike ones together; why the office's file cannot be read, if so."""
    refusal, given = "", {}
    settings = wiring.settings
    try:
        given = read_ladders(settings.ladders, Limits.of(settings)) if settings.ladders else {}
    except (HandoverError, OSError) as error:
        refusal = page_sentence(error) if isinstance(error, HandoverError) else _("The ladder file cannot be read.")
    with begin_read(wiring.engine) as connection:
        templates = wiring.planning(connection).templates
    alike: dict[EscalationLadder, list[str]] = {}
    for one in templates:
        alike.setdefault(ladder_for(given, one.template), []).append(both(one.title))
    return {"ladders": [_shown(one, names) for one, names in alike.items()], "refusal": refusal}


def _shown(one: EscalationLadder, names: list[str]) -> dict[str, Any]:
    levels = [
        {
            "title": both(level.title),
            "offset": level.offset,
            "at": f"{level.at:%H:%M}",
            "to": render(audience_words(level.to)),
            "repeats": level.repeat_every,
            "urgent": level.urgent,
        }
        for level in one.levels
    ]
    return {"names": names, "levels": levels, "respite": one.respite, "promise": one.longest_promise}


def _missing(wiring: Wiring, account: str, found: list[UnreachedUnit]) -> dict[str, Any]:
    """Units that lack the same people stand together."""
    with begin_read(wiring.engine) as connection:
        reached = units_administered(connection, account, wiring.today())
    mine = [one for one in found if reached is None or one.unit in reached]
    alike: dict[tuple[tuple[str, str], ...], list[UnreachedUnit]] = {}
    for one in mine:
        alike.setdefault(_lines(one), []).append(one)
    rows = [
        {
            "lines": lines,
            "count": len(units),
            "units": [(one.name, one.unit) for one in units[:_NAMED]],
            "more": max(0, len(units) - _NAMED),
            "nobody": any(not one.instead for one in units[0].levels),
        }
        for lines, units in list(alike.items())[:_ROWS]
    ]
    return {"missing": rows, "more": max(0, len(alike) - _ROWS), "units": len(mine)}


def _lines(one: UnreachedUnit) -> tuple[tuple[str, str], ...]:
    """Each audience that would not be reached, and who is told instead."""
    told = {
        render(audience_words(level.to)): ", ".join(who.account for who in level.instead) or _("nobody")
        for level in one.levels
    }
    return tuple(told.items())
