"""The audit log: events per second into it and through its verification, against bare SHA-256 of the same leaves; and
what the queue's trigger costs whoever writes events.

The control hashes the canonical bytes of every leaf with the standard library: nothing that checks can do less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bangiao.audit_keys import verifier_keys
from bangiao.audit_log import make_checkpoint, sequence_now
from bangiao.audit_verification import verify_log
from bangiao.wiring import Wiring
from benchmarks.context import Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, ratio, seconds
from checklists.audit.leaf import canonical
from db.audit_log import entries
from db.bulk import insert_rows, raw_instant
from db.models import EventRow, table_of
from db.session import begin_read, begin_write

EVENTS, QUICK = 100_000, 10_000
START = datetime(2025, 7, 1, 1, tzinfo=UTC)
_PART = 5_000


def lines(bench: Bench) -> Iterator[Line]:
    count = EVENTS if bench.rounds > 1 else QUICK
    for prepared in bench.prepared:
        yield from _lines(prepared, count, bench.rounds)


def _lines(prepared: Prepared, count: int, rounds: int) -> Iterator[Line]:
    name, cpu = prepared.databases.name, prepared.databases.cpu
    written, bare, placed, verified, hashed = (list[Cost]() for _ in range(5))
    for _ in range(rounds):
        with wired(prepared.databases.copied(prepared.installed(), "audit_bare")) as wiring:
            _without_queue(wiring)
            bare.append(cost_of(lambda w=wiring: write_events(w, count), cpu))
        with wired(prepared.databases.copied(prepared.installed(), "audit_round")) as wiring:
            settings = replace(wiring.settings, data_dir=wiring.settings.data_dir / "log")
            own = Wiring(settings, wiring.engine, wiring.clock)
            written.append(cost_of(lambda w=own: write_events(w, count), cpu))
            placed.append(cost_of(lambda w=own: sequence_now(w), cpu))
            make_checkpoint(own)
            verified.append(cost_of(lambda w=own: _verify(w), cpu))
            leaves = _leaves(own)
            hashed.append(cost_of(lambda all_=leaves: _hash(all_), cpu))
    many = f"{name}, {count:,} events"
    yield ratio("J1", f"{many}: written with the queue ÷ without", written, bare, 1.5)
    yield seconds("", f"{many}: sequenced (places, seeds, leaf hashes, subtrees)", placed)
    yield seconds("J5", f"{many}: audit verify", verified, 60.0 * count / 1_000_000)
    yield ratio("J5", f"{many}: audit verify ÷ bare SHA-256 of the same leaves", verified, hashed)


def _without_queue(wiring: Wiring) -> None:
    with begin_write(wiring.engine) as connection:
        of = " ON event" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER event_queued{of}")


def write_events(wiring: Wiring, count: int) -> None:
    """Events of acts on steps, in bulk: what the trigger costs shows most where nothing else is done."""
    with begin_write(wiring.engine) as connection:
        for first in range(0, count, _PART):
            rows = [_row(connection.dialect.name, number) for number in range(first, min(first + _PART, count))]
            insert_rows(connection, table_of(EventRow), rows)


def _row(dialect: str, number: int) -> tuple[Any, ...]:
    at = raw_instant(dialect, START + timedelta(milliseconds=number))
    payload = (
        '{"after": {"state": "done", "version": 3}, "before": {"state": "in_progress", "version": 2}, "reason": "",'
        f' "step": "Bàn giao hồ sơ, tài liệu {number}"}}'
    )
    who = f"lanh-dao-{number % 977}"
    return (
        f"step.completed:{number}:3",
        "step.completed",
        at,
        who,
        None,
        None,
        "old:00004",
        number,
        f"r{number}",
        payload,
    )


def _verify(wiring: Wiring) -> None:
    found = verify_log(wiring.engine, verifier_keys(wiring.settings), wiring.now())
    assert not found.total, found.findings[:3]


def _leaves(wiring: Wiring) -> list[bytes]:
    with begin_read(wiring.engine) as connection:
        ids = connection.scalars(table_of(EventRow).select().with_only_columns(EventRow.id)).all()
        return [canonical(one.document()) for one in entries(connection, ids)]


def _hash(leaves: list[bytes]) -> None:
    for leaf in leaves:
        sha256(b"\x00" + leaf).digest()
