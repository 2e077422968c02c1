"""A step's forms as a unit lead fills them in: what the page holds, and what is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import httpx
from browsing import Browser
from sqlalchemy import select

from bangiao.wiring import Wiring
from db.models import EventRow
from db.session import begin_read

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
Chosen = tuple[str, bytes]


def photo(number: int = 0) -> bytes:
    """A small picture; another number, another picture."""
    return JPEG + number.to_bytes(4, "big") + b"\xff\xd9"


def send(
    browser: Browser,
    step: int,
    act: str,
    fields: dict[str, Any] | None = None,
    files: Sequence[Chosen] = (),
    **how: Any,
) -> httpx.Response:
    """The form of an act, with files as a browser sends them."""
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return browser.post(f"/steps/{step}/{act}", fields, **({"files": parts} if parts else {}), **how)


def events(wiring: Wiring, step: int) -> list[str]:
    """What is on record about a step, in order."""
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.type).where(EventRow.step_id == step).order_by(EventRow.occurred_at, EventRow.id)
        return list(connection.scalars(query))


def kept_in(page: str) -> list[str]:
    """The files that a page still holds, as its form says them."""
    return [text.replace("&#34;", '"') for text in re.findall(r'name="kept" value="([^"]*)"', page)]


def alert(page: str) -> str:
    """What the page says is wrong."""
    found = re.search(r'role="alert".*?</div>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip() if found else ""
