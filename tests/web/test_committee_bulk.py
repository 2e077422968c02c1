"""Many steps at once: as many as the page said, none when something changed meanwhile, and never another's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from browsing import Browser, words
from clocks import SetClock
from offices import do, held, state_of, submitted
from sqlalchemy import func, select
from web_office import WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import OPEN, Act
from db.models import StepRow
from db.session import begin_read
from web.committee.bulk import MOST

SignedIn = Callable[[str], Browser]


def asked(browser: Browser, query: str) -> dict[str, str]:
    """The fields of the page that asks whether to do it."""
    page = browser.get(f"/cockpit/bulk?{query}")
    assert page.status_code == 200, words(page)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def test_all_that_match_are_returned_with_one_reason_each_on_its_own_record(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    steps = submitted(wiring, 3)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    listed = committee.get("/cockpit/steps?state=submitted")
    assert all(f"/steps/{step}" in listed.text for step in steps)
    fields = asked(committee, "state=submitted&act=return")
    assert fields["count"] == "3"
    assert committee.post("/cockpit/bulk", fields | {"reason": ""}).status_code == 422
    done = committee.post("/cockpit/bulk", fields | {"reason": "thiếu con dấu"})
    assert done.status_code == 200
    assert "3/3" in words(done) or "3 of 3" in words(done)
    assert {state_of(wiring, step) for step in steps} == {"in_progress"}
    assert all(held(wiring, step).step.reason == "thiếu con dấu" for step in steps)


def test_nothing_is_done_when_one_of_them_changed_after_it_was_looked_at(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    first, second = submitted(wiring, 2)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    fields = asked(committee, "state=submitted&act=return")
    do(wiring, first, Act.RETURN, office.people[PersonRole.VERIFIER], reason="xem lại")
    answer = committee.post("/cockpit/bulk", fields | {"reason": "thiếu con dấu"})
    assert answer.status_code == 409
    assert "thiếu con dấu" in answer.text
    assert state_of(wiring, second) == "submitted"


def test_the_same_form_sent_twice_does_nothing_twice(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    (step,) = submitted(wiring, 1)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    fields = asked(committee, "state=submitted&act=return") | {"reason": "thiếu con dấu"}
    assert committee.post("/cockpit/bulk", fields).status_code == 200
    version = held(wiring, step).step.version
    assert committee.post("/cockpit/bulk", fields).status_code == 422
    assert held(wiring, step).step.version == version


def test_a_committee_acts_on_nothing_beyond_its_reach_and_others_do_not_act_in_bulk(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    (step,) = submitted(wiring, 1)
    foreign = signed_in(office.foreigners[PersonRole.COMMITTEE])
    assert f"/steps/{step}" not in foreign.get("/cockpit/steps?state=submitted").text
    refused = foreign.get("/cockpit/bulk?state=submitted&act=return")
    assert refused.status_code == 422
    assert f"/steps/{step}" not in refused.text
    for role in (PersonRole.UNIT_LEAD, PersonRole.VERIFIER, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR):
        browser = signed_in(office.people[role])
        assert browser.get("/cockpit/bulk?state=submitted&act=return").status_code == 403
        assert browser.post("/cockpit/bulk", {"act": "return", "state": "submitted"}).status_code == 403
    assert state_of(wiring, step) == "submitted"


def test_what_is_not_offered_for_many_is_not_there_for_many(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    (step,) = submitted(wiring, 1)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    assert committee.get("/cockpit/bulk?state=submitted&act=verify").status_code == 422
    fields = asked(committee, "state=submitted&act=return") | {"act": "verify", "reason": "x"}
    assert committee.post("/cockpit/bulk", fields).status_code == 422
    assert state_of(wiring, step) == "submitted"


def test_the_list_counts_what_the_cockpit_counts(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, clock: SetClock
) -> None:
    clock.now = datetime(2025, 7, 10, 1, tzinfo=UTC)
    committee = signed_in(office.people[PersonRole.COMMITTEE])
    with begin_read(wiring.engine) as connection:
        late = select(func.count()).where(StepRow.due_on < wiring.today(), StepRow.state.in_(sorted(OPEN)))
        count = connection.scalars(late).one()
    assert 0 < count < MOST
    page = committee.get("/cockpit/steps?state=overdue")
    told = re.findall(r'<p role="status">(.*?)</p>', page.text)
    assert any(one.startswith(f"{count} ") for one in told), told
    assert len(re.findall(r'<tr><th scope="row">', page.text)) == min(count, 50)
    assert f'name="count" value="{count}"' in committee.get("/cockpit/bulk?state=overdue&act=cancel").text
