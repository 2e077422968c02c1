"""Somebody's browser for tests: signed in by the back door, or as people do it, by typing."""

from __future__ import annotations

from typing import Any

from busy_office import PASSWORD
from playwright.sync_api import Browser, BrowserContext, Page
from real_server import RealServer

from bangiao.sign_in import begin_session

HERE: dict[str, Any] = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


def signed_in_context(browser: Browser, server: RealServer, account: str | None, **how: Any) -> BrowserContext:
    """A browser of its own. Without the service worker unless asked for: it would answer for pages."""
    context = browser.new_context(**({"service_workers": "block"} | HERE | how))
    context.set_default_timeout(15_000)
    if account:
        token = begin_session(server.wiring, account, "link", "phone").token
        context.add_cookies([{"name": "bangiao", "value": token, "url": server.base}])
    return context


def sign_in(page: Page, server: RealServer, account: str, to: str = "/") -> None:
    """By the form, with a password."""
    page.goto(f"{server.base}/sign-in?to={to}")
    page.fill("#name", account)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.wait_for_url(f"{server.base}{to}**")
