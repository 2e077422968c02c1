"""Archives and Office documents: bombs, lies in their headers, what may not be inside."""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from evidence_samples import ELF, HTML, check, open_document, short, slides, word, workbook, zipped

from checklists.errors import BadInput
from evidence.archive_reading import BLOCK, MOST_MEMBERS
from evidence.errors import (
    ArchiveLies,
    DamagedArchive,
    HasMacros,
    MemberEncrypted,
    MemberNameLies,
    MemberNotAllowed,
    MemberPacked,
    TooManyMembers,
    UnpacksTooLarge,
    ZipBomb,
)

MEGABYTE = 1 << 20


def zeros(megabytes: int) -> bytes:
    """An archive of one member of zeros, made without holding them."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("số không.txt", "w", force_zip64=True) as member,
    ):
        for _ in range(megabytes):
            member.write(bytes(MEGABYTE))
    return made.getvalue()


def patched(
    content: bytes, *, directory: dict[int, bytes] | None = None, local: dict[int, bytes] | None = None
) -> bytes:
    """An archive with bytes changed in the directory's first entry or in the first local header."""
    changed = bytearray(content)
    for start, changes in ((content.index(b"PK\x01\x02"), directory), (0, local)):
        for offset, value in (changes or {}).items():
            changed[start + offset : start + offset + len(value)] = value
    return bytes(changed)


def test_a_bomb_of_zeros_is_refused_by_its_ratio() -> None:
    with pytest.raises(ZipBomb, match=r"unpacks to 10\d\d times its size, at most 200"):
        check(zeros(40), "x.zip")


def test_a_small_file_that_packs_well_is_no_bomb() -> None:
    check(zeros(5), "x.zip")


def test_an_archive_that_honestly_says_it_is_huge_is_refused_before_it_is_unpacked() -> None:
    noise = random.Random(1).randbytes(6 * MEGABYTE)  # noqa: S311 (noise that does not pack)
    huge = patched(zipped({"a.txt": noise}), directory={24: struct.pack("<I", 1100 * MEGABYTE)})
    with pytest.raises(UnpacksTooLarge, match="1100 MB, at most 1024 MB"):
        check(huge, "x.zip")


@pytest.mark.parametrize("told", [10, 0], ids=short)
def test_an_archive_that_says_it_is_small_is_caught_at_the_first_byte_too_many(told: int) -> None:
    """Both headers lie about the size and carry the checksum of the part they admit."""
    size, checksum = struct.pack("<I", told), struct.pack("<I", zlib.crc32(bytes(told)))
    lie = patched(
        zipped({"a.txt": bytes(100 * MEGABYTE)}),
        directory={16: checksum, 24: size},
        local={14: checksum, 22: size},
    )
    tracemalloc.start()
    with pytest.raises(ArchiveLies, match="more comes out"):
        check(lie, "x.zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE


def test_members_that_share_their_bytes_are_refused() -> None:
    """Thousands of directory entries that point at one kernel: 42 kB that unpack to gigabytes."""
    whole = zipped({"a.txt": b"x" * 1000, "b.txt": b"x" * 1000})
    second = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 1)
    overlapping = bytearray(whole)
    overlapping[second + 42 : second + 46] = struct.pack("<I", 0)
    with pytest.raises(ArchiveLies, match="its bytes belong to another part"):
        check(bytes(overlapping), "x.zip")


@pytest.mark.parametrize(
    ("directory", "local", "error", "why"),
    [
        ({24: b"\xff\x00\x00\x00"}, {}, ArchiveLies, "less comes out"),
        ({16: b"\x00\x00\x00\x00"}, {}, ArchiveLies, "its checksum is another"),
        ({}, {30: b"z"}, ArchiveLies, "its two headers differ"),
        ({}, {8: b"\x00"}, ArchiveLies, "its two headers differ"),
        ({42: b"\x05"}, {}, ArchiveLies, "its bytes belong to another part"),
        ({20: b"\xff\xff\x00\x00"}, {}, ArchiveLies, "its bytes belong to another part"),
        ({8: b"\x01"}, {6: b"\x01"}, MemberEncrypted, "locked with a password"),
        ({}, {6: b"\x01"}, ArchiveLies, "its two headers differ"),
        ({10: b"\x0c"}, {8: b"\x0c"}, MemberPacked, "method 12"),
    ],
    ids=short,
)
def test_headers_that_differ_from_the_bytes_are_refused(
    directory: dict[int, bytes], local: dict[int, bytes], error: type[BadInput], why: str
) -> None:
    content = patched(zipped({"a.txt": b"hello " * 20}), directory=directory, local=local)
    with pytest.raises(error, match=why):
        check(content, "x.zip")


def test_a_member_that_is_not_where_the_directory_says_is_refused() -> None:
    content = zipped({"a.txt": b"x", "b.txt": b"y"})
    second = content.index(b"PK\x03\x04", 4)
    with pytest.raises(ArchiveLies, match=r"b\.txt .* not where the directory says"):
        check(content[:second] + b"XX" + content[second + 2 :], "x.zip")


@pytest.mark.parametrize("after", [b"x", b"\x00" * 30, zipped({"b.txt": b"y"})], ids=short)
def test_something_behind_an_archive_is_refused(after: bytes) -> None:
    with pytest.raises((DamagedArchive, ArchiveLies)):
        check(zipped({"a.txt": b"x"}) + after, "x.zip")


@pytest.mark.parametrize(
    "make",
    [word, workbook, slides, lambda: zipped({"a.txt": b"x" * 5000})],
    ids=["word", "workbook", "slides", "zip"],
)
def test_an_archive_cut_anywhere_is_refused(make: object) -> None:
    content = make() if callable(make) else b""
    for end in range(4, len(content), max(1, len(content) // 60)):
        with pytest.raises(BadInput):
            check(content[:end], "x.zip")


def test_more_than_ten_thousand_members_are_refused_before_they_are_read() -> None:
    many = zipped({f"{number}.txt": b"" for number in range(MOST_MEMBERS + 1)}, zipfile.ZIP_STORED)
    with pytest.raises(TooManyMembers, match="more than 10000 files"):
        check(many, "x.zip")
    entry = b"PK\x01\x02".ljust(46, b"\x00")
    directory = entry * 500_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), 0, 0)
    begun = time.monotonic()
    with pytest.raises(TooManyMembers):
        check(b"PK\x03\x04" + directory + end, "x.zip")
    assert time.monotonic() - begun < 1


def large(directory: int, *, there: bool = True) -> bytes:
    """An archive with the records that archives of more than 4 GB have, which speak of so many bytes of directory."""
    content = zipped({"a.txt": b"x"})
    end = content.index(b"PK\x05\x06")
    start = content.index(b"PK\x01\x02")
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, directory or end - start, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    return content[:end] + (record if there else b"") + locator + content[end:]


def test_the_records_of_large_archives_are_read_and_not_believed() -> None:
    check(large(0), "x.zip")
    with pytest.raises(TooManyMembers):
        check(large(1 << 40), "x.zip")
    with pytest.raises(DamagedArchive):
        check(large(0, there=False), "x.zip")


def test_an_archive_that_was_streamed_has_its_sizes_behind_its_members_and_is_accepted() -> None:
    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, block: object) -> int:
            self.content += bytes(block)  # type: ignore[call-overload]
            return len(bytes(block))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("hồ sơ/a.txt", "x" * 9000)
        archive.writestr("hồ sơ/b.txt", "y")
    assert b"PK\x07\x08" in pipe.content
    check(pipe.content, "x.zip")


def test_an_archive_with_no_file_is_refused() -> None:
    for content in (zipped({}), zipped({"a/": b""})):
        with pytest.raises(DamagedArchive, match="it holds no file"):
            check(content, "x.zip")


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ("../x.txt", "it leads out of the archive"),
        ("../", "it leads out of the archive"),
        ("a/../../x.txt", "it leads out of the archive"),
        ("/etc/x.txt", "it leads out of the archive"),
        ("C:/x.txt", "it leads out of the archive"),
        ("..\\x.txt", "it leads out of the archive"),
        ("x\u202etxt.exe", "it hides characters"),
        ("x\n.txt", "it hides characters"),
    ],
    ids=short,
)
def test_a_member_whose_name_lies_is_refused(member: str, why: str) -> None:
    with pytest.raises(MemberNameLies, match=why):
        check(zipped({member: b"x"}), "x.zip")


def test_a_link_and_two_members_of_one_name_are_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("x.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(MemberNameLies, match="it is a link"):
        check(made.getvalue(), "x.zip")
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("x.txt", "a")
        archive.writestr("x.txt", "b")
    with pytest.raises(MemberNameLies, match="two of this name"):
        check(made.getvalue(), "x.zip")


@pytest.mark.parametrize(
    ("member", "content", "found"),
    [
        ("x.txt", ELF, "a program"),
        ("x.EXE", b"harmless?", "a program"),
        ("x.js", b"", "a program"),
        ("x", b"#!/bin/sh", "a script"),
        ("x.zip", zipped({"a.txt": b"x"}), "a ZIP archive"),
        ("x.docx", zipped({"a.txt": b"x"}), "a ZIP archive"),
        ("x.bin", b"7z\xbc\xaf\x27\x1c", "an archive of another kind (RAR, 7z, GZIP, …)"),
        ("empty.zip", zipped({}), "a ZIP archive"),
    ],
    ids=short,
)
def test_what_may_not_be_inside_is_refused_by_name(member: str, content: bytes, found: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(zipped({"ok.txt": b"x", member: content}), "x.zip")
    if isinstance(refused.value, MemberNotAllowed):
        assert f"x.zip: {member} in it is {found}" in str(refused.value)
    else:
        assert "x.zip/empty.zip" in str(refused.value)


def test_a_program_behind_an_empty_start_is_found() -> None:
    """After its first byte a stream may hold 300 kB that unpack to nothing: the head is what comes out of it all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    nothing = b"\x00\x00\x00\xff\xff" * 60_000
    packed = b"\x00\x01\x00\xfe\xff" + ELF[:1] + nothing + packer.compress(ELF[1:]) + packer.flush()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("x.txt", packed)
    told = {8: b"\x08"}, struct.pack("<III", zlib.crc32(ELF), len(packed), len(ELF))
    content = patched(made.getvalue(), directory={10: b"\x08", 16: told[1]}, local={**told[0], 14: told[1]})
    with pytest.raises(MemberNotAllowed, match="a program"):
        check(content, "x.zip")


def test_office_documents_may_be_in_an_archive_and_hold_others_but_not_without_end() -> None:
    book = workbook()
    with_chart = io.BytesIO(word())
    with zipfile.ZipFile(with_chart, "a") as archive:
        archive.writestr("word/embeddings/biểu đồ.xlsx", book)
    check(with_chart.getvalue(), "x.docx")
    once = zipped({"a.docx": with_chart.getvalue(), "trang.html": HTML})
    check(once, "x.zip")
    with zipfile.ZipFile(with_chart, "a") as archive:
        inner = io.BytesIO(book)
        with zipfile.ZipFile(inner, "a") as deeper:
            deeper.writestr("xl/embeddings/a.xlsx", book)
        archive.writestr("word/embeddings/b.xlsx", inner.getvalue())
    with pytest.raises(MemberNotAllowed, match=r"x\.zip/a\.docx/word/embeddings/b\.xlsx: xl/embeddings/a\.xlsx"):
        check(zipped({"a.docx": with_chart.getvalue()}), "x.zip")


def test_a_bomb_spread_over_the_documents_of_an_archive_is_refused() -> None:
    part = io.BytesIO(word())
    with zipfile.ZipFile(part, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/x.bmp", bytes(18 * MEGABYTE))
    check(part.getvalue(), "x.docx")
    with pytest.raises(ZipBomb):
        check(zipped({f"{number}.docx": part.getvalue() for number in range(4)}), "x.zip")


def test_members_are_counted_through_all_documents_of_an_archive() -> None:
    part = io.BytesIO(word())
    with zipfile.ZipFile(part, "a") as archive:
        for number in range(MOST_MEMBERS // 2):
            archive.writestr(f"word/media/{number}.png", b"")
    check(part.getvalue(), "x.docx")
    with pytest.raises(TooManyMembers, match=r"x\.zip/b\.docx"):
        check(zipped({"a.docx": part.getvalue(), "b.docx": part.getvalue()}), "x.zip")


def test_a_member_that_ends_anywhere_near_a_block_comes_out_whole() -> None:
    for size in range(BLOCK - 300, BLOCK + 600, 3):
        check(zipped({"a.txt": b"x" * size}), "x.zip")


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "xl/vbaProject.bin"], ids=short)
def test_an_office_document_with_macros_is_refused(name: str) -> None:
    document = io.BytesIO(word())
    with zipfile.ZipFile(document, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(HasMacros):
        check(document.getvalue(), "x.docx")


def test_a_document_whose_type_says_macros_is_refused_under_its_other_name() -> None:
    types = b'<Types ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
    with pytest.raises(HasMacros):
        check(zipped({"[Content_Types].xml": types}), "x.docx")


def test_open_documents_with_macros_or_a_password_are_refused() -> None:
    with pytest.raises(HasMacros):
        check(open_document("text", **{"Basic__Standard__M.xml": b"x"}), "x.odt")
    locked = open_document("text", **{"META-INF__manifest.xml": b"<manifest:encryption-data/>"})
    with pytest.raises(MemberEncrypted, match=r"content\.xml is locked"):
        check(locked, "x.odt")
