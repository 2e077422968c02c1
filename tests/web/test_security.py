"""What every answer carries, what the cookies are over TLS, and who is believed about where a request comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from browsing import Pages, pages_on
from web_office import LEAD, WebOffice

from bangiao.sign_in import set_password
from bangiao.wiring import Wiring
from web.security import POLICY
from web.server import CannotListen, address_of, listening

MOSTLY_EMBEDDED = True

GOOD = "bốn từ dễ nhớ ghép lại"
TLS = "https://bangiao.example.vn"


@pytest.fixture
def over_tls(office: WebOffice, wiring: Wiring) -> Iterator[Pages]:
    """The pages of an installation that people reach over TLS."""
    set_password(wiring, LEAD, GOOD, "quan-tri")
    settings = replace(wiring.settings, link_base=TLS)
    with pages_on(Wiring(settings, wiring.engine, wiring.clock)) as pages:
        yield pages


def test_nothing_is_loaded_run_or_framed_but_from_here() -> None:
    said = dict(one.split(" ", 1) for one in POLICY.split("; "))
    assert said["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "form-action"):
        assert said[name] == "'self'"
    assert (said["base-uri"], said["frame-ancestors"]) == ("'none'", "'none'")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


def test_over_tls_cookies_are_bound_to_the_host_and_browsers_come_by_tls_only(over_tls: Pages) -> None:
    browser = over_tls.browser(base=TLS)
    answer = browser.post("/sign-in", {"name": LEAD, "password": GOOD})
    cookies = {one.split("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"__Host-bangiao", "__Host-bangiao-device", "language"}
    for one in cookies.values():
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(one.split("; "))
        assert "Domain" not in one
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert browser.get("/account").status_code == 200
    gone = browser.post("/sign-out").headers.get_list("set-cookie")
    assert any(one.startswith('__Host-bangiao="";') and "Secure" in one for one in gone)


def test_headers_are_on_pages_failures_and_refusals_alike(office: WebOffice, pages: Pages) -> None:
    browser = pages.signed_in(LEAD)
    answers = [
        browser.get("/"),
        browser.get("/there-is-no-such-page"),
        browser.post("/sign-out", {"token": "x" * 64}),
        browser.post("/sign-out", headers={"sec-fetch-site": "cross-site"}),
        pages.browser().get("/account"),
    ]
    assert [one.status_code for one in answers] == [200, 404, 403, 403, 303]
    for one in answers:
        assert one.headers["content-security-policy"] == POLICY
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "same-origin"
        assert one.headers["x-frame-options"] == "DENY"
        assert one.headers["cache-control"] == "no-store"
        assert "server" not in one.headers


def test_a_port_that_is_named_must_be_free_and_the_usual_one_need_not_be() -> None:
    with listening("127.0.0.1", 0) as taken:
        with pytest.raises(CannotListen):
            listening("127.0.0.1", taken.getsockname()[1])
        with listening("127.0.0.1", None) as one, listening("127.0.0.1", None) as other:
            assert address_of(one) != address_of(other)
