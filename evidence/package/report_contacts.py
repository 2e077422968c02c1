"""What passed between people: notices with the attempts to send them, minutes with both sides' word.

staged rows → **parts** → `report_document`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.package.report_layout import Part, heading, note, paragraph, tables
from evidence.package.report_rows import Row, Sources, local
from evidence.package.report_words import instant_text, number_text

NOTICES_IN_PRINT = 200
MINUTES_IN_PRINT = 200


def notice_parts(known: Sources) -> Iterator[Part]:
    """How many there were, then each with what became of it, the undelivered first if not all are printed."""
    w = known.w
    first: list[Row] = []
    undelivered: list[Row] = []
    notices = deliveries = attempts = 0
    for row in known.rows("notices"):
        notices += 1
        deliveries += len(row["deliveries"])
        attempts += sum(len(one["attempts"]) for one in row["deliveries"])
        kept = undelivered if row["state"] == "dead" else first
        if len(kept) < NOTICES_IN_PRINT:
            kept.append(row)
    yield heading(w("notices_heading"))
    numbers = {"notices": notices, "deliveries": deliveries, "attempts": attempts}
    shown = {name: number_text(count, known.language) for name, count in numbers.items()}
    yield paragraph(w("notices_line").format(**shown))
    printed = [*undelivered, *first][:NOTICES_IN_PRINT]
    columns = (w("recipient"), w("about"), w("created_at"), w("state"), w("attempts"), w("last_words"))
    yield from tables(columns, (20, 28, 12, 14, 8, 18), "llclrl", (_notice(row, known) for row in printed))
    if len(printed) < notices:
        words = {"shown": len(printed), "total": shown["notices"], "sheet": w("sheet_notices")}
        yield note(w("more_rows").format(**words))


def _notice(row: Row, known: Sources) -> Sequence[str]:
    w, text = known.w, known.text
    step = known.steps.last(row["step"])
    about = f"{step[1]}\n{known.place(step[0])}" if step else w(text(row["kind"]))
    tries = [attempt for delivery in row["deliveries"] for attempt in delivery["attempts"]]
    last = tries[-1] if tries else {}
    outcome = "\n".join(filter(None, (w(text(last.get("outcome"))), text(last.get("words")))))
    at = instant_text(local(row["created_at"]))
    return known.who(row["recipient"]), about, at, w(text(row["state"])), str(len(tries)), outcome or "–"


def minutes_parts(known: Sources) -> Iterator[Part]:
    w = known.w
    yield heading(w("minutes_heading"))
    printed: list[Row] = []
    total = 0
    for total, row in enumerate(known.rows("minutes"), start=1):
        if total <= MINUTES_IN_PRINT:
            printed.append(row)
    if not printed:
        yield paragraph(w("none"))
        return
    columns = (w("minutes_number"), w("giver"), w("taker"), w("state"), w("confirmations"))
    yield from tables(columns, (20, 19, 19, 16, 26), "lllll", (_minutes(row, known) for row in printed))
    if len(printed) < total:
        words = {"shown": len(printed), "total": number_text(total, known.language), "sheet": "minutes.jsonl"}
        yield note(w("more_rows").format(**words))


def _minutes(row: Row, known: Sources) -> Sequence[str]:
    text = known.text
    number = "\n".join((text(row["number"]), text(row["hash"]), *map(text, row["paths"])))
    said = "\n".join(_confirmation(one, known) for one in row["confirmations"]) or known.w("none")
    return number, known.place(row["giver"]), known.place(row["taker"]), known.w(text(row["state"])), said


def _confirmation(one: dict[str, Any], known: Sources) -> str:
    behalf = known.w("behalf").format(known.who(one["on_behalf_of"])) if one.get("on_behalf_of") else ""
    at = instant_text(local(one["at"]))
    return f"{known.w(known.text(one['side']))}: {known.who(one['by'])}{behalf}, {at}"
