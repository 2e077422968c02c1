"""Templates → pages: escaped always, complete always (an unknown name is an error), in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bangiao.formats import day, moment, number
from bangiao.i18n import _, language_in_force, render
from bangiao.words import word
from checklists.messages import Message

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.globals |= {"_": _, "static": static_address, "language": language_in_force, "word": word, "both": both}
    made.filters |= {"day": day, "moment": moment, "number": number, "sentence": _sentence}
    return made


def page(request: Request, name: str, status: int = 200, /, **shown: Any) -> HTMLResponse:
    """A page. What stands on every page (who is signed in, the token for forms) comes from the request."""
    text = (
        environment()
        .get_template(name)
        .render(
            request=request,
            signed=getattr(request.state, "signed", None),
            now=request.app.state.wiring.now(),
            today=request.app.state.wiring.today(),
            path=request.url.path,
            **shown,
        )
    )
    return HTMLResponse(text, status)


def both(words: Any) -> str:
    """Of a text that stands in both languages (`.vi`, `.en`, or a mapping), the reader's."""
    spoken = language_in_force()
    return str(words[spoken] if isinstance(words, dict) else getattr(words, spoken))


def _sentence(value: Message | date | datetime | str) -> str:
    return render(value) if isinstance(value, Message) else str(value)


@cache
def static_address(name: str) -> str:
    """Where a file of ours is: its content is part of the address, so that browsers may keep it for good."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return Markup(f"/static/{digest}/{name}")  # noqa: S704 - our own file names
