"""One class per broken rule. The docstring, in one line, is the sentence (and its catalogue id).

Edges decide what an error looks like (exit code, HTTP status); here it only says what, where, why and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checklists.messages import Message


class HandoverError(Exception):
    """Something in the handover rules refused this."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.values = values

    @property
    def message(self) -> Message:
        return Message(" ".join((type(self).__doc__ or "").split()), self.values)

    def __str__(self) -> str:
        return self.message.render(lambda text: text)


class BadInput(HandoverError):
    """The input was refused."""


class Refused(BadInput):
    """{file}: {count} mistakes; nothing was written."""

    def __init__(self, file: str, mistakes: Sequence[HandoverError]) -> None:
        super().__init__(file=file, count=len(mistakes))
        self.mistakes = tuple(mistakes)
