"""What the commands that change an opened decision print: counts first, then what moves, then whom it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from bangiao.cli.output import command_line, day, heading, moment, number, out, table
from bangiao.i18n import _, render
from bangiao.words import word
from checklists.change_desk import ChangeKind, ChangeState, HeldChange
from checklists.change_handlers import ChangeOutcome, ChangeResult
from checklists.revision_difference import Difference, counted_words
from db.revision_calendar import CalendarMove

_SHOWN = 12
_FEW = 8


def outcome_page(outcome: ChangeOutcome) -> None:
    """The difference, what came of the command, and what to do next."""
    if outcome.worked and outcome.result is not ChangeResult.NOTHING:
        heading(outcome.number, f"  {_kind(outcome.worked.proposal.kind)}")
        difference_page(outcome.worked.difference)
    out.print(_said(outcome))
    if outcome.change and outcome.result in {ChangeResult.DRAFTED, ChangeResult.WAITS}:
        next_page(outcome.number, outcome.change)


def _said(outcome: ChangeOutcome) -> str:
    person = outcome.change.drafted_by if outcome.change else ""
    words = {
        ChangeResult.PREVIEWED: lambda: _("Nothing has been written. Without --dry-run the change is drafted."),
        ChangeResult.DRAFTED: lambda: _("The change of {number} is drafted; nothing is changed yet."),
        ChangeResult.WAITS: lambda: _("{person} has drafted exactly this change of {number} already; it waits."),
        ChangeResult.NOTHING: lambda: _("{number} says so already: nothing would change, and nothing was written."),
        ChangeResult.COMMITTED: lambda: _("The change of {number} is carried out."),
        ChangeResult.COMMITTED_BEFORE: lambda: _("This change of {number} was carried out already; nothing changed."),
        ChangeResult.WITHDRAWN: lambda: _("The drafted change of {number} is withdrawn."),
    }[outcome.result]()
    return words.format(number=outcome.number, person=person)


def next_page(number_: str, change: HeldChange) -> None:
    """What the second person types."""
    out.print(_("A second person commits it with:"))
    command_line("bangiao", "decision", "commit", number_, "--change-hash", change.hash)


def difference_page(difference: Difference) -> None:
    for name, old, new in difference.days:
        out.print(f" {_day_name(name)}: {_day(old)} → {_day(new)}")
    shown = table(_("What changes"), _("How many"), numbers=(1,))
    for words, count in counted_words(difference):
        shown.add_row(render(words), number(count))
    shown.add_row(_("units concerned"), number(difference.units), style="bold")
    out.print(shown)
    _moved_page(difference)
    _keys_page(difference.added, _("Steps added"))
    _keys_page(difference.cancelled, _("Steps cancelled"), with_work=True)
    _colours_page(difference)
    for line in _remarks(difference):
        out.print(f" • {line}")


def _moved_page(difference: Difference) -> None:
    if not difference.moved:
        return
    title = _("Due dates that move")
    shown = table(_("Step"), _("From"), _("To"), _("Open steps"), _("Settled, stay"), numbers=(3, 4), title=title)
    rows = sorted(difference.moved, key=lambda row: -row[4])
    for _slug, key, old, new, count, kept in rows[:_SHOWN]:
        shown.add_row(key, _day(old), _day(new), number(count), number(kept))
    out.print(shown)
    _more(rows)


def _keys_page(rows: Sequence[Sequence[Any]], title: str, *, with_work: bool = False) -> None:
    if not rows:
        return
    columns = (_("Checklist"), _("Step"), _("How many"), *([_("with work on them")] if with_work else []))
    shown = table(*columns, numbers=(2, 3), title=title)
    largest = sorted(rows, key=lambda row: (-row[3], -row[2]))
    for slug, key, count, worked in largest[:_SHOWN]:
        shown.add_row(word(slug), key, number(count), *([number(worked)] if with_work else []))
    out.print(shown)
    _more(rows)


def _more(rows: Sequence[object]) -> None:
    if len(rows) > _SHOWN:
        out.print(_("… and {count} more rows").format(count=number(len(rows) - _SHOWN)), style="dim")


def _colours_page(difference: Difference) -> None:
    if not difference.colours:
        return
    shown = table(_("Colour"), _("Units"), _("Which"), numbers=(1,), title=_("What it asks of each unit"))
    counts = Counter(difference.colours.values())
    for colour, words in _colour_words().items():
        units = [unit for unit, own in difference.colours.items() if own == colour]
        if units:
            shown.add_row(words, number(counts[colour]), _some(units))
    out.print(shown)


def _colour_words() -> dict[str, str]:
    return {
        "green": _("green: only words change"),
        "yellow": _("yellow: steps, dates, needs or evidence change"),
        "red": _("red: work would be lost or must be proved again"),
    }


def _remarks(difference: Difference) -> list[str]:
    remarks = []
    for words, units in (
        (_("Units added: {names}"), difference.units_added),
        (_("Units removed: {names}"), difference.units_removed),
    ):
        if units:
            remarks.append(words.format(names=_some(units)))
    for unit, old, new in difference.roles[:_FEW]:
        words = _("{unit}: {old} → {new}")
        remarks.append(words.format(unit=unit, old=word(old), new=word(new)))
    people = sorted({person for person, _role, _unit in difference.people})
    if people:
        words = _("People it concerns: {count} ({names})")
        remarks.append(words.format(count=number(len(people)), names=_some(people)))
    else:
        remarks.append(_("Nobody leads these units or sits in a committee over them: nobody can be told."))
    return remarks


def _some(names: Sequence[str]) -> str:
    more = _(" and {count} more").format(count=number(len(names) - _FEW)) if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def changes_page(number_: str, changes: Sequence[HeldChange]) -> None:
    """All changes in order; what waits is shown in full, with the command for the second person."""
    if not changes:
        out.print(_("{number} was never changed since it was registered.").format(number=number_))
        return
    shown = table(_("Change"), _("What"), _("State"), _("Drafted"), _("Committed"), numbers=(0,))
    for one in changes:
        drafted = f"{one.drafted_by}, {moment(one.drafted_at)}"
        committed = f"{one.committed_by}, {moment(one.committed_at)}" if one.committed_by else "–"
        shown.add_row(str(one.id), _kind(one.proposal.kind), _state(one.state), drafted, committed)
    out.print(shown)
    for one in changes:
        heading(_("Change {id}").format(id=one.id), f"  {_kind(one.proposal.kind)}, {_state(one.state)}")
        out.print(_("Reason: {reason}").format(reason=one.reason))
        if one.state is not ChangeState.WITHDRAWN:
            difference_page(one.difference)
        if one.state is ChangeState.DRAFTED:
            next_page(number_, one)


def moves_page(moves: Sequence[CalendarMove]) -> None:
    if not moves:
        out.print(_("Today's calendar moves no open due date."))
        return
    total = sum(one.steps for one in moves)
    decisions = len({one.number for one in moves})
    words = _("Today's calendar would move the due dates of {steps} open steps in {decisions} decisions.")
    out.print(words.format(steps=number(total), decisions=number(decisions)))
    shown = table(_("Decision"), _("Step"), _("From"), _("To"), _("Open steps"), numbers=(4,))
    for one in sorted(moves, key=lambda move: -move.steps)[:_SHOWN]:
        shown.add_row(one.number, one.key, day(one.old), day(one.new), number(one.steps))
    out.print(shown)
    _more(moves)
    out.print(_("Nothing has been written. Next: bangiao calendar apply --decision NUMBER --reason WHY"), style="dim")


def outcome_document(outcome: ChangeOutcome) -> dict[str, Any]:
    change, worked = outcome.change, outcome.worked
    return {
        "number": outcome.number,
        "result": outcome.result.value,
        "changed": outcome.changed,
        "change": change.id if change else None,
        "change_hash": worked.hash if worked else change.hash if change else None,
        "drafted_by": change.drafted_by if change else None,
        "difference": worked.difference.as_json() if worked else change.difference.as_json() if change else None,
    }


def change_document(change: HeldChange) -> dict[str, Any]:
    return {
        "change": change.id,
        "kind": change.proposal.kind.value,
        "state": change.state.value,
        "reason": change.reason,
        "change_hash": change.hash,
        "drafted_by": change.drafted_by,
        "drafted_at": change.drafted_at,
        "committed_by": change.committed_by,
        "committed_at": change.committed_at,
        "difference": change.difference.as_json(),
    }


def _kind(kind: ChangeKind) -> str:
    return {
        ChangeKind.AMEND: lambda: _("amended text"),
        ChangeKind.REVOKE: lambda: _("revocation"),
        ChangeKind.TEMPLATE: lambda: _("another template version"),
        ChangeKind.CALENDAR: lambda: _("another working calendar"),
    }[kind]()


def _state(state: ChangeState) -> str:
    return {
        ChangeState.DRAFTED: lambda: _("drafted"),
        ChangeState.COMMITTED: lambda: _("committed"),
        ChangeState.WITHDRAWN: lambda: _("withdrawn"),
    }[state]()


def _day_name(name: str) -> str:
    return {
        "issued": lambda: _("Issued"),
        "effective": lambda: _("Legal effect"),
        "operational": lambda: _("Operates from"),
    }[name]()


def _day(text: str) -> str:
    return day(date.fromisoformat(text) if text else None)
