"""Signing in and out, in a browser that speaks to the whole application."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import Browser, words
from web_office import LEAD, WebOffice

from bangiao.sign_in import set_password
from bangiao.wiring import Wiring

GOOD = "bốn từ dễ nhớ ghép lại"


@pytest.fixture
def with_password(office: WebOffice, wiring: Wiring) -> WebOffice:
    set_password(wiring, LEAD, GOOD, "quan-tri")
    return office


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(
    with_password: WebOffice, browse: Browser
) -> None:
    led = browse.get(f"/units/{with_password.unit}")
    assert led.status_code == 303
    page = browse.follow(led)
    assert page.status_code == 200
    answer = browse.post("/sign-in", {"name": LEAD, "password": GOOD, "to": f"/units/{with_password.unit}"})
    assert answer.headers["location"] == f"/units/{with_password.unit}"
    assert browse.follow(answer).status_code == 200


def test_a_wrong_password_keeps_the_name_and_says_what_is_wrong(with_password: WebOffice, browse: Browser) -> None:
    answer = browse.post("/sign-in", {"name": LEAD, "password": "không phải mật khẩu này"})
    assert answer.status_code == 422
    assert f'value="{LEAD}"' in answer.text
    assert 'role="alert"' in answer.text
    assert not browse.session


def test_signing_out_ends_the_session_here_and_on_record(
    office: WebOffice, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in(LEAD)
    token = browser.session
    assert browser.get("/").status_code == 200
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.session = token
    assert browser.get("/").status_code == 303
    assert words(browser.follow(browser.get("/")))
