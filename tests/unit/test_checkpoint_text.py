"""Checkpoints as text: the form other logs use, and what is refused."""

from __future__ import annotations

import pytest

from checklists.audit.checkpoint import (
    Checkpoint,
    NotACheckpoint,
    NotAVerifierKey,
    SignedCheckpoint,
    VerifierKey,
    parse_checkpoint,
    parse_verifier_key,
)

# the key and the note of the example in golang.org/x/mod/sumdb/note
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
TEXT = (
    "bangiao/so-noi-vu\n3\nrrm8/idKcU+wZ6XlVXgmTbD7qbUa9eC6FZFY8yngbnc=\n\n— bangiao/so-noi-vu x08go/ZJkuBS9UG/SQ==\n"
)
ROOT = bytes.fromhex("aeb9bcfe274a714fb067a5e55578264db0fba9b51af5e0ba159158f329e06e77")


def test_a_checkpoint_is_read_and_written_the_same() -> None:
    signed = parse_checkpoint(TEXT)

    assert signed.checkpoint == Checkpoint("bangiao/so-noi-vu", 3, ROOT)
    assert signed.signed == signed.checkpoint.text()
    assert signed.signatures[0].key_id.hex() == "c74f20a3"
    assert signed.text() == TEXT
    assert SignedCheckpoint(signed.checkpoint, signed.signed, signed.signatures) == signed


def test_lines_that_others_add_are_covered_and_kept() -> None:
    more = TEXT.replace("\n\n", "\nmade elsewhere\n\n")

    assert parse_checkpoint(more).signed.endswith("\nmade elsewhere\n")
    assert parse_checkpoint(more).text() == more


def test_the_key_of_a_published_note_is_understood() -> None:
    key = parse_verifier_key(GO_KEY + "\n")

    assert (key.name, key.key_id.hex(), str(key)) == ("PeterNeumann", "c74f20a3", GO_KEY)
    assert VerifierKey("another", key.public_key).key_id != key.key_id


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no empty line"),
        (TEXT.replace("\n\n", "\n"), "no empty line"),
        (TEXT.replace("bangiao/so-noi-vu\n3\n", "3\n"), "fewer than three"),
        (TEXT.replace("\n3\n", "\n03\n"), "no number: 03"),
        (TEXT.replace("\n3\n", "\n-3\n"), "no number"),
        (TEXT.replace("bangiao/so-noi-vu\n3", " \n3"), "is empty"),
        (TEXT.replace("rrm8/", "rrm8"), "no SHA-256 root"),
        (TEXT.replace("bnc=\n", "bnd=\n"), "no SHA-256 root"),
        (TEXT.replace("— ", "- "), "no signature"),
        (TEXT.replace("x08go/ZJkuBS9UG/SQ==", "x08gow=="), "no signature"),
        (TEXT + "and more\n", "no signature: and more"),
        (TEXT.replace("\n", "\r\n"), "no empty line"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NotACheckpoint) as refused:
        parse_checkpoint(text)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "three parts"),
        ("PeterNeumann+c74f20a3", "three parts"),
        (GO_KEY.replace("c74f20a3", "c74f20a4"), "another key"),
        (GO_KEY.replace("Peter", "Paul"), "another key"),
        (GO_KEY[:-4], "no Ed25519 key"),
        (GO_KEY.replace("+AR", "+BR"), "no Ed25519 key"),
    ],
)
def test_what_is_no_public_key_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NotAVerifierKey) as refused:
        parse_verifier_key(text)

    assert why in str(refused.value)
