"""Between whom a unit's minutes may be: the pairs in which opened decisions have it hand over or take over. SELECT
only.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Connection, select

from checklists.ports import REGISTERED
from db.models import DecisionRow, UnitRow


class Handover(NamedTuple):
    """One pair in one decision, with the names that their minutes show."""

    decision: str
    giving: str
    giving_name: str
    receiving: str
    receiving_name: str


def handovers_of(connection: Connection, unit: str) -> list[Handover]:
    """In the order of decisions, then as they stand there; a unit that goes on as itself hands nothing over."""
    query = (
        select(DecisionRow.number, DecisionRow.content)
        .where(DecisionRow.state == REGISTERED, DecisionRow.opened_at.is_not(None))
        .where(DecisionRow.content.contains(f'"{unit}"', autoescape=True))
        .order_by(DecisionRow.id)
    )
    pairs = [
        (number, giving, receiving)
        for number, content in connection.execute(query)
        for giving, receiving, *_rest in json.loads(content)["successions"]
        if unit in {giving, receiving}
    ]
    units = {key for _number, giving, receiving in pairs for key in (giving, receiving)}
    rows = connection.execute(select(UnitRow.key, UnitRow.name).where(UnitRow.key.in_(sorted(units))))
    names = {row[0]: row[1] for row in rows}
    return [Handover(number, one, names.get(one, one), to, names.get(to, to)) for number, one, to in pairs]
