"""Whether a row has exactly the fields, and kinds of values, that `checklists.package.records` declares."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeGuard, Union, get_args, get_origin, get_type_hints, is_typeddict

from checklists.package import decision_records, records
from evidence.package.canonical import canonical

ROWS: Mapping[str, type] = {
    "acknowledgements": records.AcknowledgementRecord,
    "checklists": records.ChecklistRecord,
    "decisions": decision_records.DecisionRecord,
    "events": records.EventRecord,
    "evidence": records.EvidenceRecord,
    "minutes": records.MinutesRecord,
    "missing": records.MissingRecord,
    "notices": records.NoticeRecord,
    "people": records.PersonRecord,
    "proofs": records.ProofRecord,
    "steps": records.StepRecord,
    "units": records.UnitRecord,
    "verifications": records.VerificationRecord,
}
DOCUMENTS: Mapping[str, type] = {
    "scope": records.ScopeRecord,
    "templates": decision_records.TemplateRecord,
    "calendars": decision_records.CalendarRecord,
    "ladders": decision_records.LadderRecord,
}
_HEX = frozenset("0123456789abcdef")
_COMMITMENT = 64

Wrong = Callable[[Any, str], Iterator[str]]


def is_left_out(value: Any) -> bool:
    """Whether a commitment stands where a value stood."""
    if not isinstance(value, dict) or value.keys() != {"left_out"}:
        return False
    told = value["left_out"]
    return isinstance(told, str) and len(told) == _COMMITMENT and _HEX.issuperset(told)


def read(text: bytes) -> Any:
    """The value of canonical JSON; None where it is something else."""
    try:
        value = json.loads(text.decode("utf-8"), parse_int=_number)
        return value if canonical(value) == text else None
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> int | float:
    """Beyond 2^53 JSON holds no whole numbers."""
    if len(text) > _DIGITS:
        raise ValueError(text[:_DIGITS])
    number = int(text)
    return number if abs(number) < 1 << 53 else float(number)


_DIGITS = 22


def wrong_fields(value: Any, kind: Any) -> list[str]:
    """The fields that are not as declared, by their paths."""
    return list(_checker(kind)(value, ""))


def is_plain(value: Any) -> TypeGuard[str]:
    """A text that is there."""
    return isinstance(value, str) and value != ""


@cache
def _checker(kind: Any) -> Wrong:
    if is_typeddict(kind):
        return _of_record({name: _checker(one) for name, one in get_type_hints(kind).items()})
    origin = get_origin(kind)
    if origin is list:
        return _of_list(_checker(get_args(kind)[0]))
    if origin is dict:
        return _of_mapping(_checker(get_args(kind)[1]))
    if origin in {Union, types.UnionType}:
        return _of_union([_checker(one) for one in get_args(kind)])
    return _of_plain(kind)


def _of_record(fields: Mapping[str, Wrong]) -> Wrong:
    def wrong(value: Any, at: str) -> Iterator[str]:
        if is_left_out(value):
            return
        if not isinstance(value, dict):
            yield at or "{}"
            return
        yield from (f"{at}.{name}".lstrip(".") for name in sorted(value.keys() ^ fields.keys()))
        for name in value.keys() & fields.keys():
            yield from fields[name](value[name], f"{at}.{name}".lstrip("."))

    return wrong


def _of_list(inside: Wrong) -> Wrong:
    def wrong(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, list):
            for one in value:
                yield from inside(one, at)
        elif not is_left_out(value):
            yield at

    return wrong


def _of_mapping(inside: Wrong) -> Wrong:
    def wrong(value: Any, at: str) -> Iterator[str]:
        if is_left_out(value):
            return
        if not isinstance(value, dict):
            yield at
            return
        for one in value.values():
            yield from inside(one, at)

    return wrong


def _of_union(kinds: list[Wrong]) -> Wrong:
    def wrong(value: Any, at: str) -> Iterator[str]:
        if all(any(True for _ in one(value, at)) for one in kinds):
            yield at

    return wrong


def _of_plain(kind: Any) -> Wrong:
    def wrong(value: Any, at: str) -> Iterator[str]:
        fits = kind is Any or type(value) is kind or (value is None and kind is type(None))
        if not fits and not is_left_out(value):
            yield at

    return wrong
