"""Long lists in pages: opaque cursors over an order that never changes, so that nothing is missed or told twice while
others write.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from checklists.errors import BadInput

USUAL, MOST = 50, 200
_LONGEST = 500

Item = TypeVar("Item")
Row = TypeVar("Row")


class BadCursor(BadInput):
    """This is not the place where a page of this list ended. Take what next gave, with the same filters, or begin
    again without a cursor."""


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: list[Item] = Field(description="In the list's own order, which does not change.")
    next: str | None = Field(
        description="The cursor of the page after this one; null on the last page.", examples=["WyJhYjEyIiwgN10"]
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is asked for. `after`: the keys of the last row of the page before; None for the first page."""

    limit: int
    after: list[Any] | None
    filters: str

    @property
    def reads(self) -> int:
        """One more than is shown tells whether there are more."""
        return self.limit + 1

    def at(self, *kinds: type) -> tuple[Any, ...] | None:
        """Where the page before ended, if the cursor has values of these kinds. Raises BadCursor."""
        if self.after is None:
            return None
        if [type(one) for one in self.after] != list(kinds):
            raise BadCursor()
        return tuple(self.after)

    def page(
        self, rows: Sequence[Row], place: Callable[[Row], Sequence[Any]], shown: Callable[[Row], Item]
    ) -> Page[Item]:
        """`rows`: as many as `reads`, if there are so many; `place`: the keys of a row that a cursor names."""
        items = [shown(one) for one in rows[: self.limit]]
        more = len(rows) > self.limit
        return Page(items=items, next=_cursor(self.filters, place(rows[self.limit - 1])) if more else None)

    def ending(self, items: list[Item], place: Sequence[Any] | None) -> Page[Item]:
        """A page that was cut already; `place`: where the next one goes on, if there is more."""
        return Page(items=items, next=_cursor(self.filters, place) if place else None)


async def _window(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = USUAL,
    cursor: Annotated[
        str,
        Query(max_length=_LONGEST, description="Where to go on: what next gave in the page before."),
    ] = "",
) -> Window:
    filters = _filters(request)
    return Window(limit, _read(cursor, filters) if cursor else None, filters)


Paged = Annotated[Window, Depends(_window)]


def _filters(request: Request) -> str:
    """A cursor counts only for the list it was given with."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _OF_PAGES)
    return sha256(json.dumps([request.url.path, asked]).encode()).hexdigest()[:8]


_OF_PAGES = frozenset({"limit", "cursor"})


def _cursor(filters: str, place: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps([filters, *place]).encode()).decode().rstrip("=")


def _read(cursor: str, filters: str) -> list[Any]:
    try:
        said = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (NotBase64, ValueError, RecursionError) as error:
        raise BadCursor() from error
    if not isinstance(said, list) or not said or said[0] != filters:
        raise BadCursor()
    return said[1:]
