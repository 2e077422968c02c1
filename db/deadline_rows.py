"""Deadlines as rows, shared by every step they are equal for: written once, whoever comes first."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from checklists.deadlines import Deadline, deadline_number
from checklists.messages import Translate
from db.bulk import insert_if_new
from db.models import DeadlineRow, table_of
from db.statements import Statement, among

_DEADLINE = table_of(DeadlineRow)
_PRESENT = Statement(lambda dialect: select(_DEADLINE.c.id).where(among(_DEADLINE.c.id, dialect)))

__all__ = ["deadline_number", "write_deadlines"]


def write_deadlines(
    connection: Connection, numbered: Mapping[int, Deadline], languages: Mapping[str, Translate]
) -> None:
    """Write those that are not there; most chunks find all of theirs written by the first one."""
    held = {row.id for row in _PRESENT.run(connection, {"these": list(numbered)}).rows}
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
