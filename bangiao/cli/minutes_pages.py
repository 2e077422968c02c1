"""Minutes on the terminal: exceptions first, what is handed over, who speaks, the hash, and what came of a command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bangiao.cli.output import command_line, day, heading, moment, number, out, print_json, table
from bangiao.i18n import _, render
from bangiao.words import word
from checklists.minutes import HandoverMinutes, Party
from checklists.minutes_desk import FINAL, HeldMinutes
from checklists.minutes_handlers import MinutesOutcome, MinutesResult
from checklists.templates import Side

_SHORT = 12
_SIDE_OPTIONS = {Side.PREDECESSOR: "giving", Side.SUCCESSOR: "receiving"}


def list_page(found: Sequence[HeldMinutes]) -> None:
    if not found:
        out.print(_("No minutes fit."))
        return
    shown = table(_("Number"), _("Day"), _("State"), _("Gives"), _("Receives"), _("Decision"))
    for one in found:
        giving, receiving = (f"{_of(one, side).unit_name}\n{_of(one, side).unit_key}" for side in _SIDE_OPTIONS)
        shown.add_row(one.number, day(one.content.held_on), _stage(one), giving, receiving, one.decision)
    out.print(shown)


def minutes_page(held: HeldMinutes) -> None:
    minutes = held.content
    heading(_("Minutes {number}").format(number=held.number), f"  {_stage(held)}")
    giving, receiving = minutes.giving, minutes.receiving
    out.print(f"{giving.unit_name} ({giving.unit_key}) → {receiving.unit_name} ({receiving.unit_key})")
    words = _("Decision {decision}; {place}, {day}; version {version}, drafted by {person}")
    out.print(
        words.format(
            decision=held.decision,
            place=minutes.place,
            day=day(minutes.held_on),
            version=held.version,
            person=held.drafted_by,
        )
    )
    _exceptions(minutes)
    _items(minutes)
    _speakers(minutes)
    _confirmations(held)
    out.print(_("Hash of the content:"))
    command_line(held.content_hash)
    if held.pdf and held.docx:
        out.print(_("Kept as evidence: PDF {pdf}, DOCX {docx}").format(pdf=held.pdf[:_SHORT], docx=held.docx[:_SHORT]))


def _exceptions(minutes: HandoverMinutes) -> None:
    if not minutes.exceptions:
        out.print(_("No exceptions: everything is handed over."))
        return
    heading(_("Not handed over ({count})").format(count=number(len(minutes.exceptions))))
    shown = table(_("Step"), _("What"), _("State"), _("Reason"), _("Expected"))
    for step in minutes.exceptions:
        shown.add_row(step.step_key, step.title, word(step.state.value), step.reason or "–", day(step.expected))
    out.print(shown)


def _items(minutes: HandoverMinutes) -> None:
    counts = minutes.file_counts
    words = _("Handed over: {items} steps, {files} files, {size} bytes")
    size = sum(file.size for file in minutes.files)
    heading(
        words.format(items=number(len(minutes.items)), files=number(len(minutes.files)), size=number(size)),
    )
    if minutes.items:
        shown = table(_("Step"), _("What"), _("State"), _("Files"), numbers=(3,))
        for item in minutes.items:
            files = number(counts.get(item.step_key, 0))
            shown.add_row(item.step_key, item.title, word(item.state.value), files)
        out.print(shown)
    if minutes.files:
        shown = table(_("File"), _("Step"), _("Dated"), _("Bytes"), "SHA-256", numbers=(3,))
        for file in minutes.files:
            dated = day(file.dated_on)
            shown.add_row(file.file_name, file.step_key, dated, number(file.size), file.sha256[:_SHORT])
        out.print(shown)


def _speakers(minutes: HandoverMinutes) -> None:
    for words, party in ((_("Gives"), minutes.giving), (_("Receives"), minutes.receiving)):
        speaking = (party.representative, *party.others)
        out.print(f"{words}: {'; '.join(f'{one.name}, {one.position}' for one in speaking)}")
    if minutes.witnesses:
        out.print(f"{_('Witnesses')}: {'; '.join(f'{one.name}, {one.position}' for one in minutes.witnesses)}")


def _confirmations(held: HeldMinutes) -> None:
    counting = {id(one) for one in held.counting}
    for one in held.given:
        said = one.confirmation
        words = _("Confirmed for {unit} by {person}, {moment}").format(
            unit=said.on_behalf_of, person=said.person, moment=moment(said.at)
        )
        void = "" if id(one) in counting else f" – {_('no longer counts: the content has changed since')}"
        out.print(f"{words}{void}", style="" if not void else "dim")


def _of(held: HeldMinutes, side: Side) -> Party:
    return held.content.party(side)


def _stage(held: HeldMinutes) -> str:
    if held.state == FINAL:
        return _("final")
    if held.both_confirmed:
        return _("confirmed by both sides, not put away yet")
    if held.counting:
        return _("draft, confirmed by {unit}").format(unit=held.counting[0].confirmation.on_behalf_of)
    return _("draft")


def outcome_page(outcome: MinutesOutcome) -> None:
    """What came of a command, the minutes where they are new, and what comes next."""
    held = outcome.held
    if outcome.result in {MinutesResult.DRAFTED, MinutesResult.DRAFTED_ANEW, MinutesResult.SAME}:
        minutes_page(held)
    out.print(_said(outcome), style="bold")
    if outcome.changes:
        out.print(_("Changed: {what}.").format(what="; ".join(map(render, outcome.changes))))
    for one in outcome.void:
        words = _("The confirmation by {person} no longer counts; ask them to read and confirm again.")
        out.print(words.format(person=one.confirmation.person), style="yellow")
    _next(held)


def _said(outcome: MinutesOutcome) -> str:
    words = {
        MinutesResult.DRAFTED: _("Minutes {number} are drafted."),
        MinutesResult.DRAFTED_ANEW: _("Minutes {number} are drafted anew, version {version}."),
        MinutesResult.SAME: _("Minutes {number} say this already; nothing was changed."),
        MinutesResult.FINAL_SAME: _("Minutes {number} are final, and nothing has changed since; nothing was drafted."),
        MinutesResult.CONFIRMED: _("Minutes {number} are confirmed for this side."),
        MinutesResult.CONFIRMED_BEFORE: _("You have confirmed minutes {number} before; nothing was changed."),
        MinutesResult.FINISHED: _("Minutes {number} are final; their PDF is evidence of {count} open steps."),
        MinutesResult.FINISHED_BEFORE: _("Minutes {number} are final already; nothing was changed."),
    }[outcome.result]
    held = outcome.held
    return words.format(number=held.number, version=held.version, count=number(len(outcome.attached)))


def _next(held: HeldMinutes) -> None:
    if held.state == FINAL:
        return
    named = (held.number, "--decision", held.decision)
    if held.both_confirmed:
        out.print(_("Still to do:"))
        command_line("bangiao", "minutes", "finish", *named)
        return
    said = {one.confirmation.side for one in held.counting}
    out.print(_("Each side reads it and confirms, somebody of its own for each:"))
    command_line("bangiao", "minutes", "pdf", *named, "--out", "bien-ban.pdf")
    for side, option in _SIDE_OPTIONS.items():
        if side not in said:
            hashed = ("--hash", held.content_hash[:_SHORT])
            command_line("bangiao", "minutes", "confirm", *named, "--side", option, *hashed)


def held_document(held: HeldMinutes, *, content: bool = True) -> dict[str, Any]:
    """Minutes as plain data; `stage` is draft, confirmed (by both, not put away yet) or final."""
    counting = {id(one) for one in held.counting}
    stage = held.state if held.state == FINAL or not held.both_confirmed else "confirmed"
    document = {
        "number": held.number,
        "decision": held.decision,
        "giving": held.giving,
        "receiving": held.receiving,
        "stage": stage,
        "version": held.version,
        "content_hash": held.content_hash,
        "drafted_by": held.drafted_by,
        "drafted_at": held.drafted_at.isoformat(),
        "confirmations": [
            {
                "side": _SIDE_OPTIONS[one.confirmation.side],
                "person": one.confirmation.actor,
                "for": one.absent,
                "at": one.confirmation.at.isoformat(),
                "content_hash": one.confirmation.content_hash,
                "counts": id(one) in counting,
            }
            for one in held.given
        ],
        "pdf": held.pdf,
        "docx": held.docx,
        "final_at": held.final_at.isoformat() if held.final_at else None,
    }
    return document | ({"content": json.loads(held.content.canonical_json())} if content else {})


def outcome_document(outcome: MinutesOutcome) -> dict[str, Any]:
    return {
        "result": outcome.result.value,
        "void": [one.confirmation.actor for one in outcome.void],
        "changes": [render(one) for one in outcome.changes],
        "attached_to": list(outcome.attached),
        **held_document(outcome.held),
    }


def document_written(held: HeldMinutes, file: Path, content: bytes, *, as_json: bool) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if as_json:
        print_json({"file": str(file), "size": len(content), "sha256": digest, "final": held.state == FINAL})
        return
    words = _("Written: {file} ({size} bytes, {stage})")
    out.print(words.format(file=file, size=number(len(content)), stage=_stage(held)))
    out.print(f"SHA-256 {digest}", soft_wrap=True)
