"""Signing in with the office's own account, through all pages and a provider that is a real server; and those who try
to come in with somebody else's.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browsing import BASE, ELSEWHERE, Pages, pages_on, words
from clocks import SetClock
from office_pages import BACK, identity_at, proof_in, through, to_provider, with_office
from office_provider import CLIENT, Provider, provider_on_loopback
from real_server import RealServer
from sqlalchemy import select
from web_office import FOREIGNERS, LEAD, PEOPLE, WebOffice

from bangiao.identities import link
from bangiao.oidc_tokens import Proven
from bangiao.people import disable
from bangiao.sign_in import set_password
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.models import EventRow
from db.session import begin_read
from db.sign_in_models import SessionRow

MOSTLY_EMBEDDED = True

GOOD = "bốn từ dễ nhớ ghép lại"
ADMIN, CHAIR = PEOPLE[PersonRole.ADMINISTRATOR], PEOPLE[PersonRole.COMMITTEE]


@pytest.fixture
def there(clock: SetClock) -> Iterator[Provider]:
    with provider_on_loopback(clock, f"{BASE}{BACK}") as provider:
        yield provider


@pytest.fixture
def pages(office: WebOffice, wiring: Wiring, there: Provider) -> Iterator[Pages]:
    with pages_on(with_office(wiring, there)) as running:
        yield running


@pytest.fixture
def linked(pages: Pages, there: Provider) -> Pages:
    """The lead's account is linked with whoever is signed in at the provider."""
    link(pages.wiring, LEAD, Proven(there.issuer, there.subject, "lan.nt", strong=False), ADMIN)
    return pages


def sessions_by(wiring: Wiring) -> list[tuple[str, str]]:
    with begin_read(wiring.engine) as connection:
        return [(row.account, row.by) for row in connection.execute(select(SessionRow.account, SessionRow.by))]


def events_of(wiring: Wiring, kind: str) -> list[str]:
    with begin_read(wiring.engine) as connection:
        return list(connection.scalars(select(EventRow.subject).where(EventRow.type.startswith(kind))))


def test_the_linked_person_comes_in_and_where_they_wanted_to_go(linked: Pages, office: WebOffice) -> None:
    browser, place = linked.browser(), f"/units/{office.unit}"
    assert "Tài khoản công vụ" in browser.get(f"/sign-in?to={place}").text
    answer = browser.get(through(browser, f"/sign-in/office?to={place}"))
    assert answer.headers["location"] == place
    assert browser.get(place).status_code == 200
    assert sessions_by(linked.wiring) == [(LEAD, "oidc")]
    assert events_of(linked.wiring, "session.began") == [LEAD]


def test_what_is_asked_of_the_provider_is_bound_to_this_browser(linked: Pages) -> None:
    asked = parse_qs(urlsplit(to_provider(linked.browser())).query)
    other = parse_qs(urlsplit(to_provider(linked.browser())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{BASE}{BACK}"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 43
        assert asked[name] != other[name]


@pytest.mark.parametrize("place", ["//evil.example/", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_site(linked: Pages, place: str) -> None:
    browser = linked.browser()
    assert browser.get(through(browser, f"/sign-in/office?to={place}")).headers["location"] == "/"


def test_the_answer_of_another_browser_opens_nothing(linked: Pages, there: Provider) -> None:
    """An attacker who has somebody follow their own answer would have them work in the attacker's account."""
    attacker, victim, busy = linked.browser(ELSEWHERE), linked.browser(), linked.browser()
    answer = through(attacker)
    assert victim.get(answer).status_code == 422
    to_provider(busy)
    assert busy.get(answer).status_code == 422
    assert (victim.session, busy.session) == ("", "")
    assert "token" not in there.asked, "the code has not left"
    assert attacker.get(answer).status_code == 303


def test_an_answer_is_good_once(linked: Pages, there: Provider) -> None:
    browser = linked.browser()
    start = browser.get("/sign-in/office")
    kept = dict(browser.http.cookies)
    answer = httpx.get(start.headers["location"]).headers["location"].removeprefix(BASE)
    assert browser.get(answer).status_code == 303
    browser.post("/sign-out")
    assert browser.get(answer).status_code == 422, "what the browser kept is gone"
    browser.http.cookies.update(kept)
    again = browser.get(answer)
    assert again.status_code == 422, "and the provider gives nothing for a code a second time"
    assert "invalid_grant" in words(again)
    assert browser.session == ""


def test_ten_minutes_later_it_is_begun_again(linked: Pages, clock: SetClock) -> None:
    browser = linked.browser()
    answer = through(browser)
    clock.advance(minutes=10, seconds=1)
    assert browser.get(answer).status_code == 422
    assert browser.get(through(browser)).status_code == 303


def test_what_the_browser_keeps_cannot_be_made_up(linked: Pages) -> None:
    browser = linked.browser()
    answer = through(browser)
    kept = browser.http.cookies["bangiao-office"]
    assert "evil" not in kept
    for forged in (kept[:-4] + "AAAA", "bg1:x:y", "", "{}"):
        browser.http.cookies.set("bangiao-office", forged, domain="bangiao.test")
        assert browser.get(answer).status_code == 422


def test_an_answer_of_another_provider_is_told_apart_before_the_code_leaves(linked: Pages, there: Provider) -> None:
    for other in ("&iss=https%3A%2F%2Fevil.example", ""):
        browser = linked.browser()
        answer = re.sub(r"&iss=[^&]*", "", through(browser)) + other
        assert browser.get(answer).status_code == 422
        assert browser.session == ""
    assert "token" not in there.asked


@pytest.mark.parametrize("wrong", [{"nonce": "of-another"}, {"aud": "another"}, {"iss": "https://evil.example"}])
def test_a_token_that_is_not_to_be_trusted_lets_nobody_in(
    linked: Pages, there: Provider, wrong: dict[str, str]
) -> None:
    there.claims = wrong
    browser = linked.browser()
    answer = browser.get(through(browser))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (browser.session, sessions_by(linked.wiring)) == ("", [])


def test_a_session_that_somebody_else_put_into_the_browser_is_worth_nothing(linked: Pages) -> None:
    victim, attacker = linked.browser(), linked.browser(ELSEWHERE)
    for one in (victim, attacker):
        one.session = "a-session-that-the-attacker-chose"
    assert victim.get(through(victim)).status_code == 303
    assert victim.session != attacker.session
    assert attacker.get("/account").status_code == 303


def test_signing_in_ends_the_session_that_the_browser_had(linked: Pages) -> None:
    browser = linked.signed_in(CHAIR)
    before = browser.session
    browser.get(through(browser))
    other = linked.browser()
    other.session = before
    assert other.get("/account").status_code == 303


def test_somebody_unknown_is_told_the_name_to_give_and_is_never_found_by_e_mail(
    linked: Pages, there: Provider, wiring: Wiring
) -> None:
    mine = linked.signed_in(ADMIN)
    mine.follow(mine.post(f"/admin/people/{CHAIR}/correct", {"name": "Chủ tịch", "email": "chu-tich@example.vn"}))
    there.subject, there.claims = "somebody-else", {"email": "chu-tich@example.vn", "email_verified": True}
    browser = linked.browser()
    answer = browser.get(through(browser))
    assert answer.status_code == 422
    assert "somebody-else" in words(answer)
    assert (browser.session, identity_at(linked, there, CHAIR)) == ("", None)


def test_somebody_disabled_does_not_come_in(linked: Pages) -> None:
    with linked.wiring.unit_of_work() as uow:
        disable(uow, LEAD, "nghỉ hưu", ADMIN, linked.wiring.today())
    browser = linked.browser()
    assert browser.get(through(browser)).status_code == 422
    assert browser.session == ""


@pytest.mark.parametrize("trouble", ["away", "broken", "slow"])
def test_a_provider_in_trouble_is_named_soon_and_passwords_still_work(
    linked: Pages, there: Provider, trouble: str
) -> None:
    set_password(linked.wiring, LEAD, GOOD, ADMIN)
    browser, known = linked.browser(), linked.app.state.office
    known.limits = replace(known.limits, total=0.6, read=0.6)
    if trouble == "away":
        known.limits = replace(known.limits, allowed=type(known.limits.allowed)())
    there.broken, there.pause = trouble == "broken", 3.0 if trouble == "slow" else 0.0
    began = time.monotonic()
    answer = browser.get("/sign-in/office")
    assert time.monotonic() - began < 2.5
    assert answer.status_code == 502
    assert "Tài khoản công vụ" in words(answer)
    assert browser.post("/sign-in", {"name": LEAD, "password": GOOD}).status_code == 303


def test_a_slow_provider_keeps_no_page_from_anybody(linked: Pages, there: Provider) -> None:
    there.pause, known = 1.5, linked.app.state.office
    known.limits = replace(known.limits, total=3.0, read=3.0)
    waiting = [linked.browser(f"192.0.2.{one}") for one in range(50)]
    pool = [linked.portal.start_task_soon(lambda one=one: one.http.get("/sign-in/office")) for one in waiting]
    began = time.monotonic()
    assert linked.signed_in(LEAD).get("/account").status_code == 200
    assert time.monotonic() - began < 1.5
    for one in pool:
        one.cancel()


def test_the_provider_may_say_no(linked: Pages, there: Provider) -> None:
    there.refuses = "access_denied"
    browser = linked.browser()
    answer = browser.get(through(browser))
    assert answer.status_code == 422
    assert "access_denied" in words(answer)


def test_signing_out_says_how_to_sign_out_there_too(linked: Pages, there: Provider) -> None:
    browser = linked.browser()
    browser.get(through(browser))
    page = browser.follow(browser.post("/sign-out"))
    link_there = re.search(r'href="([^"]+/logout[^"]*)"', page.text)
    assert link_there
    asked = parse_qs(urlsplit(link_there[1].replace("&amp;", "&")).query)
    assert asked == {"client_id": [CLIENT], "post_logout_redirect_uri": [BASE]}
    assert browser.get("/account").headers["location"].startswith("/sign-in")
    other = linked.signed_in(CHAIR)
    assert other.post("/sign-out").headers["location"] == "/sign-in"


def test_somebody_links_their_own_account_with_their_password(pages: Pages, there: Provider) -> None:
    set_password(pages.wiring, CHAIR, GOOD, ADMIN)
    browser = pages.signed_in(CHAIR)
    question = browser.get(through(browser, "/account/office/begin"))
    assert "lan.nt" in words(question)
    assert identity_at(pages, there, CHAIR) is None, "coming back alone links nothing"
    asked = {"proof": proof_in(question)}
    assert browser.post("/account/office", asked | {"password": "không phải"}).status_code == 422
    assert identity_at(pages, there, CHAIR) is None
    browser.follow(browser.post("/account/office", asked | {"password": GOOD}))
    assert identity_at(pages, there, CHAIR) == there.subject
    assert events_of(pages.wiring, "identity.linked") == [CHAIR]
    fresh = pages.browser()
    assert fresh.get(through(fresh)).status_code == 303
    assert browser.post("/account/office/remove", {"password": "không phải"}).status_code == 422
    browser.follow(browser.post("/account/office/remove", {"password": GOOD}))
    assert identity_at(pages, there, CHAIR) is None


def test_what_one_session_came_back_with_links_no_other_account(pages: Pages, there: Provider) -> None:
    """Neither may an attacker have their own identity linked with a victim's account, nor the other way round."""
    attacker, victim = pages.signed_in(LEAD, ELSEWHERE), pages.signed_in(CHAIR)
    proof = proof_in(attacker.get(through(attacker, "/account/office/begin")))
    assert victim.post("/account/office", {"proof": proof}).status_code == 422
    later = pages.signed_in(LEAD)
    assert later.post("/account/office", {"proof": proof}).status_code == 422
    back = through(attacker, "/account/office/begin")
    victim.http.cookies.set("bangiao-office", attacker.http.cookies["bangiao-office"], domain="bangiao.test")
    assert victim.get(back).status_code == 422
    assert victim.post("/account/office", {"proof": "bg1:made:up"}).status_code == 422
    assert (identity_at(pages, there, CHAIR), identity_at(pages, there, LEAD)) == (None, None)


def test_one_identity_opens_one_account_and_one_account_has_one(linked: Pages, there: Provider) -> None:
    browser = linked.signed_in(CHAIR)
    proof = proof_in(browser.get(through(browser, "/account/office/begin")))
    assert browser.post("/account/office", {"proof": proof}).status_code == 422
    there.subject = "another"
    lead = linked.signed_in(LEAD)
    proof = proof_in(lead.get(through(lead, "/account/office/begin")))
    assert lead.post("/account/office", {"proof": proof}).status_code == 422
    assert identity_at(linked, there, CHAIR) is None


def test_an_administrator_links_and_unlinks_whom_they_administer(pages: Pages, there: Provider) -> None:
    browser = pages.signed_in(ADMIN)
    assert browser.post(f"/admin/people/{LEAD}/office", {"subject": "  "}).status_code == 422
    browser.follow(browser.post(f"/admin/people/{LEAD}/office", {"subject": there.subject}))
    assert there.subject in browser.get(f"/admin/people/{LEAD}").text
    fresh = pages.browser()
    assert fresh.get(through(fresh)).status_code == 303
    browser.follow(browser.post(f"/admin/people/{LEAD}/office/remove"))
    assert identity_at(pages, there, LEAD) is None
    foreign = pages.signed_in(FOREIGNERS[PersonRole.ADMINISTRATOR])
    assert foreign.post(f"/admin/people/{LEAD}/office", {"subject": "mine"}).status_code == 404


def test_where_passwords_are_off_only_the_office_account_opens(
    office: WebOffice, wiring: Wiring, there: Provider
) -> None:
    set_password(wiring, LEAD, GOOD, ADMIN)
    with pages_on(with_office(wiring, there, passwords=False)) as pages:
        link(pages.wiring, LEAD, Proven(there.issuer, there.subject, "lan.nt", strong=False), ADMIN)
        browser = pages.browser()
        assert 'name="password"' not in browser.get("/sign-in").text
        assert browser.post("/sign-in", {"name": LEAD, "password": GOOD}).status_code == 422
        assert browser.get(through(browser)).status_code == 303
        assert browser.post("/account/password", {"old": GOOD, "new": GOOD, "again": GOOD}).status_code == 422
        assert browser.post("/account/office/remove").status_code == 422, "it is the only way in"


def test_a_role_that_demands_a_second_factor_wants_the_providers_word_for_it(
    office: WebOffice, wiring: Wiring, there: Provider
) -> None:
    with pages_on(with_office(wiring, there, second_factor_for=frozenset({"committee"}))) as pages:
        link(pages.wiring, CHAIR, Proven(there.issuer, there.subject, "chu-tich", strong=False), ADMIN)
        browser = pages.browser()
        assert browser.get(through(browser)).status_code == 422
        assert browser.session == ""
        there.claims = {"amr": ["pwd", "mfa"]}
        assert browser.get(through(browser)).status_code == 303
        assert browser.get("/").status_code == 200


def test_without_an_issuer_nothing_of_it_is_offered_or_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bangiao.settings import Settings; from bangiao.wiring import wire;"
        "from web.app import create_app; app = create_app(wire(Settings(data_dir=Path(sys.argv[1]))));"
        "assert app.state.office is None; print([one for one in sys.modules if one.startswith(('authlib', 'joserfc'))])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_whole_way_through_real_servers(office: WebOffice, wiring: Wiring, clock: SetClock) -> None:
    """Somebody comes in with the office's account, and goes again."""
    with provider_on_loopback(clock, "") as there, httpx.Client(follow_redirects=True) as browser:
        server = RealServer(wiring)
        server.port = free_port()
        server.wiring = with_office(wiring, there, server.base)
        there.callback = f"{server.base}{BACK}"
        server.start()
        try:
            link(server.wiring, LEAD, Proven(there.issuer, there.subject, "lan.nt", strong=False), ADMIN)
            home = browser.get(f"{server.base}/sign-in/office?to=/account")
            assert home.url.path == "/account"
            assert "lan.nt" in home.text
            token = re.search(r'name="token" value="([0-9a-f]+)"', home.text)
            assert token
            out = browser.post(
                f"{server.base}/sign-out", data={"token": token[1]}, headers={"sec-fetch-site": "same-origin"}
            )
            assert out.url.path == "/signed-out"
            assert browser.get(f"{server.base}/account").url.path == "/sign-in"
            assert there.asked.count("token") == 1
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])
