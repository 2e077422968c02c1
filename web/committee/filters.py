"""What a table is narrowed to. It stands in the address, so that it can be sent to a colleague and survives Back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from bangiao.i18n import _
from bangiao.words import word
from checklists.names import search_key
from db.cockpit import PlacedUnit, Tally
from web.committee.board import Placed, Seen, Sums, added, worst_first

STATES = ("overdue", "soon", "submitted", "untouched", "blocked", "open", "settled")
"""What a step may be asked to be; the names are those of `Sums`, and `open` is whatever is not settled."""

LEVELS = ("commune", "district", "province", "ministry")
STREAMS = ("data-backup", "system-reconfiguration", "service-continuity", "cross-cutting")


@dataclass(frozen=True, slots=True)
class Filters:
    """One field for each filter; "" narrows nothing. `q`: part of a unit's name, with or without diacritics; `step`:
    part of a step's title, likewise."""

    q: str = ""
    province: str = ""
    level: str = ""
    decision: str = ""
    stream: str = ""
    state: str = ""
    step: str = ""

    @staticmethod
    def of(query: Mapping[str, str]) -> Filters:
        """From an address or a form; a value that nothing offers narrows nothing."""
        given = {one.name: query.get(one.name, "").strip()[:100] for one in fields(Filters)}
        for name, known in (("level", LEVELS), ("stream", STREAMS), ("state", STATES)):
            if given[name] not in known:
                given[name] = ""
        return Filters(**given)

    def items(self) -> list[tuple[str, str]]:
        """Those that narrow."""
        named = ((one.name, getattr(self, one.name)) for one in fields(self))
        return [(name, value) for name, value in named if value]

    def query(self, **others: Any) -> str:
        """As an address has it, with others beside it."""
        said = dict(self.items()) | {name: value for name, value in others.items() if value}
        return f"?{urlencode(said)}" if said else ""

    def without(self, name: str) -> Filters:
        return replace(self, **{name: ""})

    def takes(self, one: Placed, asked: str) -> bool:
        """Whether a unit is among those asked for; `asked` is `q` as names are stored for searching."""
        if asked and asked not in one.unit.search_key:
            return False
        return self.province in {"", one.province} and self.level in {"", one.unit.level}

    def counts(self, one: Tally) -> bool:
        return self.decision in {"", one.decision} and self.stream in {"", one.stream}

    def narrowed(self, view: Seen) -> list[tuple[Placed, Sums]]:
        """The units that remain, worst first, each with what remains of its steps."""
        asked = search_key(self.q) if self.q else ""
        whole = not (self.decision or self.stream)
        found = []
        for one in view.placed:
            if self.takes(one, asked):
                sums = one.sums if whole else added(filter(self.counts, one.tallies))
                if sums.steps and (not self.state or how_many(sums, self.state)):
                    found.append((one, sums))
        return found if whole else sorted(found, key=lambda row: worst_first(*row))


def how_many(sums: Sums, state: str) -> int:
    """Steps of the kind that a filter asks for."""
    return sums.steps - sums.settled if state == "open" else int(getattr(sums, state))


def state_words(state: str) -> str:
    """A filter's kind of step, as people call it."""
    return {
        "overdue": _("Overdue"),
        "soon": _("Due within 3 working days"),
        "submitted": _("Waiting for verification"),
        "untouched": _("Not started"),
        "blocked": _("Blocked"),
        "open": _("Not settled"),
        "settled": _("Settled"),
    }[state]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that can be taken away by itself."""

    words: str
    away: str


def chips(filters: Filters, units: Mapping[str, PlacedUnit]) -> list[Chip]:
    """One for each filter that narrows; `away` is the query without it."""

    def said(name: str, value: str) -> str:
        if name in {"q", "step"}:
            return f"“{value}”"
        if name == "state":
            return state_words(value)
        if name == "province" and value in units:
            return units[value].name
        return word(value)

    return [Chip(said(name, value), filters.without(name).query()) for name, value in filters.items()]
