"""Work on a step: its states, and the one table of what may be done in which of them.

waiting → ready → in_progress → submitted → done; beside them blocked, not_applicable and cancelled. A step that asks
for no second person goes from in_progress to done at once. `not_applicable` always takes one: it is submitted
as such (`claim`) and verified like anything else; no silence and no timeout approves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checklists.messages import Message


class StepState(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    READY = "ready"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    DONE = "done"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not_applicable"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What a person does to a step."""

    START = "start"
    ATTACH = "attach"
    WITHDRAW = "withdraw"
    COMPLETE = "complete"
    VERIFY = "verify"
    RETURN = "return"
    BLOCK = "block"
    UNBLOCK = "unblock"
    NOT_APPLICABLE = "not_applicable"
    REOPEN = "reopen"
    CANCEL = "cancel"


class Claim(StrEnum):
    """What a submitted step says of itself, for the second person to confirm."""

    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


_W, _R, _P, _S, _D, _B, _N, _C = StepState

OPEN = frozenset({_W, _R, _P, _S, _B})
"""States in which somebody still owes something."""

SETTLED = frozenset({_D, _N, _C})
"""States that satisfy a step which needs this one."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: in one of the states `before`, the act leads to `after` (None: the state stays). `verified`
    rows are for steps that a second person verifies, or for the others; None: for both."""

    act: Act
    before: frozenset[StepState]
    after: StepState | None
    rule: Message
    verified: bool | None = None


_EVIDENCE = Message("evidence belongs to a step that is not settled as not applicable or cancelled")
_COMPLETED = Message("a step is completed when nothing it needs is open")
_TO_DO = Message("this is said of a step that is still to be done")

TRANSITIONS: tuple[Transition, ...] = (
    Transition(Act.START, frozenset({_R}), _P, Message("a step is started once every step it needs is settled")),
    Transition(Act.ATTACH, frozenset({_R}), _P, _EVIDENCE),
    Transition(Act.ATTACH, frozenset({_W, _P, _S, _B}), None, _EVIDENCE),
    Transition(Act.ATTACH, frozenset({_D}), _S, Message("new evidence makes a verification void"), verified=True),
    Transition(Act.ATTACH, frozenset({_D}), None, _EVIDENCE, verified=False),
    Transition(Act.WITHDRAW, frozenset({_W, _R, _P, _S, _B}), None, _EVIDENCE),
    Transition(Act.WITHDRAW, frozenset({_D}), _S, Message("less evidence makes a verification void"), verified=True),
    Transition(Act.WITHDRAW, frozenset({_D}), None, _EVIDENCE, verified=False),
    Transition(Act.COMPLETE, frozenset({_R, _P}), _S, _COMPLETED, verified=True),
    Transition(Act.COMPLETE, frozenset({_R, _P}), _D, _COMPLETED, verified=False),
    Transition(Act.VERIFY, frozenset({_S}), _D, Message("only what was submitted is verified")),
    Transition(Act.RETURN, frozenset({_S}), _P, Message("only what was submitted is returned")),
    Transition(Act.BLOCK, frozenset({_W, _R, _P}), _B, _TO_DO),
    Transition(Act.UNBLOCK, frozenset({_B}), _P, Message("only a blocked step is unblocked")),
    Transition(Act.NOT_APPLICABLE, frozenset({_W, _R, _P, _B}), _S, _TO_DO),
    Transition(
        Act.REOPEN, frozenset({_D, _N}), _P, Message("only a settled step is reopened, and a cancelled one stays so")
    ),
    Transition(Act.CANCEL, OPEN, _C, Message("only an open step is cancelled; settled ones are never touched")),
)
"""What may be done in which state, and what follows. Two refinements, in `checklists.step_rules`: a verified claim of
not applicable becomes not_applicable; a step that still needs others goes back to waiting."""


def act_words(act: Act) -> Message:
    """The act as people call it."""
    return _ACTS[act]


def state_words(state: StepState) -> Message:
    """The state as people call it."""
    return _STATES[state]


_ACTS = {
    Act.START: Message("start"),
    Act.ATTACH: Message("attach evidence"),
    Act.WITHDRAW: Message("withdraw evidence"),
    Act.COMPLETE: Message("complete"),
    Act.VERIFY: Message("verify"),
    Act.RETURN: Message("return"),
    Act.BLOCK: Message("block"),
    Act.UNBLOCK: Message("unblock"),
    Act.NOT_APPLICABLE: Message("declare not applicable"),
    Act.REOPEN: Message("reopen"),
    Act.CANCEL: Message("cancel"),
}

_STATES = {
    StepState.WAITING: Message("waiting for other steps"),
    StepState.READY: Message("ready"),
    StepState.IN_PROGRESS: Message("in progress"),
    StepState.SUBMITTED: Message("submitted"),
    StepState.DONE: Message("done"),
    StepState.BLOCKED: Message("blocked"),
    StepState.NOT_APPLICABLE: Message("not applicable"),
    StepState.CANCELLED: Message("cancelled"),
}
