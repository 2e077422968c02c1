"""The report as a PDF that an archive keeps: parts (`report_document`) → typst → tagged PDF/A with its fonts inside.

Words go in as JSON, never as typst source; fonts are the bundled ones; the time of creation is the instant of the
package, so that the same rows give the same bytes on every machine.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst

from evidence.font_coverage import FONTS, visible
from evidence.package.report_counts import Counts
from evidence.package.report_document import report_parts
from evidence.package.report_rows import Sources

TEMPLATE = Path(__file__).parent / "report.typ"


def write_pdf(path: Path, known: Sources, counts: Counts, steps_in_full: int) -> None:
    """PDF/A-2a and PDF/UA-1."""
    typst.compile(
        str(TEMPLATE),
        output=str(path),
        root=str(TEMPLATE.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(as_json_value(known, counts, steps_in_full), ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(known.made_at.timestamp()),
    )


def as_json_value(known: Sources, counts: Counts, steps_in_full: int) -> dict[str, Any]:
    """All that the template sets."""
    w = known.w
    return {
        "language": known.language,
        "title": w("report_title"),
        "subject": w("report_subject"),
        "package": visible(known.scope["package"]),
        "page": w("page"),
        "left_out": w("left_out"),
        "parts": report_parts(known, counts, steps_in_full),
    }


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
