"""Planning for thousands of people at once: each is found by their own index, not among everybody's notices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.dialects import sqlite

from bangiao.wiring import Wiring
from db.delivery_plans import of_one_person
from db.models import table_of
from db.notice_models import NotificationRow
from db.session import begin_read

NOW = datetime(2025, 7, 1, 1, tzinfo=UTC)


def test_a_persons_notices_are_found_by_their_own_index(wiring: Wiring) -> None:
    """By that of the instants, ten thousand people took a minute and a half, and nobody else could write meanwhile."""
    if wiring.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL counts its rows and chooses by that")
    with begin_read(wiring.engine) as connection:
        (found,) = _how(connection, of_one_person(NOW))
    assert found.startswith("SEARCH notification USING INDEX ix_notification_recipient_state (recipient=? AND state=?")


def _how(connection: Connection, where: tuple[Any, ...]) -> list[str]:
    joined = update(table_of(NotificationRow)).where(*where).values(delivery_id="d")
    said = joined.compile(dialect=sqlite.dialect())  # type: ignore[no-untyped-call]
    places = (None,) * len(said.positiontup or ())
    return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", places)]
