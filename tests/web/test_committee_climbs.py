"""What climbed, what reached nobody, what lies in time: told to whom it concerns, and a dead letter leaves again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from browsing import Browser, words
from clocks import SetClock
from notices import mail_channel, reader, record_channel
from sqlalchemy import insert, select
from web_office import WebOffice

from bangiao.acknowledging import acknowledge_step
from bangiao.calendar_files import vietnam_calendar
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.step_rules import Actor
from db.models import StepRow, table_of
from db.notice_models import DeliveryRow, EscalationRow, NotificationRow
from db.session import begin_read, begin_write
from web.committee.time_lines import burn_up_of, chart_of, forecast_words

SignedIn = Callable[[str], Browser]
TODAY = date(2025, 7, 10)
LETTER = "d" * 32


@pytest.fixture
def climbed(office: WebOffice, wiring: Wiring, clock: SetClock) -> int:
    """A step that is late, of which a level has spoken to the unit's lead, by a letter that reached nobody."""
    clock.now = datetime(2025, 7, 10, 1, tzinfo=UTC)
    due = select(StepRow.due_on).where(StepRow.id == office.step)
    with begin_write(wiring.engine) as connection:
        due_on = connection.scalars(due).one()
        now = wiring.now()
        rows = {
            EscalationRow: {
                "step_id": office.step,
                "due_on": due_on,
                "level": "unit-lead",
                "repeat": 0,
                "audience": "unit_lead",
                "at": now,
                "planned_at": now,
                "late": False,
                "recipients": 1,
                "why": "",
            },
            DeliveryRow: {
                "id": LETTER,
                "recipient": office.people[PersonRole.UNIT_LEAD],
                "digest": "",
                "channel": "thu",
                "address": "lan@xa.gov.vn",
                "urgent": False,
                "state": "dead",
                "attempt": 8,
                "tries": 8,
                "next_try_at": now,
                "created_at": now,
            },
            NotificationRow: {
                "id": "n" * 32,
                "kind": "step.overdue",
                "step_id": office.step,
                "level": "unit-lead",
                "due_on": due_on,
                "recipient": office.people[PersonRole.UNIT_LEAD],
                "urgent": False,
                "state": "dead",
                "send_at": now,
                "delivery_id": LETTER,
                "created_at": now,
            },
        }
        for row, values in rows.items():
            connection.execute(insert(table_of(row)), values)
    return office.step


def test_what_climbed_is_shown_until_somebody_has_it_in_hand(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, climbed: int
) -> None:
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    assert f"/steps/{climbed}" in committee.get("/escalations").text
    lead = Actor(office.people[PersonRole.UNIT_LEAD])
    acknowledge_step(wiring, climbed, lead, date(2025, 7, 14), "đang chờ đóng dấu")
    assert f"/steps/{climbed}" not in committee.get("/escalations").text
    every = committee.get("/escalations?show=all")
    assert "đang chờ đóng dấu" in words(every)
    assert "14/07/2025" in words(every)


def test_another_province_sees_neither_the_climb_nor_the_letter(
    office: WebOffice, signed_in: SignedIn, climbed: int
) -> None:
    foreign = signed_in(office.foreigners[PersonRole.COMMITTEE])
    assert f"/steps/{climbed}" not in foreign.get("/escalations?show=all").text
    assert LETTER not in foreign.get("/letters").text
    assert foreign.post(f"/letters/{LETTER}/resend").status_code == 404
    assert signed_in(office.people[PersonRole.UNIT_LEAD]).get("/escalations").status_code == 403


def test_a_dead_letter_leaves_again_when_the_committee_says_so_and_auditors_only_look(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, climbed: int
) -> None:
    auditor = signed_in(office.people[PersonRole.AUDITOR])
    seen = auditor.get("/letters")
    assert "lan@" not in seen.text
    assert f"/letters/{LETTER}/resend" not in seen.text
    assert auditor.post(f"/letters/{LETTER}/resend").status_code == 403
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    nobody = committee.post(f"/letters/{LETTER}/resend")
    assert nobody.status_code == 409
    assert "bangiao user add" not in words(nobody)
    record_channel(wiring, mail_channel(2525))
    reader(wiring, office.people[PersonRole.UNIT_LEAD], "lan@xa.gov.vn")
    page = committee.follow(committee.post(f"/letters/{LETTER}/resend"))
    assert LETTER not in page.text
    with begin_read(wiring.engine) as connection:
        assert connection.scalars(select(DeliveryRow.state).where(DeliveryRow.id == LETTER)).one() != "dead"


def test_the_forecast_is_the_pace_of_five_working_days_lengthened() -> None:
    settled = Counter({date(2025, 7, 3): 10, date(2025, 7, 7): 10, date(2025, 7, 9): 30, TODAY: 7})
    burn = burn_up_of(settled, 107, TODAY, date(2025, 7, 15), vietnam_calendar())
    assert burn.settled == 57
    assert burn.pace == 10.0
    assert burn.forecast == date(2025, 7, 17)
    assert "17/07/2025" in forecast_words(burn)
    assert chart_of(burn, TODAY).target == "15/07/2025"


def test_without_a_pace_no_day_is_promised() -> None:
    burn = burn_up_of(Counter(), 100, TODAY, None, vietnam_calendar())
    assert burn.forecast is None
    assert "/2025" not in forecast_words(burn)
    assert not chart_of(burn, TODAY).ahead


def test_the_pages_of_time_open_for_whoever_reads_and_show_only_their_units(
    office: WebOffice, signed_in: SignedIn, clock: SetClock
) -> None:
    clock.now = datetime(2025, 7, 10, 1, tzinfo=UTC)
    own, foreign = (
        signed_in(who[PersonRole.COMMITTEE]).get("/cockpit/silent") for who in (office.people, office.foreigners)
    )
    assert f"/units/{office.unit}" in own.text
    assert f"/units/{office.unit}" not in foreign.text
    for path in ("/cockpit/burn-up", f"/cockpit/burn-up?decision={office.decision}"):
        assert signed_in(office.people[PersonRole.AUDITOR]).get(path).status_code == 200
    assert office.decision not in signed_in(office.foreigners[PersonRole.COMMITTEE]).get("/cockpit/burn-up").text
