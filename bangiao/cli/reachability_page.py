"""`bangiao review-deadlines --reachability`: which levels would be said to nobody, while there is time to help."""

from __future__ import annotations

from typing import Any

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import number, out, print_json, table
from bangiao.i18n import _, render
from bangiao.reaching import UnreachedUnit, unreached_units
from bangiao.wiring import Wiring
from checklists.escalation.ladder import audience_words

_SHOWN, _NAMED = 50, 3


def reachability_page(wiring: Wiring, as_json: bool) -> None:
    """Print them (with --json: all of them). Raises FoundWanting when there are any."""
    found = unreached_units(wiring)
    if as_json:
        print_json([_document(one) for one in found])
    elif not found:
        out.print(_("Every level of every open ladder reaches somebody by a working channel."))
    else:
        _page(found)
    if found:
        raise FoundWanting


def _page(found: list[UnreachedUnit]) -> None:
    """Units that lack the same people stand together: where nobody is appointed yet, that is one line and not all."""
    alike: dict[tuple[tuple[str, str], ...], list[UnreachedUnit]] = {}
    for one in found:
        alike.setdefault(_missing(one), []).append(one)
    shown = table(_("Nobody as"), _("Told instead"), _("Units"), _("Which units"), numbers=(2,))
    for missing, units in list(alike.items())[:_SHOWN]:
        for place, (audience, instead) in enumerate(missing):
            count, which = (number(len(units)), _named(units)) if place == 0 else ("", "")
            shown.add_row(audience, instead, count, which)
        shown.add_section()
    out.print(shown)
    if len(alike) > _SHOWN:
        out.print(_("… and {count} more").format(count=number(len(alike) - _SHOWN)))
    words = _("{units} units have levels that reach nobody of their own. Assign people, or set up their channels.")
    out.print(words.format(units=number(len(found))))


def _missing(one: UnreachedUnit) -> tuple[tuple[str, str], ...]:
    """Each audience that would not be reached, and who is told instead."""
    lines = {
        render(audience_words(level.to)): ", ".join(who.account for who in level.instead) or _("nobody")
        for level in one.levels
    }
    return tuple(lines.items())


def _named(units: list[UnreachedUnit]) -> str:
    named = ", ".join(f"{one.name} ({one.unit})" for one in units[:_NAMED])
    rest = len(units) - _NAMED
    return f"{named}, {_('… and {count} more').format(count=number(rest))}" if rest > 0 else named


def _document(one: UnreachedUnit) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "name": one.name,
        "levels": [
            {
                "level": level.level,
                "audience": level.to.value,
                "instead": [who.account for who in level.instead],
                "finding": {"vi": render(level.finding, "vi"), "en": render(level.finding, "en")},
            }
            for level in one.levels
        ],
    }
