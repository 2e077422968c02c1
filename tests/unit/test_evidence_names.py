"""Names of attached files: put right where that is harmless, refused where they lie."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checklists.errors import BadInput
from evidence.errors import NameHasPath, NameHides, NameTooLong, NoExtension, NoFileName
from evidence.names import LONGEST_NAME, clean_name, extension_of


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Biên bản bàn giao.pdf", "Biên bản bàn giao.pdf"),
        (unicodedata.normalize("NFD", "Biên bản.pdf"), "Biên bản.pdf"),
        ("  hai   dấu cách.pdf ", "hai dấu cách.pdf"),
        ("dấu\u00a0cách cứng.pdf", "dấu cách cứng.pdf"),
        ("\ufeffchép từ\u200b nơi khác.pdf", "chép từ nơi khác.pdf"),
        ("báo cáo.pdf. .", "báo cáo.pdf"),
        ("x.exe.pdf", "x.exe.pdf"),
    ],
)
def test_what_is_harmless_in_a_name_is_put_right(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", NoFileName),
        (" . .", NoFileName),
        ("\u200b", NoFileName),
        ("../../etc/passwd.pdf", NameHasPath),
        ("C:\\fakepath\\x.pdf", NameHasPath),
        ("x\x00.pdf", NameHides),
        ("x\n.pdf", NameHides),
        ("x\u202efdp.exe", NameHides),
        ("x\u2066.pdf", NameHides),
        ("\udcff.pdf", NameHides),
        ("đ" * (LONGEST_NAME - 3) + ".pdf", NameTooLong),
    ],
)
def test_a_name_that_lies_is_refused(name: str, error: type[BadInput]) -> None:
    with pytest.raises(error) as refused:
        clean_name(name)
    str(refused.value).encode()


def test_a_name_may_have_200_characters_counted_after_it_was_composed() -> None:
    name = "ệ" * (LONGEST_NAME - 4) + ".pdf"
    assert clean_name(unicodedata.normalize("NFD", name)) == name


@given(st.text(max_size=300))
@example("\udcff/\u202e")
def test_any_text_is_refused_or_becomes_a_name_that_stays_as_it_is(text: str) -> None:
    refused: list[BadInput] = []
    try:
        name = clean_name(text)
    except BadInput as error:
        refused.append(error)
    if refused:
        assert str(refused[0]).isprintable()
        return
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 0 < len(name) <= LONGEST_NAME
    assert name.isprintable()
    assert not {"/", "\\"} & set(name)


@pytest.mark.parametrize(("name", "extension"), [("a.PDF", "pdf"), ("a.b.docx", "docx"), ("ảnh.JPeG", "jpeg")])
def test_an_extension_is_what_stands_after_the_last_dot(name: str, extension: str) -> None:
    assert extension_of(name) == extension


@pytest.mark.parametrize("name", ["bien ban", ".pdf", "a.", "a.p df", "a.p-f"])
def test_a_name_without_an_extension_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(NoExtension, match="has no extension"):
        extension_of(name)
