"""Overriding days of the working calendar: looked at first, then published as a new version, with who, why and by which
decree on record.

`bangiao calendar override`, the administrator's page → **here** → rows, kept calendar, event. A published version
counts for what is planned from now on; what is open keeps its own until two people apply it (`bangiao.revisions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.calendar_files import CalendarLine, vietnam_calendar
from bangiao.calendar_in_force import calendar_on
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.calendar_effect import CalendarEffect
from checklists.calendar_overrides import (
    CalendarMovedOn,
    CalendarOrder,
    DayOverride,
    OverrideUnexplained,
    after,
    changed_days,
    mistakes_in,
    order_hash,
    overridden,
)
from checklists.errors import Refused
from checklists.events import CALENDAR_PUBLISHED, Event
from checklists.reasons import as_kept
from checklists.working_calendar import CalendarDay, WorkingCalendar
from db.calendar_effect import calendar_effect
from db.calendars import keep_calendar, overrides_on_record, take_back, write_overrides
from db.session import begin_read


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What an order would do now. `hash`: what somebody agrees to who has read it."""

    order: CalendarOrder
    was: WorkingCalendar
    becomes: WorkingCalendar
    days: Sequence[tuple[CalendarDay, CalendarDay]]
    effect: CalendarEffect
    hash: str

    @property
    def nothing(self) -> bool:
        """Whether the calendar says so already."""
        return self.was.version == self.becomes.version


@dataclass(frozen=True, slots=True)
class CalendarPublished:
    """What came of an order; `changed` False: the calendar said so already, and nothing was written."""

    seen: CalendarPreview
    changed: bool


def preview_overrides(wiring: Wiring, order: CalendarOrder) -> CalendarPreview:
    """Nothing is written. Raises Refused with every mistake of the order."""
    with begin_read(wiring.engine) as connection:
        return _worked_out(connection, order, wiring)


def publish_overrides(wiring: Wiring, order: CalendarOrder, *, by: str, seen: str | None = None) -> CalendarPublished:
    """Everything in one transaction. `seen`: the hash of the preview that was read; if it is not what would be done
    now, nothing is. Raises Refused, OverrideUnexplained, CalendarMovedOn."""
    if not as_kept(order.reason):
        raise OverrideUnexplained()
    with wiring.unit_of_work() as uow:
        now = _worked_out(uow.connection, order, wiring)
        if seen is not None and seen != now.hash:
            raise CalendarMovedOn()
        if now.nothing:
            return CalendarPublished(now, False)
        take_back(uow.connection, order.taken_back)
        write_overrides(uow.connection, now.order.overrides, now.order.reason, by, uow.now)
        keep_calendar(uow.connection, now.becomes)
        kind, version = CALENDAR_PUBLISHED, now.becomes.version
        uow.record([Event(f"{kind}:{uuid4().hex}", kind, uow.now, by, version, _payload(now))])
    return CalendarPublished(now, True)


def _worked_out(connection: Connection, order: CalendarOrder, wiring: Wiring) -> CalendarPreview:
    order = _kept(order)
    base, held = vietnam_calendar(), overrides_on_record(connection)
    if mistakes := list(mistakes_in(order, base, held)):
        raise Refused(_("the calendar"), mistakes)
    was, becomes = calendar_on(connection), overridden(base, after(order, held))
    effect = calendar_effect(connection, becomes, wiring.today())
    hashed = order_hash(order, was.version, becomes.version, effect.spelled())
    return CalendarPreview(order, was, becomes, changed_days(was, becomes), effect, hashed)


def _kept(order: CalendarOrder) -> CalendarOrder:
    """In the form in which it is put on record. Raises SaidTooLong, SaidHides."""
    days = (replace(one, name=as_kept(one.name), basis=as_kept(one.basis)) for one in order.overrides)
    return CalendarOrder(tuple(days), order.taken_back, as_kept(order.reason))


def _payload(seen: CalendarPreview) -> dict[str, object]:
    overrides = seen.order.overrides
    days = [{"on": str(one.on), "kind": one.kind, "name": one.name, "basis": one.basis} for one in overrides]
    return {
        "count": len(overrides) + len(seen.order.taken_back),
        "overridden": days,
        "taken_back": sorted(map(str, seen.order.taken_back)),
        "version": [seen.was.version, seen.becomes.version],
        "reason": seen.order.reason,
    } | ({"basis": seen.order.bases} if seen.order.bases else {})


def as_override(line: CalendarLine) -> DayOverride:
    """A line of a table of days."""
    return DayOverride(line.on, line.kind, line.name.strip(), line.basis.strip(), line.status == "verified")
