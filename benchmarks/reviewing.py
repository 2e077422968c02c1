"""A review of deadlines with 10,000 steps due, among 400,000 open ones and among ten times as many.

The control writes the very same rows through the bare driver, after the bare indexed question which steps are due.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bangiao.reviews import review_deadlines
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from benchmarks.context import Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, ratio, seconds
from benchmarks.raw_writes import driver

REMINDED, DUE = datetime(2025, 6, 26, 1, tzinfo=UTC), datetime(2025, 7, 1, 1, tzinfo=UTC)
"""When the reminders of 1 July fall, and when it is the day itself: the review that is measured."""

AT_ONCE = 10_000
COPIES = 9
_DAY, _FAR = date(2025, 7, 1), date(2027, 12, 30)

_WRITTEN = {
    "escalation": "SELECT * FROM escalation WHERE level = 'due-today' ORDER BY step_id",
    "notification": "SELECT * FROM notification WHERE level = 'due-today' ORDER BY step_id",
    "review": "SELECT * FROM review ORDER BY step_id",
}


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        sizes = {"400k": scattered(prepared, "review_1", copies=0)}
        sizes["4M"] = scattered(prepared, "review_10", copies=COPIES)
        costs = {size: _rounds(prepared, settings, bench.rounds) for size, settings in sizes.items()}
        for size, (ours, raw, nothing) in costs.items():
            name = f"{prepared.databases.name}, {AT_ONCE:,} due among {size}"
            yield ratio("J3", f"{name}: a review ÷ bare driver, same rows", ours, raw, 3.0, 1.5)
            yield seconds("", f"{name}: a review, recipients and all", ours)
            yield seconds("J3", f"{name}: nothing due", nothing, 0.02)
        if len(costs) > 1:
            yield ratio("J3", f"{prepared.databases.name}: 4M ÷ 400k", costs["4M"][0], costs["400k"][0], 1.3)


def _rounds(prepared: Prepared, settings: Settings, rounds: int) -> tuple[list[Cost], list[Cost], list[Cost]]:
    ours, raw, nothing = list[Cost](), list[Cost](), list[Cost]()
    for _ in range(rounds):
        made = prepared.databases.copied(settings, "review_round")
        with wired(replace(made, clock=DUE)) as wiring:
            ours.append(cost_of(lambda: _planned(wiring, AT_ONCE), prepared.databases.cpu))
            rows = _rows(made)
            _sent(wiring)
            nothing.append(cost_of(lambda: _planned(wiring, 0), prepared.databases.cpu))
        fresh = prepared.databases.copied(settings, "review_round")
        raw.append(_raw(prepared, fresh, rows))
    return ours, raw, nothing


def _planned(wiring: Wiring, expected: int) -> None:
    report = review_deadlines(Wiring(wiring.settings, wiring.engine, lambda: DUE))
    assert report.steps == expected, report.steps


def _sent(wiring: Wiring) -> None:
    """What was planned has left since, as it does within minutes."""
    with wiring.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notification SET state = 'sent'")


def _rows(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with driver(settings) as connection, closing(connection.cursor()) as cursor:
        found = {}
        for table, query in _WRITTEN.items():
            cursor.execute(query)
            found[table] = [tuple(row) for row in cursor.fetchall()]
        return found


def _raw(prepared: Prepared, settings: Settings, rows: dict[str, list[tuple[Any, ...]]]) -> Cost:
    """Which are due, then one statement for each table, in one transaction."""
    with driver(settings) as connection, closing(connection.cursor()) as cursor:
        mark = "%s" if hasattr(cursor, "copy") else "?"

        def work() -> None:
            cursor.execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
            cursor.execute(f"SELECT step_id FROM review WHERE next_at <= {mark}", (_instant(mark),))  # noqa: S608
            assert len(cursor.fetchall()) == AT_ONCE
            for table, content in rows.items():
                places = ", ".join([mark] * len(content[0]))
                clash = " ON CONFLICT (step_id) DO UPDATE SET next_at = excluded.next_at, findings = excluded.findings"
                clash = clash if table == "review" else " ON CONFLICT DO NOTHING"
                cursor.executemany(f"INSERT INTO {table} VALUES ({places}){clash}", content)  # noqa: S608
            cursor.execute("COMMIT")

        return cost_of(work, prepared.databases.cpu)


def _instant(mark: str) -> Any:
    return DUE if mark == "%s" else f"{DUE:%Y-%m-%d %H:%M:%S.%f}"


def scattered(prepared: Prepared, name: str, copies: int) -> Settings:
    """All decisions open, everything due far ahead but for steps scattered over all of them; a lead in each of their
    units; and they were reminded once."""
    settings = prepared.copy_of_opened(name)
    with wired(settings) as wiring, wiring.engine.begin() as connection:
        states = "state = 'ready', open_needs = 0, overdue_at_birth = false, version = 1"
        connection.exec_driver_sql(f"UPDATE step SET {states}, due_on = '{_FAR}'")  # noqa: S608 - our own words
        for place in range(1, copies + 1):
            _copied(connection, place)
        steps = connection.exec_driver_sql("SELECT count(*) FROM step").scalar_one()
        every = max(1, int(steps) // (AT_ONCE + AT_ONCE // 5))
        chosen = (
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM step) AS numbered "  # noqa: S608
            f"WHERE place / {every} * {every} = place ORDER BY id LIMIT {AT_ONCE}"
        )
        connection.exec_driver_sql(f"UPDATE step SET due_on = '{_DAY}' WHERE id IN ({chosen})")  # noqa: S608
        _leads(connection)
    with wired(settings) as wiring:
        report = review_deadlines(Wiring(wiring.settings, wiring.engine, lambda: REMINDED))
        assert report.steps == AT_ONCE, report.steps
        _sent(wiring)
        _counted(wiring)
    return settings


def _counted(wiring: Wiring) -> None:
    """What a server does by itself sooner or later: how many rows there are of what, for its plans."""
    if wiring.engine.dialect.name == "postgresql":
        with wiring.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _copied(connection: Any, place: int) -> None:
    """Decisions, checklists and steps once more, under other numbers."""
    for table, columns in (
        ("decision", {"id": f"id + {place} * 1000", "number": f"number || '#{place}'"}),
        ("checklist", {"id": f"id + {place} * 1000000", "decision_id": f"decision_id + {place} * 1000"}),
        ("step", {"id": f"id + {place} * 1000000 * 1048576", "checklist_id": f"checklist_id + {place} * 1000000"}),
    ):
        names = connection.exec_driver_sql(f"SELECT * FROM {table} LIMIT 0").keys()  # noqa: S608
        values = ", ".join(columns.get(one, f'"{one}"') for one in names)
        listed = ", ".join(f'"{one}"' for one in names)
        first = {"decision": "id < 1000", "checklist": "id < 1000000", "step": "checklist_id < 1000000"}[table]
        connection.exec_driver_sql(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} WHERE {first}")  # noqa: S608


def _leads(connection: Any) -> None:
    units = (
        "SELECT DISTINCT c.unit FROM step s JOIN checklist c ON c.id = s.checklist_id "  # noqa: S608
        f"WHERE s.due_on = '{_DAY}'"
    )
    columns = "account, name, email, phone, language, disabled_on, added_at"
    person = f"'lead-' || unit, unit, 'lead@hanoi.gov.vn', '', 'vi', NULL, '{REMINDED:%Y-%m-%d %H:%M:%S.%f}'"
    connection.exec_driver_sql(f"INSERT INTO person ({columns}) SELECT {person} FROM ({units}) AS units")  # noqa: S608
    role = "'lead-' || unit, 'unit_lead', unit, '2025-01-01', NULL"
    connection.exec_driver_sql(
        f"INSERT INTO assignment (person, role, unit, since, until) SELECT {role} FROM ({units}) AS units"  # noqa: S608
    )
