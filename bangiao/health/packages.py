"""Evidence packages: what interrupted exports left, and packages that came to their place without being recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from bangiao.health.checks import JUST_NOW, Area, Check, Finding, Look, Verdict
from bangiao.package_workshop import LeftWorkshop, left_workshops
from bangiao.settings import Settings
from checklists.messages import Message
from db.packages import ORDERED, SEALED, packages

OLD = timedelta(days=1)


def leftovers(look: Look) -> Verdict:
    """What an export that died has prepared is used by the next of the same scope; after a day nobody comes for it."""
    old = old_workshops(look.wiring.settings, look.wiring.now())
    todo = Message("Remove it with: bangiao doctor --repair")
    found = [Finding(_left(one), todo, str(one.folder), mended=True) for one in old]
    return Verdict(Message("Nothing is left of exports that were interrupted."), found)


def _left(one: LeftWorkshop) -> Message:
    told = {"folder": str(one.folder), "size": one.size}
    return Message("{folder} ({size} bytes) is left of an export that was interrupted.", told)


def old_workshops(settings: Settings, now: datetime) -> list[LeftWorkshop]:
    """Those that nobody holds and nobody wrote to for a day."""
    return [one for one in left_workshops(settings) if now - one.touched > OLD]


def remove_old_workshops(settings: Settings, now: datetime) -> list[LeftWorkshop]:
    """Remove and return them."""
    old = old_workshops(settings, now)
    for one in old:
        one.clear()
    return old


def unfinished(look: Look) -> Verdict:
    """A package that is sealed and not done may be in somebody's hands; an order that nobody carries out waits."""
    with look.record() as connection:
        rows = packages(connection)
    late = [one for one in rows if one.state in {SEALED, ORDERED} and look.wiring.now() - one.touched_at > JUST_NOW]
    found = []
    for one in late:
        told = {"package": one.id, "target": one.target}
        what = Message("The package {package} was sealed for {target}, and nothing says that it got there.", told)
        todo = Message("Give the same export again: it is recorded, or made once more byte for byte.")
        if one.state == ORDERED:
            what = Message("The package {package} was ordered and is not made.", told)
            todo = Message("Start the worker (bangiao up), or make it now: bangiao evidence resume {package}", told)
        found.append(Finding(what, todo, one.id))
    return Verdict(Message("Every package that was asked for is made and on record."), found)


_check = partial(Check, area=Area.EVIDENCE, grave=False)

CHECKS = (
    _check("packages", title=Message("Evidence packages"), look=unfinished),
    _check("exports", title=Message("Interrupted exports"), look=leftovers),
)
