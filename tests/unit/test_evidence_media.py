"""Is a file what its name says? Every accepted kind, and what attackers send instead."""

from __future__ import annotations

from contextlib import suppress

import pytest
from evidence_samples import (
    ELF,
    EXE,
    HTML,
    JPEG,
    LETTER,
    PNG,
    SVG,
    boxed,
    check,
    pdf,
    samples,
    short,
    signed,
    word,
    zipped,
)
from hypothesis import given
from hypothesis import strategies as st

from checklists.errors import BadInput
from evidence.errors import (
    BadText,
    BadXml,
    ContentDiffers,
    PdfStartsLate,
    TwoFilesInOne,
    TypeNotAllowed,
    TypeRunsScripts,
    XmlDeclaresEntities,
)
from evidence.kinds import EVERY_TYPE, KINDS, WORDS, file_types
from evidence.media import allowed_kind
from evidence.signatures import content_of

SAMPLES = samples()


def test_there_is_a_sample_of_every_accepted_kind() -> None:
    assert {extension for extension, _ in SAMPLES} == EVERY_TYPE


@pytest.mark.parametrize(("extension", "content"), SAMPLES, ids=[extension for extension, _ in SAMPLES])
def test_a_file_that_is_what_its_name_says_is_accepted(extension: str, content: bytes) -> None:
    assert check(content, f"tệp.{extension}") == KINDS[extension]


@pytest.mark.parametrize(("extension", "content"), SAMPLES, ids=[extension for extension, _ in SAMPLES])
def test_under_another_name_it_is_refused(extension: str, content: bytes) -> None:
    texts = {"text", "json", "xml", "letter"}
    for other, kind in KINDS.items():
        if kind.content == KINDS[extension].content or (kind.content == "text" and KINDS[extension].content in texts):
            continue
        with pytest.raises(BadInput):
            check(content, f"tệp.{other}")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("x.jpg", pdf(), "a PDF document"),
        ("x.pdf", PNG, "a PNG picture"),
        ("x.pdf", ELF, "a program"),
        ("x.txt", EXE, "a program"),
        ("x.pdf", b"#!/bin/sh\nrm -rf /\n", "a script"),
        ("x.png", SVG, "a web page or a drawing that can run scripts"),
        ("x.txt", HTML, "a web page or a drawing that can run scripts"),
        ("x.txt", HTML.decode().encode("utf-16"), "a web page or a drawing that can run scripts"),
        ("x.csv", b"\xef\xbb\xbf \n" + SVG, "a web page or a drawing that can run scripts"),
        ("x.xml", SVG, "a web page or a drawing that can run scripts"),
        ("x.xml", b'<a:svg xmlns:a="http://www.w3.org/2000/svg"/>', "a web page or a drawing that can run scripts"),
        ("x.xml", b'<x xmlns="http://www.w3.org/1999/xhtml"/>', "a web page or a drawing that can run scripts"),
        ("x.xml", b'<x xmlns="http://www.w3.org/1999/XSL/Transform"/>', "a web page or a drawing that can run scripts"),
        (
            "x.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
            "an Office file of before 2007 or one with a password",
        ),
        ("x.docx", zipped({"a.txt": b"x"}), "a ZIP archive"),
        ("x.zip", word(), "a Word document (DOCX)"),
        ("x.xlsx", word(), "a Word document (DOCX)"),
        ("x.zip", b"Rar!\x1a\x07\x01\x00", "an archive of another kind (RAR, 7z, GZIP, …)"),
        ("x.heic", boxed(b"avif"), "an AVIF picture"),
        ("x.mp4", boxed(b"qt  "), "a QuickTime film"),
        ("x.png", b"GIF89a", "a GIF picture"),
        ("x.p7s", signed()[:-1], "something that we do not recognise"),
        ("x.json", b"chua xong", "plain text"),
        ("x.json", b'{"a": 1', "plain text"),
        ("x.eml", b"hello", "plain text"),
        ("x.eml", b"From: a\n\nhello", "plain text"),
        ("x.txt", b"<!DOCTYPE html>\n<p>", "a web page or a drawing that can run scripts"),
        ("x.pdf", b"hello", "plain text"),
    ],
    ids=short,
)
def test_a_file_that_lies_is_refused_with_what_it_says_and_what_it_is(name: str, content: bytes, found: str) -> None:
    with pytest.raises(ContentDiffers) as refused:
        check(content, name)
    assert f"{name}: the name ends in {name[1:]}, but the content is {found}." in str(refused.value)


@pytest.mark.parametrize("before", [b"\n", b"x" * 900, b"\x00" * 10], ids=short)
def test_a_pdf_that_begins_late_is_refused_with_the_number_of_bytes(before: bytes) -> None:
    with pytest.raises(PdfStartsLate, match=f"{len(before)} bytes"):
        check(before + pdf(), "x.pdf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jpg", JPEG + zipped({"a.txt": b"x"})),
        ("x.pdf", pdf() + zipped({"a.txt": b"x"})),
        ("x.png", PNG + pdf()),
        ("x.pdf", JPEG + pdf()),
        ("x.mp4", boxed(b"isom") + zipped({"a.txt": b"x"}) + b""),
    ],
    ids=short,
)
def test_a_file_that_is_two_at_once_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(TwoFilesInOne):
        check(content, name)


@pytest.mark.parametrize("content", ["a\r\nb", "\ufeffđ", "Đ" * 300_000], ids=short)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"], ids=short)
def test_text_is_accepted_in_utf_8_and_in_utf_16_with_its_mark(content: str, encoding: str) -> None:
    check(content.encode(encoding), "x.txt")


@pytest.mark.parametrize(
    ("content", "position"),
    [
        ("Đã xong".encode("cp1258", errors="replace") + b"\xff", 1),
        (b"ab\xffc", 3),
        (b"x" * (1 << 18) + b"\xc4", (1 << 18) + 1),
        (b"x" * ((1 << 18) - 1) + b"\xc4x", 1 << 18),
        (b"x" * 5000 + b"\x00", 5001),
    ],
    ids=short,
)
def test_text_in_another_encoding_is_refused_with_the_place(content: bytes, position: int) -> None:
    with pytest.raises(BadText, match=rf"\(byte {position}\)"):
        check(content, "x.txt")


@pytest.mark.parametrize("content", [b"[]", b"\xef\xbb\xbf {} \n", b"[" * 100_000 + b"]" * 100_000], ids=short)
def test_json_is_known_by_its_brackets(content: bytes) -> None:
    assert check(content, "x.json").media_type == "application/json"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1258"], ids=short)
def test_xml_is_read_in_the_encoding_it_declares(encoding: str) -> None:
    check(f'<?xml version="1.0" encoding="{encoding}"?><x>é</x>'.encode(encoding), "x.xml")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<x><y></x>", BadXml),
        (b"not xml", BadXml),
        (b'<?xml version="1.0" encoding="nowhere"?><x/>', BadXml),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>', XmlDeclaresEntities),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', XmlDeclaresEntities),
    ],
    ids=short,
)
def test_xml_that_is_broken_or_brings_entities_is_refused(content: bytes, error: type[BadInput]) -> None:
    with pytest.raises(error):
        check(content, "x.xml")


def test_a_letter_keeps_its_body_in_any_encoding() -> None:
    with pytest.raises(BadText):
        check(LETTER, "x.txt")
    assert check(LETTER, "x.eml").media_type == "message/rfc822"


@pytest.mark.parametrize("extension", ["svg", "HTML", "xhtml", "mht"], ids=short)
def test_what_runs_scripts_is_refused_by_name_with_a_way_out(extension: str) -> None:
    with pytest.raises(TypeRunsScripts, match="Print it to PDF"):
        allowed_kind(f"x.{extension}", EVERY_TYPE)


@pytest.mark.parametrize("name", ["x.exe", "x.doc", "x.docm", "x.rar", "x.pdf.exe", "x.png"], ids=short)
def test_another_type_is_refused_with_the_types_that_are_accepted(name: str) -> None:
    with pytest.raises(TypeNotAllowed, match="Save it as one of pdf, docx and attach that"):
        allowed_kind(name, frozenset({"docx", "pdf"}))


def test_a_setting_may_name_fewer_types_and_no_others() -> None:
    assert file_types("pdf, .DOCX") == {"pdf", "docx"}
    for text in ("pdf,exe", "", "pdf,,docx"):
        with pytest.raises(ValueError, match="a comma list of some of pdf"):
            file_types(text)


@given(st.binary(max_size=200), st.sampled_from(["", *(content[:12] for _, content in SAMPLES)]))
def test_any_bytes_have_a_content_with_a_word_for_it(rest: bytes, start: bytes | str) -> None:
    content = (start if isinstance(start, bytes) else b"") + rest
    assert content_of(content, len(content)) in WORDS


@given(st.sampled_from(sorted(EVERY_TYPE)), st.data())
def test_a_sample_that_is_cut_or_changed_is_accepted_or_refused_and_nothing_else(
    extension: str, data: st.DataObject
) -> None:
    content = dict(SAMPLES)[extension]
    place = data.draw(st.integers(0, len(content) - 1))
    changed = content[:place] + data.draw(st.binary(max_size=8)) + content[place + data.draw(st.integers(0, 8)) :]
    for hostile in (content[:place], changed):
        with suppress(BadInput):
            assert check(hostile, f"x.{extension}") == KINDS[extension]
