"""`bangiao review-deadlines --reachability`: which levels would be said to nobody, while there is time to help."""

from __future__ import annotations

from typing import Any

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import number, out, print_json, table
from bangiao.i18n import _, render
from bangiao.reaching import UnreachedUnit, unreached_units
from bangiao.wiring import Wiring
from checklists.escalation.ladder import audience_words

_SHOWN = 50


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
    shown = table(_("Unit"), _("Ladder level"), _("Nobody as"), _("Told instead"))
    for one in found[:_SHOWN]:
        for place, level in enumerate(one.levels):
            instead = ", ".join(who.account for who in level.instead) or _("nobody")
            name = f"{one.name} ({one.unit})" if place == 0 else ""
            shown.add_row(name, level.level, render(audience_words(level.to)), instead)
    out.print(shown)
    if len(found) > _SHOWN:
        out.print(_("… and {count} more").format(count=number(len(found) - _SHOWN)))
    words = _("{units} units have levels that reach nobody of their own. Assign people, or set up their channels.")
    out.print(words.format(units=number(len(found))))


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
