"""An office at work: a small decision with its checklists open, people in their roles, and what they do to steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from builders import JOINED, SPLIT, open_all, own_decision, predecessors_of, registered
from sqlalchemy import Connection, select

from bangiao.step_references import resolve
from bangiao.step_work import act_on_step, desk_on
from bangiao.wiring import Wiring
from checklists.desk import Acted, HeldStep, NewEvidence, Order
from checklists.people import Assignment, Person, PersonRole
from checklists.step_rules import Actor, Request
from checklists.steps import Act
from checklists.units import UnitKey
from db.models import NeedRow, StepRow
from db.people import write_assignment, write_person
from db.session import begin_read, begin_write
from evidence.notes import text_digest

HA_NOI_COMMITTEE = "chu-tich"
"""Committee of the province: reaches every unit of it, old and new."""

VERIFIER = "kiem-tra"


def opened(wiring: Wiring, predecessors: Iterable[str] = (SPLIT,), number: str = "01/QĐ-TN") -> int:
    """A decision over these units with its checklists open, and people over them; gives its id."""
    outcome = registered(wiring, own_decision(number, predecessors=predecessors))
    open_all(wiring, outcome.decision_id)
    appoint(wiring, HA_NOI_COMMITTEE, PersonRole.COMMITTEE, "new:01")
    appoint(wiring, VERIFIER, PersonRole.VERIFIER, "new:01")
    return outcome.decision_id


def joined_units() -> list[str]:
    """The predecessors of Phường Hoàn Kiếm: 14 communes and two districts."""
    return predecessors_of(JOINED)


def appoint(
    wiring: Wiring, account: str, role: PersonRole, unit: str, since: date = date(2025, 6, 1), until: date | None = None
) -> str:
    """Somebody new (or known) in a role; gives the account."""
    with begin_write(wiring.engine) as connection:
        write_person(connection, Person(account, account.title()), wiring.now())
        write_assignment(connection, Assignment(account, role, UnitKey(unit), since, until))
    return account


def lead_of(wiring: Wiring, unit: str) -> str:
    """The unit's lead, appointed when first asked for."""
    return appoint(wiring, f"lead-{unit.replace(':', '-').lower()}", PersonRole.UNIT_LEAD, unit)


def step_of(wiring: Wiring, name: str) -> int:
    """A step's number by its name, e.g. old:00634/DAT-01."""
    with begin_read(wiring.engine) as connection:
        return resolve(connection, name)


def held(wiring: Wiring, step_id: int) -> HeldStep:
    with begin_read(wiring.engine) as connection:
        found = desk_on(wiring, connection).held(step_id)
    assert found
    return found


def state_of(wiring: Wiring, step_id: int) -> str:
    return held(wiring, step_id).step.state.value


def note(text: str = "đã làm xong", day: date = date(2025, 6, 17)) -> NewEvidence:
    return NewEvidence("note", text_digest("note", text), "", len(text.encode()), "text/plain", text, day)


def do(
    wiring: Wiring,
    step_id: int,
    act: Act,
    by: str,
    *,
    in_the_name_of: str | None = None,
    evidence: tuple[NewEvidence, ...] = (),
    version: int | None = None,
    order_id: str | None = None,
    **request: Any,
) -> Acted:
    """One act, as the command line and the pages order it."""
    order = Order(step_id, Request(act, **request), Actor(by, in_the_name_of), version, evidence, order_id)
    return act_on_step(wiring, order)


def submitted(wiring: Wiring, count: int) -> list[int]:
    """So many steps, completed by their leads and waiting for a second person."""
    found: list[int] = []
    with begin_read(wiring.engine) as connection:
        ready = list(connection.scalars(select(StepRow.id).where(StepRow.state == "ready").order_by(StepRow.id)))
    for step in ready:
        one = held(wiring, step)
        if one.template.verify and len(found) < count:
            do(wiring, step, Act.COMPLETE, lead_of(wiring, one.holder), evidence=(note(f"bước {step}"),))
            found.append(step)
    assert len(found) == count
    return found


def finish(wiring: Wiring, step_id: int) -> None:
    """The unit's lead completes the step with a note, and a verifier verifies it where that is asked for."""
    one = held(wiring, step_id)
    acted = do(wiring, step_id, Act.COMPLETE, lead_of(wiring, one.holder), evidence=(note(f"bước {step_id}"),))
    if acted.after.state.value == "submitted":
        do(wiring, step_id, Act.VERIFY, VERIFIER, seen=acted.after.evidence_hash)


def needs_of(connection: Connection, step_id: int) -> list[int]:

    return list(
        connection.scalars(select(NeedRow.needs_id).where(NeedRow.step_id == step_id).order_by(NeedRow.needs_id))
    )


def finish_with_needs(wiring: Wiring, step_id: int) -> None:
    """The step and, before it, everything it needs."""
    with begin_read(wiring.engine) as connection:
        open_ones = [
            one
            for one in needs_of(connection, step_id)
            if connection.scalars(select(StepRow.state).where(StepRow.id == one)).one()
            not in {"done", "not_applicable", "cancelled"}
        ]
    for one in open_ones:
        finish_with_needs(wiring, one)
    if state_of(wiring, step_id) not in {"done", "not_applicable", "cancelled"}:
        finish(wiring, step_id)
