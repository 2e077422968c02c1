"""Steps by what they are called, with or without diacritics: titles are of templates, of which there are few.

text → **keys of template versions whose title has it** → `db.steps_chosen` finds their steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from sqlalchemy import Connection, select

from checklists.names import search_key
from checklists.templates import ChecklistTemplate, StepTemplate
from db.models import TemplateRow


@lru_cache(maxsize=256)
def _titles(content: str) -> tuple[tuple[str, str, StepTemplate], ...]:
    """Of one version, which never changes: both titles as they are searched, the key, the step."""
    steps = ChecklistTemplate.model_validate_json(content).steps
    return tuple((f"{search_key(one.title.vi)}\n{search_key(one.title.en)}", one.key, one) for one in steps)


def steps_called(connection: Connection, text: str) -> Mapping[str, Mapping[str, StepTemplate]]:
    """Version → key → step, of every published version; also by the key itself."""
    asked = search_key(text)
    found: dict[str, dict[str, StepTemplate]] = {}
    for version, content in connection.execute(select(TemplateRow.hash, TemplateRow.content)):
        named = {key: step for title, key, step in _titles(content) if asked in title or asked == key.casefold()}
        if named and asked:
            found[version] = named
    return found


def titled(connection: Connection, text: str) -> Mapping[str, Collection[str]] | None:
    """As `db.steps_chosen.Choice` takes it; None for no text, nothing for one that no title has."""
    return {version: set(steps) for version, steps in steps_called(connection, text).items()} if text else None
