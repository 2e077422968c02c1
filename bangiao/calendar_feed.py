"""A person's due dates as a calendar (RFC 5545) that their telephone fetches by a secret address.

`db.calendar_feed` → **here** → `web.machines.calendar`. The address holds a token that is good for this and nothing
else; who has it sees what its person would see today, so that a role that was taken away empties the calendar.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration, vText, vUri

from bangiao.i18n import _, speaking
from bangiao.tokens import NewToken, Wished, create_token, holder_of, revoke_token, tokens_now
from bangiao.wiring import Wiring
from checklists.people import Person
from checklists.steps import SETTLED, StepState
from checklists.templates import StepTemplate
from checklists.tokens import MOST_DAYS, TokenScope
from db.calendar_feed import DueStep, due_steps, units_led
from db.session import begin_read
from db.tokens import Token

KEPT = timedelta(days=30)
"""So long a settled step stays in the calendar, marked as such; then it leaves."""

ZONE = "Asia/Ho_Chi_Minh"
EVERY = timedelta(hours=1)
"""How often a telephone is asked to look."""

_ONLY_THIS = frozenset({TokenScope.CALENDAR})


def feed_of(wiring: Wiring, given: str) -> bytes | None:
    """The calendar behind a token, in its person's language; None for one that is not good for exactly this."""
    found = holder_of(wiring, given)
    if found is None or found[0].scopes != _ONLY_THIS:
        return None
    with speaking(found[1].language):
        return _calendar(wiring, found[1])


def address_of(wiring: Wiring, account: str) -> Token | None:
    """The token in somebody's calendar address, if they have one."""
    return next((one for one in tokens_now(wiring, account) if one.scopes == _ONLY_THIS), None)


def renew_address(wiring: Wiring, account: str, name: str) -> NewToken:
    """A new address; the one before leads nowhere from now on."""
    remove_address(wiring, account)
    return create_token(wiring, account, Wished(name, {TokenScope.CALENDAR.value}, MOST_DAYS))


def remove_address(wiring: Wiring, account: str) -> bool:
    """False where there was none."""
    held = [one for one in tokens_now(wiring, account) if one.scopes == _ONLY_THIS]
    for one in held:
        revoke_token(wiring, one.id, account)
    return bool(held)


def _calendar(wiring: Wiring, who: Person) -> bytes:
    calendar = Calendar()
    title = _("Due dates of the handover – {name}").format(name=who.name or who.account)
    for name, value in (
        ("prodid", "-//bangiao//VI"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", title),
        ("x-wr-timezone", ZONE),
        ("x-published-ttl", vDuration(EVERY)),
    ):
        calendar.add(name, value)
    calendar.add("refresh-interval", vDuration(EVERY), {"value": "DURATION"})
    calendar.add_component(_zone())
    for event in _events(wiring, who):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(wiring: Wiring, who: Person) -> list[Event]:
    with begin_read(wiring.engine) as connection:
        units = units_led(connection, who.account, wiring.today())
        steps = due_steps(connection, units, wiring.now() - KEPT) if units else []
        shelves = {one.template_hash: wiring.shelf.steps(connection, one.template_hash) for one in steps}
        return [_event(wiring, one, shelves[one.template_hash].get(one.key), who.language) for one in steps]


def _event(wiring: Wiring, step: DueStep, template: StepTemplate | None, language: str) -> Event:
    link = f"{wiring.settings.link_base}/steps/{step.id}" if wiring.settings.link_base else ""
    title = str(getattr(template.title, language)) if template else step.key
    state = StepState(step.state)
    words = _("{step}: {title} – {unit}").format(step=step.key, title=title, unit=step.unit)
    told = _("Decision {decision}").format(decision=step.decision)
    event = Event()
    event.add("uid", f"step-{step.id}@{urlsplit(wiring.settings.link_base).hostname or 'bangiao'}")
    event.add("dtstamp", step.changed_at)
    event.add("last-modified", step.changed_at)
    event.add("sequence", step.version)
    event.add("dtstart", step.due_on)
    event.add("dtend", step.due_on + timedelta(days=1))
    event.add("summary", _("Completed: {what}").format(what=words) if _is_settled(state) else words)
    event.add("description", f"{told}\n{link}".strip())
    event.add("status", "CANCELLED" if state is StepState.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    if link:
        event.add("url", vUri(link))
    return event


def _is_settled(state: StepState) -> bool:
    return state in SETTLED and state is not StepState.CANCELLED


def _zone() -> Timezone:
    """Viet Nam has had one offset since 1975."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - local by definition
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=7))
    standard.add("tzname", "+07")
    zone = Timezone()
    zone.add("tzid", vText(ZONE))
    zone.add_component(standard)
    return zone
