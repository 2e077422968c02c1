"""Minutes as a PDF that an archive keeps: words of `minutes_text` → typst → tagged PDF/A with its fonts inside.

The words go in as JSON, never as typst source. Fonts are the bundled ones only, and the time of creation is the day of
the minutes, so that the same facts give the same bytes on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, time
from functools import cache
from pathlib import Path

import typst

from checklists.deadlines import VIETNAM
from checklists.minutes import Confirmation, HandoverMinutes
from evidence.font_coverage import FONTS
from evidence.minutes_text import minutes_text

TEMPLATE = Path(__file__).parent / "minutes" / "minutes.typ"


def minutes_pdf(minutes: HandoverMinutes, confirmations: Iterable[Confirmation]) -> bytes:
    """PDF/A-2a and PDF/UA-1; marked as a draft until both sides confirmed this content."""
    words = minutes_text(minutes, confirmations).as_json_value()
    held = datetime.combine(minutes.held_on, time(), VIETNAM)
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"minutes": json.dumps(words, ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(held.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
