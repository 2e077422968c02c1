"""Mistakes in the shape of a decision (missing fields, wrong types), as sentences with the path and the value.

pydantic finds them, all at once; here each becomes the error class of the rule that was broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from checklists.decision_errors import ControlCharacter
from checklists.decisions import HAS_UNSTORABLE, NOT_A_DAY, NOT_A_ROW, UNSTORABLE, MergerDecision, day_written
from checklists.errors import BadInput
from checklists.messages import Message
from checklists.places import FieldPath, quoted

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_FILE_NAMES = {"predecessor": "from", "successor": "to"}


class NotADecision(BadInput):
    """The content is no decision: it must consist of fields such as "number: 1656/NQ-UBTVQH15". Compare it with a
    decision file that works."""


class MissingField(BadInput):
    """{path}: this field is missing. Add it."""


class UnknownField(BadInput):
    """{path}: a decision has no field of this name (its value is "{value}"). {hint}"""


class NotText(BadInput):
    """{path}: "{value}" is not text. Put it in quotes (in a spreadsheet: format the cell as text), otherwise leading
    zeros are lost."""


class EmptyText(BadInput):
    """{path}: the text "{value}" is empty. Write it."""


class TooLongText(BadInput):
    """{path}: the text "{value}" is longer than {limit} characters. Shorten it."""


class NotADay(BadInput):
    """{path}: "{value}" is not a day. {hint}"""


class NotARow(BadInput):
    """{path}: "{value}" is not a succession. Write [from, to, relation, basis], e.g. [old:00004, new:00004, whole,
    merged]."""


class UnknownRelation(BadInput):
    """{path}: "{value}" is not a relation. Write whole (all of it goes to one successor) or part (it is divided)."""


class NotAList(BadInput):
    """{path}: "{value}" is not a list. Begin each item on its own line with "- "."""


class NotAGroup(BadInput):
    """{path}: "{value}" stands where fields are expected, such as vi and en. Write each as "name: text"."""


class WrongValue(BadInput):
    """{path}: "{value}" cannot be used here ({why}). Compare it with a decision file that works."""


def shape_mistakes(error: ValidationError) -> list[BadInput]:
    """One mistake for each thing pydantic found, in its order."""
    return [_sentence(detail) for detail in error.errors(include_url=False)]


def _sentence(detail: ErrorDetails) -> BadInput:
    if not detail["loc"]:
        return NotADecision()
    path = FieldPath.of(*(_FILE_NAMES.get(str(part), part) for part in detail["loc"]))
    value, kind = detail["input"], detail["type"]
    if kind in _KINDS:
        return _KINDS[kind](path=path, value=quoted(value))
    if kind == NOT_A_DAY:
        return NotADay(path=path, value=quoted(value), hint=_day_hint(value))
    if kind == HAS_UNSTORABLE:
        return _unstorable(path, value)
    if kind == "extra_forbidden":
        return UnknownField(path=path, value=quoted(value), hint=_field_hint(path))
    if kind in {"string_too_long", "too_long"}:
        return TooLongText(path=path, value=quoted(value), limit=detail["ctx"]["max_length"])
    return WrongValue(path=path, value=quoted(value), why=detail["msg"])


_KINDS: Mapping[str, Callable[..., BadInput]] = {
    "missing": MissingField,
    "string_type": NotText,
    "string_unicode": NotText,
    "string_too_short": EmptyText,
    "too_short": EmptyText,
    NOT_A_ROW: NotARow,
    "enum": UnknownRelation,
    "tuple_type": NotAList,
    "model_type": NotAGroup,
    "model_attributes_type": NotAGroup,
}


def _unstorable(path: FieldPath, value: object) -> BadInput:
    """The characters that cannot be stored; in a row the cell that holds them."""
    cells = value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else [value]
    text = next((cell for cell in cells if isinstance(cell, str) and UNSTORABLE.search(cell)), "")
    codes = " ".join(f"U+{ord(char):04X}" for char in UNSTORABLE.findall(text)[:3])
    return ControlCharacter(path=path, value=quoted(text), codes=codes)


def as_day(value: object, path: FieldPath) -> date | NotADay:
    """The day written as `value`, or what is wrong with it."""
    day = day_written(value)
    return NotADay(path=path, value=quoted(value), hint=_day_hint(value)) if day is None else day


def _day_hint(value: object) -> Message:
    """What was probably meant by a day that is not written year-month-day, or that no calendar has."""
    found = _DAY_FIRST.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return Message("Write year-month-day, e.g. 2025-07-01, a day that exists.")
    day, month, year = map(int, found.groups())
    try:
        return Message("Write {day}, if {shown} is meant.", {"day": date(year, month, day).isoformat(), "shown": value})
    except ValueError:
        return Message("There is no such day. Write year-month-day, e.g. 2025-07-01.")


def _field_hint(path: FieldPath) -> Message:
    name = str(path.parts[-1])
    known = ("vi", "en") if len(path.parts) > 1 else tuple(MergerDecision.model_fields)
    near = get_close_matches(name[:60], known, n=1)
    if near:
        return Message('Is "{name}" meant? Correct the name or remove the field.', {"name": near[0]})
    return Message("Remove it; the fields are {fields}.", {"fields": known})
