"""The forms of the calendar's page → an order; the order as the preview carries it to the button that confirms."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from bangiao.calendar_files import read_lines
from bangiao.calendar_orders import as_override
from bangiao.documents import Limits, read_text
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.calendar_overrides import KINDS, ORDINARY, CalendarOrder, DayOverride
from checklists.calendar_words import weekday_name
from checklists.errors import BadInput
from checklists.working_calendar import CalendarDay, DayKind
from web.admin.refused import as_files
from web.dates import day_in, typed
from web.lead.uploads import said, uploads_of

DAYS = ("on", "other")
_TEXTS = ("kind", "name", "basis", "reason")
_LONGEST_ORDER = 200_000


class DayMissing(BadInput):
    """Write the day that changes."""


class KindUnchosen(BadInput):
    """Choose what the day becomes."""


class OtherDayMissing(BadInput):
    """Write for which day {day} is exchanged: the explanations of due dates name it."""


class NotAnOrder(BadInput):
    """What came with this form is no change of the calendar. Begin again."""


def kinds() -> list[tuple[str, str]]:
    """What a day can become, in words."""
    return [
        (DayKind.HOLIDAY.value, _("a holiday")),
        (DayKind.COMPENSATORY.value, _("a day off in lieu of a holiday")),
        (DayKind.SWAPPED.value, _("a day off, exchanged for another day")),
        (DayKind.MAKEUP.value, _("a working day that makes up for another day")),
        (ORDINARY, _("an ordinary day: worked from Monday to Friday, off at the weekend")),
    ]


def typed_in(form: FormData) -> dict[str, Any]:
    """What was typed, to stand in the form again."""
    return {name: said(form, name) for name in _TEXTS} | {name: typed(form, name) for name in DAYS}


def day_order(form: FormData) -> CalendarOrder:
    """One day that changes, or one override that is taken back. Raises DayMissing, KindUnchosen, OtherDayMissing,
    NotADay."""
    if said(form, "what") == "back":
        return CalendarOrder((), (_iso(said(form, "day")),), said(form, "reason"))
    on, kind = day_in(form, "on"), said(form, "kind")
    if on is None:
        raise DayMissing()
    if kind not in {ORDINARY, *KINDS}:
        raise KindUnchosen()
    one = DayOverride(on, kind, _name(form, on, kind), said(form, "basis"))
    return CalendarOrder((one,), (), said(form, "reason"))


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotAnOrder() from error


def _name(form: FormData, on: date, kind: str) -> str:
    """As the announcements word it; days that are exchanged name each other, in Vietnamese as the table does."""
    if kind not in {DayKind.SWAPPED, DayKind.MAKEUP}:
        return said(form, "name") if kind != ORDINARY else ""
    other = day_in(form, "other")
    if other is None:
        raise OtherDayMissing(day=on)
    if kind == DayKind.MAKEUP:
        return f"Làm bù cho ngày {other:%d/%m/%Y}"
    weekday = render(weekday_name(CalendarDay(other, DayKind.WORKING)), "vi")
    return f"Hoán đổi với {weekday} {other:%d/%m/%Y}"


def file_order(wiring: Wiring, form: FormData) -> CalendarOrder:
    """A table of days. Raises NoFileChosen, OfUploads."""
    with as_files(uploads_of(form)[:1]) as paths:
        text = read_text(paths[0], (".csv",), Limits.of(wiring.settings))
        return CalendarOrder(tuple(map(as_override, read_lines(text, str(paths[0])))), (), said(form, "reason"))


def packed(order: CalendarOrder) -> str:
    """The order as the value of a form field."""
    days = [[str(one.on), one.kind, one.name, one.basis, one.announced] for one in order.overrides]
    return json.dumps([days, list(map(str, order.taken_back)), order.reason], ensure_ascii=False)


def order_of(text: str) -> CalendarOrder:
    """What `packed` gave. Raises NotAnOrder."""
    try:
        if len(text) > _LONGEST_ORDER:
            raise NotAnOrder()
        days, back, reason = json.loads(text)
        overrides = tuple(DayOverride(_iso(on), *_plain(rest)) for on, *rest in days)
        if not isinstance(reason, str):
            raise NotAnOrder()
        return CalendarOrder(overrides, tuple(map(_iso, back)), reason)
    except (ValueError, TypeError, RecursionError) as error:
        raise NotAnOrder() from error


def _plain(said_: list[Any]) -> tuple[str, str, str, bool]:
    kind, name, basis, announced = said_
    if kind not in {ORDINARY, *KINDS} or not isinstance(name, str) or not isinstance(basis, str):
        raise NotAnOrder()
    return kind, name, basis, announced is True
