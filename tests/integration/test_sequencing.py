"""Events get their places: gapless, once, in the order they were written, whoever writes and however many at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from builders import open_all, own_decision, registered
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from bangiao.wiring import Wiring
from checklists.audit import merkle
from checklists.audit.leaf import hash_of
from checklists.audit.merkle import Frontier, Levels, consistent, includes
from checklists.events import Event
from db.audit_log import anything_waits, entries, entry_at, log_size, sequence, sequence_all, tree, waiting_since
from db.audit_models import AuditEntryRow, AuditSubtreeRow, AuditWaitingRow, CheckpointRow
from db.audit_tree import HoleInLog, StoredTree, store_subtrees
from db.bulk import insert_rows
from db.models import EventRow, table_of
from db.session import begin_read, begin_write
from db.unit_of_work import record_event

START = datetime(2025, 7, 1, tzinfo=UTC)


def told(number: int, writer: str = "a") -> Event:
    at = START + timedelta(seconds=number)
    return Event(
        f"step.started:{writer}:{number:05}", "step.started", at, "lan", "old:00004", {"reason": f"lý do {number}"}
    )


def record(wiring: Wiring, events: Sequence[Event]) -> None:
    with begin_write(wiring.engine) as connection:
        for event in events:
            record_event(connection, event)


def rolled_back(wiring: Wiring, work: Callable[[Connection], object]) -> None:
    with begin_write(wiring.engine) as connection:
        work(connection)
        raise KeyError


def in_log(wiring: Wiring) -> list[tuple[int, str]]:
    query = select(AuditEntryRow.audit_index, AuditEntryRow.event_id).order_by(AuditEntryRow.audit_index)
    with begin_read(wiring.engine) as connection:
        return [(index, event_id) for index, event_id in connection.execute(query)]


def test_events_wait_until_they_are_sequenced_and_then_have_places_from_nought(wiring: Wiring) -> None:
    assert not anything_waits(wiring.engine)
    record(wiring, [told(2), told(0), told(1)])
    with begin_read(wiring.engine) as connection:
        assert waiting_since(connection) == (3, START)
        assert log_size(connection) == 0

    assert sequence_all(wiring.engine, batch=2) == 3

    assert in_log(wiring) == [(place, told(number).id) for place, number in enumerate((2, 0, 1))]
    with begin_read(wiring.engine) as connection:
        assert waiting_since(connection) == (0, None)
    assert sequence_all(wiring.engine) == 0


def test_an_entry_is_found_by_its_event_and_its_document_has_its_hash(wiring: Wiring) -> None:
    record(wiring, [told(number) for number in range(5)])
    sequence_all(wiring.engine)

    with begin_read(wiring.engine) as connection:
        found = entries(connection, [told(3).id, told(1).id, "no such event"])
        last = entry_at(connection, 4)
        assert entry_at(connection, 5) is None

    assert [one.index for one in found] == [1, 3]
    assert found[0].event == told(1)
    assert last
    assert last.event == told(4)
    assert all(hash_of(one.document()) == one.leaf_hash for one in [*found, last])


def test_rows_written_in_bulk_wait_as_well(wiring: Wiring) -> None:
    rows = [
        (one.id, one.type, "2025-07-01 00:00:00.000000", one.actor, None, None, one.subject, None, None, "{}")
        for one in map(told, range(700))
    ]
    with begin_write(wiring.engine) as connection:
        insert_rows(connection, table_of(EventRow), rows)

    assert sequence_all(wiring.engine) == 700
    assert [event_id for _, event_id in in_log(wiring)] == [row[0] for row in rows]


def test_what_is_rolled_back_leaves_no_gap(wiring: Wiring) -> None:
    record(wiring, [told(0)])
    with pytest.raises(KeyError):
        rolled_back(wiring, lambda connection: record_event(connection, told(1)))
    record(wiring, [told(2)])
    with pytest.raises(KeyError):
        rolled_back(wiring, sequence)
    assert in_log(wiring) == []
    sequence_all(wiring.engine)

    assert in_log(wiring) == [(0, told(0).id), (1, told(2).id)]


def test_many_writers_and_two_sequencers_at_once_leave_one_gapless_log(wiring: Wiring) -> None:
    start, written = threading.Barrier(5), threading.Event()

    def write(writer: str) -> None:
        start.wait()
        for number in range(0, 60, 3):
            record(wiring, [told(number + more, writer) for more in range(3)])

    def keep_sequencing() -> None:
        start.wait()
        while not written.is_set():
            sequence_all(wiring.engine, batch=7)

    with ThreadPoolExecutor(5) as pool:
        sequencers = [pool.submit(keep_sequencing) for _ in range(2)]
        writers = [pool.submit(write, name) for name in "abc"]
        wait(writers)
        written.set()
    for one in [*writers, *sequencers]:
        one.result()
    sequence_all(wiring.engine)

    logged = in_log(wiring)
    assert [index for index, _ in logged] == list(range(180))
    assert sorted(event_id for _, event_id in logged) == sorted(told(n, w).id for n in range(60) for w in "abc")
    for writer in "abc":  # what one wrote stands in the order in which it was written
        own = [event_id for _, event_id in logged if event_id.split(":")[1] == writer]
        assert own == sorted(own)


def test_whatever_a_payload_is_it_gets_a_place(wiring: Wiring) -> None:
    odd = ['{"a": NaN, "b": 12345678901234567890, "c": 1.5}', "[1]", "not json"]
    with begin_write(wiring.engine) as connection:
        for number, payload in enumerate(odd):
            one = told(number)
            row = {"id": one.id, "type": one.type, "occurred_at": one.occurred_at, "actor": "lan", "subject": "x"}
            connection.execute(insert(EventRow).values(**row, payload=payload))

    assert sequence_all(wiring.engine) == 3
    with begin_read(wiring.engine) as connection:
        for one in entries(connection, [told(number).id for number in range(3)]):
            assert hash_of(one.document()) == one.leaf_hash


def test_an_opened_decision_is_sequenced_whole(wiring: Wiring) -> None:
    outcome = registered(wiring, own_decision())
    open_all(wiring, outcome.decision_id)
    with begin_read(wiring.engine) as connection:
        events = list(connection.scalars(select(EventRow.id)))

    assert sequence_all(wiring.engine) == len(events)
    assert sorted(event_id for _, event_id in in_log(wiring)) == sorted(events)


@pytest.mark.parametrize(
    "order",
    [
        "UPDATE event SET payload = '{}'",
        "UPDATE event SET actor = ''",
        "UPDATE event SET occurred_at = '2020-01-01 00:00:00'",
        "DELETE FROM event",
        "UPDATE audit_entry SET audit_index = audit_index + 7",
        "DELETE FROM audit_entry",
        "UPDATE audit_subtree SET hash = hash",
        "DELETE FROM audit_subtree",
        "UPDATE checkpoint SET why = 'x'",
        "DELETE FROM checkpoint",
    ],
)
def test_the_tables_of_the_log_only_grow(wiring: Wiring, order: str) -> None:
    record(wiring, [told(number) for number in range(300)])
    sequence_all(wiring.engine)
    with begin_write(wiring.engine) as connection:
        row = {"size": 300, "root": b"r", "text": "t", "made_at": START, "why": "asked"}
        connection.execute(insert(CheckpointRow).values(row))

    with pytest.raises(DBAPIError, match="only grows"), begin_write(wiring.engine) as connection:
        connection.execute(text(order))


def test_postgresql_refuses_to_empty_a_table_of_the_log_at_once(wiring: Wiring) -> None:
    if wiring.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="only grows"), begin_write(wiring.engine) as connection:
        connection.execute(text("TRUNCATE event CASCADE"))


def test_roots_and_proofs_from_the_database_are_those_of_the_whole_list(wiring: Wiring) -> None:
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(66_500)]
    with begin_write(wiring.engine) as connection:
        at = 0
        for size in (1, 254, 2, 700, 64_000, len(leaves)):  # ends of batches beside and on the ends of subtrees
            part = leaves[at : at + size]
            insert_rows(
                connection,
                table_of(AuditEntryRow),
                [(at + place, f"e{at + place}", os.urandom(16), leaf) for place, leaf in enumerate(part)],
            )
            store_subtrees(connection, at, part)
            at += len(part)
    whole, grown, roots = Levels(leaves), Frontier(), {}
    for leaf in leaves:
        grown.append(leaf)
        if grown.size in {1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 66_500}:
            roots[grown.size] = grown.root()

    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(AuditSubtreeRow.level).distinct().order_by(AuditSubtreeRow.level)).all() == [
            8,
            16,
        ]
        for size, root in roots.items():
            assert tree(connection, size).root() == root
        stored = tree(connection)
        assert stored.size == 66_500
        for index in (0, 255, 256, 65_535, 65_536, 66_499):
            proof = stored.inclusion_proof(index)
            assert proof == merkle.inclusion_proof(whole, index, 66_500)
            assert includes(leaves[index], index, 66_500, proof, roots[66_500])
        for old, root in roots.items():
            assert consistent(old, root, 66_500, roots[66_500], stored.consistency_proof(old))


def test_a_hole_in_the_log_is_said_and_where_it_is(wiring: Wiring) -> None:
    record(wiring, [told(number) for number in range(3)])
    sequence_all(wiring.engine)

    with begin_read(wiring.engine) as connection, pytest.raises(HoleInLog) as refused:
        StoredTree(connection, 5).root()

    assert "3 of 5" in str(refused.value)
    assert AuditWaitingRow.__tablename__ == "audit_waiting"
