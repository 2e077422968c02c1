"""Checklists of a package, and the words that template versions have for their steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from checklists.package.records import ChecklistRecord, StepLeftOut, Words
from checklists.package.texts import instant
from checklists.templates import StepTemplate, Text
from db.models import ChecklistRow, DecisionRow, TemplateRow
from db.package_rows import Named, stream
from db.package_scope import Selection
from db.templates import TemplateShelf


@dataclass(frozen=True, slots=True)
class StepWords:
    """What a template says of a step, as a package writes it."""

    title: Words
    basis: list[str]
    category: str
    evidence_wanted: list[Words]
    verify: bool
    otherwise: Words
    """Why it is left out where it does not apply."""


class StepWordsKnown:
    """Words of steps by template version and key, each made once."""

    def __init__(self, connection: Connection, shelf: TemplateShelf) -> None:
        self._connection = connection
        self._shelf = shelf
        self._known: dict[tuple[str, str], StepWords] = {}

    def of(self, template: str, key: str) -> StepWords:
        found = self._known.get((template, key))
        if found is None:
            found = self._known[template, key] = _made(self._shelf.steps(self._connection, template)[key])
        return found


def _made(step: StepTemplate) -> StepWords:
    wanted = [_both(step.evidence.what)] if step.evidence.required else []
    otherwise: Words = _both(step.condition.otherwise) if step.condition else {"vi": "", "en": ""}
    return StepWords(_both(step.title), [step.basis], step.category, wanted, step.verify, otherwise)


def _both(text: Text) -> Words:
    return {"vi": text.vi, "en": text.en}


def checklist_rows(
    connection: Connection, selection: Selection, words: StepWordsKnown, named: Named
) -> Iterator[ChecklistRecord]:
    """By id."""
    query = (
        select(
            ChecklistRow.id,
            ChecklistRow.unit,
            ChecklistRow.role,
            ChecklistRow.template_hash,
            ChecklistRow.opened_at,
            ChecklistRow.steps,
            ChecklistRow.left_out,
            DecisionRow.number,
            TemplateRow.slug,
        )
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .where(*selection.of_checklist(ChecklistRow.id))
        .order_by(ChecklistRow.id)
    )
    left_out: dict[tuple[str, str], list[StepLeftOut]] = {}
    for row in stream(connection, query):
        named.places(row.unit)
        known = (row.template_hash, row.left_out)
        if known not in left_out:
            left_out[known] = [
                {"key": key, "why": words.of(row.template_hash, key).otherwise} for key in json.loads(row.left_out)
            ]
        yield {
            "id": str(row.id),
            "decision": row.number,
            "unit": row.unit,
            "role": row.role,
            "template": row.slug,
            "template_hash": row.template_hash,
            "opened_at": instant(row.opened_at),
            "steps": row.steps,
            "left_out": left_out[known],
        }
