"""A history on the terminal, as an auditor reads it: day by day, what was done and what followed from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from bangiao.cli.output import day, heading, moment, number, out
from bangiao.i18n import _, render
from bangiao.step_references import reference
from checklists.calendar_words import weekday_name
from checklists.deadlines import VIETNAM, local_date
from checklists.events import STEP_OPENED, STEP_UNLOCKED, STEP_WAITS_AGAIN, VERIFICATION_VOID, Event
from checklists.history import SHORT_HASH, Entry, Here, Proof, changes, proofs, reason, sentence, who
from checklists.history_words import value_words
from checklists.messages import Message
from checklists.steps import StepState, state_words
from checklists.working_calendar import CalendarDay, DayKind
from db.history import Scope, entries
from db.history_names import KnownNames, decision_number, here, step_facts

_FOLLOWED = {STEP_UNLOCKED, STEP_WAITS_AGAIN, VERIFICATION_VOID, STEP_OPENED}


def history_page(connection: Connection, scope: Scope, limit: int, *, verbose: bool) -> None:
    """Print it as it is read; what the limit leaves out is counted."""
    names, where = KnownNames(connection), here(connection, scope)
    _title(connection, scope, where, names)
    found = entries(connection, scope)
    shown, last = 0, None
    for on, group in groupby(islice(found, limit if limit > 0 else None), key=_day):
        out.print()
        heading(_day_words(on))
        for entry in group:
            _print(entry, where, names, last, verbose=verbose)
            shown, last = shown + 1, entry.event
    left = sum(1 for _entry in found)
    out.print()
    if not shown:
        out.print(_("Nothing is on record."))
    elif left:
        out.print(
            _("{shown} events, … {left} more (--limit 0 shows all)").format(shown=number(shown), left=number(left))
        )
    else:
        out.print(_("{count} events").format(count=number(shown)), style="dim")


def _title(connection: Connection, scope: Scope, where: Here, names: KnownNames) -> None:
    if scope.step is not None and (step := step_facts(connection, scope.step)):
        named = reference(step.unit, step.key, step.counterpart, step.occurrence)
        heading(step.name, f" ({named}, {scope.step})")
        words = _("Decision {number} · now {state} · due {due}")
        state = render(state_words(StepState(step.state)))
        out.print(words.format(number=step.decision, state=state, due=day(step.due_on)))
    elif scope.unit is not None:
        heading(where.unit_name, f" ({scope.unit})")
    elif scope.decision is not None:
        heading(_("Decision {number}").format(number=decision_number(connection, scope.decision)))
    if scope.person is not None:
        heading(_("What {person} did, or was done in their name").format(person=names.person(scope.person)))
    if scope.since or scope.until:
        out.print(_("From {start} until {end}").format(start=day(scope.since), end=day(scope.until)))


def _day(entry: Entry) -> date:
    return local_date(entry.event.occurred_at)


def _day_words(on: date) -> str:
    return f"{day(on)}, {render(weekday_name(CalendarDay(on, DayKind.WORKING)))}"


def _print(entry: Entry, where: Here, names: KnownNames, last: Event | None, *, verbose: bool) -> None:
    event = entry.event
    said = Text(render(sentence(entry, where, names)))
    said.highlight_words([_name(event, names)], "bold")
    width = len(_time(event, verbose=verbose)) + 1
    mark = "↳" if _followed(event, last) else _time(event, verbose=verbose)
    for part in (said, *_details(entry, where, verbose=verbose)):
        for line in part.wrap(out, max(out.width - width - 2, _NARROWEST), overflow="fold"):
            line.rstrip()
            out.print(Text.assemble(mark.rjust(width), "  ", line), soft_wrap=True)
            mark = ""


_NARROWEST = 20


def _name(event: Event, names: KnownNames) -> str:
    said = who(event, names)
    return said if isinstance(said, str) else render(said)


def _followed(event: Event, last: Event | None) -> bool:
    """Whether it is a consequence of what stands above it."""
    same = last is not None and event.request is not None and last.request == event.request
    return same and event.type in _FOLLOWED


def _time(event: Event, *, verbose: bool) -> str:
    return f"{event.occurred_at.astimezone(VIETNAM):{'%H:%M:%S' if verbose else '%H:%M'}}"


def _details(entry: Entry, where: Here, *, verbose: bool) -> Iterator[Text]:
    if why := reason(entry.event):
        yield Text(f"“{why}”", "italic")
    for change in changes(entry, where, all_fields=verbose):
        yield Text(render(change), "dim")
    for proof in proofs(entry):
        yield Text(_proof(proof))
    if entry.last_at:
        yield Text(_("the last one at {when}").format(when=moment(entry.last_at)), "dim")
    if verbose:
        yield Text(_("event {id}").format(id=entry.event.id), "dim")
        if entry.event.request:
            yield Text(_("request {id}").format(id=entry.event.request), "dim")


def history_document(connection: Connection, scope: Scope, of: str | None, limit: int) -> dict[str, Any]:
    """The history as plain data: each event as recorded, and its sentence in both languages."""
    names, where = KnownNames(connection), here(connection, scope)
    found = entries(connection, scope)
    listed = [_document(entry, where, names) for entry in islice(found, limit if limit > 0 else None)]
    return {
        "of": of,
        "person": scope.person,
        "since": scope.since,
        "until": scope.until,
        "events": listed,
        "more": sum(1 for _entry in found),
    }


def _document(entry: Entry, where: Here, names: KnownNames) -> dict[str, Any]:
    event, said = entry.event, sentence(entry, where, names)
    return {
        "id": event.id,
        "type": event.type,
        "occurred_at": event.occurred_at.astimezone(VIETNAM).isoformat(),
        "actor": event.actor,
        "on_behalf_of": event.on_behalf_of,
        "subject": event.subject,
        "step_id": event.step_id,
        "decision": entry.decision or None,
        "request": event.request,
        "sentence": {language: render(said, language) for language in ("vi", "en")},
        "reason": reason(event) or None,
        "changes": {language: [render(one, language) for one in changes(entry, where)] for language in ("vi", "en")},
        "payload": event.payload,
    }


def _proof(proof: Proof) -> str:
    """+ name · SHA-256 · size · its own date; a minus sign for what was taken away."""
    size, dated = proof.details.get("size"), proof.details.get("dated_on")
    parts = [
        render(proof.words),
        f"SHA-256 {proof.digest[:SHORT_HASH] or '–'}",
        f"{number(-(-size // 1024))} KiB" if isinstance(size, int) and proof.details.get("kind") == "file" else "",
        render(Message("of {day}", {"day": value_words("dated_on", dated)})) if isinstance(dated, str) else "",
    ]
    return f"{'−' if proof.withdrawn else '+'} {' · '.join(part for part in parts if part)}"
