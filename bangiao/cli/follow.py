"""Following the record until decisions are opened, with a bar on the terminal: the database says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bangiao.cli.output import progress_bar
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.handlers import Outcome
from db.outbox import all_delivered
from db.queries import decision_lines
from db.session import begin_read

_LONGEST_STANDSTILL = 120.0
_LOOKS_EVERY = 0.1
_LONGEST_DELIVERY = 15.0


class OpeningStandsStill(HandoverError):
    """For {seconds} seconds no step was opened; {opened} of {planned} are open. Nothing is lost: the rest follows when
    a worker runs (bangiao up). Its logs are in {logs}."""


def follow_opening(wiring: Wiring, outcomes: Sequence[Outcome], look: Callable[[], None] = lambda: None) -> float:
    """Wait until all these decisions are opened; gives the seconds it took. `look` may raise to end the wait.

    Raises OpeningStandsStill when nothing happens for two minutes.
    """
    planned, wanted = sum(one.summary.total_steps for one in outcomes), {one.decision_id for one in outcomes}
    began = moved = time.monotonic()
    seen = 0
    with progress_bar(_("Prefect opens the checklists (steps)"), planned) as advance:
        while True:
            look()
            with begin_read(wiring.engine) as connection:
                lines = [line for line in decision_lines(connection) if line.id in wanted]
            steps = sum(line.steps_in for line in lines)
            advance(steps - seen)
            now = time.monotonic()
            moved = now if steps > seen else moved
            seen = steps
            if all(line.opened_at for line in lines):
                return now - began
            if now - moved > _LONGEST_STANDSTILL:
                logs = str(wiring.settings.data_dir / "logs")
                raise OpeningStandsStill(seconds=int(now - moved), opened=seen, planned=planned, logs=logs)
            time.sleep(_LOOKS_EVERY)


def follow_deliveries(wiring: Wiring, look: Callable[[], None]) -> None:
    """Wait until all that has happened has reached Prefect, for some seconds at most: what is left is delivered when
    the next worker runs. `look` may raise to end the wait."""
    end = time.monotonic() + _LONGEST_DELIVERY
    while not all_delivered(wiring.engine) and time.monotonic() < end:
        look()
        time.sleep(_LOOKS_EVERY)
