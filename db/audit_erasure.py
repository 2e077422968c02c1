"""One value of one event erased for good, by the one way that the triggers allow: the erasure is on record first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, text

from checklists.audit.leaf import PAYLOAD
from db.audit_models import ErasureRow
from db.models import table_of

_EMPTIED = {
    "actor": text("UPDATE event SET actor = '' WHERE id = :event"),
    "subject": text("UPDATE event SET subject = '' WHERE id = :event"),
    "on_behalf_of": text("UPDATE event SET on_behalf_of = NULL WHERE id = :event"),
    "request": text("UPDATE event SET request = NULL WHERE id = :event"),
}
_PAYLOAD = {
    "sqlite": text(
        """UPDATE event SET payload = json_replace(payload, '$."' || :key || '"', NULL) WHERE id = :event"""
    ),
    "postgresql": text(
        "UPDATE event SET payload = jsonb_set(CAST(payload AS jsonb), ARRAY[CAST(:key AS text)], 'null', false)"
        " WHERE id = :event"
    ),
}


def write_erasure(
    connection: Connection,
    event_id: str,
    name: str,
    commitment: bytes,
    basis: str,
    by: str,
    at: datetime,
    recorded: str,
) -> None:
    """Put the erasure on record and empty the field; on SQLite the bytes are overwritten, too."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    erasure = table_of(ErasureRow)
    connection.execute(
        insert(erasure).values(
            event_id=event_id,
            field=name,
            commitment=commitment,
            basis=basis,
            erased_by=by,
            erased_at=at,
            recorded=recorded,
        )
    )
    if name.startswith(PAYLOAD):
        said = {"event": event_id, "key": name.removeprefix(PAYLOAD)}
        connection.execute(_PAYLOAD[connection.dialect.name], said)
    else:
        connection.execute(_EMPTIED[name], {"event": event_id})


def sweep(engine: Engine) -> None:
    """Leave no old version of the row behind: empty SQLite's write-ahead log, let PostgreSQL reuse the place."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM event")
