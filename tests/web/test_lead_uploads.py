"""Files that come with a form: kept, refused one by one with a sentence each, handed out again as nothing but files."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browsing import Browser, Pages, pages_on, words
from lead_forms import alert, events, kept_in, photo, send
from web_office import LEAD, WebOffice

from bangiao.attachments import store_of
from bangiao.wiring import Wiring
from web.body_limit import MEGABYTE

MOSTLY_EMBEDDED = True

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def zipped(name: str, content: bytes) -> bytes:
    """An archive of one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


DANGEROUS = {
    "trang.html": b"<script>alert(1)</script>",
    "hình.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "hình.png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "bom.zip": zipped("a.txt", b"\0" * (30 << 20)),
    "hai trong một.pdf": PDF + zipped("a.exe", b"MZ" * 40),
    "muộn.pdf": b"<script>alert(1)</script>".ljust(64) + PDF,
    "chương trình.zip": zipped("../../a.sh", b"#!/bin/sh\nrm -rf /\n"),
    "không đuôi": b"x",
    "lật\u202egpj.exe.jpg": b"\xff\xd8\xff",
}
"""By name, what somebody sends who wants to harm the reader or the server."""

SignedIn = Callable[[str], Browser]


@pytest.fixture
def lan(office: WebOffice, signed_in: SignedIn) -> Browser:
    """The lead of the unit."""
    return signed_in(LEAD)


def test_each_bad_file_has_its_own_sentence_and_the_good_ones_stay_in_the_form(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    chosen = [("tốt.jpg", photo(7)), ("trang.html", b"<html>"), ("rỗng.pdf", b""), ("giả.pdf", b"MZ\x90\x00")]
    answer = send(lan, office.step, "attach", {"note": "giữ lại", "once": "k"}, chosen)
    assert answer.status_code == 422
    said = alert(answer.text)
    assert all(name in said for name in ("trang.html", "rỗng.pdf", "giả.pdf"))
    assert "tốt.jpg" not in said
    assert "giữ lại" in answer.text
    [kept] = kept_in(answer.text)
    page = lan.follow(send(lan, office.step, "attach", {"kept": kept, "once": "k"}))
    assert "tốt.jpg" in page.text
    assert events(wiring, office.step).count("evidence.attached") == 2


def test_a_kept_file_is_only_for_whoever_sent_it_to_that_step(
    office: WebOffice, lan: Browser, wiring: Wiring, signed_in: SignedIn
) -> None:
    answer = send(lan, office.step, "attach", {"note": "x"}, [("a.jpg", photo(3)), ("b.exe", b"MZ")])
    [kept] = kept_in(answer.text)
    before = events(wiring, office.step)
    digest = hashlib.sha256(photo(3)).hexdigest()
    for forged in (kept[:64] + kept[64:].replace(digest, "0" * 64), "0" * 64 + kept[64:], "", "[]"):
        assert send(lan, office.step, "attach", {"kept": forged}).status_code == 422
    assert events(wiring, office.step) == before


@pytest.mark.parametrize("name", sorted(DANGEROUS))
def test_what_attackers_send_is_refused_and_nothing_is_attached(
    office: WebOffice, lan: Browser, wiring: Wiring, name: str
) -> None:
    before = events(wiring, office.step)
    answer = send(lan, office.step, "attach", {}, [(name, DANGEROUS[name])])
    assert answer.status_code == 422
    assert alert(answer.text)
    assert events(wiring, office.step) == before


@pytest.mark.parametrize("name", ["../../etc/passwd.jpg", "C:\\ảnh\\máy chủ.jpg", "a" * 190 + ".jpg", "ảnh  (1) .jpg"])
def test_odd_names_are_put_right_or_refused_but_never_lead_anywhere(
    office: WebOffice, lan: Browser, wiring: Wiring, name: str
) -> None:
    answer = send(lan, office.step, "attach", {}, [(name, photo(4))])
    page = lan.follow(answer)
    assert "/etc/" not in words(page)
    assert "\\ảnh" not in words(page)
    digest = hashlib.sha256(photo(4)).hexdigest()
    assert store_of(wiring.settings).path(digest).is_file()


def test_a_form_without_files_or_words_attaches_nothing(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    before = events(wiring, office.step)
    answer = send(lan, office.step, "attach", {}, [("", b"")])
    assert answer.status_code == 422
    assert "--" not in alert(answer.text)
    assert events(wiring, office.step) == before


def test_what_is_handed_out_is_a_file_to_save_and_runs_nothing(office: WebOffice, lan: Browser) -> None:
    name = "sổ “bàn giao”; a.pdf.jpg"
    send(lan, office.step, "attach", {}, [(name, photo(5))])
    digest = hashlib.sha256(photo(5)).hexdigest()
    answer = lan.get(f"/steps/{office.step}/evidence/{digest}")
    assert answer.content == photo(5)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert lan.get(f"/steps/{office.step}/evidence/{digest}/image").headers["content-type"] == "image/jpeg"
    assert f"/evidence/{digest}/image" in lan.get(f"/steps/{office.step}/evidence/{digest}/view").text


def test_only_pictures_are_shown_and_only_the_steps_own_files_handed_out(office: WebOffice, lan: Browser) -> None:
    text = "chỉ là chữ".encode()
    send(lan, office.step, "attach", {"note": "một ghi chú"}, [("a.txt", text)])
    digest = hashlib.sha256(text).hexdigest()
    for way in ("image", "view"):
        assert lan.get(f"/steps/{office.step}/evidence/{digest}/{way}").status_code == 404
    assert lan.get(f"/steps/{office.step}/evidence/{'0' * 64}").status_code == 404
    assert lan.get(f"/steps/{office.step}/evidence/..%2f..%2fpasswd").status_code == 404


def test_a_file_that_was_changed_in_the_store_is_not_handed_out(
    office: WebOffice, lan: Browser, wiring: Wiring
) -> None:
    kept = store_of(wiring.settings).path(office.photo)
    kept.chmod(0o600)
    kept.write_bytes(b"something else")
    answer = lan.get(f"/steps/{office.step}/evidence/{office.photo}")
    assert answer.status_code == 409
    assert b"something else" not in answer.content


@pytest.fixture
def small(wiring: Wiring) -> Iterator[Pages]:
    """The same office where a file may have one megabyte."""
    with pages_on(Wiring(replace(wiring.settings, evidence_max_mb=1), wiring.engine, wiring.clock)) as running:
        yield running


def test_a_file_too_large_is_named_and_a_form_far_too_large_is_cut_off(
    office: WebOffice, small: Pages, wiring: Wiring
) -> None:
    lan, before = small.signed_in(LEAD), events(wiring, office.step)
    answer = send(lan, office.step, "attach", {}, [("to.jpg", photo() + b"\0" * MEGABYTE)])
    assert answer.status_code == 422
    assert "to.jpg" in alert(answer.text)
    assert "BANGIAO_" not in alert(answer.text)
    answer = send(lan, office.step, "attach", {}, [("rất to.jpg", photo() + b"\0" * 6 * MEGABYTE)])
    assert (answer.status_code, events(wiring, office.step)) == (413, before)
    assert "quá lớn" in words(answer)


def test_too_many_files_at_once_are_refused(office: WebOffice, lan: Browser, wiring: Wiring) -> None:
    before = events(wiring, office.step)
    answer = send(lan, office.step, "attach", {}, [(f"{number}.jpg", photo(number)) for number in range(21)])
    assert (answer.status_code, events(wiring, office.step)) == (400, before)


def test_a_form_of_somebody_who_is_not_signed_in_may_be_small_only(office: WebOffice, browse: Browser) -> None:
    assert browse.request("POST", "/sign-in", data={"name": "x" * 70_000}).status_code == 413


def test_a_full_disk_is_said_without_naming_a_folder(
    office: WebOffice, lan: Browser, wiring: Wiring, tmp_path: Path
) -> None:
    """The folder for files being received is a plain file: nothing can be stored."""
    incoming = wiring.settings.evidence_folder / "incoming"
    for left in incoming.iterdir():
        left.unlink()
    incoming.rmdir()
    incoming.write_bytes(b"")
    answer = send(lan, office.step, "attach", {"note": "còn đây"}, [("a.jpg", photo(9))])
    assert answer.status_code == 409
    assert "a.jpg" in alert(answer.text)
    assert str(tmp_path) not in answer.text
    assert "còn đây" in answer.text
