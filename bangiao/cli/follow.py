"""Following the record until decisions are opened, with a bar on the terminal: the database says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bangiao.cli.output import progress_bar
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.handlers import Outcome
from db.queries import decision_lines
from db.session import begin_read

_LONGEST_WAIT = 600.0
_LOOKS_EVERY = 0.1


class OpeningTookTooLong(HandoverError):
    """After {seconds} seconds {opened} of {planned} steps are open. Nothing is lost: the rest follows when a worker
    runs (bangiao up). Its logs are in {logs}."""


def follow_opening(wiring: Wiring, outcomes: Sequence[Outcome], look: Callable[[], None] = lambda: None) -> float:
    """Wait until all these decisions are opened; gives the seconds it took. `look` may raise to end the wait.

    Raises OpeningTookTooLong after ten minutes.
    """
    planned, wanted = sum(one.summary.total_steps for one in outcomes), {one.decision_id for one in outcomes}
    began, seen = time.monotonic(), 0
    with progress_bar(_("Prefect opens the checklists (steps)"), planned) as advance:
        while True:
            look()
            with begin_read(wiring.engine) as connection:
                lines = [line for line in decision_lines(connection) if line.id in wanted]
            steps = sum(line.steps_in for line in lines)
            advance(steps - seen)
            seen = steps
            waited = time.monotonic() - began
            if all(line.opened_at for line in lines):
                return waited
            if waited > _LONGEST_WAIT:
                logs = str(wiring.settings.data_dir / "logs")
                raise OpeningTookTooLong(seconds=int(waited), opened=seen, planned=planned, logs=logs)
            time.sleep(_LOOKS_EVERY)
