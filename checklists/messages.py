"""Sentences for people, kept apart from their language.

A `Message` holds an English sentence (its catalogue id) and the values that go into it. The edges (command line, pages,
notices) render it with a translation; the domain never formats text for one language only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Message:
    """An English sentence with `{named}` places, and what goes into them (values may be Messages)."""

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self, translate: Translate) -> str:
        """The sentence in the language of `translate`; dates become dd/MM/yyyy."""
        return translate(self.msgid).format_map({name: _shown(value, translate) for name, value in self.values.items()})


def _shown(value: Any, translate: Translate) -> Any:
    if isinstance(value, Message):
        return value.render(translate)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, tuple):
        return ", ".join(str(_shown(item, translate)) for item in value)
    return value
