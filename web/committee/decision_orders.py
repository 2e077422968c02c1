"""What people do to decisions on the pages: look at a plan, draft, register, change. Reads the forms' files, checks who
steers all units concerned, and calls what the command line calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from bangiao import revisions
from bangiao.decision_files import read_decision_file
from bangiao.documents import Limits
from bangiao.preview import DecisionPreview, preview_decision
from bangiao.wiring import Wiring
from checklists.change_handlers import ChangeOutcome
from checklists.decisions import MergerDecision
from checklists.errors import BadInput, HandoverError, Refused
from checklists.frozen_facts import named_in
from checklists.handlers import Outcome, draft_decision, register_decision
from web.committee.decision_scope import demand_all
from web.guard import Signed


class NothingGiven(BadInput):
    """Choose a file, or write the decision into the field."""


class NotTheSeenPlan(HandoverError):
    """The plan of {number} is not the one you looked at any more. Nothing was drafted; look at it again."""


class NotADecisionForm(BadInput):
    """What came with this form is no decision. Give the file again."""


@contextmanager
def as_file(name: str, content: bytes) -> Iterator[Path]:
    """What somebody sent, for a moment as a file with a name of ours: only its ending is theirs."""
    ending = Path(name).suffix.lower()
    with TemporaryDirectory(prefix="bangiao-") as folder:
        file = Path(folder) / f"decision{ending if ending.isascii() and len(ending) <= 6 else ''}"
        file.write_bytes(content)
        yield file


def previewed(wiring: Wiring, signed: Signed, name: str, content: bytes) -> DecisionPreview:
    """The plan that the file's decision would have. Raises Refused, NotAllYours, and what a preview raises."""
    if not content.strip():
        raise NothingGiven()
    with as_file(name, content) as file:
        written = read_decision_file(file, Limits.of(wiring.settings))
        demand_all(wiring, signed, written.decision.number, named_in(written.decision))
        return preview_decision(file, wiring)


def drafted(wiring: Wiring, signed: Signed, content: str, plan_hash: str) -> Outcome:
    """Draft what was shown. Raises NotTheSeenPlan when its plan has become another one."""
    try:
        decision = MergerDecision.model_validate_json(content)
    except ValidationError as error:
        raise NotADecisionForm() from error
    demand_all(wiring, signed, decision.number, named_in(decision))
    with wiring.unit_of_work() as uow:
        outcome = draft_decision(
            decision, uow, wiring.planning(uow.connection), refused=_refusal(decision.number), by=signed.account
        )
        if outcome.summary.hash != plan_hash:
            raise NotTheSeenPlan(number=decision.number)
    return outcome


def _refusal(number: str) -> Callable[[list[HandoverError]], Refused]:
    return lambda mistakes: Refused(number, mistakes)


def registered(wiring: Wiring, signed: Signed, number: str, plan_hash: str) -> Outcome:
    demand_all(wiring, signed, number)
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        return register_decision(
            number, plan_hash, uow, planning, by=signed.account, four_eyes=wiring.settings.four_eyes
        )


class OtherNumber(BadInput):
    """The file is of decision {found}, and this is the page of {number}. Give the amended text of {number}."""


def amended(wiring: Wiring, signed: Signed, number: str, said: dict[str, Any]) -> ChangeOutcome:
    """Draft an amendment from the file in the form."""
    demand_all(wiring, signed, number)
    if not said["content"].strip():
        raise NothingGiven()
    with as_file(said["name"], said["content"]) as file:
        wanted = revisions.amendment(wiring, file)
    if wanted.number != number:
        raise OtherNumber(found=wanted.number, number=number)
    if wanted.proposal.decision:
        demand_all(wiring, signed, number, named_in(wanted.proposal.decision))
    return revisions.draft(wiring, wanted, reason=said["reason"], by=signed.account)


def revoked(wiring: Wiring, signed: Signed, number: str, said: dict[str, Any]) -> ChangeOutcome:
    """Draft a revocation."""
    demand_all(wiring, signed, number)
    return revisions.draft(wiring, revisions.revocation(number), reason=said["reason"], by=signed.account)


def committed(wiring: Wiring, signed: Signed, number: str, said: dict[str, Any]) -> ChangeOutcome:
    """Carry out the drafted change that was read."""
    demand_all(wiring, signed, number)
    return revisions.commit_drafted(wiring, number, said["change_hash"], by=signed.account)


def withdrawn(wiring: Wiring, signed: Signed, number: str, said: dict[str, Any]) -> ChangeOutcome:
    """Take the drafted change back."""
    demand_all(wiring, signed, number)
    return revisions.withdraw(wiring, number, reason=said["reason"], by=signed.account)
