"""What the record is narrowed to. It stands in the address: it can be sent to a colleague and survives Back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from bangiao.i18n import _
from checklists.errors import BadInput, HandoverError
from db.record import Place
from web.dates import PARTS, NotADay, day_in, parts_of, typed

_LONGEST = 200
_DIGITS = 18

KINDS: Mapping[str, tuple[str, ...]] = {
    "decisions": ("decision.",),
    "work": ("step.", "evidence.", "verification.", "work.", "checklist.changed"),
    "openings": ("checklist.opened",),
    "minutes": ("minutes.",),
    "people": ("person.", "assignment.", "substitution."),
    "signing-in": ("session.", "password.", "second_factor.", "sign_in."),
    "notices": ("notice.", "channel.", "preference."),
    "packages": ("package.",),
    "installation": ("units.", "template.", "installation.", "event."),
}
"""Kinds of events by name: how their types begin."""


def kind_words(kind: str) -> str:
    """As people call such events."""
    return {
        "decisions": _("Decisions"),
        "work": _("Work on steps"),
        "openings": _("Opening of each checklist"),
        "minutes": _("Minutes of handover"),
        "people": _("People and roles"),
        "signing-in": _("Signing in"),
        "notices": _("Notices and channels"),
        "packages": _("Evidence packages"),
        "installation": _("Register, templates, installation"),
    }[kind]


class PeriodBackwards(BadInput):
    """The period would end on {until}, before it begins on {since}. Correct one of the two days."""


@dataclass(frozen=True)
class Asked:
    """The filters as they were typed; `mistakes`: what cannot be understood of them."""

    decision: str = ""
    unit: str = ""
    person: str = ""
    step: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    before: Place | None = None
    typed_days: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mistakes: tuple[HandoverError, ...] = ()

    @property
    def step_number(self) -> int | None:
        """None where no step is asked for; -1 for what is no number of a step."""
        if not self.step:
            return None
        return int(self.step) if self.step.isascii() and self.step.isdigit() and len(self.step) <= _DIGITS else -1

    def items(self) -> list[tuple[str, str]]:
        """Those that narrow, as an address has them."""
        named = [(name, getattr(self, name)) for name in ("decision", "unit", "person", "step", "kind")]
        days = [(f"{name}-{part}", one[part]) for name, one in self.typed_days.items() for part in PARTS]
        return [(name, value) for name, value in [*named, *days] if value]

    def query(self, **others: str) -> str:
        """As an address has it, with others in place of those of the same name; "" takes one away."""
        said = {**dict(self.items()), **others}
        kept = {name: value for name, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else "?"

    def without(self, name: str) -> str:
        return self.query(**{name: "", **{f"{name}-{part}": "" for part in PARTS}})


def asked_in(query: Mapping[str, str]) -> Asked:
    """From an address; a kind that nothing offers narrows nothing."""
    said = {name: query.get(name, "").strip()[:_LONGEST] for name in ("decision", "unit", "person", "step", "kind")}
    said["kind"] = said["kind"] if said["kind"] in KINDS else ""
    days, mistakes = _days(query)
    since, until = days["since"], days["until"]
    if since and until and until < since:
        mistakes.append(PeriodBackwards(since=since, until=until))
        since = until = None
    shown = {name: typed(query, name) if any(typed(query, name).values()) else parts_of(days[name]) for name in days}
    return Asked(**said, since=since, until=until, before=_place(query), typed_days=shown, mistakes=tuple(mistakes))


def _days(query: Mapping[str, str]) -> tuple[dict[str, date | None], list[HandoverError]]:
    days: dict[str, date | None] = {"since": None, "until": None}
    mistakes: list[HandoverError] = []
    for name in days:
        try:
            days[name] = day_in(query, name)
        except NotADay as mistake:
            mistakes.append(mistake)
    return days, mistakes


def _place(query: Mapping[str, str]) -> Place | None:
    """Where the page before ended; None for anything that is no such place."""
    at, _comma, event = query.get("before", "").partition("~")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Place(instant, event[:_LONGEST]) if instant.tzinfo and event else None


def place_text(place: Place) -> str:
    return f"{place.at.isoformat()}~{place.id}"
