"""`bangiao calendar override`: a day becomes something else by a decree; with --dry-run what would move is shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from bangiao.calendar_files import read_lines
from bangiao.calendar_orders import CalendarPreview, as_override, preview_overrides, publish_overrides
from bangiao.cli.output import AsJson, By, day, number, out, print_json, table
from bangiao.documents import Limits, read_text
from bangiao.i18n import _, language_in_force, render
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.calendar_overrides import CalendarOrder, DayOverride, turned
from checklists.calendar_words import day_label
from checklists.errors import BadInput
from checklists.working_calendar import CalendarDay

_SHOWN = 20
AS_RELEASED = "as-released"

Kind = Literal["holiday", "compensatory_day_off", "swapped_day_off", "makeup_workday", "ordinary", "as-released"]


class OverrideUnread(BadInput):
    """{text} is not a day. Write it as 2026-01-02."""


class OverrideLacks(BadInput):
    """Say what {day} becomes with --kind, or give a table of days with --file."""


def override(
    day_: Annotated[str | None, Parameter(name="DAY", help=_("The day, as 2026-01-02."))] = None,
    /,
    *,
    kind: Annotated[
        Kind | None, Parameter(help=_("What the day becomes; as-released takes an override of it back."))
    ] = None,
    name: Annotated[str, Parameter(help=_("What the day is called, or for which day it is exchanged."))] = "",
    basis: Annotated[str, Parameter(help=_("The decree or announcement: number and year."))] = "",
    file: Annotated[
        Path | None, Parameter(help=_("A table of days (CSV: date, kind, name, basis, status) instead of one."))
    ] = None,
    reason: Annotated[str, Parameter(help=_("Why; kept on record."))] = "",
    preview_hash: Annotated[
        str | None, Parameter(help=_("The hash of the preview that was read; refused if it is another one now."))
    ] = None,
    dry_run: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Only show what would move; nothing is written."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    order = _of_file(wiring, file, reason) if file else _of_day(day_, kind, (name, basis), reason)
    if dry_run:
        _answer(preview_overrides(wiring, order), None, as_json)
        return
    done = publish_overrides(wiring, order, by=by or wiring.settings.actor, seen=preview_hash)
    _answer(done.seen, done.changed, as_json)


def _of_file(wiring: Wiring, file: Path, reason: str) -> CalendarOrder:
    text = read_text(file, (".csv",), Limits.of(wiring.settings))
    return CalendarOrder(tuple(map(as_override, read_lines(text, str(file)))), (), reason)


def _of_day(day_: str | None, kind: Kind | None, words: tuple[str, str], reason: str) -> CalendarOrder:
    """`words`: name and basis."""
    if day_ is None or kind is None:
        raise OverrideLacks(day=day_ or "DAY")
    try:
        on = date.fromisoformat(day_)
    except ValueError as error:
        raise OverrideUnread(text=day_) from error
    if kind == AS_RELEASED:
        return CalendarOrder((), (on,), reason)
    return CalendarOrder((DayOverride(on, kind, *words),), (), reason)


def add_override(app: App) -> None:
    words = _("Make a day off a working day, or the other way round, by a decree; publishes a calendar version.")
    app.command(override, help=words)


def _answer(seen: CalendarPreview, changed: bool | None, as_json: bool) -> None:
    """`changed` None: a preview."""
    if as_json:
        print_json(_document(seen) | ({} if changed is None else {"changed": changed}))
        return
    _print_days(seen)
    _print_moves(seen)
    if changed is None:
        out.print(_("Nothing is written. Preview hash: {hash}").format(hash=seen.hash), soft_wrap=True)
    elif not changed:
        out.print(_("The calendar says so already; nothing was written."))
    else:
        said = _("Published as {version}. What is open keeps its dates until they are applied, decision by decision:")
        out.print(said.format(version=seen.becomes.version))
        out.print("bangiao calendar apply --decision NUMBER --reason …", markup=False)


def _print_days(seen: CalendarPreview) -> None:
    shown = table(_("Date"), _("Now"), _("Then"))
    for before, then in seen.days:
        shown.add_row(day(then.on), _label(before), _label(then))
    if seen.days:
        out.print(shown)


def _print_moves(seen: CalendarPreview) -> None:
    effect = seen.effect
    if not effect.dates:
        out.print(_("No open due date would move."))
        return
    words = _("{steps} open steps of {units} units in {decisions} decisions would be due on another day.")
    counts = {"steps": effect.steps, "units": len(effect.units), "decisions": len(effect.decisions)}
    out.print(words.format(**{name: number(count) for name, count in counts.items()}))
    late = _("{late} of them would be overdue at once; {relieved} would no longer be overdue.")
    out.print(late.format(late=number(effect.late), relieved=number(effect.relieved)))
    shown = table(_("Decision"), _("Step"), _("Now"), _("Then"), _("Steps"), numbers=(4,))
    for one in effect.dates[:_SHOWN]:
        shown.add_row(one.number, one.key, _day(one.old), _day(one.new), number(one.steps))
    out.print(shown)
    if len(effect.dates) > _SHOWN:
        out.print(_("… and {count} more").format(count=number(len(effect.dates) - _SHOWN)))
    levels = table(_("Decision"), _("Level"), _("Now"), _("Then"), _("Steps"), numbers=(4,))
    for level in effect.levels[:_SHOWN]:
        title = getattr(level.title, language_in_force())
        levels.add_row(level.number, title, day(level.old), day(level.new), number(level.steps))
    if effect.levels:
        out.print(levels)


def _day(one: date | None) -> str:
    return day(one) if one else "–"


def _label(one: CalendarDay) -> str:
    return render(day_label(one))


def _document(seen: CalendarPreview) -> dict[str, Any]:
    effect = seen.effect
    return {
        "calendar_version": {"before": seen.was.version, "after": seen.becomes.version},
        "preview_hash": seen.hash,
        "days": [{"date": then.on, "before": before.kind, "after": then.kind} for before, then in seen.days],
        "turned": turned(seen.days),
        "steps": effect.steps,
        "late": effect.late,
        "relieved": effect.relieved,
        "dates": list(effect.dates),
        "levels": [
            {"number": one.number, "level": one.level, "old": one.old, "new": one.new, "steps": one.steps}
            for one in effect.levels
        ],
        "provinces": list(effect.provinces),
        "units": len(effect.units),
    }
