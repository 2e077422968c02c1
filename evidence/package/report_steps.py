"""Each step in full: basis, due date and how it came about, lateness, evidence by hash, who verified, what happened.

staged rows → **parts** → `report_document`. Only for scopes with few enough steps to be read; beyond that the report
says where the details are. What belongs to a step is collected by its number, so that the order of files is no matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checklists.history import Here
from evidence.package.report_counts import Counts
from evidence.package.report_events import ToldEvent, step_of, told
from evidence.package.report_layout import Part, facts, heading, note, paragraph
from evidence.package.report_rows import Row, Sources, day, local
from evidence.package.report_words import day_text, instant_text, number_text
from evidence.package.tables_xlsx import ROWS_OF_A_SHEET, row_of

EVENTS_OF_A_STEP = 40
_WITH_STEPS = ("verifications", "evidence", "acknowledgements")


def step_parts(known: Sources, counts: Counts, limit: int) -> Iterator[Part]:
    """Every step, unit by unit; or, beyond `limit` steps, where they are."""
    w, total = known.w, counts.all.total
    if not total:
        return
    yield heading(w("steps_heading"))
    if total > limit:
        yield paragraph(_beyond(known, total, limit))
        return
    of_step = _by_step(known)
    unit = None
    for row in known.rows("steps"):
        if row["unit"] != unit:
            unit = row["unit"]
            yield heading(known.place(unit), 2)
        yield heading(_title(row, known), 3)
        yield facts(_facts(row, of_step[row["id"]], known))
        yield from _history(row, of_step[row["id"]]["events"], known)


def _beyond(known: Sources, total: int, limit: int) -> str:
    w, sheets = known.w, (total - 1) // (ROWS_OF_A_SHEET - 1)
    words = {name: w(f"sheet_{name}") for name in ("evidence", "events")}
    last = row_of(min(total, ROWS_OF_A_SHEET - 1))
    more = w("steps_beyond_sheets").format(sheets) if sheets else ""
    numbers = {"total": number_text(total, known.language), "limit": number_text(limit, known.language)}
    return w("steps_beyond").format(
        **words, **numbers, last=last, more=more, sheet=w("sheet_steps"), step=w("step"), unit=w("unit_key")
    )


def _by_step(known: Sources) -> Mapping[str, Mapping[str, list[Row]]]:
    """What belongs to each step, in the order of the files."""
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for name in _WITH_STEPS:
        for row in known.rows(name):
            found[row["step"]][name].append(row)
    for row in known.rows("events"):
        if step := step_of(row):
            found[step]["events"].append(row)
    return found


def _title(row: Row, known: Sources) -> str:
    times = f" ({known.w('occurrence').lower()} {row['occurrence']})" if row["occurrence"] not in {1, None} else ""
    across = f" – {known.place(row['counterpart'])}" if row["counterpart"] else ""
    return f"{known.text(row['title'])}{times}{across}"


def _facts(row: Row, about: Mapping[str, list[Row]], known: Sources) -> Iterator[tuple[str, str]]:
    w, text = known.w, known.text
    yield w("state"), _state(row, known)
    yield w("basis"), text(row["basis"])
    yield w("due"), _due(row, known)
    yield w("finished"), _finished(row, known)
    if row["holder"] != row["unit"]:
        yield w("holder"), known.place(row["holder"])
    yield w("reason"), text(row["reason"])
    yield w("done_by"), "\n".join(map(known.who, _listed(row["doers"])))
    yield w("evidence"), "\n".join(_evidence(row, about["evidence"], known))
    yield w("verified"), "\n".join(_verified(row, about["verifications"], known))
    yield w("acknowledged"), "\n".join(_acknowledged(one, known) for one in about["acknowledgements"])
    yield w("step"), f"{row['id']} · {text(row['key'])} · {known.decisions.get(row['decision'], text(row['decision']))}"


def _state(row: Row, known: Sources) -> str:
    state = known.w(known.text(row["state"]))
    if row["claim"] in {None, row["state"]} or row["state"] == "done":
        return state
    return known.w("state_as").format(state=state, claim=known.w(known.text(row["claim"])))


def _due(row: Row, known: Sources) -> str:
    """The day, what became of it, and below it the sentence that explains it."""
    w, deadline = known.w, row["deadline"]
    if row["due_on"] is None:
        return w("no_due")
    first = row["due_on_first"]
    details = [
        w("first_due").format(_day(first, known)) if first not in {None, row["due_on"]} else "",
        w("provisional") if deadline.get("provisional") is True else "",
        w("born_overdue") if row["overdue_at_birth"] is True else "",
    ]
    said = ", ".join((_day(row["due_on"], known), *filter(None, details)))
    return f"{said}\n{known.text(deadline.get('explanation', deadline))}"


def _finished(row: Row, known: Sources) -> str:
    w, late, overdue = known.w, row["late_working_days"], row["overdue_working_days"]
    if row["finished_on"] is None:
        return w("overdue_by").format(overdue) if overdue else w("not_finished")
    on = _day(row["finished_on"], known)
    if not isinstance(late, int) or row["due_on"] is None:
        return on
    return w("late_by").format(on, late) if late else w("in_time").format(on)


def _evidence(row: Row, pieces: Sequence[Row], known: Sources) -> Iterator[str]:
    w = known.w
    for one in pieces:
        yield _named(one, known)
        yield known.text(one["sha256"])
        details = [w("evidence_withdrawn").format(instant_text(local(one["withdrawn_at"])))] * bool(one["withdrawn_at"])
        if one["kind"] == "file":
            details.append("" if isinstance(one["path"], str) else w("no_copy"))
        yield from filter(None, (" · ".join(filter(None, details)),))
    if not any(one["withdrawn_at"] is None for one in pieces):
        wanted = ", ".join(map(known.text, _listed(row["evidence_wanted"])))
        yield w("no_evidence_wanted").format(wanted) if wanted else w("no_evidence")


def _named(one: Row, known: Sources) -> str:
    name = known.text(one["name"]) or known.text(one["text"])
    dated = known.w("evidence_dated").format(_day(one["dated_on"], known)) if one["dated_on"] else ""
    kind = known.w(known.text(one["kind"])).lower()
    return known.w("evidence_line").format(name=name, kind=kind, dated=dated, who=known.who(one["added_by"]))


def _verified(row: Row, given: Sequence[Row], known: Sources) -> Iterator[str]:
    w = known.w
    for one in given:
        behalf = w("behalf").format(known.who(one["on_behalf_of"])) if one["on_behalf_of"] else ""
        at = instant_text(local(one["given_at"]))
        line = w("verified_line").format(who=known.who(one["given_by"]), at=at, behalf=behalf)
        if one["void_at"]:
            because = known.text(one["void_because"])
            line += w("verification_void").format(instant_text(local(one["void_at"])), because)
        yield line
    if not given and row["state"] == "submitted":
        yield w("not_verified")


def _acknowledged(one: Row, known: Sources) -> str:
    values = {"who": known.who(one["given_by"]), "at": instant_text(local(one["given_at"]))}
    values |= {"day": _day(one["expected_on"], known), "words": known.text(one["words"])}
    return known.w("acknowledged_line").format(**values)


def _history(row: Row, events: Sequence[Row], known: Sources) -> Iterator[Part]:
    w = known.w
    here = Here(int(row["id"]), known.text(row["unit"]), known.place(row["unit"]), known.text(row["key"]))
    lines = [_line(told(event, known, here)) for event in events[:EVENTS_OF_A_STEP]]
    yield {"kind": "history", "title": w("history"), "rows": lines} if lines else note(w("no_history"))
    if more := len(events) - len(lines):
        yield note(w("more_events").format(more, w("sheet_events")))


def _line(event: ToldEvent) -> list[str]:
    said = f"“{event.reason}”" if event.reason else ""
    return [instant_text(event.at), "\n".join(filter(None, (event.sentence, said, *event.changes)))]


def _listed(value: Any) -> list[Any]:
    """A list, also where it was left out whole."""
    return value if isinstance(value, list) else [value]


def _day(value: Any, known: Sources) -> str:
    return day_text(day(value)) if isinstance(value, str) else known.text(value)
