"""Verifying several steps: each with its evidence in view and a yes of its own; never unseen, never one's own work."""

from __future__ import annotations

import re
from collections.abc import Callable

from browsing import Browser, words
from offices import appoint, do, held, note, state_of, submitted
from web_office import LEAD, PROVINCE, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act

SignedIn = Callable[[str], Browser]


def form_of(browser: Browser) -> dict[str, str]:
    page = browser.get("/cockpit/verify")
    assert page.status_code == 200, words(page)
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', page.text))


def verify(browser: Browser, fields: dict[str, str], *steps: int) -> str:
    answer = browser.post("/cockpit/verify", fields | {"step": [str(one) for one in steps]})
    assert answer.status_code == 200, words(answer)
    return words(answer)


def test_each_step_is_shown_with_its_evidence_and_only_the_ticked_ones_are_verified(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    do(wiring, office.step, Act.COMPLETE, LEAD)
    first, second = submitted(wiring, 2)
    verifier = signed_in(office.people[PersonRole.VERIFIER])
    page = verifier.get("/cockpit/verify").text
    assert f'src="/steps/{office.step}/evidence/{office.photo}/image"' in page
    assert verifier.get(f"/steps/{office.step}/evidence/{office.photo}/image").status_code == 200
    assert f"bước {first}" in page
    assert " checked" not in page
    said = verify(verifier, form_of(verifier), office.step, first)
    assert "2/2" in said or "2 of 2" in said
    assert [state_of(wiring, one) for one in (office.step, first, second)] == ["done", "done", "submitted"]


def test_evidence_that_changed_after_it_was_looked_at_is_not_verified(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    do(wiring, office.step, Act.COMPLETE, LEAD)
    verifier = signed_in(office.people[PersonRole.VERIFIER])
    fields = form_of(verifier)
    do(wiring, office.step, Act.ATTACH, LEAD, evidence=(note("thêm một trang"),))
    said = verify(verifier, fields, office.step)
    assert "0/1" in said or "0 of 1" in said
    assert state_of(wiring, office.step) == "submitted"
    for spoilt in ({f"seen-{office.step}": ""}, {f"seen-{office.step}": "0" * 64}):
        verify(verifier, form_of(verifier) | spoilt, office.step)
        assert state_of(wiring, office.step) == "submitted"


def test_the_same_form_twice_verifies_once(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    do(wiring, office.step, Act.COMPLETE, LEAD)
    verifier = signed_in(office.people[PersonRole.VERIFIER])
    fields = form_of(verifier)
    verify(verifier, fields, office.step)
    version = held(wiring, office.step).step.version
    said = verify(verifier, fields, office.step)
    assert "1/1" in said or "1 of 1" in said
    assert held(wiring, office.step).step.version == version


def test_whoever_worked_on_a_step_has_no_box_to_tick_and_is_refused(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    do(wiring, office.step, Act.COMPLETE, LEAD)
    appoint(wiring, LEAD, PersonRole.COMMITTEE, PROVINCE)
    lead = signed_in(LEAD)
    page = lead.get("/cockpit/verify").text
    assert f"/steps/{office.step}" in page
    assert f'value="{office.step}"' not in page
    step = held(wiring, office.step).step
    fields = {f"version-{step.id}": str(step.version), f"seen-{step.id}": step.evidence_hash}
    verify(lead, fields, office.step)
    assert state_of(wiring, office.step) == "submitted"


def test_nothing_beyond_ones_reach_is_shown_named_or_verified(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    do(wiring, office.step, Act.COMPLETE, LEAD)
    step = held(wiring, office.step).step
    fields = {f"version-{step.id}": str(step.version), f"seen-{step.id}": step.evidence_hash, "step": str(step.id)}
    for role in (PersonRole.COMMITTEE, PersonRole.VERIFIER, PersonRole.UNIT_LEAD):
        foreign = signed_in(office.foreigners[role])
        assert f"/steps/{step.id}" not in foreign.get("/cockpit/verify").text
        assert foreign.post("/cockpit/verify", fields).status_code == 404
    assert signed_in(office.people[PersonRole.AUDITOR]).post("/cockpit/verify", fields).status_code == 403
    assert state_of(wiring, office.step) == "submitted"
