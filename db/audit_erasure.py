"""One value of one event erased for good, by the one way that the triggers allow: the erasure is on record first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import OperationalError

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
    """Put the erasure on record and empty the field."""
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


def sweep(engine: Engine) -> bool:
    """Leave no old version of the row behind in free places of the files: they are written anew, which takes as long as
    copying them. False when others did not let go of the database in time: then it is to be done again."""
    with engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            if engine.dialect.name == "sqlite":
                plain.exec_driver_sql("VACUUM").close()
                return not plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            plain.exec_driver_sql("VACUUM (FULL) event")
        except OperationalError:
            return False
    return True
