"""Evidence that is words: what a note and a link may be, and the digest that stands for them."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from evidence_samples import short
from hypothesis import given
from hypothesis import strategies as st

from checklists.errors import BadInput
from evidence.errors import EmptyNote, LinkNamesAPerson, LinkTooLong, NotAWebLink, NoteHides, NoteTooLong
from evidence.notes import LONGEST_LINK, LONGEST_NOTE, clean_link, clean_note, text_digest


def test_a_note_is_kept_composed_with_plain_line_ends_and_nothing_blank_around_it() -> None:
    assert clean_note(unicodedata.normalize("NFD", " \r\nĐã sao lưu\r\nổ cứng\tB\r\n")) == "Đã sao lưu\nổ cứng\tB"


@pytest.mark.parametrize(
    ("note", "error"),
    [
        ("", EmptyNote),
        (" \r\n\t", EmptyNote),
        ("x" * (LONGEST_NOTE + 1), NoteTooLong),
        ("đã xong\u202e", NoteHides),
        ("a\x00b", NoteHides),
    ],
    ids=short,
)
def test_a_note_that_says_nothing_too_much_or_hides_is_refused(note: str, error: type[BadInput]) -> None:
    with pytest.raises(error):
        clean_note(note)


def test_the_longest_note_and_the_longest_link_are_accepted() -> None:
    assert len(clean_note("ệ" * LONGEST_NOTE)) == LONGEST_NOTE
    assert len(clean_link("https://a.vn/".ljust(LONGEST_LINK, "x"))) == LONGEST_LINK


@pytest.mark.parametrize(
    "link",
    [
        "https://a.gov.vn",
        "http://10.0.0.1:8080/x?y=1#z",
        "HTTPS://A.vn/Đường-dẫn",
        "https://[::1]/",
        "https://đấtnước.vn/a@b",
    ],
    ids=short,
)
def test_a_web_address_is_accepted_as_it_is(link: str) -> None:
    assert clean_link(f" {link}\n") == link


@pytest.mark.parametrize(
    ("link", "error"),
    [
        ("", NotAWebLink),
        ("javascript:alert(1)", NotAWebLink),
        ("java\nscript:alert(1)", NotAWebLink),
        ("data:text/html,x", NotAWebLink),
        ("file:///etc/passwd", NotAWebLink),
        ("ftp://a.vn/x", NotAWebLink),
        ("//a.vn/x", NotAWebLink),
        ("https://", NotAWebLink),
        ("https:a.vn", NotAWebLink),
        ("https:///x", NotAWebLink),
        ("https://a.vn:99999/", NotAWebLink),
        ("https://[::1/", NotAWebLink),
        ("https://a.vn\\@b.vn/", NotAWebLink),
        ("https://a.vn/a b", NotAWebLink),
        ("https://a.vn/\u202ex", NotAWebLink),
        ('https://a.vn/"onclick=', NotAWebLink),
        ("https://bank.vn@evil.vn/", LinkNamesAPerson),
        ("https://a.vn/".ljust(LONGEST_LINK + 1, "x"), LinkTooLong),
    ],
    ids=short,
)
def test_what_is_not_the_address_of_a_page_is_refused(link: str, error: type[BadInput]) -> None:
    with pytest.raises(error):
        clean_link(link)


@given(st.text())
def test_no_text_gets_past_the_link_rule_that_a_browser_could_run(text: str) -> None:
    try:
        link = clean_link(text)
    except BadInput:
        return
    assert link.lower().startswith(("http://", "https://"))
    assert clean_link(link) == link


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_digest_of_a_text_is_that_of_its_composed_form(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert text_digest("note", text) == hashlib.sha256(b"note\x00" + composed.encode()).hexdigest()
    assert text_digest("note", unicodedata.normalize("NFD", text)) == text_digest("note", text)


def test_a_note_that_only_holds_a_link_is_not_that_link() -> None:
    assert text_digest("note", "https://a.vn") != text_digest("link", "https://a.vn")
