"""What a reader asks of a public table: part of a name, an order, a sheet. It stands in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from checklists.names import search_key
from web.committee.units_table import ROWS, Sheet, sheet
from web.public.snapshot import Area, Member

BY_NAME = "name"
_DIGITS = 4

Row = TypeVar("Row", Area, Member)


@dataclass(frozen=True, slots=True)
class Asked:
    """`order`: worst punctuality first, or `name`."""

    q: str = ""
    order: str = ""
    page: int = 1

    @staticmethod
    def of(query: Mapping[str, str]) -> Asked:
        """From an address; what is not understood asks nothing."""
        page = query.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) <= _DIGITS else 1
        return Asked(query.get("q", "").strip()[:100], BY_NAME if query.get("order") == BY_NAME else "", number)

    def query(self, **others: Any) -> str:
        """As an address has it, with others in place."""
        said = {"q": self.q, "order": self.order} | others
        kept = {name: value for name, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    def found(self, members: Iterable[Member]) -> list[Member]:
        """Those whose name has it, with or without diacritics, in the order asked for."""
        wanted = search_key(self.q)
        return self.ordered([one for one in members if wanted in one.unit.search_key])

    def ordered(self, rows: Iterable[Row]) -> list[Row]:
        """They come by name; worst first: least in time, then most overdue."""
        listed = list(rows)
        if self.order != BY_NAME:
            listed.sort(key=lambda one: (one.figures.punctuality, -one.figures.overdue))
        return listed

    def sheet(self, rows: list[Member]) -> tuple[Sheet, list[Member]]:
        """The part of a long table that is shown."""
        at = sheet(len(rows), self.page)
        return at, rows[(at.number - 1) * ROWS : at.number * ROWS]
