"""Numbers, days and instants as people read them; the same on the command line and on the pages."""

from __future__ import annotations

from datetime import date, datetime

from bangiao.i18n import language_in_force
from checklists.deadlines import VIETNAM


def number(value: int) -> str:
    """Digits in groups, as the language in force writes them: 14.149 or 14,149."""
    return f"{value:,}" if language_in_force() == "en" else f"{value:,}".replace(",", ".")


def day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else "–"


def moment(value: datetime | None) -> str:
    """A local time in Viet Nam."""
    return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if value else "–"
