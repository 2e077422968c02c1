"""A draft of a template version in a form: a chosen file, or the text that was written; and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from starlette.datastructures import FormData, UploadFile

from bangiao.template_words import step_changes, text_in_force
from checklists.template_difference import template_difference
from checklists.templates import ChecklistTemplate, StepTemplate
from web.lead.uploads import base_name, uploads_of

_NAME = "mau.yaml"


@dataclass(frozen=True, slots=True)
class Draft:
    """The name of the file, its text as it stands in the form again, and the file as it came."""

    name: str
    text: str
    content: bytes


def draft_in(form: FormData) -> Draft:
    """A chosen file wins over the text; its line ends become those of a text."""
    for upload in uploads_of(form)[:1]:
        content = upload.file.read()
        return Draft(base_name(upload.filename or "") or _NAME, content.decode("utf-8-sig", "replace"), content)
    value = form.get("text", "")
    text = value.replace("\r\n", "\n") if isinstance(value, str) else ""
    return Draft(_NAME, text, text.encode())


def as_uploads(draft: Draft) -> list[UploadFile]:
    """As `as_files` takes it; none where there is no text."""
    return [UploadFile(BytesIO(draft.content), filename=draft.name)] if draft.text.strip() else []


def next_version(taken: Sequence[str], year: int) -> str:
    """The first number of this year that is not published yet."""
    number = 1
    while f"{year}.{number}" in taken:
        number += 1
    return f"{year}.{number}"


def compared(before: ChecklistTemplate, after: ChecklistTemplate) -> dict[str, Any]:
    """The difference as a page tells it."""
    found = template_difference(before, after)
    changed = [
        {"key": new.key, "title": text_in_force(new.title), "rows": step_changes(old, new)}
        for old, new in found.changed
    ]
    titles = (text_in_force(before.title), text_in_force(after.title)) if found.retitled else None
    return {
        "nothing": found.nothing,
        "added": _named(found.added),
        "removed": _named(found.removed),
        "changed": changed,
        "same": found.same,
        "moved": found.moved,
        "titles": titles,
    }


def _named(steps: Sequence[StepTemplate]) -> list[tuple[str, str]]:
    return [(step.key, text_in_force(step.title)) for step in steps]
