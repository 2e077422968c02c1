"""Signing in and out, in a browser that speaks to the whole application: guessers, factors, devices, sessions."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import ELSEWHERE, Browser, Pages, words
from clocks import SetClock
from sqlalchemy import select
from web_office import LEAD, WebOffice

from bangiao import own_account
from bangiao.people import disable
from bangiao.second_factor import code_at, secret_for
from bangiao.sign_in import make_link, set_password, sign_out
from bangiao.wiring import Wiring
from checklists.sign_in import TRIES
from db.models import EventRow
from db.session import begin_read
from db.sign_in_models import CredentialRow, SessionRow
from web.account.cookies import inside

MOSTLY_EMBEDDED = True

GOOD, OTHER = "bốn từ dễ nhớ ghép lại", "mèo vàng leo cây cau cao"
SECRET = secret_for("a session", "once")


@pytest.fixture
def with_password(office: WebOffice, wiring: Wiring) -> WebOffice:
    set_password(wiring, LEAD, GOOD, "quan-tri")
    return office


@pytest.fixture
def with_factor(with_password: WebOffice, wiring: Wiring, pages: Pages) -> list[str]:
    """The lead has a second factor; gives the codes on paper."""
    pages.signed_in(LEAD)
    mine = own_account.sessions_now(wiring, LEAD)[0]
    return own_account.add_second_factor(wiring, mine, GOOD, SECRET, code_at(SECRET, wiring.now()))


def given_in(answer: str) -> str:
    """The first step's token, as it stands in the second step's form."""
    found = re.search(r'name="given" value="([^"]+)"', answer)
    assert found
    return found[1]


def enter(browser: Browser, password: str = GOOD, name: str = LEAD) -> int:
    return browser.post("/sign-in", {"name": name, "password": password}).status_code


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(with_password: WebOffice, browse: Browser) -> None:
    place = f"/units/{with_password.unit}"
    page = browse.follow(browse.get(place))
    assert f'name="to" value="{place}"' in page.text
    answer = browse.post("/sign-in", {"name": LEAD, "password": GOOD, "to": place})
    assert answer.headers["location"] == place
    assert browse.get("/account").status_code == 200


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "/\\evil.example", "https://evil.example", "/\nx: y"])
def test_signing_in_leads_to_no_other_site(elsewhere: str) -> None:
    assert inside(elsewhere) == "/"


def test_a_wrong_password_keeps_the_name_and_tells_nothing_more(with_password: WebOffice, browse: Browser) -> None:
    answer = browse.post("/sign-in", {"name": LEAD, "password": "không phải mật khẩu này"})
    nobody = browse.post("/sign-in", {"name": "không có ai", "password": "không phải mật khẩu này"})
    assert answer.status_code == nobody.status_code == 422
    assert f'value="{LEAD}"' in answer.text
    assert 'role="alert"' in answer.text
    assert words(answer) == words(nobody)
    assert not browse.session


def test_a_thousand_guesses_from_elsewhere_verify_ten_passwords_and_lock_nobody_out(
    with_password: WebOffice, pages: Pages, clock: SetClock
) -> None:
    known = pages.browser()
    assert enter(known) == 303
    known.post("/sign-out")
    guessers = [pages.browser(f"203.0.113.{one}") for one in range(1, 101)]

    def guessed(one: int) -> str:
        fields = {"name": LEAD, "password": f"mật khẩu đoán thứ {one}"}
        return words(guessers[one % 100].post("/sign-in", fields))

    with ThreadPoolExecutor(16) as crowd:
        told = Counter(crowd.map(guessed, range(1000)))
    assert sorted(told.values()) == [TRIES, 1000 - TRIES], "ten were looked at, the others told to wait"
    assert enter(pages.browser(ELSEWHERE)) == 429, "a browser nobody knows waits, whatever it knows"
    assert enter(known) == 303
    clock.advance(minutes=5, seconds=1)
    assert enter(pages.browser(ELSEWHERE)) == 303


def test_a_known_browser_has_ten_tries_too(with_password: WebOffice, pages: Pages) -> None:
    known = pages.browser()
    assert enter(known) == 303
    for _ in range(TRIES):
        assert enter(known, "không phải mật khẩu này") == 422
    assert enter(known) == 429
    assert enter(pages.browser(ELSEWHERE)) == 303


def test_a_token_that_somebody_else_put_into_the_browser_is_worth_nothing_after_signing_in(
    with_password: WebOffice, pages: Pages
) -> None:
    victim, attacker = pages.browser(), pages.browser(ELSEWHERE)
    for one in (victim, attacker):
        one.session = "a-session-that-the-attacker-chose"
        one.http.cookies.set("bangiao-device", "a-device-that-the-attacker-chose", domain="bangiao.test")
    assert enter(victim) == 303
    assert victim.session != attacker.session
    assert attacker.get("/account").status_code == 303
    assert victim.http.cookies.get("bangiao-device", domain="bangiao.test") != "a-device-that-the-attacker-chose"


def test_signing_in_again_ends_the_session_that_the_browser_had(with_password: WebOffice, pages: Pages) -> None:
    browser = pages.browser()
    enter(browser)
    first = browser.session
    enter(browser)
    stale = pages.browser()
    stale.session = first
    assert (stale.get("/account").status_code, browser.get("/account").status_code) == (303, 200)


@pytest.mark.usefixtures("dear_passwords")
def test_verifying_passwords_keeps_no_page_from_anybody(
    with_password: WebOffice, pages: Pages, signed_in: Callable[[str], Browser]
) -> None:
    reader, guessers = signed_in(LEAD), [pages.browser(f"203.0.113.{one}") for one in range(40)]
    reader.get("/account")
    with ThreadPoolExecutor(40) as crowd:
        waiting = [
            crowd.submit(enter, one, "đoán mò một mật khẩu", f"ai đó {place}") for place, one in enumerate(guessers)
        ]
        time.sleep(0.2)
        pending = sum(not one.done() for one in waiting)
        assert reader.get("/account").status_code == 200
        still = sum(not one.done() for one in waiting)
    assert still > 20, f"the page came while {still} of {pending} guesses still waited"


def test_a_link_signs_in_once(office: WebOffice, wiring: Wiring, pages: Pages) -> None:
    link = f"/enter/{make_link(wiring, LEAD)}"
    one, other = pages.browser(), pages.browser()
    assert one.get(link).status_code == one.get(link).status_code == 200
    assert one.post(link).status_code == 303
    assert one.get("/account").status_code == 200
    refused = other.post(link)
    assert refused.status_code == 410
    assert 'role="alert"' in refused.text
    assert other.get("/account").status_code == 303


def test_signing_out_ends_the_session_here_and_on_record(
    office: WebOffice, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in(LEAD)
    token = browser.session
    answer = browser.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    browser.session = token
    assert browser.get("/account").status_code == 303


def test_a_session_that_is_ended_elsewhere_ends_at_once(
    office: WebOffice, wiring: Wiring, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in(LEAD)
    assert browser.get("/account").status_code == 200
    sign_out(wiring, LEAD)
    assert browser.get("/account").status_code == 303


def test_somebody_who_is_disabled_is_out_at_once_and_stays_out(
    with_password: WebOffice, wiring: Wiring, pages: Pages, signed_in: Callable[[str], Browser]
) -> None:
    browser, link = signed_in(LEAD), make_link(wiring, LEAD)
    with wiring.unit_of_work() as uow:
        disable(uow, LEAD, "chuyển công tác", "quan-tri", wiring.today())
    assert browser.get("/account").status_code == 303
    assert enter(pages.browser()) == 422
    assert pages.browser().post(f"/enter/{link}").status_code == 410


def test_a_session_ends_after_half_an_hour_alone_and_after_twelve_hours(
    office: WebOffice, clock: SetClock, signed_in: Callable[[str], Browser]
) -> None:
    alone, busy = signed_in(LEAD), signed_in(LEAD)
    for _ in range(35):
        clock.advance(minutes=20)
        assert busy.get("/account").status_code == 200
    assert alone.get("/account").status_code == 303
    clock.advance(minutes=20, seconds=1)
    assert busy.get("/account").status_code == 303


def test_the_code_is_asked_for_whatever_the_password_was(
    with_factor: list[str], wiring: Wiring, clock: SetClock, pages: Pages
) -> None:
    clock.advance(minutes=1)
    right, wrong = pages.browser(), pages.browser()
    first = right.post("/sign-in", {"name": LEAD, "password": GOOD})
    second = wrong.post("/sign-in", {"name": LEAD, "password": "không phải mật khẩu này"})
    assert first.status_code == second.status_code == 200
    assert words(first) == words(second)
    code = code_at(SECRET, wiring.now())
    refused = wrong.post("/sign-in/code", {"given": given_in(second.text), "code": code})
    mistaken = right.post("/sign-in/code", {"given": given_in(first.text), "code": "000000"})
    assert refused.status_code == mistaken.status_code == 422
    assert words(refused) == words(mistaken)
    assert right.post("/sign-in/code", {"given": given_in(first.text), "code": code}).status_code == 303
    assert right.get("/account").status_code == 200
    assert not wrong.session


def test_a_code_counts_once_and_so_does_a_code_on_paper(
    with_factor: list[str], wiring: Wiring, clock: SetClock, pages: Pages
) -> None:
    clock.advance(minutes=1)
    code = code_at(SECRET, wiring.now())

    def tried(text: str) -> int:
        browser = pages.browser()
        given = given_in(browser.post("/sign-in", {"name": LEAD, "password": GOOD}).text)
        return browser.post("/sign-in/code", {"given": given, "code": text}).status_code

    assert [tried(code), tried(code)] == [303, 422]
    assert [tried(with_factor[0].upper()), tried(with_factor[0]), tried(with_factor[1])] == [303, 422, 303]
    assert own_account.has_second_factor(wiring, LEAD) == (True, 6)


def test_codes_are_not_to_be_guessed_either(
    with_factor: list[str], wiring: Wiring, clock: SetClock, pages: Pages
) -> None:
    clock.advance(minutes=1)
    browser = pages.browser()
    given = given_in(browser.post("/sign-in", {"name": LEAD, "password": GOOD}).text)
    guesses = [browser.post("/sign-in/code", {"given": given, "code": f"{guess:06}"}) for guess in range(TRIES)]
    assert [one.status_code for one in guesses] == [*[422] * (TRIES - 1), 429], "the password was a try, too"
    code = code_at(SECRET, wiring.now())
    assert browser.post("/sign-in/code", {"given": given, "code": code}).status_code == 429
    clock.advance(minutes=5, seconds=1)
    late = browser.post("/sign-in/code", {"given": given, "code": code_at(SECRET, wiring.now())})
    assert late.status_code == 422
    assert 'action="/sign-in"' in late.text


@pytest.mark.usefixtures("dear_passwords")
def test_a_password_is_on_record_as_a_hash_and_tokens_are_too(
    office: WebOffice, wiring: Wiring, browse: Browser
) -> None:
    set_password(wiring, LEAD, GOOD, "quan-tri")
    enter(browse)
    with begin_read(wiring.engine) as connection:
        kept = connection.scalars(select(CredentialRow.password).where(CredentialRow.account == LEAD)).one()
        sessions = connection.scalars(select(SessionRow.token_hash)).all()
        told = connection.scalars(select(EventRow.payload)).all()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$"), "RFC 9106, 4: for where memory is constrained"
    assert browse.session not in sessions
    assert not [one for one in told if GOOD in one or browse.session in one]


def test_the_cookies_belong_to_this_host_alone_and_to_no_script(with_password: WebOffice, browse: Browser) -> None:
    answer = browse.post("/sign-in", {"name": LEAD, "password": GOOD})
    cookies = {one.split("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"bangiao", "bangiao-device", "language"}
    for one in cookies.values():
        assert "HttpOnly" in one
        assert "SameSite=lax" in one
        assert "Path=/" in one
        assert "Domain" not in one
