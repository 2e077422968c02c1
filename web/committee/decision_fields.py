"""A decision as fields of a form: what was typed → the content of a decision file, and a file's mistakes → the fields
beside which they stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from bangiao.i18n import _
from checklists.errors import BadInput, HandoverError, Refused
from checklists.places import FieldPath, InFile
from web.dates import NotADay, day_in, parts_of, typed
from web.refusals import sentences

TEXTS = ("number", "kind", "title_vi", "title_en", "issuing_body", "province", "central", "source")
DAYS = ("issued", "effective", "operational")
COLUMNS = ("from", "to", "relation", "basis")
MOST_ROWS = 40
"""Rows by hand; a form has its limit, and hundreds of rows are not typed. Longer decisions are given as a file."""

_KEY = re.compile(r"\s*((?:old|new|central):[0-9A-Za-z]+)\b")


class SeveralUnits(BadInput):
    """Several units are called “{text}”: {units}. Write the key of the one that is meant."""


class NoSuchUnit(BadInput):
    """No unit within your reach is called “{text}”. Write its name, or its key such as old:00004."""


class RowsFull(BadInput):
    """There is room for {most} rows here. Download what is written as YAML, add the other rows there, and give the
    file."""


class Row(NamedTuple):
    """What stands in one row of successions."""

    origin: str = ""
    to: str = ""
    relation: str = "whole"
    basis: str = "merged"

    @property
    def empty(self) -> bool:
        return not (self.origin or self.to)


@dataclass(slots=True)
class DecisionForm:
    """What was typed, and each field's mistakes. `others`: those that belong to no field."""

    texts: dict[str, str]
    days: dict[str, dict[str, str]]
    rows: list[Row]
    mistakes: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @staticmethod
    def empty() -> DecisionForm:
        return DecisionForm(dict.fromkeys(TEXTS, ""), {name: parts_of(None) for name in DAYS}, [Row()])

    @staticmethod
    def of(form: Mapping[str, str]) -> DecisionForm:
        """As it was sent."""
        rows: list[Row] = []
        while len(rows) < MOST_ROWS and f"from-{len(rows)}" in form:
            rows.append(Row(*(form.get(f"{name}-{len(rows)}", "").strip() for name in COLUMNS)))
        texts = {name: form.get(name, "").strip() for name in TEXTS}
        return DecisionForm(texts, {name: typed(form, name) for name in DAYS}, rows or [Row()])

    @staticmethod
    def of_decision(content: str) -> DecisionForm:
        """A decision's canonical JSON, to be changed by hand. Raises ValueError, KeyError, TypeError."""
        said = json.loads(content)
        texts = {name: str(said.get(name) or "") for name in TEXTS}
        texts |= {f"title_{name}": str(said["title"][name]) for name in ("vi", "en")}
        texts["central"] = ", ".join(said.get("central") or ())
        days = {name: parts_of(date.fromisoformat(said[name])) for name in DAYS}
        return DecisionForm(texts, days, [Row(*map(str, one)) for one in said["successions"][:MOST_ROWS]] or [Row()])

    def resolve(self, known: Callable[[str, bool], list[str]]) -> None:
        """Keys in the place of names. `known`: the units (as words, the key first) that somebody may mean by a text;
        of those that hand over if the second is true."""
        for number, row in enumerate(self.rows):
            for name, text, hands_over in (("origin", row.origin, True), ("to", row.to, False)):
                if not text:
                    continue
                found = [] if _KEY.match(text) else known(text, hands_over)
                key = self._key(text, f"{'from' if hands_over else 'to'}-{number}", found)
                self.rows[number] = self.rows[number]._replace(**{name: key})

    def _key(self, text: str, place: str, found: list[str]) -> str:
        if named := _KEY.match(text):
            return named[1]
        if len(found) == 1:
            return found[0].partition(" ")[0]
        refusal: HandoverError = NoSuchUnit(text=text[:60])
        if found:
            refusal = SeveralUnits(text=text[:60], units="; ".join(found[:6]))
        self.mistakes[place] = " ".join(sentences(refusal))
        return text

    def content(self) -> dict[str, Any]:
        """As a decision file has it; what was not filled in is not there. Notes days that are none."""
        texts = {name: value for name, value in self.texts.items() if value}
        said: dict[str, Any] = {name: texts[name] for name in ("number", "kind") if name in texts}
        said["title"] = {name: texts[f"title_{name}"] for name in ("vi", "en") if f"title_{name}" in texts}
        said |= {"issuing_body": texts["issuing_body"]} if "issuing_body" in texts else {}
        for name in DAYS:
            if day := self._day(name):
                said[name] = day.isoformat()
        said |= {"province": texts["province"]} if "province" in texts else {}
        if "central" in texts:
            said["central"] = [key for key in re.split(r"[\s,;]+", texts["central"]) if key]
        said |= {"source": texts["source"]} if "source" in texts else {}
        said["successions"] = [list(row) for row in self.rows if not row.empty]
        return said

    def _day(self, name: str) -> date | None:
        parts = {f"{name}-{part}": value for part, value in self.days[name].items()}
        try:
            return day_in(parts, name)
        except NotADay as mistake:
            self.mistakes[name] = " ".join(sentences(mistake))
            return None

    def blame(self, refusal: HandoverError) -> None:
        """Put each mistake beside its field, the first one of each."""
        for one in refusal.mistakes if isinstance(refusal, Refused) else [refusal]:
            mistake = one.mistake if isinstance(one, InFile) else one
            path = mistake.values.get("path")
            place = self._place(path.parts) if isinstance(path, FieldPath) else self._naming(mistake.values)
            for name, value in mistake.values.items():
                if isinstance(value, FieldPath):
                    mistake.values[name] = self._words(self._place(value.parts) or "number")
            if place:
                self.mistakes.setdefault(place, " ".join(sentences(mistake)))
            else:
                self.others += sentences(mistake)

    def _naming(self, values: Mapping[str, Any]) -> str:
        """The first field that names one of the units a refusal is about."""
        units = values.get("units")
        if not isinstance(units, tuple):
            return ""
        for number, row in enumerate(self.rows):
            for name, key in (("from", row.origin), ("to", row.to)):
                if key in units:
                    return f"{name}-{number}"
        return ""

    def _place(self, parts: tuple[str | int, ...]) -> str:
        filled = [number for number, row in enumerate(self.rows) if not row.empty]
        match parts:
            case ["successions", int(row), *rest] if row < len(filled):
                column = str(rest[0]) if rest and rest[0] in COLUMNS else "from"
                return f"{column}-{filled[row]}"
            case ["successions", *_rest]:
                return "from-0"
            case ["title", str(language)]:
                return f"title_{language}"
            case ["title"]:
                return "title_vi"
            case [str(name), *_rest] if name in {*TEXTS, *DAYS}:
                return name
        return ""

    @staticmethod
    def _words(place: str) -> str:
        """The label of the field."""
        name, _dash, row = place.partition("-")
        if not row:
            return labels()[name]
        return _("Row {row}, {field}").format(row=int(row) + 1, field=labels()[name].lower())


def labels() -> dict[str, str]:
    """Each field as people call it."""
    return {
        "number": _("Number"),
        "kind": _("Kind of document"),
        "title_vi": _("Title in Vietnamese"),
        "title_en": _("Title in English"),
        "issuing_body": _("Issuing body"),
        "issued": _("Issued"),
        "effective": _("In legal effect from"),
        "operational": _("Operates from"),
        "province": _("Province"),
        "central": _("Ministries concerned"),
        "source": _("Where the facts come from"),
        "from": _("Hands over"),
        "to": _("Takes over"),
        "relation": _("How much"),
        "basis": _("Basis"),
    }
