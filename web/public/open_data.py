"""The public figures of every unit as open data: one table (CSV) or one document (JSON), with what they mean and how
they may be used. Names of fields are English and stay; names of units are the official ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from checklists.access import Action
from checklists.public_figures import Figures, folded
from evidence.spreadsheet_safe import Cell, csv_text
from web.guard import Allow
from web.public.answers import Made, answered, come_back_later, opened
from web.public.snapshot import Member, Snapshot, published

router = APIRouter(dependencies=[Depends(Allow(Action.ENTER)), Depends(opened)])

USE = {
    "vi": "Được sử dụng tự do cho mọi mục đích với điều kiện ghi nguồn và ngày của số liệu.",
    "en": "Free to use for any purpose, provided that the source and the day of the figures are named.",
}
_ABOUT = "/public/about"
_FIELDS = ("as_of", "province", "unit", "name", "level", "period", *Figures._fields)
_OTHER = "other"
_FOR_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Link": f'<{_ABOUT}#use>; rel="license", <{_ABOUT}>; rel="describedby"',
}
_PERIODS = {"old": "before", "new": "after"}


@router.get("/public/data.csv", name="public_csv")
def as_csv(request: Request) -> Response:
    """For a spreadsheet: a unit a line."""
    return _data(request, "csv", "text/csv; charset=utf-8; header=present", _csv)


@router.get("/public/data.json", name="public_json")
def as_json(request: Request) -> Response:
    """For a program: with kinds of work, and what the fields mean."""
    return _data(request, "json", "application/json", _json)


def _data(request: Request, form: str, kind: str, made: Callable[[Snapshot], str]) -> Response:
    snapshot = published(request).latest()
    if snapshot is None:
        return come_back_later(request)
    body = snapshot.pages.get(form) or snapshot.keep(form, Made.of(made(snapshot).encode()))
    name = f"bangiao-{snapshot.day:%Y-%m-%d}.{form}"
    return answered(request, body, kind, **_FOR_ALL, **{"Content-Disposition": f'attachment; filename="{name}"'})


def _members(snapshot: Snapshot) -> Iterator[Member]:
    for area in snapshot.areas.values():
        yield from area.members.values()


def _csv(snapshot: Snapshot) -> str:
    def rows() -> Iterator[tuple[Cell, ...]]:
        yield _FIELDS
        for one in _members(snapshot):
            yield (*_unit(snapshot.day, one).values(), *one.figures)

    return "".join(csv_text(rows()))


def _unit(day: date, one: Member) -> dict[str, str]:
    return {
        "as_of": day.isoformat(),
        "province": one.province,
        "unit": one.unit.key,
        "name": one.unit.name,
        "level": one.unit.level,
        "period": _PERIODS.get(one.unit.generation, ""),
    }


def _json(snapshot: Snapshot) -> str:
    document: dict[str, Any] = {
        "as_of": snapshot.day.isoformat(),
        "use": USE,
        "about": _ABOUT,
        "total": snapshot.figures._asdict(),
        "units": [
            _unit(snapshot.day, one) | one.figures._asdict() | {"kinds": _kinds(one)} for one in _members(snapshot)
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _kinds(one: Member) -> dict[str, dict[str, int]]:
    return {kind or _OTHER: figures._asdict() for kind, figures in folded(one.kinds)}
