"""What goes over a bad line is small, and how small it is tells no secret."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import anyio
import pytest
from browsing import Browser
from starlette.types import Message, Receive, Scope, Send
from web_office import LEAD, WebOffice

from web.compression import WORTH_IT, Compression, accepts_gzip
from web.guard import form_token, is_form_token
from web.rendering import STATIC, static_address

MOSTLY_EMBEDDED = True

SignedIn = Callable[[str], Browser]
PLAIN = {"accept-encoding": "identity"}


def weight(browser: Browser, path: str, **headers: str) -> int:
    """Bytes of the answer's body as they went over the line."""
    return int(browser.get(path, headers=headers).headers["content-length"])


@pytest.mark.parametrize("name", ["bangiao.css", "outbox.js", "vendor/htmx.min.js"])
def test_our_files_weigh_less_than_half(browse: Browser, name: str) -> None:
    packed = browse.get(static_address(name))
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.content == (STATIC / name).read_bytes()
    assert int(packed.headers["content-length"]) * 2 < len(packed.content)


def test_a_page_is_the_same_page_packed_or_not(office: WebOffice, signed_in: SignedIn) -> None:
    lan = signed_in(LEAD)
    page, plain = lan.get(f"/units/{office.unit}"), lan.get(f"/units/{office.unit}", headers=PLAIN)
    assert page.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert weight(lan, "/") < weight(lan, "/", **PLAIN)
    assert page.text.split("<main")[0].count("\n") == plain.text.split("<main")[0].count("\n")


def test_pictures_and_files_pass_as_they_are(office: WebOffice, signed_in: SignedIn, browse: Browser) -> None:
    assert "content-encoding" not in browse.get(static_address("icon-512.png")).headers
    file = signed_in(LEAD).get(f"/steps/{office.step}/evidence/{office.photo}")
    assert "content-encoding" not in file.headers


@pytest.mark.parametrize("kind", ["text/event-stream", "text/csv"])
def test_what_comes_in_pieces_arrives_piece_by_piece(kind: str) -> None:
    """Each piece leaves as it is, when it is there: live updates do not wait for enough to be packed."""
    left: list[bytes] = []

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        pieces = [b"x" * WORTH_IT, b"y" * WORTH_IT]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            assert left[-1] == piece
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        assert b"content-encoding" not in dict(message.get("headers", []))
        left.append(message.get("body", b""))

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    anyio.run(Compression(application), scope, receive, send)
    assert len(left) == 4


def test_what_is_small_anyway_is_not_packed(browse: Browser) -> None:
    answer = browse.get(static_address("mark.svg"))
    assert len(answer.content) < WORTH_IT
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("GZIP", True),
        ("gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("br", False),
        ("", False),
    ],
)
def test_only_who_reads_it_gets_it(said: str, reads: bool) -> None:
    assert accepts_gzip(said) is reads


def test_the_same_file_gives_the_same_bytes(browse: Browser) -> None:
    content = (STATIC / "bangiao.css").read_bytes()
    address = static_address("bangiao.css")
    assert weight(browse, address) == weight(browse, address) <= len(gzip.compress(content, 9))


def test_the_token_of_forms_looks_different_in_every_answer_and_each_is_good(
    office: WebOffice, signed_in: SignedIn
) -> None:
    lan = signed_in(LEAD)
    seen = {lan.form_token for _ in range(8)}
    assert len(seen) == 8
    for token in seen:
        answer = lan.post("/account/language", {"token": token, "language": "vi"})
        assert answer.status_code == 303
    halves = {token[:32] for token in seen} | {token[32:] for token in seen}
    assert len(halves) == 16, "neither half is the same twice"


@pytest.mark.parametrize("harm", ["one letter", "shorter", "longer", "halves swapped", "not hexadecimal", "empty"])
def test_a_token_that_was_touched_is_none(harm: str) -> None:
    good = form_token("a session")
    assert is_form_token(good, "a session")
    assert not is_form_token(good, "another session")
    touched = {
        "one letter": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "shorter": good[:-2],
        "longer": good + "00",
        "halves swapped": good[32:] + good[:32][::-1],
        "not hexadecimal": "x" * 64,
        "empty": "",
    }
    assert not is_form_token(touched[harm], "a session")
