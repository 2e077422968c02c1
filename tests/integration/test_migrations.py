"""The migrations lead to exactly the tables that the code declares, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from bangiao.installation import DatabaseBehind, Installed, install, make_ready
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from db.models import Row
from db.register import count_units
from db.session import begin_read, begin_write, open_engine
from db.upgrade import HEAD, current_revision, migrations, upgrade

UNITS = 14_149 + 17


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    made = open_engine(empty_database_url)
    yield made
    made.dispose()


def shape(engine: Engine) -> dict[str, Any]:
    """Tables with columns, keys and indexes, as the database itself describes them."""
    found = inspect(engine)
    return {
        table: {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], one["default"]) for one in found.get_columns(table)
            },
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (one["constrained_columns"], one["referred_table"]) for one in found.get_foreign_keys(table)
            ),
            "unique": sorted(one["column_names"] for one in found.get_unique_constraints(table)),
            "indexes": sorted(
                (one["name"], one["column_names"], bool(one["unique"])) for one in found.get_indexes(table)
            ),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def downgrade(engine: Engine) -> None:
    with begin_write(engine) as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


def test_migrating_from_nothing_gives_the_declared_tables(engine: Engine) -> None:
    assert current_revision(engine) is None
    upgrade(engine)
    assert current_revision(engine) == HEAD
    with begin_read(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []


def test_the_database_looks_the_same_as_one_made_from_the_declarations(engine: Engine) -> None:
    upgrade(engine)
    migrated = shape(engine)
    downgrade(engine)
    assert shape(engine) == {}
    with begin_write(engine) as connection:
        Row.metadata.create_all(connection)
    assert shape(engine) == migrated


def test_the_largest_table_of_pairs_has_no_row_id_on_sqlite(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(engine)
    with begin_read(engine) as connection:
        made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'need'"))
    engine.dispose()
    assert "WITHOUT ROWID" in str(made)


def test_upgrading_twice_and_going_back_and_forth_is_harmless(engine: Engine) -> None:
    upgrade(engine)
    first = shape(engine)
    upgrade(engine)
    assert shape(engine) == first
    downgrade(engine)
    assert current_revision(engine) is None
    assert shape(engine) == {}
    upgrade(engine)
    assert shape(engine) == first


def test_the_migrations_are_one_line_without_branches() -> None:
    script = ScriptDirectory.from_config(migrations())
    assert script.get_heads() == [HEAD]
    assert len(script.get_bases()) == 1


def test_an_installation_made_twice_holds_the_register_once(empty_database_url: str, tmp_path: Path) -> None:
    wiring = wire(Settings(data_dir=tmp_path, database_url=empty_database_url))
    assert install(wiring).units == UNITS
    assert install(wiring) == Installed(0, ())
    with begin_read(wiring.engine) as connection:
        assert count_units(connection) == UNITS
    assert make_ready(wiring) is False
    wiring.engine.dispose()


def test_an_empty_embedded_database_is_set_up_on_first_use_even_by_two_at_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    start = threading.Barrier(2)

    def first_use(_: int) -> int:
        wiring: Wiring = wire(settings)
        start.wait()
        make_ready(wiring)
        with begin_read(wiring.engine) as connection:
            units = count_units(connection)
        wiring.engine.dispose()
        return units

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(first_use, range(2))) == [UNITS, UNITS]


def test_a_server_that_is_not_set_up_is_said_so_and_not_changed(
    empty_database_url: str, engine: Engine, tmp_path: Path
) -> None:
    wiring = wire(Settings(data_dir=tmp_path, database_url=empty_database_url))
    if engine.dialect.name == "sqlite":
        upgrade(engine)
        with begin_write(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(DatabaseBehind, match="bangiao db upgrade"):
        make_ready(wiring)
    if engine.dialect.name == "postgresql":
        assert shape(engine) == {}
    wiring.engine.dispose()
