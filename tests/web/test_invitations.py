"""Invitations: a person is added and comes in by a link, once; and those who try with links that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage

import httpx
import pytest
from browsing import BASE, ELSEWHERE, Browser, Pages, pages_on, words
from clocks import SetClock
from notices import hook_channel, mail_channel, reaching_home, record_channel
from office_pages import BACK, identity_at, proof_in, through, with_office
from office_provider import Provider, provider_on_loopback
from receivers import Mailbox, smtp_server
from sqlalchemy import select
from web_office import FOREIGNERS, LEAD, PEOPLE, WebOffice

from bangiao import own_account
from bangiao.people import disable
from bangiao.second_factor import code_at, secret_for
from bangiao.sign_in import set_password
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.sign_in import INVITATION_LASTS, TRIES, TRIES_FROM_ONE_PLACE
from db.identity_models import InvitationRow
from db.models import EventRow
from db.session import begin_read

MOSTLY_EMBEDDED = True

GOOD, OTHER = "bốn từ dễ nhớ ghép lại", "mèo vàng leo cây cau cao"
ADMIN, CHAIR = PEOPLE[PersonRole.ADMINISTRATOR], PEOPLE[PersonRole.COMMITTEE]
NEW = {"account": "nguyen.an", "name": "Nguyễn Văn An", "email": "an@example.vn", "phone": "0912 345 678"}


def invited(pages: Pages, account: str = LEAD, **fields: str) -> str:
    """The link's address here, as the administrator is shown it."""
    answer = pages.signed_in(ADMIN).post(f"/admin/people/{account}/invite", fields)
    assert answer.status_code == 200, words(answer)
    found = re.search(r"<code>(http[^<]+)</code>", answer.text)
    assert found
    return "/invitation/" + found[1].partition("/invitation/")[2]


def accepted(browser: Browser, link: str, password: str = GOOD, again: str | None = None) -> httpx.Response:
    return browser.post(link, {"new": password, "again": password if again is None else again})


def enters(pages: Pages, password: str, account: str = LEAD) -> bool:
    return pages.browser().post("/sign-in", {"name": account, "password": password}).status_code == 303


def events_of(wiring: Wiring, kind: str) -> list[tuple[str, str]]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.actor, EventRow.subject).where(EventRow.type == kind)
        return [(row.actor, row.subject) for row in connection.execute(query)]


def test_somebody_new_is_added_invited_and_comes_in(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    admin = pages.signed_in(ADMIN)
    page = admin.follow(admin.post("/admin/people/new", NEW))
    assert f"/admin/people/{NEW['account']}/invite" in page.text
    link, browser = invited(pages, NEW["account"]), pages.browser()
    assert NEW["name"] in words(browser.get(link))
    assert accepted(browser, link).headers["location"] == "/"
    assert browser.get("/account").status_code == 200
    assert enters(pages, GOOD, NEW["account"])
    assert events_of(wiring, "invitation.made") == [(ADMIN, NEW["account"])]
    assert events_of(wiring, "invitation.accepted") == [(NEW["account"], NEW["account"])]


def test_looking_at_an_invitation_uses_nothing_and_its_token_stands_nowhere(
    office: WebOffice, pages: Pages, wiring: Wiring
) -> None:
    link = invited(pages)
    for _ in range(5):
        assert pages.browser(ELSEWHERE).get(link).status_code == 200
    with begin_read(wiring.engine) as connection:
        row = connection.execute(select(*InvitationRow.__table__.c)).one()
        said = connection.scalars(select(EventRow.payload)).all()
    token = link.rpartition("/")[2]
    assert token not in str(tuple(row))
    assert token not in str(said)
    assert accepted(pages.browser(), link).status_code == 303


def test_an_invitation_is_good_once_also_for_two_at_the_same_moment(office: WebOffice, pages: Pages) -> None:
    link = invited(pages)
    browsers = [pages.browser() for _ in range(4)]
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda one: accepted(one, link).status_code, browsers))
    assert sorted(answers) == [303, 410, 410, 410]
    assert pages.browser().get(link).status_code == 410


@pytest.mark.parametrize("bad", ["ngắn", "password1234", "nguyenvananan"])
def test_the_first_password_keeps_the_rules_and_the_invitation_waits(office: WebOffice, pages: Pages, bad: str) -> None:
    link, browser = invited(pages), pages.browser()
    answer = accepted(browser, link, bad, bad if bad != "nguyenvananan" else OTHER)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert accepted(browser, link).status_code == 303


def test_whoever_was_in_with_the_forgotten_password_is_out(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    set_password(wiring, LEAD, OTHER, ADMIN)
    thief = pages.signed_in(LEAD, ELSEWHERE)
    assert accepted(pages.browser(), invited(pages)).status_code == 303
    assert thief.get("/account").status_code == 303
    assert (enters(pages, OTHER), enters(pages, GOOD)) == (False, True)


def test_a_newer_invitation_a_revoked_one_and_a_password_set_otherwise_end_it(
    office: WebOffice, pages: Pages, wiring: Wiring
) -> None:
    first = invited(pages)
    second = invited(pages)
    assert pages.browser().get(first).status_code == 410
    admin = pages.signed_in(ADMIN)
    admin.follow(admin.post(f"/admin/people/{LEAD}/invite/revoke"))
    assert accepted(pages.browser(), second).status_code == 410
    assert events_of(wiring, "invitation.revoked") == [(ADMIN, LEAD)]
    third = invited(pages)
    set_password(wiring, LEAD, OTHER, ADMIN)
    assert accepted(pages.browser(), third).status_code == 410
    assert enters(pages, OTHER)


def test_after_three_days_it_is_over(office: WebOffice, pages: Pages, clock: SetClock) -> None:
    link = invited(pages)
    clock.advance(seconds=INVITATION_LASTS.total_seconds() - 1)
    assert pages.browser().get(link).status_code == 200
    clock.advance(seconds=1)
    assert pages.browser().get(link).status_code == 410
    assert accepted(pages.browser(), link).status_code == 410


def test_links_that_are_none_all_say_the_same_and_are_counted(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    used = invited(pages)
    accepted(pages.browser(), used)
    gone = invited(pages)
    with wiring.unit_of_work() as uow:
        disable(uow, LEAD, "nghỉ hưu", ADMIN, wiring.today())
    told = {words(pages.browser().get(one)) for one in (used, gone, "/invitation/never-was")}
    assert len(told) == 1
    good = invited(pages, CHAIR)
    guesser = pages.browser(ELSEWHERE)
    for one in range(TRIES_FROM_ONE_PLACE):
        assert accepted(guesser, f"/invitation/guess-{one}").status_code == 410
    assert accepted(guesser, good).status_code == 410, "this place waits now, whatever it knows"
    assert accepted(pages.browser(), good).status_code == 303


def test_a_link_is_no_way_around_the_second_factor(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    set_password(wiring, LEAD, OTHER, ADMIN)
    pages.signed_in(LEAD)
    secret = secret_for("a session", "once")
    mine = own_account.sessions_now(wiring, LEAD)[0]
    own_account.add_second_factor(wiring, mine, OTHER, secret, code_at(secret, wiring.now()))
    browser = pages.browser()
    answer = accepted(browser, invited(pages))
    assert (answer.status_code, browser.session) == (200, "")
    given = browser.post("/sign-in", {"name": LEAD, "password": GOOD})
    assert 'name="given"' in given.text
    admin = pages.signed_in(ADMIN)
    admin.follow(admin.post(f"/admin/people/{LEAD}/second-factor/remove"))
    assert enters(pages, GOOD)


def test_nobody_is_invited_by_somebody_who_does_not_administer_them(office: WebOffice, pages: Pages) -> None:
    foreign = pages.signed_in(FOREIGNERS[PersonRole.ADMINISTRATOR])
    assert foreign.post(f"/admin/people/{LEAD}/invite").status_code == 404
    assert pages.signed_in(CHAIR).post(f"/admin/people/{LEAD}/invite").status_code in {403, 404}
    foreign.follow(foreign.post(f"/admin/people/{office.nobody}/appoint", {"role": "auditor", "unit": "new:79"}))
    assert pages.signed_in(ADMIN).post(f"/admin/people/{office.nobody}/invite").status_code == 404


def test_the_same_form_sent_twice_invites_once(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    link = invited(pages, once="một-lần")
    again = pages.signed_in(ADMIN).post(f"/admin/people/{LEAD}/invite", {"once": "một-lần"})
    assert again.status_code == 409
    assert "<code>" not in again.text
    assert len(events_of(wiring, "invitation.made")) == 1
    assert accepted(pages.browser(), link).status_code == 303


def test_nobody_is_flooded_with_invitations(office: WebOffice, pages: Pages) -> None:
    admin = pages.signed_in(ADMIN)
    answers = [admin.post(f"/admin/people/{LEAD}/invite").status_code for _ in range(TRIES + 1)]
    assert answers == [200] * TRIES + [409]


@contextmanager
def with_mail(wiring: Wiring, box: Mailbox) -> Iterator[Pages]:
    """Pages at a known address, and a mail server."""
    with smtp_server(box) as server:
        home = reaching_home(wiring)
        record_channel(home, mail_channel(server.port), hook_channel("http://127.0.0.1:1/", "phong"))
        home = replace(home, settings=replace(home.settings, link_base=BASE))
        with pages_on(home) as pages:
            yield pages


def test_it_is_sent_to_the_address_on_record_and_the_page_never_shows_it(office: WebOffice, wiring: Wiring) -> None:
    box = Mailbox()
    with with_mail(wiring, box) as pages:
        admin = pages.signed_in(ADMIN)
        page = admin.follow(admin.post("/admin/people/new", NEW))
        assert 'value="thu"' in page.text
        assert "phong" not in page.text, "a webhook may be read by a whole room"
        sent = admin.follow(admin.post(f"/admin/people/{NEW['account']}/invite", {"way": "thu"}))
        assert "/invitation/" not in sent.text
        (letter,) = box.messages()
        assert letter["To"] == NEW["email"] or NEW["email"] in str(letter["To"])
        link = re.search(rf"{BASE}(/invitation/\S+)", text_of(letter))
        assert link
        assert accepted(pages.browser(), link[1]).status_code == 303


def test_what_could_not_be_sent_is_no_way_in(office: WebOffice, wiring: Wiring) -> None:
    with with_mail(wiring, Mailbox(recipient_answer="550 no such user")) as pages:
        admin = pages.signed_in(ADMIN)
        admin.post("/admin/people/new", NEW)
        answer = admin.post(f"/admin/people/{NEW['account']}/invite", {"way": "thu"})
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    assert events_of(wiring, "invitation.revoked") == [(ADMIN, NEW["account"])]
    with begin_read(wiring.engine) as connection:
        assert None not in connection.scalars(select(InvitationRow.ended_at)).all()


def test_a_shared_mailbox_and_an_address_of_ones_own_choice_are_no_ways(office: WebOffice, wiring: Wiring) -> None:
    with with_mail(wiring, Mailbox()) as pages:
        admin = pages.signed_in(ADMIN)
        admin.post("/admin/people/new", NEW)
        shared = {"account": "le.binh", "name": "Lê Bình", "email": "AN@example.vn", "shared": "1"}
        page = admin.follow(admin.post("/admin/people/new", shared))
        assert 'value="thu"' not in page.text
        assert admin.post("/admin/people/le.binh/invite", {"way": "thu"}).status_code == 422
        own = {"way-0": "thu", "address-0": "thief@example.vn"}
        pages.signed_in(LEAD).post("/account/notices", own)
        assert admin.post(f"/admin/people/{LEAD}/invite", {"way": "thu"}).status_code == 422


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body
    return str(body.get_content())


def test_an_invitation_links_the_offices_account_in_the_place_of_a_password(
    office: WebOffice, wiring: Wiring, clock: SetClock
) -> None:
    with (
        provider_on_loopback(clock, f"{BASE}{BACK}") as there,
        pages_on(with_office(wiring, there, passwords=False)) as pages,
    ):
        link, browser = invited(pages), pages.browser()
        assert 'name="new"' not in browser.get(link).text
        assert accepted(browser, link).status_code == 422
        question = browser.get(through(browser, f"{link}/office"))
        assert identity_at(pages, there, LEAD) is None
        assert stolen(pages, link, proof_in(question), there) == 422
        answer = browser.post(f"{link}/office", {"proof": proof_in(question)})
        assert answer.headers["location"] == "/"
        assert identity_at(pages, there, LEAD) == there.subject
        assert browser.get("/account").status_code == 200
        assert pages.browser().post(f"{link}/office", {"proof": proof_in(question)}).status_code == 410


def stolen(pages: Pages, link: str, proof: str, there: Provider) -> int:
    """The same proof with another invitation."""
    other = invited(pages, CHAIR)
    status = pages.browser(ELSEWHERE).post(f"{other}/office", {"proof": proof}).status_code
    assert identity_at(pages, there, CHAIR) is None
    return status


def test_whoever_must_have_a_second_factor_sets_it_up_before_anything_else(office: WebOffice, wiring: Wiring) -> None:
    demanding = replace(wiring, settings=replace(wiring.settings, second_factor_for=frozenset({"committee"})))
    with pages_on(demanding) as pages:
        link, browser = invited(pages, CHAIR), pages.browser()
        assert accepted(browser, link).status_code == 303
        for place in ("/", "/account", "/account/notices", f"/decisions/{office.decision}"):
            assert browser.get(place).headers["location"] == "/account/second-factor"
        page = browser.get("/account/second-factor")
        once = re.search(r'name="once" value="([^"]+)"', page.text)
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert once
        assert token
        code = code_at(secret_for(browser.session, once[1]), wiring.now())
        fields = {"token": token[1], "once": once[1], "code": code, "password": GOOD}
        assert browser.post("/account/second-factor", fields).status_code == 200
        assert browser.get("/").status_code == 200
        lead = pages.signed_in(LEAD)
        assert lead.get("/account").status_code == 200, "nobody demands it of a unit lead"
