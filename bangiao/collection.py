"""Python's cyclic collector, held back while a chunk is made: a hundred thousand tuples of plain values hold no cycles,
and looking for them costs a fifth of the work (benchmarks/opening.py)."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_held_back = {"times": 0}


@contextmanager
def collection_held_back() -> Iterator[None]:
    """No cyclic collection while any thread is in such a block; afterwards as before."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    with _lock:
        _held_back["times"] += step
        if step > 0 and _held_back["times"] == 1:
            gc.disable()
        elif _held_back["times"] == 0:
            gc.enable()
