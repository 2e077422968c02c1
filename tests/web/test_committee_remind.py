"""Reminding of many steps: once a day each, in the digest like everything else, on record, and only of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from browsing import Browser, words
from clocks import SetClock
from notices import mail_channel, reader, record_channel
from offices import appoint, do, lead_of
from sqlalchemy import func, select
from web_office import LEAD, WebOffice

from bangiao.reviews import review_deadlines
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act
from db.models import EventRow
from db.notice_models import NotificationRow
from db.session import begin_read

SignedIn = Callable[[str], Browser]
MORNING = datetime(2025, 7, 10, 1, tzinfo=UTC)


def fields_of(browser: Browser, query: str) -> dict[str, str]:
    page = browser.get(f"/cockpit/bulk?{query}")
    assert page.status_code == 200, words(page)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def reminders(wiring: Wiring) -> list[tuple[int, str, str]]:
    query = select(NotificationRow.step_id, NotificationRow.recipient, NotificationRow.kind)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(query.where(NotificationRow.level.startswith("reminded"))).all()
    return sorted((row[0], row[1], row[2]) for row in rows)


def told(wiring: Wiring) -> int:
    count = select(func.count()).where(EventRow.type == "step.reminded")
    with begin_read(wiring.engine) as connection:
        return connection.scalar(count) or 0


def test_everybody_who_holds_a_matching_step_is_told_once_a_day(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, clock: SetClock
) -> None:
    clock.now = MORNING
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    query = "state=overdue&stream=data-backup&act=remind"
    fields = fields_of(committee, query)
    count = int(fields["count"])
    assert count > 1
    done = committee.post("/cockpit/bulk", fields)
    assert done.status_code == 200, words(done)
    first, events = reminders(wiring), told(wiring)
    assert first
    assert events == len({step for step, _who, _kind in first})
    assert LEAD in {who for _step, who, _kind in first}
    again = committee.post("/cockpit/bulk", fields_of(committee, query))
    assert "Hôm nay đã nhắc" in words(again) or "Reminded today already" in words(again)
    assert (reminders(wiring), told(wiring)) == (first, events)
    clock.now = MORNING + timedelta(days=1)
    tomorrow = signed_in(office.people[PersonRole.COMMITTEE])
    tomorrow.post("/cockpit/bulk", fields_of(tomorrow, query))
    assert len(reminders(wiring)) == 2 * len(first)
    assert told(wiring) == 2 * events


def test_a_step_that_waits_for_verification_is_told_to_verifiers_and_not_to_who_worked_on_it(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    step = office.step
    do(wiring, step, Act.COMPLETE, LEAD)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    committee.post("/cockpit/bulk", fields_of(committee, "state=submitted&act=remind"))
    assert [(number, kind) for number, _who, kind in reminders(wiring)] == [(step, "step.submitted")]
    assert LEAD not in {who for _step, who, _kind in reminders(wiring)}


def test_the_review_and_a_reminder_do_not_stand_in_each_others_way(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, clock: SetClock
) -> None:
    record_channel(wiring, mail_channel(2525))
    reader(wiring, LEAD, "lan@example.vn")
    clock.now = MORNING
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    committee.post("/cockpit/bulk", fields_of(committee, "state=overdue&stream=data-backup&act=remind"))
    planned = reminders(wiring)
    report = review_deadlines(wiring)
    assert report.notices
    assert reminders(wiring) == planned
    assert {who for _step, who, _kind in planned} == {LEAD}, "only whom a channel reaches"


def test_who_does_not_steer_reminds_nobody(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    appoint(wiring, "phuong", PersonRole.COMMITTEE, "old:00004")
    lead_of(wiring, "old:00004")
    for account in ("phuong", office.foreigners[PersonRole.COMMITTEE]):
        assert signed_in(account).get("/cockpit/bulk?state=untouched&act=remind").status_code == 422
    for role in (PersonRole.UNIT_LEAD, PersonRole.VERIFIER, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR):
        assert signed_in(office.people[role]).post("/cockpit/bulk", {"act": "remind"}).status_code == 403
    assert (
        signed_in(office.people[PersonRole.COMMITTEE]).get("/cockpit/bulk?state=settled&act=remind").status_code == 422
    )
    assert reminders(wiring) == []
