"""What a table's filters mean for steps: the units that owe them, and which steps of theirs."""

from __future__ import annotations

from sqlalchemy import Connection

from bangiao.step_titles import titled
from db.steps_chosen import Choice
from web.committee.board import Seen
from web.committee.filters import Filters


def choice_of(connection: Connection, view: Seen, filters: Filters) -> Choice:
    """The filter in terms of units: those of the reader's board that match by name, province and level; and in terms
    of templates: the steps whose title matches."""
    narrow = view.keys is not None or filters.q or filters.province or filters.level
    units = {one.unit.key for one, _sums in filters.narrowed(view)} if narrow else None
    return Choice(filters.state, units, filters.decision, filters.stream, titled(connection, filters.step))
