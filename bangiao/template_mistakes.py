"""What a template file may get wrong, as sentences: the schema's findings in words that say what to do.

`template_files` finds the line of each by its path in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from checklists.places import FieldPath, quoted
from checklists.text_rules import text_mistakes

Parts = tuple[str | int, ...]
Found = tuple[HandoverError, Parts]
"""A mistake and the path in the file that it is about."""


class FieldMissing(BadInput):
    """{where}: the field '{field}' is missing. Add it."""


class FieldUnknown(BadInput):
    """{where}: '{field}' is not a field here. Correct its name or remove it."""


class ValueNotAmong(BadInput):
    """{where}: '{field}' is {value}; it must be one of {choices}."""


class ValueMisformed(BadInput):
    """{where}: '{field}' is {value}, which does not have the form {form}."""


class ValueEmpty(BadInput):
    """{where}: '{field}' is empty. Write something, or remove a field that is not needed."""


class ListTooLong(BadInput):
    """{where}: '{field}' has more than {most} entries. Divide them among several templates."""


class ValueOfWrongType(BadInput):
    """{where}: '{field}' is {value}; it must be {expected}."""


class AnchorApart(BadInput):
    """{where}: the anchors fixed, event and step each go with the field of the same name, and with no other. Give the
    deadline the field its anchor asks for."""


class ValueRefused(BadInput):
    """{where}: '{field}' is refused: {problem}."""


class RecurrenceStandsStill(BadInput):
    """Step {step} comes back every {period}, which is no time at all. Write a period of at least one day, e.g. P7D."""


class RecurrenceHalfClosed(BadInput):
    """The recurrence of step {step} names a closing phase only in part. Give closing_days, closing_every and until
    together, or none of the first two."""


class RecurrencePerSuccessor(BadInput):
    """Step {step} comes back and is also made for each unit handed over to, and such steps have no numbers. Remove
    'recurrence' or 'per'."""


_EXPECTED: Mapping[str, Message] = {
    "string_type": Message("text (put a number in quotes)"),
    "bool_type": Message("true or false"),
    "bool_parsing": Message("true or false"),
    "int_type": Message("a whole number"),
    "int_parsing": Message("a whole number"),
    "int_from_float": Message("a whole number"),
    "greater_than_equal": Message("at least 1"),
    "date_type": Message("a date such as 2025-07-15"),
    "date_parsing": Message("a date such as 2025-07-15"),
    "date_from_datetime_parsing": Message("a date such as 2025-07-15"),
    "date_from_datetime_inexact": Message("a date such as 2025-07-15"),
    "tuple_type": Message("a list"),
    "model_type": Message("a group of fields"),
    "model_attributes_type": Message("a group of fields"),
}
_FORMS: Mapping[str, Message] = {
    "key": Message("DAT-05, or DAT-05/giao for one act of it"),
    "step": Message("DAT-05, or DAT-05/giao for one act of it"),
    "duty": Message("DAT-05: 2 to 4 capitals, a hyphen, 2 digits"),
    "version": Message("2025.1: year, point, number"),
    "every": Message("P7D: P, a number, and D, W, M or Y"),
    "closing_every": Message("P7D: P, a number, and D, W, M or Y"),
}
_SLUG = Message("of small letters, digits and hyphens, at most 40")
_PLAIN: Mapping[str, type[BadInput]] = {
    "missing": FieldMissing,
    "extra_forbidden": FieldUnknown,
    "string_too_short": ValueEmpty,
    "too_short": ValueEmpty,
}
_CHOICES = frozenset({"enum", "literal_error"})


def character_mistakes(value: Any, path: Parts = ()) -> Iterator[Found]:
    """Texts that are not NFC or hold characters that cannot be seen; a text of a template may have several lines."""
    if isinstance(value, str):
        for mistake in text_mistakes(value.strip().replace("\n", " "), FieldPath.of(*path)):
            yield mistake, path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from character_mistakes(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from character_mistakes(inner, (*path, index))


def schema_mistake(found: ErrorDetails, value: Any) -> Found:
    """The sentence for one finding of pydantic, and the path in the file that it is about."""
    path = tuple(found["loc"])
    where = _step_of(value, path) or FieldPath.of(*path[:-1]) or Message("the file")
    field = FieldPath.of(*(path[2:] if path[:1] == ("steps",) and len(path) > 2 else path)) or "-"
    return _sentence(found, {"where": where, "field": field}), path


def _step_of(value: Any, path: Parts) -> str:
    """The key of the step that `path` lies in; empty where there is none."""
    match path:
        case ["steps", int(index), _, *_]:
            key = value["steps"][index].get("key")
            return quoted(key) if isinstance(key, str) else ""
    return ""


def _sentence(found: ErrorDetails, values: dict[str, Any]) -> HandoverError:
    kind, shown = found["type"], _short(found["input"])
    if kind in _PLAIN:
        return _PLAIN[kind](**values)
    if kind in _CHOICES:
        return ValueNotAmong(**values, value=shown, choices=found["ctx"]["expected"].replace(" or ", ", "))
    if kind == "string_pattern_mismatch":
        return ValueMisformed(**values, value=shown, form=_FORMS.get(str(found["loc"][-1]), _SLUG))
    if kind == "too_long":
        return ListTooLong(**values, most=found["ctx"]["max_length"])
    if kind in _EXPECTED:
        return ValueOfWrongType(**values, value=shown, expected=_EXPECTED[kind])
    if kind == "value_error" and found["loc"][-1:] == ("deadline",):
        return AnchorApart(**values)
    return ValueRefused(**values, problem=found["msg"])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
