"""The record, files and the audit log on the auditor's pages: what is in reach is told, what is not stays unsaid."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from hashlib import sha256

from browsing import Browser, words
from offices import do, note
from web_office import FOREIGNERS, LEAD, PEOPLE, PHOTO, RECEIVER, WebOffice

from bangiao.audit_log import make_checkpoint
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act

AUDITOR, FOREIGN_AUDITOR = PEOPLE[PersonRole.AUDITOR], FOREIGNERS[PersonRole.AUDITOR]
SignedIn = Callable[[str], Browser]


def test_the_auditor_reads_who_did_what_in_sentences(office: WebOffice, signed_in: SignedIn) -> None:
    page = signed_in(AUDITOR).get("/record")
    assert page.status_code == 200
    assert f"/steps/{office.step}" in page.text
    assert "ảnh.png" in words(page)


def test_an_auditor_of_another_province_reads_nothing_of_it(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(FOREIGN_AUDITOR)
    page = browser.get("/record")
    assert page.status_code == 200
    assert "ảnh.png" not in page.text
    assert f"/steps/{office.step}" not in page.text
    for asked in (f"unit={office.unit}", f"person={RECEIVER}", f"step={office.step}"):
        refused = browser.get(f"/record?{asked}")
        assert refused.status_code == 422
        assert "ảnh.png" not in refused.text


def test_filters_narrow_and_stand_in_the_address(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(AUDITOR)
    assert "ảnh.png" in browser.get(f"/record?unit={office.unit}&kind=work&person={LEAD}").text
    assert "ảnh.png" not in browser.get("/record?kind=decisions").text
    assert "ảnh.png" not in browser.get("/record?since-d=01&since-m=01&since-y=2031").text
    assert "ảnh.png" in browser.get(f"/record?step={office.step}").text


def test_a_day_that_is_none_is_refused_and_stays_in_its_fields(office: WebOffice, signed_in: SignedIn) -> None:
    page = signed_in(AUDITOR).get("/record?since-d=31&since-m=02&since-y=2025")
    assert page.status_code == 422
    assert 'value="31"' in page.text
    backwards = signed_in(AUDITOR).get("/record?since-d=02&since-m=07&since-y=2025&until-d=01&until-m=07&until-y=2025")
    assert backwards.status_code == 422
    assert "02/07/2025" in backwards.text


def test_a_name_that_several_bear_offers_each_of_them(office: WebOffice, signed_in: SignedIn) -> None:
    page = signed_in(AUDITOR).get("/record?unit=Phường")
    assert page.status_code == 200
    assert len(re.findall(r'href="/record\?unit=', page.text)) > 1


def test_pages_of_the_record_follow_each_other_without_gap_or_repetition(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    for number in range(60):
        do(wiring, office.step, Act.ATTACH, LEAD, evidence=(note(f"lần {number}"),))
    browser, seen, address = signed_in(AUDITOR), [], f"/record?step={office.step}"
    while address:
        page = browser.get(address)
        seen += re.findall(r"<code>(evidence\.[^<]+)</code>", page.text)
        further = re.search(r'href="([^"]*before=[^"]*)"', page.text)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) >= 60
    assert len(seen) == len(set(seen))


def test_a_dropped_file_is_found_on_record_and_another_is_not(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(AUDITOR)
    answer = sent(browser, PHOTO, "bản sao.png")
    page = browser.follow(answer)
    assert sha256(PHOTO).hexdigest() in page.text
    assert f"/steps/{office.step}" in page.text
    other = browser.follow(sent(browser, PHOTO + b"x", "khác.png"))
    assert f"/steps/{office.step}" not in other.text


def test_a_file_on_record_elsewhere_is_not_told_of(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(FOREIGN_AUDITOR)
    page = browser.follow(sent(browser, PHOTO, "bản sao.png"))
    assert f"/steps/{office.step}" not in page.text
    assert words(page) != words(signed_in(AUDITOR).get(f"/check?digest={office.photo}"))


def test_nothing_chosen_and_no_hash_are_refused(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(AUDITOR)
    assert browser.post("/check").status_code == 422
    assert browser.get("/check?digest=abc").status_code == 422


def test_the_newest_checkpoint_can_be_copied_and_all_of_them_kept(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(AUDITOR)
    assert browser.get("/audit-log").status_code == 200
    made = make_checkpoint(wiring)
    assert made.text.splitlines()[0] in browser.get("/audit-log").text
    kept = browser.get("/audit-log/checkpoints")
    assert kept.text == made.text
    assert kept.headers["content-disposition"].startswith("attachment")
    assert browser.get("/audit-log/keys").text.startswith(made.text.splitlines()[0])


def sent(browser: Browser, content: bytes, name: str):  # type: ignore[no-untyped-def]
    """A file dropped on the page."""
    return browser.post("/check", files={"files": (name, io.BytesIO(content), "application/octet-stream")})
