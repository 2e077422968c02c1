"""Pages where people may come in with the office's account: the settings, the way to the provider and back."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
from browsing import BASE, Browser, Pages, words
from office_provider import CLIENT, SECRET, Provider

from bangiao.wiring import Wiring
from db.identities import identity_of
from db.session import begin_read

BACK = "/sign-in/office/back"


def with_office(wiring: Wiring, there: Provider, base: str = BASE, **more: object) -> Wiring:
    """The same installation, where people may come in with the office's account."""
    secret = wiring.settings.data_dir / "client.secret"
    secret.write_text(SECRET, encoding="utf-8")
    settings = replace(
        wiring.settings,
        oidc_issuer=there.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=secret,
        oidc_label="Tài khoản công vụ",
        link_base=base,
        allowed_targets=frozenset({f"127.0.0.1:{there.port}"}),
        **more,  # type: ignore[arg-type]
    )
    return replace(wiring, settings=settings)


def to_provider(browser: Browser, start: str = "/sign-in/office") -> str:
    answer = browser.get(start)
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"]


def through(browser: Browser, start: str = "/sign-in/office") -> str:
    """To the provider, which knows who sits there; gives the address that it leads back to."""
    answer = httpx.get(to_provider(browser, start))
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(BASE)


def identity_at(pages: Pages, there: Provider, account: str) -> str | None:
    with begin_read(pages.wiring.engine) as connection:
        found = identity_of(connection, there.issuer, account)
    return found.subject if found else None


def proof_in(answer: httpx.Response) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', answer.text)
    assert found, words(answer)
    return found[1]
