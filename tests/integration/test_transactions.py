"""Writers wait for each other and lose nothing; what fails leaves nothing behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from builders import SPLIT, draft, own_decision, refused
from exactness import everything
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from bangiao.wiring import Wiring
from checklists.events import CHECKLIST_OPENED, DECISION_REGISTERED, Event
from checklists.handlers import draft_decision
from db.decisions import take_block
from db.models import NumberBlockRow, StepRow
from db.session import begin_read, begin_write, open_engine, sqlite_driver, wal_is_safe
from db.unit_of_work import record_event

WRITERS, TIMES = 8, 50


def count_up(wiring: Wiring) -> None:
    """Read a number, add one, write it: what loses updates where writers do not wait for each other."""
    with begin_write(wiring.engine) as connection:
        held = select(NumberBlockRow.next).where(NumberBlockRow.series == "counter").with_for_update()
        number = connection.scalars(held).one()
        connection.execute(update(NumberBlockRow).where(NumberBlockRow.series == "counter").values(next=number + 1))


def test_fifty_writers_at_once_lose_no_update(wiring: Wiring) -> None:
    with begin_write(wiring.engine) as connection:
        connection.execute(insert(NumberBlockRow).values(series="counter", next=0))
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda _: count_up(wiring), range(TIMES)))
    with begin_read(wiring.engine) as connection:
        assert connection.scalar(select(NumberBlockRow.next).where(NumberBlockRow.series == "counter")) == TIMES


def test_blocks_of_numbers_taken_at_once_do_not_meet(wiring: Wiring) -> None:
    """Also the first ones, when the series is not there yet."""
    start = threading.Barrier(WRITERS)

    def take(place: int) -> list[tuple[int, int]]:
        start.wait()
        blocks = []
        for size in (1, 7, 400, 3, 20, 1):
            with begin_write(wiring.engine) as connection:
                blocks.append((take_block(connection, "new series", size + place), size + place))
        return blocks

    with ThreadPoolExecutor(WRITERS) as pool:
        blocks = sorted(block for group in pool.map(take, range(WRITERS)) for block in group)
    assert blocks[0][0] == 1
    for (first, size), (following, _) in pairwise(blocks):
        assert following == first + size


def test_a_block_that_was_rolled_back_is_given_again(wiring: Wiring) -> None:
    with suppress(RuntimeError), begin_write(wiring.engine) as connection:
        assert take_block(connection, "new series", 10) == 1
        raise RuntimeError
    with begin_write(wiring.engine) as connection:
        assert take_block(connection, "new series", 5) == 1
        assert take_block(connection, "new series", 5) == 6
        assert take_block(connection, "other series", 5) == 1


def test_a_command_that_fails_at_its_end_leaves_nothing(wiring: Wiring) -> None:
    before = everything(wiring)
    with suppress(RuntimeError), wiring.unit_of_work() as uow:
        draft_decision(own_decision(), uow, wiring.planning(uow.connection), refused=refused, by="thu-ky")
        assert uow.decisions.find(own_decision().number)
        raise RuntimeError
    assert everything(wiring) == before
    assert draft(wiring, own_decision()).changed


def test_an_event_is_recorded_once_with_one_outbox_row_per_consumer(wiring: Wiring) -> None:
    event = Event("e1", DECISION_REGISTERED, wiring.now(), "ai-do", "1/QĐ", {"tên": "Đắk Lắk"}, None)
    with begin_write(wiring.engine) as connection:
        record_event(connection, event)
        record_event(connection, Event("e2", CHECKLIST_OPENED, wiring.now(), "ai-do", SPLIT, {}, None))
    assert {key: value for key, value in everything(wiring).items() if key in {"event", "outbox"}} == {
        "event": 2,
        "outbox": 1,
    }
    with pytest.raises(IntegrityError), begin_write(wiring.engine) as connection:
        record_event(connection, event)


def test_a_step_without_its_checklist_is_refused_by_the_database(wiring: Wiring) -> None:
    step = {"id": 1, "checklist_id": 99, "key": "A", "counterpart": "", "state": "ready", "deadline_id": 1}
    with pytest.raises(IntegrityError), begin_write(wiring.engine) as connection:
        connection.execute(insert(StepRow).values(**step, open_needs=0, overdue_at_birth=False, version=1))


def test_a_reader_sees_one_moment_while_others_write(wiring: Wiring) -> None:
    query = select(NumberBlockRow.next).where(NumberBlockRow.series == "counter")
    with begin_write(wiring.engine) as connection:
        connection.execute(insert(NumberBlockRow).values(series="counter", next=0))
    if wiring.engine.dialect.name == "sqlite" and not wal_is_safe(sqlite_driver().sqlite_version_info):
        pytest.skip("with the rollback journal a reader makes writers wait; there is nothing to see")
    with begin_read(wiring.engine) as reader:
        assert reader.scalar(query) == 0
        count_up(wiring)
        assert reader.scalar(query) == 0
    with begin_read(wiring.engine) as reader:
        assert reader.scalar(query) == 1


# SQLite: which journal, which version


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.44.9", True),
        ("3.45.0", False),
        ("3.49.2", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.50.12", True),
        ("3.51.0", False),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.52.0", True),
        ("4.0.0", True),
    ],
)
def test_wal_is_used_only_where_the_wal_reset_bug_is_fixed(version: str, safe: bool) -> None:
    assert wal_is_safe(tuple(map(int, version.split(".")))) is safe


def test_a_connection_follows_the_rules_of_its_sqlite(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'folder' / 'x.db'}")
    with begin_read(engine) as connection:
        version = connection.scalar(text("SELECT sqlite_version()"))
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    assert tuple(map(int, str(version).split("."))) == sqlite_driver().sqlite_version_info
    journal = "wal" if wal_is_safe(sqlite_driver().sqlite_version_info) else "delete"
    assert found == {"journal_mode": journal, "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}


def test_the_sqlite_that_comes_with_the_product_is_free_of_the_bug() -> None:
    bundled = pytest.importorskip("pysqlite3", reason="pysqlite3 is published for Linux only")
    assert wal_is_safe(bundled.sqlite_version_info)
    assert sqlite_driver().sqlite_version_info >= bundled.sqlite_version_info
