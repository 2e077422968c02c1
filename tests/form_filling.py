"""The forms that a page shows, as whoever fills them in needs them: where they lead, and their fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

TYPED = frozenset({"text", "search", "email", "tel", "url", "password", "number", "time", "textarea"})


@dataclass
class Field:
    """`kind`: the input's type, or `textarea`, `select`."""

    name: str
    kind: str
    value: str = ""


@dataclass
class Form:
    action: str
    method: str = "get"
    fields: list[Field] = field(default_factory=list)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The same for the same form about another thing."""
        place = "".join("#" if one.isdigit() else one for one in self.action.partition("?")[0])
        return (place, *sorted({(one.name, one.kind) for one in self.fields}))

    @property
    def takes_files(self) -> list[str]:
        return [one.name for one in self.fields if one.kind == "file"]

    def filled(self, typed: Callable[[Field], str]) -> dict[str, str]:
        """What is sent: hidden fields and choices as they stand, boxes ticked, `typed` in the rest."""
        sent = {}
        for one in self.fields:
            if one.name and one.kind != "file":
                sent.setdefault(one.name, typed(one) if one.kind in TYPED else one.value)
        return sent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._choice: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(said.get("action", ""), said.get("method", "get"))
            self.forms.append(self._open)
        elif self._open and tag in {"input", "textarea", "button", "select"}:
            kind = {"input": said.get("type", "text"), "button": "button"}.get(tag, tag)
            made = Field(said.get("name", ""), kind, said.get("value", ""))
            self._open.fields.append(made)
            self._choice = made if tag == "select" else self._choice
        elif tag == "option" and self._choice and not self._choice.value:
            self._choice.value = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._choice = None


def forms_in(page: str) -> list[Form]:
    """In the order of the page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
