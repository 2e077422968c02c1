"""Draw the icons for home screens (PNG) from the one mark (SVG), with the typesetter that makes our documents.

python scripts/draw_icons.py [--check]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import typst

STATIC = Path(__file__).resolve().parent.parent / "web" / "static"
SIZES = (192, 512)
_PAGE = """#set page(width: 1in, height: 1in, margin: 0pt, fill: rgb("#0f4c5c"))
#image("mark.svg", width: 100%)
"""
"""The ground goes to the edge: phones cut their own corners."""


def drawn(size: int) -> bytes:
    """One inch at as many dots."""
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "icon.typ"
        page.write_text(_PAGE, encoding="utf-8")
        (Path(scratch) / "mark.svg").write_bytes((STATIC / "mark.svg").read_bytes())
        made = typst.compile(str(page), root=scratch, format="png", ppi=size)
    assert isinstance(made, bytes)  # noqa: S101 - one page gives one picture
    return made


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("--check", action="store_true", help="only compare; 3 where they differ")
    differing = []
    check = asked.parse_args().check
    for size in SIZES:
        file, made = STATIC / f"icon-{size}.png", drawn(size)
        if check and file.read_bytes() != made:
            differing.append(file.name)
        elif not check:
            file.write_bytes(made)
    if differing:
        print(f"not as the script draws them: {', '.join(differing)}", file=sys.stderr)
    return 3 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
