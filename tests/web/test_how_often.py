"""Uploads are not taken without end from one person, and a page that broke carries what every page carries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from browsing import Browser, Pages
from lead_forms import photo, send
from web_office import LEAD, RECEIVER, WebOffice

from checklists.names import province_sort_key
from web.guard import MOST_UPLOADS, SMALL, WITHIN
from web.security import POLICY

MOSTLY_EMBEDDED = True

SignedIn = Callable[[str], Browser]


def test_whoever_sends_files_without_end_is_asked_to_wait_and_others_are_not(
    office: WebOffice, signed_in: SignedIn
) -> None:
    lan, receiver, large = signed_in(LEAD), signed_in(RECEIVER), [("ảnh.jpg", bytes(SMALL))]
    for _ in range(MOST_UPLOADS):
        assert send(lan, office.step, "attach", {"once": "b"}, large).status_code == 422
    held = send(lan, office.step, "attach", {"once": "a"}, large)
    assert held.status_code == 429
    assert 0 < int(held.headers["retry-after"]) <= WITHIN.total_seconds()
    assert "Không có gì bị mất" in held.text
    assert lan.get(f"/steps/{office.step}").status_code == 200
    assert send(receiver, office.step, "attach", {"once": "c"}, large).status_code != 429
    assert send(lan, office.step, "attach").status_code == 422, "a form without a file does not wait"
    office.wiring.clock.advance(seconds=WITHIN.total_seconds() + 1)  # type: ignore[attr-defined]
    assert send(lan, office.step, "attach", {"once": "a"}, [("ảnh.jpg", photo())]).status_code == 303


def test_a_page_that_broke_says_so_under_the_same_headers(pages: Pages) -> None:
    async def breaks() -> None:
        raise RuntimeError("một điều không ai nghĩ đến")

    pages.app.add_api_route("/breaks", breaks)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(pages.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bangiao.test") as client:
            return await client.get("/breaks")

    answer = asyncio.run(asked())
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == POLICY
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert "một điều" not in answer.text
    assert "<h1>" in answer.text


def test_provinces_stand_in_the_order_of_a_dictionary_by_their_proper_names() -> None:
    names = ["Tỉnh Đồng Nai", "Thành phố Huế", "Tỉnh An Giang", "Thành phố Hà Nội", "Tỉnh Đắk Lắk", "Tỉnh Cà Mau"]
    assert sorted(names, key=province_sort_key) == [
        "Tỉnh An Giang",
        "Tỉnh Cà Mau",
        "Tỉnh Đắk Lắk",
        "Tỉnh Đồng Nai",
        "Thành phố Hà Nội",
        "Thành phố Huế",
    ]
