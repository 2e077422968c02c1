"""Make bangiao/data/calendar/days.csv from the `holidays` library and our overrides.csv.

Run it after editing overrides.csv or updating `holidays`; with --check it only compares (exit 3 if they differ).
The library is read here and nowhere else: it takes half a second to import.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from holidays.countries.vietnam import Vietnam  # noqa: E402

from bangiao.calendar_files import COLUMNS, FIRST_YEAR, LAST_YEAR, CalendarLine, merged, read_lines  # noqa: E402
from checklists.working_calendar import DayKind  # noqa: E402

FOLDER = ROOT / "bangiao" / "data" / "calendar"
LAST_ANNOUNCED_YEAR = 2026
"""Later years are the library's projection; nobody has announced them."""

LIBRARY_NAMES = {"Ngày Giỗ Tổ Hùng Vương": "Giỗ Tổ Hùng Vương"}
OBSERVED = " (nghỉ bù)"


def library_lines() -> Iterator[CalendarLine]:
    """What the library knows, in our words: days off, and the Saturdays worked for them."""
    calendar = Vietnam(years=range(FIRST_YEAR, LAST_YEAR + 1), language="vi")
    for on, said in sorted(calendar.items()):
        name = LIBRARY_NAMES.get(said.removesuffix(OBSERVED), said.removesuffix(OBSERVED))
        status = "verified" if on.year <= LAST_ANNOUNCED_YEAR else "projected"
        if said.endswith(OBSERVED):
            basis = "Điều 111 khoản 3 Bộ luật Lao động 2019"
            yield CalendarLine(on, DayKind.COMPENSATORY, f"Nghỉ bù {name}", basis, status)
        elif swap := re.search(r"thay cho ngày (\S+)\)", said):
            yield CalendarLine(on, DayKind.SWAPPED, f"Hoán đổi với {swap[1]}", "", status)
        else:
            yield CalendarLine(on, DayKind.HOLIDAY, name, "Điều 112 Bộ luật Lao động 2019", status)
    for on in sorted(calendar.weekend_workdays):
        if FIRST_YEAR <= on.year <= LAST_YEAR:
            yield CalendarLine(on, DayKind.MAKEUP, "Làm bù", "", "verified")


def days_csv() -> str:
    """The content days.csv must have."""
    overrides = read_lines((FOLDER / "overrides.csv").read_text(encoding="utf-8"), "overrides.csv")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(line.as_row() for line in merged(library_lines(), overrides))
    return text.getvalue()


def main() -> int:
    target, wanted = FOLDER / "days.csv", days_csv()
    if "--check" in sys.argv[1:]:
        return 0 if target.exists() and target.read_text(encoding="utf-8") == wanted else 3
    target.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
