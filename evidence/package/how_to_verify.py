"""HOW-TO-VERIFY: what a third party does with stock commands, in both languages, as a text inside the package.

The texts are `how_to_verify.LANGUAGE.txt` beside this file; only what differs from package to package is filled in.
A test copies their commands into a shell, over good packages and spoilt ones: whoever changes a command there changes
what is tested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evidence.package.report_words import words_in
from evidence.spreadsheet_safe import shown

LANGUAGES = ("vi", "en")
_PLACE = re.compile(r"@([A-Z_]+)@")


def write(data: Path, *, signer: str, fingerprint: str, origin: str, verify_py_sha256: str) -> None:
    """Writes both texts into `data`, where scope.json stands already. `fingerprint` is the SHA-256 of the signer's
    certificate, as pairs or in one piece; `origin` is the name of the audit log."""
    scope = json.loads((data / "scope.json").read_bytes())
    values = {
        "PACKAGE": scope["package"],
        "SIGNER": _one_line(signer),
        "FINGERPRINT": _pairs(fingerprint),
        "ORIGIN": _one_line(origin),
        "VERIFY_PY": verify_py_sha256,
    }
    for language in LANGUAGES:
        text = _filled(language, values | {"LEFT_OUT": "\n".join(_left_out(scope["left_out"], language))})
        (data / f"HOW-TO-VERIFY.{language}.txt").write_text(text, encoding="utf-8", newline="\n")


def _filled(language: str, values: Mapping[str, str]) -> str:
    """All places in one go: what was filled in is not looked at again."""
    text = Path(__file__).with_name(f"how_to_verify.{language}.txt").read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: values[place[1]], text)


def _left_out(rows: list[dict[str, Any]], language: str) -> Iterator[str]:
    w = words_in(language)
    for row in rows:
        basis = f" ({_one_line(row['basis'])})" if row["basis"] else ""
        yield f"- {_one_line(row['what'])}: {row['number']}. {_one_line(row['why'][language])}{basis}"
    if not rows:
        yield f"- {w('nothing_left_out')}"


def _one_line(text: str) -> str:
    """Nobody's name or purpose may look like a command of this text."""
    return " ".join(shown(text).split())


def _pairs(fingerprint: str) -> str:
    digits = re.sub(r"[^0-9A-Fa-f]", "", fingerprint).upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
