"""The board: how every unit of the installation stands, as of one moment; and the part of it that somebody reaches.

`db.cockpit` → **board** (kept by `recent`) → reach of the reader → pages. Reach is asked of the database each time: a
role that was taken away yesterday shows nothing today.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from fastapi import Request
from sqlalchemy import Connection, select

from bangiao.calendar_in_force import calendar_on
from bangiao.wiring import Wiring
from checklists.names import province_sort_key
from checklists.people import EVERYWHERE, PersonRole
from checklists.working_calendar import OutsideCalendar
from db.cockpit import PlacedUnit, Tally, heirs_of_provinces, placed_units, tallies
from db.models import AssignmentRow
from db.reach import in_force, units_in_reach
from db.session import begin_read
from db.work_models import PersonRow
from web.committee.recent import Kept, Recent

SOON_DAYS = 3


@dataclass(slots=True)
class Sums:
    """Tallies added up."""

    steps: int = 0
    settled: int = 0
    overdue: int = 0
    soon: int = 0
    submitted: int = 0
    untouched: int = 0
    blocked: int = 0
    units: int = 0
    oldest: date | None = None
    upcoming: date | None = None

    def add(self, one: Tally | Sums) -> None:
        """Another tally, or another sum; units are counted by whoever adds units."""
        self.steps += one.steps
        self.settled += one.settled
        self.overdue += one.overdue
        self.soon += one.soon
        self.submitted += one.submitted
        self.untouched += one.untouched
        self.blocked += one.blocked
        if one.oldest and (self.oldest is None or one.oldest < self.oldest):
            self.oldest = one.oldest
        if one.upcoming and (self.upcoming is None or one.upcoming < self.upcoming):
            self.upcoming = one.upcoming

    @property
    def share(self) -> float:
        """Of its steps, the part that is overdue."""
        return self.overdue / self.steps if self.steps else 0.0


@dataclass(slots=True)
class Placed:
    """A unit with its province of today and its tallies."""

    unit: PlacedUnit
    province: str
    tallies: list[Tally] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)

    @property
    def worst_first(self) -> tuple[int, date, str, str]:
        return worst_first(self, self.sums)


def worst_first(one: Placed, sums: Sums) -> tuple[int, date, str, str]:
    """How tables are sorted: most overdue, then the oldest of it, then by name."""
    return -sums.overdue, sums.oldest or date.max, one.unit.sort_key, one.unit.key


@dataclass(frozen=True, slots=True)
class Board:
    """All units that owe or owed something, worst first, and the names of all others."""

    placed: list[Placed]
    decisions: list[str]
    units: dict[str, PlacedUnit]
    provinces: list[PlacedUnit]
    soon: date


def added(several: Iterable[Tally]) -> Sums:
    """All of them together."""
    sums = Sums()
    for one in several:
        sums.add(one)
    return sums


def board(request: Request) -> Kept[Board]:
    """The board of this process."""
    wiring: Wiring = request.app.state.wiring
    return recent(request).answer("board", lambda: read_board(wiring))


def recent(request: Request) -> Recent:
    """What this process keeps for a moment."""
    state = request.app.state
    if not hasattr(state, "recent"):
        state.recent = Recent(state.wiring.now)
    kept: Recent = state.recent
    return kept


def read_board(wiring: Wiring) -> Board:
    """Count everything now."""
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        soon = soon_on(connection, today)
        counted = tallies(connection, today, soon)
        units, heirs = placed_units(connection), heirs_of_provinces(connection)
    placed: dict[str, Placed] = {}
    for one in counted:
        if one.unit not in placed:
            placed[one.unit] = Placed(units[one.unit], province_of(one.unit, units, heirs))
        placed[one.unit].tallies.append(one)
        placed[one.unit].sums.add(one)
    decisions = sorted({one.decision for one in counted})
    provinces = [one for one in units.values() if one.level == "province" and one.key not in heirs]
    ordered = sorted(placed.values(), key=lambda one: one.worst_first)
    return Board(ordered, decisions, units, sorted(provinces, key=lambda one: province_sort_key(one.name)), soon)


def soon_on(connection: Connection, today: date) -> date:
    """The last day that counts as soon; today where the calendar ends."""
    try:
        return calendar_on(connection).add_working_days(today, SOON_DAYS)
    except OutsideCalendar:
        return today


def province_of(key: str, units: dict[str, PlacedUnit], heirs: dict[str, str]) -> str:
    """The province in which the unit lies today; "" for a ministry."""
    at: str | None = key
    while at:
        one = units[at]
        if one.level == "province":
            return heirs.get(at, at)
        at = one.parent
    return ""


def reach(
    connection: Connection, account: str, day: date, roles: frozenset[PersonRole] | None = None
) -> frozenset[str] | None:
    """The units over which somebody holds a role (one of `roles`, if given) that day; None: all."""
    held = (
        select(AssignmentRow.unit)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.person == account, AssignmentRow.unit == EVERYWHERE, in_force(day))
    )
    if roles is not None:
        held = held.where(AssignmentRow.role.in_(sorted(roles)))
    if connection.scalars(held.limit(1)).first():
        return None
    return frozenset(connection.scalars(units_in_reach(account, day, roles)))


@dataclass(frozen=True)
class Seen:
    """The board as one reader sees it. `keys`: their reach, None for everything."""

    board: Board
    at: datetime
    keys: frozenset[str] | None

    @cached_property
    def placed(self) -> list[Placed]:
        """Worst first."""
        if self.keys is None:
            return self.board.placed
        return [one for one in self.board.placed if one.unit.key in self.keys]

    @property
    def decisions(self) -> list[str]:
        if self.keys is None:
            return self.board.decisions
        return sorted({tally.decision for one in self.placed for tally in one.tallies})

    @property
    def provinces(self) -> list[PlacedUnit]:
        """Those of which the reader sees something."""
        if self.keys is None:
            return self.board.provinces
        own = {one.province for one in self.placed}
        return [one for one in self.board.provinces if one.key in own or one.key in self.keys]


def seen(request: Request, account: str) -> Seen:
    """The board for this person."""
    wiring: Wiring = request.app.state.wiring
    with begin_read(wiring.engine) as connection:
        keys = reach(connection, account, wiring.today())
    kept = board(request)
    return Seen(kept.value, kept.at, keys)
