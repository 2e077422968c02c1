"""How far the making of a package is: on a terminal a bar, in the record a line for those who wait elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from checklists.messages import Message

Advance = Callable[[int], object]
Progress = Callable[[Message, int | None], AbstractContextManager[Advance]]
"""Opens a stage with its words and its length, if that is known; what it gives is told how much more is done."""

Told = Callable[[str, int, int], object]
_EVERY = 2.0
"""Seconds between two lines in the record."""


@contextmanager
def silent(_words: Message, _total: int | None) -> Iterator[Advance]:
    """Nobody waits."""
    yield lambda _amount: None


def noting(told: Told, also: Progress = silent) -> Progress:
    """`told` hears the stage's words, how much is done and how much there is, at most every two seconds."""

    @contextmanager
    def stage(words: Message, total: int | None) -> Iterator[Advance]:
        done, last = 0, time.monotonic()
        told(words.msgid, 0, total or 0)
        with also(words, total) as beside:

            def advance(amount: int) -> None:
                nonlocal done, last
                done += amount
                beside(amount)
                if time.monotonic() - last > _EVERY:
                    last = time.monotonic()
                    told(words.msgid, done, total or 0)

            yield advance

    return stage
