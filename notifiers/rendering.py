"""Rendering: a template that asks for a value nobody gave fails instead of printing nothing.

Reports for operators are ours alone. Messages to people may be overridden by an office, template by template, from a
folder of its own; such templates are somebody else's text and run in a sandbox that knows values, loops and conditions,
and nothing by which words could turn into code or a few words into a gigabyte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    select_autoescape,
)
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifiers.message_values import day, grouped, shortened

LONGEST_MESSAGE = 500_000
"""Characters of one rendered part; a template that writes more is broken."""

_FILTERS = ("join", "length", "first", "last", "escape", "e", "default", "sum")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("notifiers"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_report(event: str, part: str, **values: Any) -> str:
    """`templates/<event>/<part>` with `values`. Raises jinja2.UndefinedError when a value is missing."""
    return _environment().get_template(f"{event}/{part}").render(**values)


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Where messages to people are rendered; attributes, calls, operators and filters are allow-lists."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, _context: Any, operator: str, _left: Any, _right: Any) -> Any:
        """`*`, `**` and `%` are refused: `'a' * 10**9` is a gigabyte."""
        raise SecurityError(f"the operator {operator} is not available in messages")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Facts are most of what templates read, and hold nothing but values: with them there is no more to ask."""
        if type(obj) is SimpleNamespace and not attribute.startswith("_") and attribute in obj.__dict__:
            return obj.__dict__[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only facts, loops and imported templates have attributes; a string's methods are out of reach."""
        return isinstance(obj, SimpleNamespace | LoopContext | TemplateModule) and super().is_safe_attribute(
            obj, attr, value
        )

    def join_path(self, template: str, parent: str) -> str:
        """HTML takes words only from the pieces it is given: what a text template wrote is not escaped."""
        if parent.endswith(".html") and not template.endswith(".html"):
            raise SecurityError(f"{parent} may not take in {template}, which is not escaped")
        return template


@lru_cache(maxsize=16)
def message_environment(language: str, folder: Path | None = None) -> MessageEnvironment:
    """The environment for messages in `language`; templates in the office's own `folder` come before ours."""
    ours: BaseLoader = PackageLoader("notifiers")
    environment = MessageEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder), ours]) if folder else ours,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters = {**{name: FILTERS[name] for name in _FILTERS}, **_own_filters(language)}
    return environment


def _own_filters(language: str) -> Mapping[str, Callable[..., str]]:
    return {
        "day": lambda value: day(value, language),
        "number": lambda value: grouped(value, language),
        "cut": shortened,
        "without_colon": lambda words: words.removesuffix(":"),
    }


def render_message(environment: Environment, name: str, values: Mapping[str, Any]) -> str:
    """The template `name` with `values`. Raises UndefinedError or SecurityError."""
    return _at_most(LONGEST_MESSAGE, name, environment.get_template(name).generate(values))


def _at_most(most: int, name: str, parts: Iterable[str]) -> str:
    taken: list[str] = []
    for part in parts:
        most -= len(part)
        if most < 0:
            raise SecurityError(f"{name} writes more than {LONGEST_MESSAGE} characters")
        taken.append(part)
    return "".join(taken)
