"""Signs of life: what runs says so on record, and the watch (`bangiao.watching`) looks whether it still does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bangiao.wiring import Wiring
from checklists.escalation.watching import REVIEWS, REVIEWS_BEGAN
from db.channels import beat
from db.session import begin_write


def sign_of_life(wiring: Wiring, part: str, words: str = "") -> None:
    """This part of ours lives, in a transaction of its own."""
    with begin_write(wiring.engine) as connection:
        beat(connection, part, wiring.now(), words)


@contextmanager
def review_on_record(wiring: Wiring) -> Iterator[None]:
    """Around a review of deadlines: when it began, and, if nothing went wrong, when it was through."""
    sign_of_life(wiring, REVIEWS_BEGAN)
    yield
    sign_of_life(wiring, REVIEWS)
