"""A package's rows as its readable part reads them: one line at a time, and what the keys in them are called.

staged `data/*.jsonl` → **here** → `tables` (lists) and `report_facts` (the document). Nothing here grows with the rows
themselves: of each step a few bytes are kept, of each text one copy.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from checklists.deadlines import VIETNAM
from checklists.messages import Translate
from evidence.package.report_words import Words, words_in

Row = dict[str, Any]

_read = json.JSONDecoder().raw_decode
"""Without the questions that `json.loads` asks of each text: the lines are our own."""


def rows(data: Path, name: str) -> Iterator[Row]:
    """The rows of `data/NAME.jsonl`, in its order."""
    with (data / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield _read(line)[0]


class Lookup:
    """Texts by step number, for hundreds of thousands of steps: eight bytes for the number, four for each text, since
    the same names and titles come back. A number may be added several times."""

    def __init__(self, columns: int) -> None:
        self._ids = array("Q")
        self._columns = [array("I") for _ in range(columns)]
        self._texts: list[str] = []
        self._places: dict[str, int] = {}

    def add(self, step: str, *texts: str) -> None:
        self._ids.append(int(step))
        for column, text in zip(self._columns, texts, strict=True):
            column.append(self._place(text))

    def in_order(self) -> Lookup:
        """Ready to be asked; rows are mostly in order already."""
        ids = self._ids
        if any(ids[at] > ids[at + 1] for at in range(len(ids) - 1)):
            turn = sorted(range(len(ids)), key=ids.__getitem__)
            self._ids = array("Q", (ids[at] for at in turn))
            self._columns = [array("I", (column[at] for at in turn)) for column in self._columns]
        return self

    def count(self, step: str) -> int:
        return bisect_right(self._ids, int(step)) - bisect_left(self._ids, int(step))

    def last(self, step: str | None) -> tuple[str, ...] | None:
        """What was added last for this step."""
        at = bisect_right(self._ids, int(step)) - 1 if step else -1
        if at < 0 or self._ids[at] != int(step or 0):
            return None
        return tuple(self._texts[column[at]] for column in self._columns)

    def _place(self, text: str) -> int:
        place = self._places.setdefault(text, len(self._texts))
        if place == len(self._texts):
            self._texts.append(text)
        return place


@dataclass(frozen=True)
class Sources:
    """The staged rows and the names in them, in one language. Is what sentences about events ask for names, too."""

    data: Path
    language: str
    translate: Translate
    w: Words
    scope: Row
    units: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    steps: Lookup = field(default_factory=lambda: Lookup(2))
    verified: Lookup = field(default_factory=lambda: Lookup(2))
    evidence: Lookup = field(default_factory=lambda: Lookup(0))

    @property
    def made_at(self) -> datetime:
        """The instant that the package tells of, by the clock in Vietnam."""
        return datetime.fromisoformat(self.scope["as_of"]).astimezone(VIETNAM)

    def rows(self, name: str) -> Iterator[Row]:
        return rows(self.data, name)

    def unit(self, key: str) -> str:
        return self.units.get(key) or key

    def person(self, account: str) -> str:
        return self.people.get(account) or account

    def text(self, value: Any) -> str:
        """A value as text: in this language where there are two, marked where it was left out."""
        match value:
            case None:
                return ""
            case {"left_out": _}:
                return self.w("left_out")
            case {"vi": _, "en": _}:
                return self.text(value[self.language])
            case list() | tuple():
                return "\n".join(map(self.text, value))
            case dict():
                return "; ".join(f"{name}: {self.text(part)}" for name, part in value.items())
        return str(value)

    def who(self, account: Any) -> str:
        """A person with the account behind the name, since names repeat."""
        if not isinstance(account, str) or not account:
            return self.text(account)
        name = self.person(account)
        return name if name == account else f"{name} ({account})"

    def place(self, key: Any) -> str:
        """A unit with its key behind the name, likewise."""
        if not isinstance(key, str) or not key:
            return self.text(key)
        name = self.unit(key)
        return name if name == key else f"{name} ({key})"


def sources(data: Path, language: str, translate: Translate) -> Sources:
    """Reads what the other rows name: scope, units, people, decisions, steps; and counts evidence by step."""
    scope = json.loads((data / "scope.json").read_bytes())
    found = Sources(data, language, translate, words_in(language), scope)
    text = found.text
    found.units.update((row["key"], text(row["name"])) for row in found.rows("units"))
    found.people.update((row["account"], text(row["name"])) for row in found.rows("people"))
    found.decisions.update((str(row["id"]), text(row["number"])) for row in found.rows("decisions"))
    for row in found.rows("steps"):
        found.steps.add(row["id"], text(row["unit"]), text(row["title"]))
    for row in found.rows("verifications"):
        if row["void_at"] is None:
            on = local(row["given_at"])
            found.verified.add(row["step"], found.who(row["given_by"]), f"{on:%Y-%m-%d}" if on else "")
    for row in found.rows("evidence"):
        if row["withdrawn_at"] is None:
            found.evidence.add(row["step"])
    for lookup in (found.steps, found.verified, found.evidence):
        lookup.in_order()
    return found


def local(instant: Any) -> datetime | None:
    """An instant as the clock in Vietnam showed it; none where it was left out."""
    if not isinstance(instant, str):
        return None
    at = datetime.fromisoformat(instant)
    return (at.astimezone(VIETNAM) if at.tzinfo else at).replace(tzinfo=None, microsecond=0)


def day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
