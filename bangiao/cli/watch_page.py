"""What `bangiao watch --once` prints: what stands still, since when, what to do, and who would be told."""

from __future__ import annotations

from typing import Any

from bangiao.alarms import ways
from bangiao.cli.output import heading, moment, out, print_json
from bangiao.i18n import _, render
from bangiao.settings import Settings
from bangiao.watching import Look, look
from bangiao.wiring import Wiring
from checklists.escalation.watching import Finding

FOUND_WANTING = 3


def look_once(wiring: Wiring, as_json: bool) -> int:
    """Look, and show it; 3 when something was found."""
    looked = look(wiring)
    if as_json:
        print_json(_document(looked, wiring.settings))
    else:
        _page(looked, wiring.settings)
    return FOUND_WANTING if looked.found else 0


def _document(looked: Look, settings: Settings) -> dict[str, Any]:
    return {
        "at": looked.at,
        "findings": [_finding(one) for one in looked.found],
        "alarm_channels": [one.channel for one in ways(settings)],
        "dead_man_url": bool(settings.dead_man_url),
        "watched_at": looked.watched_at,
    }


def _finding(one: Finding) -> dict[str, Any]:
    told = {"kind": one.kind, "since": one.since, "grave": one.grave}
    return told | {"what": render(one.what), "todo": render(one.todo)}


def _page(looked: Look, settings: Settings) -> None:
    heading(_("Watch"), f" ({moment(looked.at)})")
    if not looked.found:
        out.print(_("Nothing stands still."))
    for one in looked.found:
        out.print(f"• {render(one.what)}", style="bold red" if one.grave else "yellow")
        out.print(f"  {render(one.todo)}")
    names = ", ".join(one.channel for one in ways(settings))
    if names:
        out.print(_("Alarms go by: {channels}").format(channels=names))
    else:
        out.print(_("Nobody is told of alarms: name channels in BANGIAO_ALARM_CHANNELS, e.g. truc or sms=0912345678."))
    if not settings.dead_man_url:
        out.print(_("No dead-man URL is set (BANGIAO_DEAD_MAN_URL): nobody notices when this machine stops."))
