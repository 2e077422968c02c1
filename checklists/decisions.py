"""What a merger decision says: its number, its dates, and who goes into whom. The data starts its way here.

The same shape is read from YAML, JSON and spreadsheets (`bangiao.decision_files`) and stored as canonical JSON. Whether
what it says can be carried out is another question: `decision_rules`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from checklists.templates import Anchor
from checklists.units import Succession, UnitKey

_BLANKS = re.compile(r"[ \t\r\n\u00a0]+")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROW_FIELDS = {"from": "predecessor", "to": "successor", "relation": "relation", "basis": "basis"}
_PROVINCE_CODE_LENGTH = 2

UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
NOT_A_DAY, NOT_A_ROW, HAS_UNSTORABLE = "decision_day", "decision_row", "decision_character"
"""Types of pydantic errors raised below; `decision_shape` turns them into sentences."""


def _one_line(value: object) -> object:
    if not isinstance(value, str):
        return value
    line = _BLANKS.sub(" ", value).strip(" ")
    if UNSTORABLE.search(line):
        raise PydanticCustomError(HAS_UNSTORABLE, "characters that no database stores")
    return line


def day_written(value: object) -> date | None:
    """The day that a text YYYY-MM-DD or a spreadsheet's date cell means; None for anything else."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else None
    if isinstance(value, str) and _ISO_DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return value if isinstance(value, date) else None


def _day(value: object) -> date:
    day = day_written(value)
    if day is None:
        raise PydanticCustomError(NOT_A_DAY, "not a day in the form YYYY-MM-DD")
    return day


def _row(value: object) -> object:
    """[from, to, relation, basis] or {from:, to:, relation:, basis:} as the fields of a Succession."""
    if isinstance(value, Succession):
        return value
    if isinstance(value, list | tuple) and len(value) == len(_ROW_FIELDS):
        return dict(zip(_ROW_FIELDS.values(), map(_one_line, value), strict=True))
    if isinstance(value, dict) and set(value) == set(_ROW_FIELDS):
        return {_ROW_FIELDS[name]: _one_line(cell) for name, cell in value.items()}
    raise PydanticCustomError(NOT_A_ROW, "not a row [from, to, relation, basis]")


Words = Annotated[str, BeforeValidator(_one_line), StringConstraints(min_length=1, max_length=2000)]
Day = Annotated[date, BeforeValidator(_day)]
Key = Annotated[UnitKey, BeforeValidator(_one_line)]


class Title(BaseModel):
    """The title in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: Words
    en: Words


class MergerDecision(BaseModel):
    """One decision. Rows stay in the order they were written, so that a mistake can name its row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Words
    kind: Words
    title: Title
    issuing_body: Words
    issued: Day
    effective: Day
    operational: Day
    province: Key | None = None
    central: tuple[Key, ...] = ()
    source: Words
    successions: tuple[Annotated[Succession, BeforeValidator(_row)], ...] = ()

    @property
    def ceased(self) -> date:
        """The last day of the units that hand over: the day before the new governments operate."""
        return self.anchors()[Anchor.UNIT_CEASED]

    def anchors(self) -> Mapping[Anchor, date]:
        """The days that deadline rules count from."""
        return _anchors(self.issued, self.effective, self.operational)

    @property
    def level(self) -> Literal["province", "commune"]:
        """Of which level the decision is. Provinces have two-digit codes; a commune decision may hold its own
        province's unchanged row among hundreds of others."""
        codes = {row.predecessor.partition(":")[2] for row in self.successions}
        at_province = self.province is None and codes and all(len(code) == _PROVINCE_CODE_LENGTH for code in codes)
        return "province" if at_province else "commune"

    def canonical_json(self) -> str:
        """The content in one spelling: sorted keys and rows, no layout. `model_validate_json` reads it back."""
        content: dict[str, Any] = self.model_dump(mode="json", exclude={"successions"})
        content["central"] = sorted(self.central)
        rows = ((row.predecessor, row.successor, row.relation.value, row.basis) for row in self.successions)
        content["successions"] = sorted(rows)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: equal for equal facts, however the file is laid out or ordered."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


@lru_cache(maxsize=64)
def anchors_said(content: str) -> Mapping[Anchor, date]:
    """The anchors of a decision kept as canonical JSON, without reading its hundreds of rows."""
    said = json.loads(content)
    return _anchors(*(date.fromisoformat(said[name]) for name in ("issued", "effective", "operational")))


def _anchors(issued: date, effective: date, operational: date) -> Mapping[Anchor, date]:
    ceased = operational - timedelta(days=1) if operational > date.min else date.min
    return {
        Anchor.ISSUED: issued,
        Anchor.EFFECTIVE: effective,
        Anchor.OPERATIONAL: operational,
        Anchor.UNIT_CEASED: ceased,
    }
