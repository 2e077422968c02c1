"""`bag-info.txt`: what stands on the lid of the bag."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bag_info(labels: Iterable[tuple[str, str]]) -> bytes:
    """One line for each label that has something to say, in the order given; never folded."""
    lines = [f"{label}: {text}\n" for label, value in labels if (text := _one_line(value))]
    return unicodedata.normalize("NFC", "".join(lines)).encode()


def read_bag_info(content: bytes) -> dict[str, str]:
    """The labels of a `bag-info.txt` of ours; of one that is repeated, the last."""
    parted = (line.partition(": ") for line in content.decode().splitlines())
    return {label: value for label, colon, value in parted if colon}


def _one_line(value: str) -> str:
    """No line of the file may begin with what somebody typed as a purpose."""
    plain = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in value)
    return " ".join(plain.split())
