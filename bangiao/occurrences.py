"""The nightly round for duties that come back: open the next time wherever a period has ended.

What the Prefect flow calls, and what can be called without Prefect. Steps first, in one read; then what is missing, in
chunks, each in one transaction. Twice is harmless, two at once are, and a killed round is finished by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bangiao.i18n import both_languages
from bangiao.step_work import in_transaction
from bangiao.wiring import Wiring
from db.occurrences import Clerk, open_missed, periods_ended, running_duties
from db.session import begin_read
from db.steps import SqlSteps


@dataclass(frozen=True, slots=True)
class OccurrencesReport:
    """A round: duties whose period had ended, and the steps that were opened for them."""

    duties: int
    opened: int


def chunks_due(wiring: Wiring) -> list[list[int]]:
    """The latest steps of the duties whose period has ended, in chunks; empty where nothing is due."""
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        duties = list(running_duties(connection, wiring.shelf))
        due = sorted(number for duty in duties for number in periods_ended(connection, duty, today))
    size = wiring.settings.chunk_units
    return [due[start : start + size] for start in range(0, len(due), size)]


def open_chunk_due(wiring: Wiring, latest: Sequence[int], *, actor: str = "bangiao") -> int:
    """Open what is missing after these steps, in one transaction; gives how many steps were new."""

    def work(desk: SqlSteps) -> int:
        clerk = Clerk(desk.connection, wiring.now(), wiring.shelf, both_languages())
        return open_missed(clerk, latest, actor)

    return in_transaction(wiring, work)


def open_chunks_due(
    wiring: Wiring, chunks: Sequence[Sequence[int]], *, told: Callable[[int], None] = lambda _duties: None
) -> OccurrencesReport:
    """What is missing after these steps, chunk by chunk; `told` hears how many duties each chunk looked after."""
    opened = 0
    for chunk in chunks:
        opened += open_chunk_due(wiring, chunk)
        told(len(chunk))
    return OccurrencesReport(sum(map(len, chunks)), opened)


def open_due_occurrences(wiring: Wiring) -> OccurrencesReport:
    """The whole round."""
    return open_chunks_due(wiring, chunks_due(wiring))
