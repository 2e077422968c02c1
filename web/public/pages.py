"""The public pages: the country, a province, a unit, and what the numbers mean. Made from the snapshot alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bangiao.formats import number
from bangiao.i18n import _, language_in_force
from checklists.access import Action
from checklists.public_figures import FEWEST, Figures, folded
from web.guard import Allow
from web.public.answers import Made, answered, come_back_later, opened
from web.public.asked import Asked
from web.public.snapshot import Area, Snapshot, published
from web.rendering import page
from web.tile_map import SIZE, Said, tiles

router = APIRouter(dependencies=[Depends(Allow(Action.ENTER)), Depends(opened)])

_GOOD = (100, 95, 90, 75)
"""Percent in time from which a tile has this colour, the best first; below the last, the gravest."""


@router.get("/public", name="public")
def country(request: Request) -> Response:
    """All provinces; with `q`, units of the whole country by name."""
    return _page(request, "public/country.html", _country)


@router.get("/public/about", name="public_about")
def about(request: Request) -> Response:
    """What the numbers mean, how they are made, and what is left out."""
    return _page(request, "public/about.html", lambda _snapshot, _asked: {"fewest": FEWEST})


@router.get("/public/{province}", name="public_province")
def one_province(request: Request, province: str) -> Response:
    """The units of a province of today, or the central bodies."""
    return _page(request, "public/province.html", partial(_province, key=province))


@router.get("/public/{province}/{member}", name="public_unit")
def one_unit(request: Request, province: str, member: str) -> Response:
    """A unit by kind of work."""
    return _page(request, "public/unit.html", partial(_unit, key=province, member=member))


def _page(request: Request, template: str, facts: Callable[[Snapshot, Asked], dict[str, Any]]) -> Response:
    """Made once for the snapshot, in each language, unless something is asked of it."""
    snapshot = published(request).latest()
    if snapshot is None:
        return come_back_later(request)
    name, asked = (language_in_force(), request.url.path), Asked.of(request.query_params)
    made = snapshot.pages.get(name) if asked == Asked() else None
    if made is None:
        shown = {"asked": asked, "snapshot": snapshot, "day": snapshot.day}
        made = Made.of(bytes(page(request, template, **shown, **facts(snapshot, asked)).body))
        if asked == Asked():
            snapshot.keep(name, made)
    return answered(request, made, "text/html; charset=utf-8")


def _country(snapshot: Snapshot, asked: Asked) -> dict[str, Any]:
    everybody = [one for area in snapshot.areas.values() for one in area.members.values()] if asked.q else []
    at, rows = asked.sheet(asked.found(everybody))
    return {
        "areas": asked.ordered(snapshot.areas.values()),
        "area_names": {area.key: name_of(area) for area in snapshot.areas.values()},
        "sheet": at,
        "rows": rows,
        "tiles": tiles(partial(_tile, snapshot)),
        "map_size": SIZE,
    }


def _province(snapshot: Snapshot, asked: Asked, key: str) -> dict[str, Any]:
    area = snapshot.areas.get(key)
    if area is None:
        raise HTTPException(404)
    at, rows = asked.sheet(asked.found(area.members.values()))
    return {"area": area, "name": name_of(area), "sheet": at, "rows": rows}


def _unit(snapshot: Snapshot, _asked: Asked, key: str, member: str) -> dict[str, Any]:
    area = snapshot.areas.get(key)
    one = area.members.get(member) if area else None
    if area is None or one is None:
        raise HTTPException(404)
    return {"area": area, "name": name_of(area), "member": one, "kinds": folded(one.kinds), "fewest": FEWEST}


def name_of(area: Area) -> str:
    return area.unit.name if area.unit else _("Ministries and central bodies")


def _tile(snapshot: Snapshot, key: str, name: str) -> Said:
    area = snapshot.areas.get(key)
    if area is None:
        return Said("–", "", _("{name}: nothing to show").format(name=name), "none")
    figures = area.figures
    share = figures.percent_in_time
    if share is None:
        return Said("–", f"/public/{key}", _("{name}: hardly anything was due yet").format(name=name), "none")
    words = _("{name}: {share} % in time, {overdue} steps overdue").format(
        name=name_of(area), share=share, overdue=number(figures.overdue)
    )
    return Said(f"{share} %", f"/public/{key}", words, _colour(figures, share))


def _colour(figures: Figures, share: int) -> str:
    if figures.overdue == 0 and share == _GOOD[0]:
        return "0"
    return str(sum(1 for limit in _GOOD if share < limit))
