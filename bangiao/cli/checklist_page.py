"""One unit's checklists in full, as its lead would read them: what, until when and why, for whom, waiting for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from rich.padding import Padding
from rich.text import Text
from sqlalchemy import Connection

from bangiao.cli.output import heading, out
from bangiao.cli.succession_pages import held_page
from bangiao.i18n import _, language_in_force
from bangiao.words import word
from checklists.steps import OPEN, SETTLED, StepState
from checklists.templates import StepTemplate
from checklists.units import Unit
from db.queries import ChecklistSheet, StepLine, needed_by
from db.succession_of_work import steps_held_from_others

_NAMED = 3

_MARKS = {
    StepState.WAITING: "○",
    StepState.READY: "●",
    StepState.IN_PROGRESS: "◐",
    StepState.SUBMITTED: "◐",
    StepState.BLOCKED: "✗",
    StepState.DONE: "✓",
    StepState.NOT_APPLICABLE: "–",
    StepState.CANCELLED: "–",
}


def checklist_page(connection: Connection, unit: Unit, sheets: list[ChecklistSheet], today: date) -> None:
    heading(unit.name, f" ({unit.key})")
    held_page(held := steps_held_from_others(connection, unit.key), today)
    if not sheets and not held:
        out.print(_("No checklist is open for this unit."))
        return
    for number, group in groupby(sheets, key=lambda sheet: sheet.decision):
        of_decision = list(group)
        out.print(_("Decision {number} · {role}").format(number=number, role=word(of_decision[0].role)))
        out.print(
            _("● can be done now  ○ waits for other steps  ◐ begun or submitted  ✗ blocked  ! overdue"),
            style="dim",
        )
        out.print(_("✓ done  – cancelled or not applicable"), style="dim")
        for sheet in of_decision:
            _sheet(connection, sheet, today)


def _sheet(connection: Connection, sheet: ChecklistSheet, today: date) -> None:
    out.print()
    title = getattr(sheet.template.title, language_in_force())
    words = _("({count} steps, template {version})").format(count=len(sheet.steps), version=_version(sheet))
    heading(title, f" {words}")
    templates = sheet.by_key
    for line in sheet.steps:
        _step(connection, line, templates[line.key], today)
    _left_out(sheet, templates)


def _version(sheet: ChecklistSheet) -> str:
    return f"{sheet.template.version}, {sheet.template.content_hash[:12]}"


def _step(connection: Connection, line: StepLine, template: StepTemplate, today: date) -> None:
    language = language_in_force()
    late = line.due_on is not None and line.due_on < today and StepState(line.state) in OPEN
    mark = "!" if late else _MARKS[StepState(line.state)]
    counterpart = f" → {line.counterpart_name} ({line.counterpart})" if line.counterpart else ""
    told = "" if line.state in {"waiting", "ready"} else f" [{word(line.state)}]"
    title = f" {getattr(template.title, language)}{counterpart}{told}"
    out.print(Text.assemble(f" {mark} ", (line.key, "bold red" if late else "bold"), title))
    explanation = line.explanation_vi if language == "vi" else line.explanation_en
    born = _(" Overdue when it was opened.") if line.overdue_at_birth else ""
    details = [
        explanation + born,
        _("Answers for it: {office}. Basis: {basis}.").format(
            office=getattr(template.responsible.office, language), basis=template.basis.rstrip(".")
        ),
        _("Evidence: {what}.").format(what=getattr(template.evidence.what, language))
        + (_(" A second person verifies.") if template.verify else ""),
    ]
    if template.note:
        details.append(_("Note: {note}").format(note=getattr(template.note, language)))
    if line.open_needs:
        details.append(_waits(connection, line))
    for detail in details:
        out.print(Padding(detail, (0, 0, 0, 5), expand=False), style="dim" if line.state == "waiting" else "")


def _waits(connection: Connection, line: StepLine) -> str:
    needed = [one for one in needed_by(connection, line.id) if one[2] not in SETTLED]
    names = ", ".join(f"{key} ({name})" for _number, key, _state, _unit, name in needed[:_NAMED])
    more = _(" and {count} more").format(count=len(needed) - _NAMED) if len(needed) > _NAMED else ""
    return _("Waits for {count} steps: {names}").format(count=line.open_needs, names=names + more)


def _left_out(sheet: ChecklistSheet, templates: Mapping[str, StepTemplate]) -> None:
    for key in sheet.left_out:
        condition = templates[key].condition
        reason = getattr(condition.otherwise, language_in_force()) if condition else ""
        out.print(
            Padding(_("Left out: {key}. {reason}").format(key=key, reason=reason), (0, 0, 0, 1), expand=False),
            style="dim",
        )


def checklist_document(sheet: ChecklistSheet) -> dict[str, Any]:
    """One checklist as plain data."""
    templates = sheet.by_key
    return {
        "id": sheet.id,
        "decision": sheet.decision,
        "role": sheet.role,
        "template": {
            "name": sheet.template.template,
            "version": sheet.template.version,
            "hash": sheet.template.content_hash,
        },
        "steps": [_step_document(line, templates[line.key]) for line in sheet.steps],
        "left_out": [
            {"key": key, "reason": condition.otherwise.model_dump()}
            for key in sheet.left_out
            if (condition := templates[key].condition)
        ],
    }


def _step_document(line: StepLine, template: StepTemplate) -> dict[str, Any]:
    return {
        "id": line.id,
        "key": line.key,
        "duty": template.duty,
        "title": template.title.model_dump(),
        "counterpart": line.counterpart or None,
        "state": line.state,
        "due_on": line.due_on,
        "explanation": {"vi": line.explanation_vi, "en": line.explanation_en},
        "overdue_at_birth": line.overdue_at_birth,
        "open_needs": line.open_needs,
        "legal_basis": template.basis,
        "responsible": {"role": template.responsible.role, "office": template.responsible.office.model_dump()},
        "note": template.note.model_dump() if template.note else None,
        "recurrence": template.recurrence.model_dump(mode="json") if template.recurrence else None,
        "evidence": template.evidence.what.model_dump(),
        "verify": template.verify,
    }
