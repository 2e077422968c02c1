"""Rendering: a template that asks for a value nobody gave fails instead of printing nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


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
