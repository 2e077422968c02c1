"""The report's parts in their order: scope and counts first, what is missing, then the details.

staged rows (`report_rows`), counts (`report_counts`) → **parts** (`report_layout`) → `report_pdf`. Steps are
in `report_steps`, notices and minutes in `report_contacts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from evidence.package.report_contacts import minutes_parts, notice_parts
from evidence.package.report_counts import Counts
from evidence.package.report_layout import Part, boxed, counted_lines, facts, heading, note, paragraph, tables
from evidence.package.report_rows import Row, Sources, day, local
from evidence.package.report_steps import step_parts
from evidence.package.report_words import MISSING, STATES, day_text, instant_text, number_text
from evidence.package.tables_scope import checkpoint_text

MISSING_IN_PRINT = 200
DECISIONS_IN_PRINT = 100
UNITS_IN_PRINT = 2_000
"""Each row of a tagged PDF takes typst 100 kB while it works; beyond this the units with most overdue steps are
printed, and the list of units has all."""


def report_parts(known: Sources, counts: Counts, steps_in_full: int) -> list[Part]:
    """The whole document, first to last."""
    in_full = counts.all.total <= steps_in_full
    return [
        *_head(known),
        *_summary(known, counts),
        *_missing(known),
        *_worst(known, counts),
        *_decisions(known),
        *_units(known, counts, rows_told=not in_full),
        *step_parts(known, counts, steps_in_full),
        *notice_parts(known),
        *minutes_parts(known),
        *_left_out(known),
        heading(known.w("verify_heading")),
        *map(paragraph, known.w("verify_lines").split("\n")),
    ]


def _head(known: Sources) -> Iterator[Part]:
    w, scope = known.w, known.scope
    before = scope["supersedes"]
    yield facts(
        (
            (w("filters"), known.text(scope["filters_text"]) or w("everything")),
            (w("purpose"), known.text(scope["purpose"])),
            (w("exported_by"), known.who(scope["exported_by"])),
            (w("as_of"), instant_text(local(scope["as_of"]))),
            (w("package"), scope["package"]),
            (w("checkpoint"), checkpoint_text(scope["checkpoint"], "\n")),
            (w("supersedes"), f"{before['package']}\n{before['tagmanifest_sha256']}" if before else ""),
        )
    )
    yield note(w("for_reading"))


def _summary(known: Sources, counts: Counts) -> Iterator[Part]:
    w, every = known.w, counts.all
    yield heading(w("at_a_glance"))
    if not every.total:
        yield paragraph(w("no_steps"))
        return
    said = {"units": len(counts.units), "overdue_days": counts.overdue_days, "intime": every.done - every.late}
    said |= {"total": every.total, "done": every.done, "late": every.late, "late_days": every.late_days}
    said |= {"open": every.open, "overdue": every.overdue}
    shown = {name: _number(count, known) for name, count in said.items()}
    yield paragraph(w("summary_line").format(**shown))
    states = [state for state in (*STATES, *sorted(counts.states.keys() - set(STATES))) if counts.states[state]]
    rows = [
        (w(state), _number(counts.states[state], known), _share(counts.states[state], every.total, known))
        for state in states
    ]
    yield from tables((w("state"), w("count"), w("share")), (50, 25, 25), "lrr", rows)


def _missing(known: Sources) -> Iterator[Part]:
    """The counts in a box; the list behind it, so that the first page stays a page."""
    w = known.w
    kinds: Counter[str] = Counter()
    kept: dict[str, list[Row]] = {}
    for row in known.rows("missing"):
        kinds[row["kind"]] += 1
        if kinds[row["kind"]] <= MISSING_IN_PRINT:
            kept.setdefault(row["kind"], []).append(row)
    if not kinds:
        yield boxed((heading(w("missing_heading")), paragraph(w("nothing_missing"))))
        return
    named = [kind for kind in (*MISSING, *sorted(kinds.keys() - set(MISSING))) if kinds[kind]]
    rows = [(w(kind), _number(kinds[kind], known)) for kind in named]
    first = [row for kind in named for row in kept[kind]][:MISSING_IN_PRINT]
    yield boxed((heading(w("missing_heading")), paragraph(w("missing_lead")), counted_lines(rows)))
    yield heading(w("missing_list"))
    columns = (w("kind"), w("unit"), w("what_is_missing"))
    yield from tables(columns, (24, 26, 50), "lll", (_missing_cells(row, known) for row in first))
    yield from beyond(len(first), kinds.total(), "sheet_missing", known)


def _missing_cells(row: Row, known: Sources) -> tuple[str, ...]:
    step = known.steps.last(row["step"])
    words = known.text(row["words"])
    told = f"{words}\n{step[1]}" if step and step[1] not in words else words
    return known.w(row["kind"]), known.place(row["unit"]), told


def beyond(shown: int, total: int, sheet: str, known: Sources) -> Iterator[Part]:
    """Where the rest of a list is, if there is a rest."""
    if shown < total:
        words = {"shown": _number(shown, known), "total": _number(total, known), "sheet": known.w(sheet)}
        yield note(known.w("more_rows").format(**words))


def _worst(known: Sources, counts: Counts) -> Iterator[Part]:
    w = known.w
    if not counts.worst:
        return
    yield heading(w("worst_heading"))
    columns = (w("title"), w("unit"), w("due_on"), w("worst_days"))
    worst = sorted(counts.worst, key=lambda one: (-one[0], -one[1]))
    cells = (
        (known.text(row["title"]), known.place(row["unit"]), _day(row["due_on"], known), _number(days, known))
        for days, _place, row in worst
    )
    yield from tables(columns, (44, 28, 13, 15), "llcr", cells)


def _decisions(known: Sources) -> Iterator[Part]:
    w = known.w
    yield heading(w("decisions_heading"))
    for row in islice(known.rows("decisions"), DECISIONS_IN_PRINT):
        yield heading(_decision_title(row, known), 2)
        yield facts(_decision_facts(row, known))
        if row["changes"]:
            yield from _changes(row["changes"], known)
        else:
            yield note(w("no_changes"))
    if not known.decisions:
        yield paragraph(w("none"))
    if len(known.decisions) > DECISIONS_IN_PRINT:
        more = {"shown": DECISIONS_IN_PRINT, "total": _number(len(known.decisions), known), "sheet": "decisions.jsonl"}
        yield note(w("more_rows").format(**more))


def _decision_title(row: Row, known: Sources) -> str:
    content = row["content"]
    kind = known.text(content.get("kind"))
    return f"{kind} {known.text(row['number'])}".strip()


def _decision_facts(row: Row, known: Sources) -> Iterator[tuple[str, str]]:
    w, content = known.w, row["content"]
    yield w("what"), known.text(content.get("title"))
    yield w("issuing_body"), known.text(content.get("issuing_body"))
    for name in ("issued", "effective", "operational"):
        yield w(name), _day(content.get(name), known)
    yield w("source"), known.text(content.get("source"))
    yield w("state"), w(known.text(row["state"]))
    yield w("calendar_version"), known.text(row["calendar_version"])
    yield w("plan_hash"), known.text(row["plan_hash"])
    for by, at in (("drafted_by", "drafted_at"), ("registered_by", "registered_at")):
        if row[by]:
            yield w(by), _signed(row[by], row[at], known)
    yield w("opened_at"), instant_text(local(row["opened_at"]))


def _changes(changes: Sequence[Row], known: Sources) -> Iterator[Part]:
    w = known.w
    yield heading(w("changes_heading"), 3)
    columns = (w("kind"), w("state"), w("basis"), w("reason"), w("drafted_by"), w("committed_by"))
    rows = (
        (
            *(w(known.text(one["kind"])), w(known.text(one["state"])), _day(one["dated_on"], known)),
            known.text(one["reason"]),
            _signed(one["drafted_by"], one["drafted_at"], known),
            _signed(one["committed_by"], one["committed_at"], known) if one["committed_by"] else "–",
        )
        for one in changes
    )
    yield from tables(columns, (14, 13, 12, 25, 18, 18), "llclll", rows)


def _signed(by: Any, at: Any, known: Sources) -> str:
    return f"{known.who(by)}\n{instant_text(local(at))}"


def _units(known: Sources, counts: Counts, *, rows_told: bool) -> Iterator[Part]:
    """With many steps, where in the list of steps each unit's are."""
    w = known.w
    yield heading(w("units_heading"))
    if not counts.units:
        yield paragraph(w("none"))
        return
    columns = [w("unit"), w("total"), w("count_done"), w("count_late"), w("count_open"), w("count_overdue")]
    widths, aligned = [40, 10, 11, 12, 12, 15], "lrrrrr"
    if rows_told:
        yield note(w("units_rows_note").format(sheet=w("sheet_steps"), unit=w("unit_key")))
        columns, widths, aligned = [*columns, w("rows_short")], [*widths, 18], f"{aligned}r"
    yield from tables(columns, widths, aligned, _unit_rows(known, counts, rows_told=rows_told))
    yield from beyond(min(len(counts.units), UNITS_IN_PRINT), len(counts.units), "sheet_units", known)


def _unit_rows(known: Sources, counts: Counts, *, rows_told: bool) -> Iterator[Sequence[str]]:
    units = list(counts.units.items())
    if len(units) > UNITS_IN_PRINT:
        units = sorted(units, key=lambda one: (-one[1].overdue, -one[1].open))[:UNITS_IN_PRINT]
    for key, of in units:
        numbers = (of.total, of.done, of.late, of.open, of.overdue)
        cells = (known.place(key), *(_number(count, known) for count in numbers))
        yield (*cells, of.rows) if rows_told else cells


def _left_out(known: Sources) -> Iterator[Part]:
    w = known.w
    yield heading(w("left_out_heading"))
    if not known.scope["left_out"]:
        yield paragraph(w("nothing_left_out"))
        return
    rows = (
        (known.text(row["what"]), _number(row["number"], known), known.text(row["why"]), known.text(row["basis"]))
        for row in known.scope["left_out"]
    )
    yield from tables((w("what"), w("number"), w("why"), w("basis")), (28, 10, 36, 26), "lrll", rows)


def _number(count: int, known: Sources) -> str:
    return number_text(count, known.language)


def _share(part: int, whole: int, known: Sources) -> str:
    share = f"{100 * part / whole:.1f} %"
    return share.replace(".", ",") if known.language == "vi" else share


def _day(value: Any, known: Sources) -> str:
    """A day as people write it; the mark of what was left out in its place."""
    return day_text(day(value)) if value is None or isinstance(value, str) else known.text(value)
