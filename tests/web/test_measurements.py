"""`/metrics` and `/health`: what monitoring and supervisors ask; nothing of it names a person, and nobody reads it by
chance."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from browsing import Browser, Pages, pages_on
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from web_office import PEOPLE, WebOffice

from bangiao.subscriptions import Wished, add_subscription
from bangiao.tokens import Wished as WishedToken
from bangiao.tokens import create_token
from bangiao.wiring import Wiring, wire
from checklists.people import PersonRole
from db.session import begin_write
from notifiers.masking import Secret

MOSTLY_EMBEDDED = True

ADMINISTRATOR = PEOPLE[PersonRole.ADMINISTRATOR]


def token(wiring: Wiring, account: str, scope: str) -> dict[str, str]:
    made = create_token(wiring, account, WishedToken("giám sát", {scope}))
    return {"authorization": f"Bearer {made.secret}"}


def samples(browser: Browser, headers: dict[str, str]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = browser.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def test_only_an_administrators_token_of_that_scope_opens_the_measurements(
    office: WebOffice, browse: Browser, wiring: Wiring
) -> None:
    assert browse.get("/metrics").status_code == 401
    assert browse.get("/metrics", headers={"authorization": "Bearer bgt_0_0"}).status_code == 401
    assert browse.get("/metrics", headers=token(wiring, ADMINISTRATOR, "read")).status_code == 403
    for role in (PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.AUDITOR):
        assert browse.get("/metrics", headers=token(wiring, PEOPLE[role], "metrics")).status_code == 403
    assert browse.get("/metrics", headers=token(wiring, ADMINISTRATOR, "metrics")).status_code == 200


def test_a_session_of_the_pages_or_coming_from_this_machine_is_not_enough(office: WebOffice, pages: Pages) -> None:
    assert pages.signed_in(ADMINISTRATOR, place="127.0.0.1").get("/metrics").status_code == 401


def test_the_numbers_are_those_of_the_record(office: WebOffice, browse: Browser, wiring: Wiring) -> None:
    add_subscription(wiring, Wished("truc", Secret("https://[2606:4700:4700::1111]/"), start=0), "quan-tri")
    seen = samples(browse, token(wiring, ADMINISTRATOR, "metrics"))
    with begin_write(wiring.engine) as connection:
        steps = dict(connection.execute(text("SELECT state, count(*) FROM step GROUP BY state")).tuples().all())
        waiting = connection.execute(text("SELECT count(*) FROM audit_waiting")).scalar_one()
    found = {dict(labels)["state"]: value for (name, labels), value in seen.items() if name == "bangiao_steps"}
    assert found == steps
    assert seen[("bangiao_audit_queue_waiting", ())] == waiting
    assert seen[("bangiao_subscription_active", (("subscription", "truc"),))] == 1
    assert seen[("bangiao_messages", (("state", "dead"),))] == 0


def test_requests_are_counted_by_the_route_and_never_by_what_was_asked_for(
    office: WebOffice, browse: Browser, pages: Pages, wiring: Wiring
) -> None:
    lead = pages.signed_in(PEOPLE[PersonRole.UNIT_LEAD])
    assert lead.get(f"/steps/{office.step}").status_code == 200
    assert lead.get("/steps/999999999999").status_code == 404
    assert lead.get("/cockpit/silent").status_code == 200
    for number in range(5):
        browse.get(f"/khong-co-gi/{number}")
    headers = token(wiring, ADMINISTRATOR, "metrics")
    answer = browse.get("/metrics", headers=headers)
    seen = samples(browse, headers)
    counted = {labels: value for (name, labels), value in seen.items() if name == "bangiao_requests_total"}
    nowhere = (("method", "GET"), ("route", "(none)"), ("status", "404"))
    assert counted[nowhere] == 5
    routes = {dict(labels)["route"] for labels in counted}
    assert str(office.step) not in answer.text
    assert "khong-co-gi" not in answer.text
    assert any(re.fullmatch(r"/steps/{\w+}", one) for one in routes)
    assert {"/metrics", "/cockpit/silent"} <= routes
    for account in (*PEOPLE.values(), office.nobody):
        assert f'"{account}"' not in answer.text


def test_alive_asks_no_database_and_ready_asks_it_and_its_schema(office: WebOffice, browse: Browser) -> None:
    assert browse.get("/health").json() == {"status": "alive"}
    assert browse.get("/health/ready").json() == {"status": "ready"}
    with begin_write(office.wiring.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '20260601_spine'"))
    behind = browse.get("/health/ready")
    assert (behind.status_code, behind.json()) == (503, {"status": "database-behind"})
    assert browse.get("/health").status_code == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_its_database_it_lives_is_not_ready_and_tells_no_secret(wiring: Wiring) -> None:
    away = "postgresql://bangiao:mat-khau@127.0.0.1:9/bangiao"
    without = wire(replace(wiring.settings, database_url=away))
    with pages_on(without) as pages:
        browser = pages.browser()
        assert browser.get("/health").json() == {"status": "alive"}
        answer = browser.get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "database-away"})
        assert "mat-khau" not in answer.text
