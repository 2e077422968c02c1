"""One step in full, as its unit reads it: what, until when and why, its evidence, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bangiao.step_references import reference
from bangiao.step_work import desk_on
from bangiao.wiring import Wiring
from checklists.desk import HeldStep
from checklists.escalation.acknowledgement import Acknowledgement
from checklists.step_handlers import NoStepFor, UnknownStep
from checklists.step_rules import allowed
from checklists.steps import Act
from db.acknowledgements import acknowledgement_standing
from db.reach import roles_over
from db.step_queries import (
    EvidenceLine,
    NeededStep,
    VerificationLine,
    deadline_words,
    evidence_of,
    needing,
    needs_of,
    verifications_of,
)


@dataclass(frozen=True, slots=True)
class StepSheet:
    """A step with everything around it."""

    held: HeldStep
    reference: str
    due_because: tuple[str, str]
    """Why it is due when it is, in Vietnamese and in English."""
    needs: list[NeededStep]
    needing: list[NeededStep]
    evidence: list[EvidenceLine]
    verifications: list[VerificationLine]
    allowed: list[Act]
    in_hand: Acknowledgement | None = None
    """Who has it in hand and until when, while that stands."""

    @property
    def due_on(self) -> date | None:
        return self.held.due_on


def read_sheet(connection: Connection, wiring: Wiring, step_id: int, reader: str | None = None) -> StepSheet:
    """Read it, for `reader` only within what they may see (None: an operator). Raises UnknownStep."""
    held = desk_on(wiring, connection).held(step_id)
    if reader and not (held and roles_over(connection, reader, held.holder, wiring.today())):
        raise NoStepFor(step=step_id, person=reader)
    if held is None:
        raise UnknownStep(step=step_id)
    return StepSheet(
        held,
        reference(held.unit, held.key, held.counterpart, held.occurrence),
        deadline_words(connection, step_id),
        needs_of(connection, step_id),
        needing(connection, step_id),
        evidence_of(connection, step_id),
        verifications_of(connection, step_id),
        [one for one in allowed(held.step) if one is not Act.WITHDRAW or held.step.evidence],
        acknowledgement_standing(connection, step_id, wiring.today()),
    )
