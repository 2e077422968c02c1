"""Minutes drafted on pages: shown before they are written, in both sides' and the committee's hands, never typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from browsing import Browser, words
from web_office import LEAD, RECEIVER, RECEIVING, WebOffice

from bangiao.minutes import listed
from bangiao.wiring import Wiring
from checklists.minutes_desk import HeldMinutes
from checklists.people import PersonRole

SignedIn = Callable[[str], Browser]


def only(wiring: Wiring) -> HeldMinutes:
    (found,) = listed(wiring)
    return found


def form_of(browser: Browser, place: str) -> dict[str, str]:
    """The fields as the page has them."""
    page = browser.get(place).text
    assert 'name="giving_people"' in page, words(browser.get(place))
    fields = {name: unescape(value) for name, value in re.findall(r'name="([\w-]+)"[^>]* value="([^"]*)"', page)}
    fields |= {name: unescape(text) for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)', page)}
    return {name: value for name, value in fields.items() if name not in {"do", "token", "to", "language"}}


def place(office: WebOffice) -> str:
    pair = f"{office.unit} {RECEIVING} {office.decision}"
    return f"/units/{office.unit}/minutes?handover={pair}"


def test_what_was_drafted_before_stands_in_the_form_and_other_words_are_drafted_anew(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    before = only(wiring)
    lead = signed_in(LEAD)
    assert f'href="/units/{office.unit}/minutes"' in lead.get(f"/units/{office.unit}").text
    fields = form_of(lead, place(office))
    assert fields["number"] == before.number
    said = {"venue": "Hội trường", "started": "8:30", "ended": "11:00", "witnesses": "Lê Văn An; Chánh Văn phòng\n"}
    answer = lead.post(f"/units/{office.unit}/minutes", fields | said | {"do": "draft"})
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"] == f"/minutes/{before.id}"
    after = only(wiring)
    assert (after.version, after.content.venue, after.content.copies) == (before.version + 1, "Hội trường", 2)
    assert [one.name for one in after.content.witnesses] == ["Lê Văn An"]
    again = lead.post(f"/units/{office.unit}/minutes", form_of(lead, place(office)) | said | {"do": "draft"})
    assert again.status_code == 303
    assert only(wiring) == after


def test_looking_at_them_as_a_page_or_as_a_pdf_writes_nothing(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    before = only(wiring)
    lead = signed_in(LEAD)
    fields = form_of(lead, place(office)) | {"venue": "Hội trường lớn", "reason": "Theo nghị quyết"}
    shown = lead.post(f"/units/{office.unit}/minutes", fields | {"do": "preview"})
    assert shown.status_code == 200
    assert "Hội trường lớn" in words(shown)
    assert re.search(r"<code>[0-9a-f]{64}</code>", shown.text)
    pdf = lead.post(f"/units/{office.unit}/minutes", fields | {"do": "pdf"})
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert only(wiring) == before


@pytest.mark.parametrize(
    ("field", "text"),
    [("started", "25:00"), ("copies", "hai"), ("giving_people", "Chỉ có tên"), ("witnesses", "; Chức vụ")],
)
def test_each_mistake_stands_beside_its_field(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, field: str, text: str
) -> None:
    before = only(wiring)
    lead = signed_in(LEAD)
    fields = form_of(lead, place(office)) | {field: text, "venue": "Phòng họp", "do": "draft"}
    answer = lead.post(f"/units/{office.unit}/minutes", fields)
    assert answer.status_code == 422
    assert f'id="{field}-mistake"' in answer.text
    assert 'value="Phòng họp"' in answer.text
    assert only(wiring) == before


def test_what_the_rules_refuse_is_said_without_options_of_the_command_line(
    office: WebOffice, signed_in: SignedIn
) -> None:
    lead = signed_in(LEAD)
    fields = form_of(lead, place(office))
    wrong: tuple[dict[str, Any], ...] = (
        {"started": "11:00", "ended": "8:00"},
        {"held_on-d": "1", "held_on-m": "1", "held_on-y": "2025"},
        {"held_on-d": "31", "held_on-m": "2"},
        {"number": "x" * 3000},
        {"handover": "old:00004 new:00004 99/QĐ"},
    )
    for one in wrong:
        answer = lead.post(f"/units/{office.unit}/minutes", fields | one | {"do": "draft"})
        assert (one.keys(), answer.status_code) == (one.keys(), 422)
        assert "--" not in words(answer)


def test_either_side_and_the_committee_may_draft_and_nobody_else(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    for account, unit in ((RECEIVER, RECEIVING), (office.people[PersonRole.COMMITTEE], office.unit)):
        browser = signed_in(account)
        fields = form_of(browser, f"/units/{unit}/minutes?handover={office.unit} {RECEIVING} {office.decision}")
        answer = browser.post(f"/units/{unit}/minutes", fields | {"venue": f"Phòng {account}", "do": "draft"})
        assert answer.status_code == 303, words(answer)
        assert only(wiring).content.venue == f"Phòng {account}"
    before = only(wiring)
    fields = form_of(signed_in(LEAD), place(office)) | {"venue": "Của người khác", "do": "draft"}
    for account, status in (
        (office.people[PersonRole.VERIFIER], 409),
        (office.people[PersonRole.AUDITOR], 403),
        (office.foreigners[PersonRole.COMMITTEE], 404),
        (office.foreigners[PersonRole.UNIT_LEAD], 404),
    ):
        answer = signed_in(account).post(f"/units/{office.unit}/minutes", fields)
        assert (account, answer.status_code) == (account, status)
    assert only(wiring) == before
