"""Ladder files: who hears of a late step and when, by template; read, checked, refused with every mistake at its line.

**a YAML file** (setting `ladders`) → registering a decision fixes them (`db.ladders`) → reviews. The file is a mapping:
the name of a template, or `default` for all that are not named, to a ladder as `bangiao ladder show --json` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from bangiao.documents import Document, Limits, read_document
from bangiao.template_files import SHIPPED
from bangiao.template_mistakes import schema_mistake
from checklists.errors import BadInput, HandoverError, Refused
from checklists.escalation.ladder import DEFAULT_LADDER, EscalationLadder, lint
from checklists.places import quoted, quoted_file

DEFAULT = "default"

Ladders = Mapping[str, EscalationLadder]


class NoLadders(BadInput):
    """The file holds no ladders. Write a mapping: the name of a template, or default, to its levels; begin with what
    bangiao ladder show --json prints."""


class InLadder(BadInput):
    """The ladder of {template}: {reason}"""


def read_ladders(path: Path, limits: Limits | None = None) -> dict[str, EscalationLadder]:
    """Template, or `default`, to its ladder. Raises Refused with every mistake."""
    document = read_document(path, limits)
    if not isinstance(document.content, dict) or not document.content:
        raise Refused(quoted_file(document.file), [document.place_of().of(NoLadders())])
    found: dict[str, EscalationLadder] = {}
    mistakes: list[tuple[int, HandoverError]] = []
    for name, content in document.content.items():
        try:
            found[str(name)] = EscalationLadder.model_validate(content)
        except ValidationError as error:
            mistakes += list(_misformed(document, name, error))
            continue
        mistakes += list(_unsound(document, name, found[str(name)]))
    if mistakes:
        raise Refused(quoted_file(document.file), [mistake for _, mistake in sorted(mistakes, key=lambda one: one[0])])
    return found


def ladder_for(ladders: Ladders, template: str) -> EscalationLadder:
    """The ladder that a template's checklists climb."""
    return ladders.get(template) or ladders.get(DEFAULT) or DEFAULT_LADDER


def unknown_names(ladders: Ladders, known: frozenset[str] = frozenset(SHIPPED)) -> list[str]:
    """Names in the file that are no template: perhaps an office's own, perhaps misspelt."""
    return sorted(ladders.keys() - known - {DEFAULT})


def _misformed(document: Document, name: str, error: ValidationError) -> Iterator[tuple[int, HandoverError]]:
    for one in error.errors():
        if one["type"] == "too_short" and one["input"]:
            continue  # levels that are all refused count as none; what is wrong with them is said already
        mistake, path = schema_mistake(one, document.content[name])
        line = document.line_of(name, *path)
        yield line, document.place_of(name, *path).of(InLadder(template=quoted(str(name)), reason=mistake.message))


def _unsound(document: Document, name: str, ladder: EscalationLadder) -> Iterator[tuple[int, HandoverError]]:
    for mistake in lint(ladder):
        line = document.line_of(name)
        yield line, document.place_of(name).of(InLadder(template=quoted(str(name)), reason=mistake.message))
