"""The lists of a package: which columns each has, and its rows as cells.

staged rows (`report_rows`) → **tables** → one pass each: `danh-muc.xlsx` (`tables_xlsx`) and CSV
(`evidence.spreadsheet_safe`). No list has a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.package.report_counts import Counts
from evidence.package.report_events import told_events
from evidence.package.report_rows import Row, Sources, day, local
from evidence.spreadsheet_safe import Cell

Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`title` is the sheet's, `columns` are words and widths; `csv` names the file, if the list is one, too."""

    title: str
    csv: str
    columns: tuple[tuple[str, int], ...]
    rows: Callable[[], Iterator[Cells]]


def tables(known: Sources, counts: Counts) -> tuple[Table, ...]:
    """In the order in which they stand in the workbook."""
    return (
        Table("sheet_missing", "con-thieu.csv", _MISSING, lambda: map(_missing(known), known.rows("missing"))),
        Table("sheet_units", "", _UNITS, lambda: _units(known, counts)),
        Table("sheet_steps", "buoc-cong-viec.csv", _STEPS, lambda: map(_step(known), known.rows("steps"))),
        Table("sheet_evidence", "minh-chung.csv", _EVIDENCE, lambda: map(_evidence(known), known.rows("evidence"))),
        Table("sheet_notices", "thong-bao.csv", _NOTICES, lambda: _notices(known)),
        Table("sheet_events", "su-kien.csv", _EVENTS, lambda: _events(known)),
    )


_MISSING = (("kind", 34), ("unit_key", 14), ("unit", 30), ("step", 12), ("title", 44), ("what_is_missing", 80))
_UNITS = (
    *(("unit_key", 14), ("unit", 34), ("unit_kind", 16), ("unit_level", 12), ("parent", 34), ("valid_from", 12)),
    *(("valid_to", 12), ("total", 12), ("count_done", 12), ("count_late", 14), ("count_open", 12)),
    *(("count_overdue", 14), ("late", 14), ("row", 18)),
)
_STEPS = (
    *(("step", 12), ("decision", 22), ("unit_key", 14), ("unit", 30), ("holder", 34), ("title", 56), ("key", 30)),
    *(("counterpart", 34), ("occurrence", 8), ("category", 20), ("basis", 40), ("state", 20), ("due_on", 12)),
    *(("due_on_first", 12), ("explanation", 60), ("overdue_at_birth", 14), ("finished_on", 14), ("late", 14)),
    *(("overdue", 18), ("doers", 34), ("verified_by", 34), ("verified_on", 14), ("evidence_count", 12)),
    *(("evidence_wanted_", 34), ("reason", 60)),
)
_EVIDENCE = (
    *(("step", 12), ("unit_key", 14), ("unit", 30), ("title", 56), ("kind", 12), ("name", 44), ("text", 50)),
    *(("path", 40), ("size", 16), ("media_type", 22), ("dated_on", 12), ("added_by", 34), ("on_behalf_of", 34)),
    *(("added_at", 20), ("withdrawn_by", 34), ("withdrawn_at", 20), ("sha256", 68)),
)
_EVENTS = (
    *(("index", 12), ("at", 20), ("actor", 34), ("on_behalf_of", 34), ("sentence", 90), ("reason", 50)),
    *(("changes", 50), ("proofs", 50), ("unit", 34), ("step", 12), ("event_type", 26)),
)
_NOTICES = (
    *(("notice", 38), ("kind", 16), ("step", 12), ("unit", 30), ("title", 56), ("level", 12), ("due_on", 12)),
    *(("recipient", 34), ("in_place_of", 34), ("state", 24), ("created_at", 20), ("channel", 16), ("address", 30)),
    *(("delivery_state", 24), ("attempt", 10), ("began_at", 20), ("ended_at", 20), ("outcome", 24), ("words", 60)),
)


def _missing(known: Sources) -> Callable[[Row], Cells]:
    def cells(row: Row) -> Cells:
        key = known.text(row["unit"])
        step = known.steps.last(row["step"]) or ("", "")
        return (
            known.w(row["kind"]),
            key,
            known.unit(key),
            known.text(row["step"]),
            step[1],
            known.text(row["words"]),
        )

    return cells


def _units(known: Sources, counts: Counts) -> Iterator[Cells]:
    for row in known.rows("units"):
        of = counts.of(row["key"])
        yield (
            row["key"],
            known.text(row["name"]),
            known.text(row["kind"]),
            known.w(known.text(row["level"])),
            known.place(row["parent"]),
            *(_day(row[name], known) for name in ("valid_from", "valid_to")),
            *(of.total, of.done, of.late, of.open, of.overdue, of.late_days, of.rows),
        )


def _step(known: Sources) -> Callable[[Row], Cells]:
    text = known.text

    def cells(row: Row) -> Cells:
        unit, number = text(row["unit"]), row["id"]
        verified = known.verified.last(number) or ("", "")
        return (
            *(number, text(row["decision"]), unit, known.unit(unit), known.place(row["holder"]), text(row["title"])),
            *(text(row["key"]), known.place(row["counterpart"]), _number(row["occurrence"], known)),
            *(known.w(text(row["category"])), text(row["basis"]), known.w(text(row["state"]))),
            *(_day(row["due_on"], known), _day(row["due_on_first"], known), _explanation(row, known)),
            *(known.w("yes") if row["overdue_at_birth"] is True else "", _day(row["finished_on"], known)),
            *(_number(row["late_working_days"], known), _number(row["overdue_working_days"], known)),
            *(_people(row["doers"], known), verified[0], day(verified[1] or None), known.evidence.count(number)),
            *(text(row["evidence_wanted"]), text(row["reason"])),
        )

    return cells


def _evidence(known: Sources) -> Callable[[Row], Cells]:
    text = known.text

    def cells(row: Row) -> Cells:
        unit, title = known.steps.last(row["step"]) or ("", "")
        return (
            *(row["step"], unit, known.unit(unit), title, known.w(text(row["kind"])), text(row["name"])),
            *(text(row["text"]), text(row["path"]), _number(row["size"], known), text(row["media_type"])),
            *(_day(row["dated_on"], known), known.who(row["added_by"]), known.who(row["on_behalf_of"])),
            *(_at(row["added_at"], known), known.who(row["withdrawn_by"]), _at(row["withdrawn_at"], known)),
            text(row["sha256"]),
        )

    return cells


def _events(known: Sources) -> Iterator[Cells]:
    for told in told_events(known):
        yield (
            *(told.index, told.at, told.actor, told.on_behalf_of, told.sentence, told.reason),
            *("\n".join(told.changes), "\n".join(told.proofs), told.unit, told.step, told.type),
        )


def _notices(known: Sources) -> Iterator[Cells]:
    """One row for each attempt; one for a delivery nobody tried to send, and for a notice that never left."""
    for row in known.rows("notices"):
        head = _notice(row, known)
        deliveries: Sequence[Row] = row["deliveries"] or ({},)
        for delivery in deliveries:
            sent = tuple(known.w(known.text(delivery.get(name))) for name in ("channel", "address", "state"))
            attempts: Sequence[Row] = delivery.get("attempts") or ({},)
            for attempt in attempts:
                yield (*head, *sent, *_attempt(attempt, known))


def _notice(row: Row, known: Sources) -> Cells:
    text = known.text
    unit, title = known.steps.last(row["step"]) or ("", "")
    return (
        *(text(row["id"]), known.w(text(row["kind"])), text(row["step"]), known.place(unit), title),
        *(text(row["level"]), _day(row["due_on"], known), known.who(row["recipient"])),
        *(known.who(row["in_place_of"]), known.w(text(row["state"])), _at(row["created_at"], known)),
    )


def _attempt(row: Row, known: Sources) -> Cells:
    return (
        _number(row.get("attempt"), known),
        _at(row.get("began_at"), known),
        _at(row.get("ended_at"), known),
        known.w(known.text(row.get("outcome"))),
        known.text(row.get("words")),
    )


def _explanation(row: Row, known: Sources) -> str:
    deadline = row["deadline"]
    return known.text(deadline.get("explanation", deadline))


def _people(accounts: Any, known: Sources) -> str:
    return "\n".join(map(known.who, accounts)) if isinstance(accounts, list) else known.text(accounts)


def _day(value: Any, known: Sources) -> Cell:
    return day(value) if isinstance(value, str) else known.text(value) or None


def _at(value: Any, known: Sources) -> Cell:
    return local(value) if isinstance(value, str) else known.text(value) or None


def _number(value: Any, known: Sources) -> Cell:
    return value if isinstance(value, int) else known.text(value) or None
