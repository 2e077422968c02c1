"""The limit: the very same rows through the bare driver, into the same schema and indexes.

The rows are read back from a database that the product filled and prepared before the clock starts: tuples for
SQLite's executemany, ready-made text for PostgreSQL's COPY. The connection is the product's own, with its pragmas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any

from bangiao.settings import Settings
from benchmarks.databases import wired
from checklists.step_numbers import CHECKLIST_SHIFT

Chunk = list[tuple[str, Any]]
"""Tables with their rows: a list of tuples, or one text for COPY."""

_CHUNKS = """
SELECT decision_id, chunk, first, first + units * templates FROM (
  SELECT o.decision_id, o.chunk, o.units, t.templates,
         d.first_checklist + o.chunk * d.chunk_units * t.templates AS first
  FROM opening o JOIN decision d ON d.id = o.decision_id CROSS JOIN (SELECT count(*) AS templates FROM template) t
) AS chunks ORDER BY decision_id, chunk"""

_OF_A_CHUNK = {
    "opening": "SELECT * FROM opening WHERE decision_id = {decision} AND chunk = {chunk}",
    "checklist": "SELECT * FROM checklist WHERE id >= {first} AND id < {after} ORDER BY id",
    "step": "SELECT * FROM step WHERE id >= {first_step} AND id < {after_step} ORDER BY id",
    "need": "SELECT * FROM need WHERE step_id >= {first_step} AND step_id < {after_step} ORDER BY step_id, needs_id",
    "event": "SELECT e.* FROM checklist c JOIN event e ON e.id = 'checklist.opened:' || c.id"
    " WHERE c.id >= {first} AND c.id < {after} ORDER BY c.id",
}


def rows_of(opened: Settings) -> list[Chunk]:
    """Everything that opening wrote, chunk by chunk, in the order it was written; all deadlines come with the first."""
    with driver(opened) as connection, closing(connection.cursor()) as cursor:
        read = _as_text if hasattr(cursor, "copy") else _as_tuples
        cursor.execute(_CHUNKS)
        chunks = [_chunk(cursor, read, *bounds) for bounds in cursor.fetchall()]
        chunks[0].insert(0, ("deadline", read(cursor, "SELECT * FROM deadline ORDER BY id")))
    return chunks


def _chunk(cursor: Any, read: Any, decision: int, number: int, first: int, after: int) -> Chunk:
    places = {
        "decision": decision,
        "chunk": number,
        "first": first,
        "after": after,
        "first_step": first << CHECKLIST_SHIFT,
        "after_step": after << CHECKLIST_SHIFT,
    }
    return [(table, read(cursor, query.format(**places))) for table, query in _OF_A_CHUNK.items()]


def _as_tuples(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    return list(cursor.execute(query).fetchall())


def _as_text(cursor: Any, query: str) -> bytes:
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def counts_in(settings: Settings) -> dict[str, int]:
    """Rows per table that opening writes to."""
    only = {"event": " WHERE type = 'checklist.opened'"}
    with driver(settings) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}{only.get(table, '')}").fetchone()[0]  # noqa: S608
            for table in ("deadline", *_OF_A_CHUNK)
        }


def write_rows(connection: Any, chunks: Sequence[Chunk]) -> None:
    """Write them on the driver's connection, one transaction per chunk."""
    write = _copy if hasattr(connection, "pgconn") else _executemany
    for chunk in chunks:
        write(connection, chunk)


def in_one(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The same rows as a single transaction."""
    return [list(chain.from_iterable(chunks))]


def _executemany(connection: Any, chunk: Chunk) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in chunk:
        if rows:
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
    connection.execute("COMMIT")


def _copy(connection: Any, chunk: Chunk) -> None:
    with connection.cursor() as cursor:
        for table, text in chunk:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(text)
    connection.commit()


@contextmanager
def driver(settings: Settings) -> Iterator[Any]:
    """The driver's own connection, prepared as the product prepares it."""
    with wired(settings) as wiring, closing(wiring.engine.raw_connection()) as pooled:
        yield pooled.driver_connection
