"""A package on record as a page shows it: its state, what was asked for, what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from bangiao.formats import day, number
from bangiao.i18n import _, language_in_force, render
from bangiao.words import word
from checklists.messages import Message
from db.packages import DONE, FAILED, ORDERED, SEALED, STAGING, PackageFacts

_MEGABYTE = 1 << 20
_TAGS = {DONE: "good", FAILED: "late", ORDERED: "wait", STAGING: "wait", SEALED: "wait"}


def state_words(state: str) -> str:
    return {
        ORDERED: _("ordered"),
        STAGING: _("being made"),
        SEALED: _("sealed, not recorded as handed out"),
        DONE: _("finished"),
        FAILED: _("failed"),
    }.get(state, state)


def state_tag(state: str) -> str:
    return _TAGS.get(state, "")


def size_words(size: int | None) -> str:
    if not size:
        return ""
    return f"{number(round(size / _MEGABYTE))} MB" if size >= _MEGABYTE else f"{number(-(-size // 1024))} KB"


def asked_words(one: PackageFacts) -> str:
    """What it is about; once it is made, in its own words."""
    if one.document:
        return str(json.loads(one.document)["filters_text"][language_in_force()])
    filters = json.loads(one.scope)
    return " · ".join(_filter(name, value) for name, value in filters.items()) or _("the whole record")


def _filter(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(word(str(one)) for one in value)
    if name in {"since", "until"}:
        on = day(date.fromisoformat(value))
        return _("from {day}").format(day=on) if name == "since" else _("until {day}").format(day=on)
    return _("only overdue steps") if value is True else str(value)


def stage_words(one: PackageFacts) -> str:
    """What is being done; the stage of a failed order is why it failed, in words already."""
    return render(Message(one.stage)) if one.stage and one.state != FAILED else str(one.stage)


def counted(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How many there are of what is in it."""
    rows = document["rows"]
    words = {
        "checklists.jsonl": _("Checklists"),
        "steps.jsonl": _("Steps"),
        "events.jsonl": _("Events"),
        "evidence.jsonl": _("Pieces of evidence"),
        "minutes.jsonl": _("Minutes"),
        "notices.jsonl": _("Notices"),
    }
    found = [(told, number(rows[file])) for file, told in words.items() if file in rows]
    return [*found, (_("Files"), number(document["files"]))]


def changed(before: Mapping[str, Any]) -> list[str]:
    """What differs from the package before."""
    words = _("{file}: {added} added, {changed} changed, {gone} gone")
    return [
        words.format(file=file.removesuffix(".jsonl"), **{name: number(count) for name, count in counts.items()})
        for file, counts in before["changes"].items()
    ]
