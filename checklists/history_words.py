"""Fields and values of events in words: states, roles and templates as people call them, days as days.

A value nobody has foreseen stands for itself, in one line and without characters that a terminal obeys.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from checklists.go_no_go import Choice, choice_words
from checklists.messages import Message
from checklists.people import PersonRole, role_words
from checklists.steps import StepState, state_words
from checklists.succession_of_work import Ground, ground_words

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHOWN_OF_A_HASH = 12
_SHOWN_OF_A_TEXT = 100
_CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Escape sequences and turned writing directions could make a history look other than it is."""


def plain_text(value: Any) -> str:
    """Text from people in one line, without control characters."""
    spaced = " ".join(str(value).split())
    return "".join(one for one in spaced if unicodedata.category(one) not in _CONTROLS)


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= _SHOWN_OF_A_TEXT else f"{text[: _SHOWN_OF_A_TEXT - 1].rstrip()}…"


def field_words(name: str) -> Message | str:
    """What people call a field of an event."""
    return _FIELDS.get(name) or plain_text(name)


def value_words(name: str, value: Any) -> Any:
    """A value as people read it: a Message, a date, a number or text; None where there is none."""
    match value:
        case None | "":
            return None
        case bool():
            return Message("yes") if value else Message("no")
        case int() | float():
            return value
        case str():
            words = _WORDS.get(name)
            return (words(value) if words else None) or _text(value) or None
        case list():
            return tuple(_shown(one) for one in (value_words(name, one) for one in value)) or None
        case Mapping():
            return tuple(f"{plain_text(key)}: {_text(str(one))}" for key, one in value.items()) or None
    return plain_text(value)


def _shown(value: Any) -> Any:
    return "–" if value is None else value


def _text(value: str) -> Any:
    if _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value[:_SHOWN_OF_A_HASH] if _HASH.fullmatch(value) else plain_text(value)


def _state(value: str) -> Message | None:
    return state_words(StepState(value)) if value in set(StepState) else None


def _role(value: str) -> Message | None:
    return role_words(PersonRole(value)) if value in set(PersonRole) else None


def _choice(value: str) -> Message | None:
    return choice_words(Choice(value)) if value in set(Choice) else None


def _ground(value: str) -> Message | None:
    return ground_words(Ground(value)) if value in set(Ground) else None


_TEMPLATES = {
    "data-backup": Message("Data backup"),
    "system-reconfiguration": Message("System reconfiguration"),
    "service-continuity": Message("Service continuity"),
    "cross-cutting": Message("Cross-cutting duties"),
}

_WORDS: Mapping[str, Callable[[str], Message | None]] = {
    "state": _state,
    "claim": _state,
    "role": _role,
    "ground": _ground,
    "choice": _choice,
    "outcome": _choice,
    "side": {"predecessor": Message("hands over"), "successor": Message("takes over")}.get,
    "kind": {
        "amend": Message("amendment"),
        "revoke": Message("revocation"),
        "template": Message("template version"),
        "calendar": Message("working calendar"),
    }.get,
    "template": _TEMPLATES.get,
}

_FIELDS = {
    "state": Message("state"),
    "version": Message("version"),
    "claim": Message("submitted as"),
    "unblocker": Message("who can unblock it"),
    "expected_on": Message("expected to go on"),
    "clock_runs": Message("the due date counts"),
    "evidence_hash": Message("hash over the evidence"),
    "due_on": Message("due date"),
    "holder": Message("held by"),
    "issued": Message("issued on"),
    "effective": Message("in effect from"),
    "operational": Message("in operation from"),
    "plan_hash": Message("plan hash"),
    "role": Message("role"),
    "left_out": Message("left out"),
    "choice": Message("vote"),
    "recounted": Message("steps counted again"),
    "quarantined": Message("files set aside"),
    "brought_back": Message("files brought back"),
    "leftovers": Message("leftovers removed"),
}
