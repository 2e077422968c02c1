"""Deadlines as rows, shared by every step they are equal for: written once, whoever comes first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection, select

from checklists.deadlines import Deadline
from checklists.messages import Translate
from db.bulk import in_parts, insert_if_new
from db.models import DeadlineRow, table_of


def deadline_number(deadline: Deadline, beside: str = "") -> int:
    """A number that equal deadlines share: 63 bits of a hash of all they say (and of what is said `beside` them)."""
    said = f"{deadline.rule.model_dump_json()}|{deadline.anchor_on}|{deadline.due_on}|{deadline.calendar_version}"
    return int.from_bytes(hashlib.sha256(f"{said}|{beside}".encode() if beside else said.encode()).digest()[:8]) >> 1


def write_deadlines(
    connection: Connection, numbered: Mapping[int, Deadline], languages: Mapping[str, Translate]
) -> None:
    """Write those that are not there; most chunks find all of theirs written by the first one."""
    held: set[int] = set()
    for part in in_parts(list(numbered)):
        held.update(connection.scalars(select(DeadlineRow.id).where(DeadlineRow.id.in_(part))))
    rows = [
        {
            "id": number,
            "rule": one.rule.model_dump_json(),
            "anchor_on": one.anchor_on,
            "due_on": one.due_on,
            "calendar_version": one.calendar_version,
            "provisional": one.provisional,
            "explanation_vi": one.explanation.render(languages["vi"]),
            "explanation_en": one.explanation.render(languages["en"]),
        }
        for number, one in sorted(numbered.items())
        if number not in held
    ]
    if rows:
        connection.execute(insert_if_new(connection, table_of(DeadlineRow)), rows)
