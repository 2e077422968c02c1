"""Template files: YAML catalogues read, checked, and refused with every mistake at its file and line.

**template files** → needs, conditions → plan. The shipped catalogues are `checklists/catalogues/*.yaml`; an office may
write its own in the same form (`docs/catalogues.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bangiao.conditions import compile_condition
from bangiao.template_mistakes import RecurrenceHalfClosed, RecurrenceStandsStill, schema_mistake
from bangiao.yaml_source import AtLine, YamlSource, read_text
from checklists.errors import HandoverError, Refused
from checklists.needs import Finding, find_mistakes
from checklists.templates import ChecklistTemplate, StepTemplate

SHIPPED = ("data-backup", "system-reconfiguration", "service-continuity", "cross-cutting")
"""The order in which people see the four checklists; it is also each template's place in a plan."""


@dataclass(frozen=True)
class TemplateFile:
    """A template with the text it was read from."""

    template: ChecklistTemplate
    source: YamlSource


def read_template(source: Path | str, name: str = "-") -> ChecklistTemplate:
    """The template in a file (a Path) or in a text (a str, called `name` in sentences), checked for itself.

    Raises Refused with every mistake. Needs between catalogues are `lint`'s, over the whole set.
    """
    return _read(source, name).template


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


def lint_files(paths: Sequence[Path]) -> list[ChecklistTemplate]:
    """The templates of these files, if they and the shipped catalogues they do not replace make a sound set.

    Raises Refused with every mistake of every file.
    """
    read: list[TemplateFile] = []
    mistakes: list[HandoverError] = []
    for path in paths:
        try:
            read.append(_read(path, str(path)))
        except Refused as refused:
            mistakes.extend(refused.mistakes)
    if not mistakes:
        mistakes.extend(_in_set(read))
    if mistakes:
        raise Refused(file=", ".join(map(str, paths)), mistakes=mistakes)
    return [one.template for one in read]


def _read(source: Path | str, name: str) -> TemplateFile:
    text, file = (read_text(source), str(source)) if isinstance(source, Path) else (source, name)
    parsed = YamlSource(text, file)
    try:
        template = ChecklistTemplate.model_validate(parsed.value)
    except ValidationError as error:
        found = (schema_mistake(one, parsed.value) for one in error.errors() if not _only_follows(one))
        raise parsed.refused([(mistake, parsed.line(path)) for mistake, path in found]) from error
    parsed.refuse([(found.mistake, parsed.line(found.path)) for found in _in_template(template)])
    return TemplateFile(template, parsed)


def _only_follows(found: ErrorDetails) -> bool:
    """A list whose items are all refused counts as too short as well; the items say what is wrong."""
    return found["type"] == "too_short" and bool(found["input"])


def _in_set(read: Sequence[TemplateFile]) -> Iterator[HandoverError]:
    replaced = {one.template.template for one in read}
    shipped = [shipped_path(slug) for slug in SHIPPED if slug not in replaced]
    everything = [*(_read(path, str(path)) for path in shipped), *read]  # what stands twice is the given file's mistake
    sources = {one.template.template: one.source for one in everything}
    for found in find_mistakes([one.template for one in everything]):
        source = sources[found.template]
        yield AtLine(file=source.file, line=source.line(found.path), mistake=found.mistake.message)


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
    closing = {again.closing_days is None, again.closing_every is None}
    if len(closing) > 1 or (closing == {False} and again.until is None):
        yield ("recurrence",), RecurrenceHalfClosed(step=step.key)
