"""What Apprise's own services say only to their log: heard for the attempt's record, masked for everybody else.

Their debug lines hold whole URLs, tokens included, and so do urllib3's: these never get any further.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from notifiers.masking import Secret, masked


@dataclass(frozen=True, slots=True)
class _Hearing:
    secrets: Sequence[Secret]
    words: list[str] = field(default_factory=list)


_hearing: ContextVar[_Hearing | None] = ContextVar("hearing", default=None)


class _Ear(logging.Filter):
    """On the logger itself, so that no handler sees a record before it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return False
        hearing = _hearing.get()
        record.msg = masked(record.getMessage(), hearing.secrets if hearing else ())
        record.args = record.exc_info = None  # a traceback ends with words that were not masked
        if hearing:
            hearing.words.append(record.msg)
        return True


_EAR = _Ear()


@contextmanager
def heard(secrets: Sequence[Secret]) -> Iterator[list[str]]:
    """The warnings that this thread's sending causes, as they come."""
    for name in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(name).addFilter(_EAR)  # a second time changes nothing
    hearing = _Hearing(secrets)
    token = _hearing.set(hearing)
    try:
        yield hearing.words
    finally:
        _hearing.reset(token)
