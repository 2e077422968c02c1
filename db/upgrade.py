"""Bringing a database to the current schema, and saying where it stands.

Alembic is imported only when migrations run: every command asks where the database stands, few move it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from db.session import begin_read, begin_write

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "20260610_calendar"
"""The revision this program needs: the newest in `migrations/versions` (a test compares)."""


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty database."""
    with begin_read(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def upgrade(engine: Engine, revision: str = "head") -> None:
    """All migrations up to `revision` in one transaction; nothing happens when it is there already."""
    with begin_write(engine) as connection:
        upgrade_within(connection, revision)


def upgrade_within(connection: Connection, revision: str = "head") -> None:
    """The same inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - see above

    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def migrations() -> Config:
    """Alembic's view of our migrations; put the connection to use into its `attributes`."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
