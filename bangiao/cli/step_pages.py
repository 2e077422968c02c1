"""Steps on the terminal: a list, one in full, and the receipt after an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.padding import Padding
from rich.text import Text

from bangiao.cli.failures import FAILED, FINE
from bangiao.cli.output import command_line, day, heading, moment, number, out, print_json, table
from bangiao.cli.step_orders import Result
from bangiao.i18n import _, language_in_force, render
from bangiao.step_references import reference
from bangiao.step_sheet import StepSheet
from bangiao.words import word
from checklists.desk import Acted
from checklists.escalation.acknowledgement import ACKNOWLEDGED_WORDS
from checklists.messages import Message
from checklists.step_rules import Step
from checklists.steps import OPEN, Act, Claim, StepState, act_words
from checklists.templates import StepTemplate
from db.step_queries import EvidenceLine, NeededStep, StepEntry

_SHORT = 12
_NAMED = 5

Titles = Mapping[str, Mapping[str, StepTemplate]]
"""Template hash and step key → the step's template."""


def list_page(steps: Sequence[StepEntry], titles: Titles, count: int, today: date) -> None:
    if not steps:
        out.print(_("No step fits."))
        return
    shown = table(_("Due"), _("State"), _("Step"), _("What"), _("Unit"))
    for one in steps:
        shown.add_row(_due(one, today), word(one.state), _name(one), _what(one, titles), _who(one))
    out.print(shown)
    out.print(_("{shown} of {all} steps").format(shown=number(len(steps)), all=number(count)))


def _due(one: StepEntry, today: date) -> Text:
    late = one.due_on is not None and one.due_on < today and StepState(one.state) in OPEN
    return Text(day(one.due_on), "bold red" if late else "")


def _name(one: StepEntry) -> str:
    times = f"#{one.occurrence}" if one.occurrence > 1 else ""
    return f"{one.key}{times}{f' → {one.counterpart}' if one.counterpart else ''}\n{one.id}"


def _what(one: StepEntry, titles: Titles) -> str:
    title = titles[one.template_hash][one.key].title
    said = getattr(title, language_in_force())
    if one.open_needs:
        return f"{said}\n{_('Waits for {count} steps').format(count=one.open_needs)}"
    return f"{said}\n{one.reason}" if one.reason else str(said)


def _who(one: StepEntry) -> str:
    moved = f"\n{_('now owed by {unit}').format(unit=one.holder)}" if one.holder != one.unit else ""
    return f"{one.unit_name}\n{one.unit}{moved}"


def list_document(one: StepEntry, titles: Titles) -> dict[str, Any]:
    plain = one._asdict()
    del plain["template_hash"]
    named = reference(one.unit, one.key, one.counterpart, one.occurrence)
    return {**plain, "reference": named, "title": titles[one.template_hash][one.key].title.model_dump()}


def sheet_page(sheet: StepSheet, today: date) -> None:
    held, step = sheet.held, sheet.held.step
    language = language_in_force()
    heading(step.name, f" ({sheet.reference}, {step.id})")
    out.print(getattr(held.template.title, language))
    out.print(Text.assemble(_("State: "), (word(step.state.value), "bold"), f" · {_('version')} {step.version}"))
    if step.claim is Claim.NOT_APPLICABLE:
        out.print(_("It is said not to apply here; a second person has to approve."))
    for said in _said(step):
        out.print(said)
    late = held.due_on is not None and held.due_on < today and step.state in OPEN
    because = sheet.due_because[0 if language == "vi" else 1]
    out.print(Text.assemble(_("Due: "), (day(held.due_on), "bold red" if late else "bold"), f" · {because}"))
    if held.holder != held.unit:
        out.print(_("Owed by {unit}, since {of} no longer exists.").format(unit=held.holder, of=held.unit))
    if given := sheet.in_hand:
        words = {"person": given.by, "expected": given.expected_on, "words": given.words}
        out.print(render(Message(ACKNOWLEDGED_WORDS.msgid, words)))
    _neighbours(_("Waits for:"), [one for one in sheet.needs if StepState(one.state) in OPEN])
    _neighbours(_("Needed by:"), sheet.needing)
    _proof(sheet)
    _next(sheet)


def _said(step: Step) -> list[str]:
    said = [_("Reason: {reason}").format(reason=step.reason)] if step.reason else []
    if step.state is StepState.BLOCKED:
        words = _("{who} can unblock it; expected to go on {day}.")
        said.append(words.format(who=step.unblocker, day=day(step.expected_on)))
        if not step.clock_runs:
            said.append(_("While it is blocked it does not count as overdue."))
    return said


def _neighbours(title: str, steps: Sequence[NeededStep]) -> None:
    if not steps:
        return
    out.print(title)
    for one in steps[:_NAMED]:
        whom = f" → {one.counterpart}" if one.counterpart else ""
        words = f"{one.key}{whom}, {one.unit_name} ({one.unit}): {word(one.state)}"
        out.print(Padding(words, (0, 0, 0, 2), expand=False))
    if len(steps) > _NAMED:
        out.print(Padding(_("… and {count} more").format(count=len(steps) - _NAMED), (0, 0, 0, 2), expand=False))


def _proof(sheet: StepSheet) -> None:
    wanted = getattr(sheet.held.template.evidence.what, language_in_force())
    out.print(_("Evidence: {what}.").format(what=wanted))
    if sheet.evidence:
        shown = table(_("Evidence"), _("Dated"), "SHA-256", _("Attached"))
        for one in sheet.evidence:
            shown.add_row(_piece(one), day(one.dated_on), one.digest[:_SHORT], _attached(one))
        out.print(shown)
        out.print(_("Evidence hash: {hash}").format(hash=sheet.held.step.evidence_hash[:_SHORT]))
    for given in sheet.verifications:
        words = _("Verified by {who} on {when} (evidence {hash})").format(
            who=_people(given.given_by, given.on_behalf_of),
            when=moment(given.given_at),
            hash=given.evidence_hash[:_SHORT],
        )
        void = _("; void since {when}: {why}").format(when=moment(given.void_at), why=given.void_because)
        out.print(words + (void if given.void_at else ""), style="dim" if given.void_at else "")


def _piece(one: EvidenceLine) -> Text:
    words = f"{one.name} ({_size(one.size)})" if one.kind == "file" else one.text
    return Text(words, "strike dim" if one.withdrawn_at else "")


def _size(size: int) -> str:
    return f"{number(-(-size // 1024))} KiB"


def _attached(one: EvidenceLine) -> str:
    words = f"{_people(one.added_by, one.on_behalf_of)}, {moment(one.added_at)}"
    if one.withdrawn_at:
        words += "\n" + _("withdrawn by {who}").format(who=one.withdrawn_by)
    return words


def _people(account: str, on_behalf_of: str | None) -> str:
    return _("{who} for {absent}").format(who=account, absent=on_behalf_of) if on_behalf_of else account


def _next(sheet: StepSheet) -> None:
    offered = [one for one in sheet.allowed if one is not Act.CANCEL]
    if offered:
        out.print(_("Possible now: {acts}").format(acts=", ".join(render(act_words(one)) for one in offered)))
    if sheet.held.step.state is StepState.SUBMITTED:
        command_line("bangiao", "step", "verify", sheet.reference, "--seen", sheet.held.step.evidence_hash[:_SHORT])


def sheet_document(sheet: StepSheet) -> dict[str, Any]:
    held, step = sheet.held, sheet.held.step
    return {
        "id": step.id,
        "reference": sheet.reference,
        "name": step.name,
        "title": held.template.title.model_dump(),
        "unit": held.unit,
        "holder": held.holder,
        "due_on": held.due_on,
        "due_because": {"vi": sheet.due_because[0], "en": sheet.due_because[1]},
        **_state_document(step),
        "wants_evidence": held.template.evidence.model_dump(),
        "evidence": [one._asdict() for one in sheet.evidence],
        "verifications": [one._asdict() for one in sheet.verifications],
        "needs": [one._asdict() for one in sheet.needs],
        "needed_by": [one._asdict() for one in sheet.needing],
        "allowed": [one.value for one in sheet.allowed],
        "in_hand": sheet.in_hand,
    }


def _state_document(step: Step) -> dict[str, Any]:
    plain = asdict(step)
    for name in ("id", "name", "evidence", "verified", "evidence_required"):
        del plain[name]
    return {**plain, "doers": sorted(step.doers), "evidence_hash": step.evidence_hash, "second_person": step.verified}


def receipt(results: Sequence[Result], *, as_json: bool) -> int:
    """Say what came of it; 1 if any of many was refused."""
    if as_json:
        print_json([_result_document(one) for one in results])
    for one in results:
        if not as_json:
            _result(one)
    refused = sum(one.refusal is not None for one in results)
    if len(results) > 1 and not as_json:
        words = _("{done} of {all} steps done, {refused} refused.")
        out.print(words.format(done=len(results) - refused, all=len(results), refused=refused))
    return FAILED if refused else FINE


def _result(result: Result) -> None:
    if result.refusal:
        out.print(Text.assemble(("✗ ", "red"), f"{result.step_id}: {render(result.refusal.message)}"))
    elif result.acted:
        _acted(result.acted)


def _acted(acted: Acted) -> None:
    before, after = acted.held.step, acted.after
    changed = f"{word(before.state.value)} → {word(after.state.value)}"
    out.print(Text.assemble(("✓ ", "green"), (after.name, "bold"), f": {changed}"))
    notes = _said(after) if after.reason != before.reason else []
    if after.evidence:
        notes.append(_("Evidence hash: {hash}").format(hash=after.evidence_hash[:_SHORT]))
    if acted.void:
        notes.append(_("The verification is void."))
    if acted.unlocked:
        names = _names([one.step.name for one in acted.unlocked])
        notes.append(_("Ready now ({count}): {names}").format(count=len(acted.unlocked), names=names))
    if acted.waiting_again:
        names = _names([one.held.step.name for one in acted.waiting_again])
        notes.append(_("Waiting again ({count}): {names}").format(count=len(acted.waiting_again), names=names))
    if acted.opened:
        notes.append(
            _("Next time: {name}, due {day}").format(name=acted.opened.step.name, day=day(acted.opened.due_on))
        )
    for note in notes:
        out.print(Padding(note, (0, 0, 0, 2), expand=False))


def _names(names: Sequence[str]) -> str:
    more = " …" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more


def _result_document(result: Result) -> dict[str, Any]:
    if result.refusal:
        return {"id": result.step_id, "done": False, "error": render(result.refusal.message)}
    acted = result.acted
    assert acted is not None  # noqa: S101 - one of the two is there
    return {
        "id": result.step_id,
        "done": True,
        "name": acted.after.name,
        "before": acted.held.step.state.value,
        **_state_document(acted.after),
        "verification_void": acted.void,
        "unlocked": [one.step.id for one in acted.unlocked],
        "waiting_again": [one.held.step.id for one in acted.waiting_again],
        "opened": acted.opened.step.id if acted.opened else None,
    }
