"""One's own account on the pages: password, second factor, where one is signed in, language, how one is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from browsing import Browser, Pages, words
from web_office import LEAD, WebOffice

from bangiao import own_account
from bangiao.second_factor import code_at, secret_for
from bangiao.sign_in import set_password
from bangiao.wiring import Wiring
from checklists.sign_in import TRIES
from db.channels import preference_texts
from db.people import person
from db.session import begin_read

MOSTLY_EMBEDDED = True

GOOD, OTHER = "bốn từ dễ nhớ ghép lại", "mèo vàng leo cây cau cao"


@pytest.fixture
def me(office: WebOffice, wiring: Wiring, pages: Pages) -> Browser:
    """The lead, signed in with a password."""
    set_password(wiring, LEAD, GOOD, "quan-tri")
    browser = pages.browser()
    assert browser.post("/sign-in", {"name": LEAD, "password": GOOD}).status_code == 303
    return browser


def changed(browser: Browser, old: str, new: str, again: str) -> tuple[int, str]:
    answer = browser.post("/account/password", {"old": old, "new": new, "again": again})
    wrong = re.search(r'id="(\w+)-mistake"', answer.text)
    return answer.status_code, wrong[1] if wrong else ""


def test_a_password_is_changed_with_the_old_one_and_others_are_out(
    me: Browser, pages: Pages, signed_in: Callable[[str], Browser]
) -> None:
    elsewhere = signed_in(LEAD)
    assert changed(me, "không phải", OTHER, OTHER) == (422, "old")
    assert changed(me, GOOD, OTHER, OTHER + "!") == (422, "again")
    assert changed(me, GOOD, "ngắn", "ngắn") == (422, "new")
    assert changed(me, GOOD, "password1234", "password1234") == (422, "new")
    assert elsewhere.get("/account").status_code == 200
    assert changed(me, GOOD, OTHER, OTHER) == (303, "")
    assert (me.get("/account").status_code, elsewhere.get("/account").status_code) == (200, 303)
    assert pages.browser().post("/sign-in", {"name": LEAD, "password": GOOD}).status_code == 422
    assert pages.browser().post("/sign-in", {"name": LEAD, "password": OTHER}).status_code == 303


def test_whoever_found_an_open_browser_cannot_guess_the_password_in_it(me: Browser) -> None:
    assert {changed(me, f"đoán {one}", OTHER, OTHER) for one in range(TRIES)} == {(422, "old")}
    assert changed(me, GOOD, OTHER, OTHER) == (422, "old")


def test_a_second_factor_is_set_up_on_the_page_and_removed_again(me: Browser, wiring: Wiring) -> None:
    page = me.get("/account/second-factor")
    once = re.search(r'name="once" value="(\w+)"', page.text)
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert once
    assert shown
    secret = secret_for(me.session, once[1])
    assert f"secret={shown[1].replace(' ', '')}" in page.text
    form = {"once": once[1], "password": GOOD}
    assert me.post("/account/second-factor", form | {"code": "123456"}).status_code == 422
    added = me.post("/account/second-factor", form | {"code": code_at(secret, wiring.now())})
    assert added.status_code == 200
    assert len(re.findall(r"<code>[a-z2-7-]{19}</code>", added.text)) == 8
    assert own_account.has_second_factor(wiring, LEAD) == (True, 8)
    assert me.post("/account/second-factor/remove", {"password": "không phải"}).status_code == 422
    assert me.post("/account/second-factor/remove", {"password": GOOD}).status_code == 303
    assert own_account.has_second_factor(wiring, LEAD) == (False, 0)


def test_one_sees_where_one_is_signed_in_and_ends_what_one_does_not_know(
    me: Browser, signed_in: Callable[[str], Browser], office: WebOffice
) -> None:
    elsewhere, stranger = signed_in(LEAD), signed_in(office.nobody)
    page = me.get("/account")
    assert page.text.count("Chrome") >= 2
    which = re.search(r'name="which" value="(\w+)"', page.text)
    assert which
    assert stranger.post("/account/sessions/end", {"which": which[1]}).status_code == 422
    assert elsewhere.get("/account").status_code == 200
    assert me.post("/account/sessions/end", {"which": which[1]}).status_code == 303
    assert (elsewhere.get("/account").status_code, me.get("/account").status_code) == (303, 200)
    assert me.post("/account/sessions/end-all").headers["location"] == "/sign-in"
    assert me.get("/account").status_code == 303


def test_the_language_is_kept_on_record_and_spoken_after_the_next_sign_in(
    me: Browser, pages: Pages, wiring: Wiring
) -> None:
    assert me.post("/account/language", {"language": "en"}).status_code == 303
    with begin_read(wiring.engine) as connection:
        held = person(connection, LEAD)
    assert held
    assert held.language == "en"
    other = pages.browser()
    other.post("/sign-in", {"name": LEAD, "password": GOOD})
    assert '<html lang="en">' in other.get("/account").text
    assert me.post("/account/language", {"language": "xx"}).status_code == 303


WISHES = {
    "working-0-opens": "08:00",
    "working-0-closes": "11:00",
    "quiet-starts": "22:00",
    "quiet-ends": "06:00",
}


def test_wishes_are_kept_as_the_command_line_keeps_them(me: Browser, wiring: Wiring) -> None:
    assert me.get("/account/notices").status_code == 200
    assert me.post("/account/notices", WISHES).status_code == 303
    with begin_read(wiring.engine) as connection:
        texts = preference_texts(connection, LEAD)
    assert texts
    assert json.loads(texts[0]) == [["email", ""], ["sms", ""]]
    assert json.loads(texts[1]) == {"working": [["08:00", "11:00"]], "quiet": ["22:00", "06:00"]}
    assert 'value="08:00"' in me.get("/account/notices").text


@pytest.mark.parametrize("wrong", [{"working-0-closes": "07:00"}, {"working-0-closes": ""}, {"way-0": "bồ câu"}])
def test_wishes_that_cannot_be_kept_are_said_and_what_was_typed_stays(me: Browser, wrong: dict[str, str]) -> None:
    answer = me.post("/account/notices", WISHES | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="08:00"' in answer.text
    assert words(answer)
