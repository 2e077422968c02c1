"""One act on one step or on many: each done whole or refused by itself, each with a result; many share commits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from uuid import uuid4

from bangiao.cli.output import progress_bar
from bangiao.i18n import _
from bangiao.step_references import Reader, resolve
from bangiao.step_work import act_on_step
from bangiao.step_writer import StepWriter
from bangiao.wiring import Wiring
from checklists.desk import Acted, NewEvidence, Order
from checklists.errors import HandoverError
from checklists.step_rules import Actor, Request
from checklists.steps import Act
from db.session import begin_read

_WORTH_A_BAR = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked on the command line, whatever the step."""

    request: Request
    actor: Actor
    version: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it for one step: done, or refused with a sentence."""

    step_id: int
    acted: Acted | None = None
    refusal: HandoverError | None = None


def step_numbers(wiring: Wiring, steps: Sequence[str], decision: str | None, actor: Actor) -> list[int]:
    """The steps meant, each once; `-` stands for the lines of standard input."""
    named = [line.strip() for step in steps for line in (sys.stdin if step == "-" else [step])]
    reader = Reader(actor.people, wiring.today())
    with begin_read(wiring.engine) as connection:
        return list(dict.fromkeys(resolve(connection, name, decision, reader) for name in named if name))


def carry_out(wiring: Wiring, asked: Asked, numbers: Sequence[int], evidence: Sequence[NewEvidence]) -> list[Result]:
    """Act on each step. A single one's refusal is raised; of many, each refusal stands in its result."""
    request = asked.request
    if request.act is Act.BLOCK:
        request = replace(request, clock_runs=wiring.settings.blocked_clock_runs)
    request_id = uuid4().hex
    orders = [Order(one, request, asked.actor, asked.version, tuple(evidence), request_id) for one in numbers]
    if len(orders) == 1:
        return [Result(orders[0].step_id, act_on_step(wiring, orders[0]))]
    # one person's steps follow one another: what reopening the first does to the second is not somebody else's doing
    writing = StepWriter(wiring, in_order=True)
    with writing as writer, progress_bar(_("Steps"), len(orders), len(orders) > _WORTH_A_BAR) as advance:
        waiting = [(order.step_id, writer.submit(order)) for order in orders]
        return [_result(*one, advance) for one in waiting]


def _result(step_id: int, acted: Future[Acted], advance: Callable[[], object]) -> Result:
    try:
        return Result(step_id, acted.result())
    except HandoverError as refusal:
        return Result(step_id, refusal=refusal)
    finally:
        advance()
