"""Template files: YAML catalogues read, checked, and refused with every mistake at its file and line.

**template files** → needs, conditions → plan. The shipped catalogues are `checklists/catalogues/*.yaml`; an office may
write its own in the same form (`docs/catalogues.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bangiao.calendar_files import vietnam_calendar
from bangiao.conditions import compile_condition
from bangiao.documents import Document, Limits, read_document
from bangiao.template_mistakes import (
    Found,
    RecurrenceHalfClosed,
    RecurrencePerSuccessor,
    RecurrenceStandsStill,
    character_mistakes,
    schema_mistake,
)
from checklists.deadlines import uncountable
from checklists.errors import BadInput, HandoverError, Refused
from checklists.needs import Finding, find_mistakes
from checklists.places import quoted_file
from checklists.templates import ChecklistTemplate, StepTemplate

SHIPPED = ("data-backup", "system-reconfiguration", "service-continuity", "cross-cutting")
"""The order in which people see the four checklists; it is also each template's place in a plan."""


class InTemplate(BadInput):
    """Template {template}: {reason}"""


@dataclass(frozen=True)
class TemplateFile:
    """A template with the document it was read from."""

    template: ChecklistTemplate
    document: Document


def read_template(path: Path, limits: Limits | None = None) -> ChecklistTemplate:
    """The template in the file, checked for itself.

    Raises Refused with every mistake. Needs between catalogues are `lint`'s, over the whole set.
    """
    return _read(path, limits).template


@cache
def read_shipped_templates() -> tuple[ChecklistTemplate, ...]:
    """The four catalogues of the product, in their order. They are checked by the tests, not at every start."""
    return tuple(
        ChecklistTemplate.model_validate(yaml.load(shipped_path(slug).read_bytes(), yaml.CSafeLoader))
        for slug in SHIPPED
    )


def shipped_path(slug: str) -> Path:
    return Path(str(files("checklists"))) / "catalogues" / f"{slug}.yaml"


def lint(templates: Sequence[ChecklistTemplate]) -> list[Finding]:
    """Every mistake of the set beyond the schema: step keys, needs, rings, conditions, recurrences."""
    return [*find_mistakes(templates), *(found for one in templates for found in _in_template(one))]


def lint_files(paths: Sequence[Path], limits: Limits | None = None, *, day: date) -> list[ChecklistTemplate]:
    """The templates of these files, if they and the shipped catalogues they do not replace make a sound set that a
    decision of `day` can be planned with.

    Raises Refused with every mistake of every file.
    """
    read: list[TemplateFile] = []
    mistakes: list[HandoverError] = []
    for path in paths:
        try:
            read.append(_read(path, limits))
        except Refused as refused:
            mistakes.extend(refused.mistakes)
    if not mistakes:
        mistakes.extend(_in_set(read, read_shipped_templates()))
        mistakes.extend(_in_deadlines(read, day))
    if mistakes:
        raise Refused(file=", ".join(map(quoted_file, paths)), mistakes=mistakes)
    return [one.template for one in read]


def fit_to_publish(
    path: Path, published: Sequence[ChecklistTemplate], limits: Limits | None = None, *, day: date
) -> ChecklistTemplate:
    """The template of this file, if it makes a sound set with the published ones, in the place of the one of its name.

    Raises Refused with every mistake.
    """
    read = [_read(path, limits)]
    if mistakes := [*_in_set(read, published), *_in_deadlines(read, day)]:
        raise Refused(file=quoted_file(path), mistakes=mistakes)
    return read[0].template


def _read(path: Path, limits: Limits | None = None) -> TemplateFile:
    document = read_document(path, limits)
    found = list(character_mistakes(document.content))
    try:
        template = ChecklistTemplate.model_validate(document.content)
    except ValidationError as error:
        found += [schema_mistake(one, document.content) for one in error.errors() if not _only_follows(one)]
        raise _refusal(document, found) from error
    found += [(one.mistake, one.path) for one in _in_template(template)]
    if found:
        raise _refusal(document, found)
    return TemplateFile(template, document)


def _refusal(document: Document, found: Sequence[Found]) -> Refused:
    """The refusal of this file, its mistakes in the order of their lines."""
    ordered = sorted(found, key=lambda one: document.line_of(*one[1]))
    return Refused(quoted_file(document.file), [document.place_of(*path).of(mistake) for mistake, path in ordered])


def _only_follows(found: ErrorDetails) -> bool:
    """A list whose items are all refused counts as too short as well; the items say what is wrong."""
    return found["type"] == "too_short" and bool(found["input"])


def _in_set(read: Sequence[TemplateFile], others: Sequence[ChecklistTemplate]) -> Iterator[HandoverError]:
    """Mistakes between the files and those of the others that they do not replace."""
    documents = {one.template.template: one.document for one in read}
    kept = [one for one in others if one.template not in documents]  # what stands twice is the given file's mistake
    for found in find_mistakes([*kept, *(one.template for one in read)]):
        if found.template in documents:
            yield documents[found.template].place_of(*found.path).of(found.mistake)
        else:
            yield InTemplate(template=found.template, reason=found.mistake.message)


def _in_deadlines(read: Sequence[TemplateFile], day: date) -> Iterator[HandoverError]:
    for one in read:
        for index, step in enumerate(one.template.steps):
            if mistake := uncountable(step, day, vietnam_calendar()):
                yield one.document.place_of("steps", index, "deadline").of(mistake)


def _in_template(template: ChecklistTemplate) -> Iterator[Finding]:
    for index, step in enumerate(template.steps):
        for path, mistake in _in_step(step):
            yield Finding(template.template, ("steps", index, *path), mistake)


def _in_step(step: StepTemplate) -> Iterator[tuple[tuple[str | int, ...], HandoverError]]:
    if step.condition is not None:
        try:
            compile_condition(step.condition.when)
        except HandoverError as mistake:
            yield ("condition", "when"), mistake
    if (again := step.recurrence) is None:
        return
    for field, period in (("every", again.every), ("closing_every", again.closing_every)):
        if period is not None and int(period[1:-1]) == 0:
            yield ("recurrence", field), RecurrenceStandsStill(step=step.key, period=period)
    if step.per is not None:
        yield ("recurrence",), RecurrencePerSuccessor(step=step.key)
    closing = {again.closing_days is None, again.closing_every is None}
    if len(closing) > 1 or (closing == {False} and again.until is None):
        yield ("recurrence",), RecurrenceHalfClosed(step=step.key)
