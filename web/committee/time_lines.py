"""What lies in time: settled steps day by day against the day of operation, and units that say nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.calendar_in_force import calendar_on
from bangiao.formats import day, number
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.deadlines import local_date
from checklists.silence import OwingUnit, SilentUnit, silent_units
from checklists.working_calendar import OutsideCalendar, WorkingCalendar
from db.cockpit import settled_by_instant
from db.decisions import SqlDecisions
from db.reach import units_in_reach
from db.session import begin_read
from db.silence import owing_units
from web.committee.board import Seen, recent, seen
from web.committee.cockpit import moment_said, together
from web.committee.filters import Filters
from web.committee.units_table import offered, sheet
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter(prefix="/cockpit")

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]

_PACE_DAYS = 5
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 700, 20, 240
_ROWS = 50


@dataclass(frozen=True, slots=True)
class Chart:
    """A burn-up as points of a picture; "" and 0 where there is nothing to draw."""

    goal: str
    goal_y: int
    done: str
    ahead: str
    target_x: float
    target: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class BurnUp:
    """Settled steps at the end of each day. `forecast`: when all would be settled at the pace of late; None: not at
    this pace. `target`: the day of operation, if one decision is looked at."""

    days: list[tuple[date, int]]
    steps: int
    pace: float
    forecast: date | None
    target: date | None

    @property
    def settled(self) -> int:
        return self.days[-1][1]


@router.get("/burn-up", name="burn_up")
async def burn_up(request: Request, signed: Reader) -> Response:
    """Settled steps day by day, with a plain forecast."""
    view = await run_in_threadpool(seen, request, signed.account)
    filters = Filters(decision=Filters.of(request.query_params).decision)
    facts = await run_in_threadpool(_burn_up_facts, request, signed, view, filters)
    return page(request, "committee/burn_up.html", **offered(view, filters), **facts)


def _burn_up_facts(request: Request, signed: Signed, view: Seen, filters: Filters) -> dict[str, Any]:
    wiring: Wiring = request.app.state.wiring
    today = wiring.today()

    def asked() -> Counter[date]:
        reached = None if view.keys is None else units_in_reach(signed.account, today)
        with begin_read(wiring.engine) as connection:
            return Counter(map(local_date, settled_by_instant(connection, reached, filters.decision or None)))

    settled = recent(request).answer(("burn-up", view.keys, filters.decision), asked)
    steps = together(sums for _one, sums in filters.narrowed(view)).steps
    with begin_read(wiring.engine) as connection:
        held = SqlDecisions(connection, wiring.now(), wiring.settings.chunk_units).find(filters.decision)
        calendar = calendar_on(connection)
    target = held.decision.operational if held and filters.decision in view.decisions else None
    drawn = burn_up_of(settled.value, steps, today, target, calendar)
    return {
        "burn": drawn,
        "chart": chart_of(drawn, today),
        "sentence": forecast_words(drawn),
        "recent_days": drawn.days[-30:],
    }


def burn_up_of(
    settled: Counter[date], steps: int, today: date, target: date | None, calendar: WorkingCalendar
) -> BurnUp:
    """From how many were settled on each day."""
    first = min([*settled, today - timedelta(days=14)])
    span = [first + timedelta(days=count) for count in range((today - first).days + 1)]
    days = list(zip(span, accumulate(settled[one] for one in span), strict=True))
    pace = _pace(settled, today, calendar)
    return BurnUp(days, steps, pace, _forecast(steps - days[-1][1], pace, today, calendar), target)


def _pace(settled: Counter[date], today: date, calendar: WorkingCalendar) -> float:
    """Steps on a working day, over the last whole ones before today."""
    try:
        since = calendar.add_working_days(today, -_PACE_DAYS)
    except OutsideCalendar:
        return 0.0
    return sum(count for one, count in settled.items() if since <= one < today) / _PACE_DAYS


def _forecast(left: int, pace: float, today: date, calendar: WorkingCalendar) -> date | None:
    if left <= 0:
        return today
    if not pace:
        return None
    try:
        return calendar.add_working_days(today, ceil(left / pace))
    except (OutsideCalendar, OverflowError):
        return None


def forecast_words(burn: BurnUp) -> str:
    """The forecast as one sentence: what it rests on, and no more than it can know."""
    if burn.settled >= burn.steps:
        return _("All steps are settled.")
    if not burn.pace:
        return _("Nothing was settled in the last {days} working days: there is no pace to go by.").format(
            days=_PACE_DAYS
        )
    if burn.forecast is None:
        return _("At the pace of the last {days} working days ({pace} steps a day) there is no end in sight.").format(
            days=_PACE_DAYS, pace=number(round(burn.pace))
        )
    words = _("At the pace of the last {days} working days ({pace} steps a day) all would be settled on {day}.")
    return words.format(days=_PACE_DAYS, pace=number(round(burn.pace)), day=day(burn.forecast))


def chart_of(burn: BurnUp, today: date) -> Chart:
    """Days from left to right, steps from below."""
    first = burn.days[0][0]
    last = max(today, burn.target or today, min(burn.forecast or today, today + timedelta(days=60)))
    width, most = max((last - first).days, 1), max(burn.steps, 1)

    def at(one: date, count: int) -> str:
        return f"{x_of(one):.1f},{_BOTTOM - (_BOTTOM - _TOP) * count / most:.1f}"

    def x_of(one: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (one - first).days / width

    ahead = ""
    if burn.forecast and burn.forecast > today:
        shown = min(burn.forecast, last)
        part = (shown - today).days / max((burn.forecast - today).days, 1)
        ahead = f"{at(today, burn.settled)} {at(shown, round(burn.settled + (burn.steps - burn.settled) * part))}"
    done = " ".join(at(*one) for one in burn.days)
    in_sight = burn.target if burn.target and burn.target >= first else None
    target_x = min(max(round(x_of(in_sight), 1), _LEFT + 40), _RIGHT - 40) if in_sight else 0
    return Chart(
        number(burn.steps), _TOP, done, ahead, target_x, day(in_sight) if in_sight else "", day(first), day(last)
    )


@router.get("/silent", name="silent_units")
async def silent(request: Request, signed: Reader) -> Response:
    """Units that owe something and say nothing."""
    view = await run_in_threadpool(seen, request, signed.account)
    facts = await run_in_threadpool(_silent_facts, request, view)
    return page(request, "committee/silent.html", **facts)


def _silent_facts(request: Request, view: Seen) -> dict[str, Any]:
    wiring: Wiring = request.app.state.wiring

    def asked() -> Sequence[OwingUnit]:
        with begin_read(wiring.engine) as connection:
            return owing_units(connection, wiring.today())

    kept = recent(request).answer("owing", asked)
    mine = [one for one in kept.value if view.keys is None or one.unit in view.keys]
    found: list[SilentUnit] = []
    with begin_read(wiring.engine) as connection:
        calendar = calendar_on(connection)
    try:
        found = silent_units(mine, wiring.settings.silent_days, wiring.today(), calendar)
    except OutsideCalendar:
        found = []
    asked_for = request.query_params.get("page", "1")
    at = sheet(len(found), int(asked_for) if asked_for.isascii() and asked_for.isdigit() and len(asked_for) < 6 else 1)
    rows = found[(at.number - 1) * _ROWS : at.number * _ROWS]
    return {
        "rows": rows,
        "sheet": at,
        "filters": Filters(),
        "days": wiring.settings.silent_days,
        "as_of": moment_said(kept.at),
    }
