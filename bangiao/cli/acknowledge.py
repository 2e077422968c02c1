"""`bangiao step acknowledge`: "I have it, expected by …"; nobody above hears of it until that day is past."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from bangiao.acknowledging import acknowledge_step
from bangiao.cli.output import AsJson, day, out, print_json
from bangiao.cli.step_options import As, Decision, Step
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.step_references import resolve
from bangiao.wiring import wire
from checklists.step_rules import Actor
from db.session import begin_read

Expected = Annotated[date, Parameter(help=_("The day by which it will be done."))]
Words = Annotated[str, Parameter(help=_("What is being done; whoever is told next reads it."))]
For = Annotated[str | None, Parameter(name="--for", help=_("The absent person in whose name it is done."))]


def acknowledge(
    step: Step,
    /,
    *,
    expected: Expected,
    words: Words,
    decision: Decision = None,
    by: As = None,
    for_: For = None,
    as_json: AsJson = False,
) -> None:
    """Say that you have a step in hand and by when: nobody above is told until that day is past."""
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        number = resolve(connection, step, decision)
    done = acknowledge_step(wiring, number, Actor(by or wiring.settings.actor, for_), expected, words)
    given = done.acknowledgement
    if as_json:
        print_json({"step": number, "again": done.again, "acknowledgement": given})
        return
    said = _("{step}: {who} has it in hand, expected by {day}. Nobody above is told before that day is past.")
    out.print(said.format(step=done.step.name, who=given.by, day=day(given.expected_on)))
