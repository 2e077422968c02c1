"""The pages' office three weeks later: steps in every state, some late and told of, packages, drafts. What is rare on a
page is there once, so that whoever looks at all pages sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from builders import draft, own_decision
from clocks import SetClock
from offices import appoint, do, lead_of, note, state_of
from sqlalchemy import select
from web_office import PEOPLE, PROVINCE, WebOffice, web_office

from bangiao import revisions
from bangiao.audit_log import make_checkpoint
from bangiao.package_orders import ExportOrder
from bangiao.package_queue import carry_out, order_package, own_place
from bangiao.reviews import review_deadlines
from bangiao.sign_in import set_password
from bangiao.wiring import Wiring
from checklists.package.scope import Scope
from checklists.people import PersonRole
from checklists.steps import Act
from db.models import ChecklistRow, StepRow
from db.session import begin_read

NOW = datetime(2025, 7, 10, 1, tzinfo=UTC)
DRAFTED = "02/QĐ-TN"
PASSWORD = "bốn từ dễ nhớ ghép lại"
"""Of everybody in the office."""

SECOND = "pho-chu-tich"
"""Also of the committee: reads and registers what the first has drafted."""

LONG = "Phần việc này còn thiếu bảng thống kê hồ sơ địa chính, " * 4


@dataclass
class BusyOffice(WebOffice):
    """`drafted`: a decision that somebody else has to register; `spare`: a package that was ordered and not made."""

    drafted: str = DRAFTED
    spare: str = ""


def busy_office(wiring: Wiring) -> BusyOffice:
    """Open it, work in it, and let three weeks pass."""
    clock = wiring.clock
    assert isinstance(clock, SetClock)
    made = BusyOffice(**vars(web_office(wiring)))
    appoint(wiring, SECOND, PersonRole.COMMITTEE, PROVINCE)
    for account in (*made.people.values(), *made.foreigners.values(), SECOND):
        set_password(wiring, account, PASSWORD, "quan-tri")
    _work(wiring, made)
    committee = made.people[PersonRole.COMMITTEE]
    draft(wiring, own_decision(DRAFTED, predecessors=("old:00004",)), by=committee)
    revisions.draft(wiring, revisions.revocation(made.decision), reason="Ban hành nhầm số", by=committee)
    made.spare = order_package(
        wiring, ExportOrder(Scope(unit=made.unit), own_place(), PEOPLE[PersonRole.AUDITOR], "Kiểm tra lần hai")
    )
    make_checkpoint(wiring)
    carry_out(wiring, made.package)
    clock.now = NOW
    review_deadlines(wiring)
    return made


def ready_steps(wiring: Wiring, unit: str) -> list[int]:
    """What the unit's lead may begin now."""
    query = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    with begin_read(wiring.engine) as connection:
        return list(
            connection.scalars(query.where(ChecklistRow.unit == unit, StepRow.state == "ready").order_by(StepRow.id))
        )


def _work(wiring: Wiring, made: WebOffice) -> None:
    """One step for each thing that may happen to one."""
    ready = [one for one in ready_steps(wiring, made.unit) if one != made.step]
    lead, verifier = lead_of(wiring, made.unit), made.people[PersonRole.VERIFIER]
    blocked, absent, begun, *rest = ready
    do(wiring, blocked, Act.BLOCK, lead, reason=LONG, unblocker="Phòng Nội vụ", expected_on=date(2025, 6, 25))
    do(wiring, absent, Act.NOT_APPLICABLE, lead, reason="Xã không có trụ sở riêng", evidence=(note(),))
    do(wiring, begun, Act.START, lead)
    submitted = []
    for number, step in enumerate(rest[:6]):
        do(wiring, step, Act.COMPLETE, lead, evidence=(note(f"bước {number}"),))
        if state_of(wiring, step) == "submitted":
            submitted.append(step)
    if submitted:
        do(wiring, submitted[0], Act.RETURN, verifier, reason=LONG)
