"""The cockpit: four numbers, the map, and how far the provinces are; each number leads to what it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bangiao.formats import number
from bangiao.i18n import _
from checklists.deadlines import VIETNAM
from web.committee.board import Placed, Seen, Sums
from web.committee.filters import state_words

_NUMBERS = ("overdue", "soon", "submitted", "untouched", "blocked")
_BINS = (0.0, 0.05, 0.10, 0.25)
"""The overdue share up to which a tile has this colour; above the last, the gravest."""

_GRID = (
    "12 15 08 04 20 .",
    "11 14 25 19 24 22",
    ". . 01 33 31 .",
    ". 38 37 . . .",
    ". 40 . . . .",
    ". 42 . . . .",
    ". . 44 . . .",
    ". . 46 48 . HS",
    ". . . 51 . .",
    ". . . 52 . .",
    ". . . 66 . .",
    ". 80 75 68 56 TS",
    "91 82 79 . . .",
    "96 92 86 . . .",
)
"""The provinces of today by their codes, roughly where they lie; HS and TS are the archipelagos."""

_ARCHIPELAGOS = {"HS": ("Hoàng Sa", "new:48"), "TS": ("Trường Sa", "new:56")}
"""With the province each belongs to."""

_TILE = (60, 56)


@dataclass(frozen=True, slots=True)
class Tile:
    """A province on the map, or (without `link`) the name of an archipelago. `grave`: 0 to 4; "" nothing to count."""

    lines: tuple[str, ...]
    x: int
    y: int
    number: str
    link: str
    words: str
    grave: str


@dataclass(frozen=True, slots=True)
class Line:
    """A province in the table beside the map."""

    key: str
    name: str
    sums: Sums
    percent: int


def cockpit_facts(view: Seen) -> dict[str, Any]:
    """Everything on the cockpit."""
    provinces = by_province(view.placed)
    lines = [_line(one.key, one.name, provinces.get(one.key, Sums())) for one in view.provinces]
    if "" in provinces:
        lines.append(_line("", _("Ministries"), provinces[""]))
    whole = together(provinces.values())
    return {
        "numbers": [(name, state_words(name), getattr(whole, name)) for name in _NUMBERS],
        "whole": whole,
        "percent": percent(whole),
        "lines": lines,
        "tiles": tiles({line.key: line for line in lines}),
        "map_size": (6 * _TILE[0], len(_GRID) * _TILE[1]),
        "as_of": moment_said(view.at),
    }


def moment_said(at: datetime) -> str:
    """To the second: numbers that are kept say of when they are."""
    return f"{at.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"


def by_province(placed: Iterable[Placed]) -> dict[str, Sums]:
    """Province → its units added up."""
    found: dict[str, Sums] = {}
    for one in placed:
        sums = found.get(one.province)
        if sums is None:
            sums = found[one.province] = Sums()
        sums.units += 1
        sums.add(one.sums)
    return found


def together(several: Iterable[Sums]) -> Sums:
    """Several sums as one."""
    whole = Sums()
    for one in several:
        whole.add(one)
        whole.units += one.units
    return whole


def percent(sums: Sums) -> int:
    """Settled, in whole percent; 100 only when nothing is open."""
    return 100 * sums.settled // sums.steps if sums.steps else 0


def _line(key: str, name: str, sums: Sums) -> Line:
    return Line(key, name, sums, percent(sums))


def tiles(lines: dict[str, Line]) -> list[Tile]:
    """The map: all provinces, also those of which the reader sees nothing, and the archipelagos."""
    found = []
    for y, row in enumerate(_GRID):
        for x, code in enumerate(row.split()):
            if code in _ARCHIPELAGOS:
                found.append(Tile(("QĐ", _ARCHIPELAGOS[code][0]), x * _TILE[0], y * _TILE[1], "", "", "", "none"))
            elif code != ".":
                found.append(_tile(f"new:{code}", lines.get(f"new:{code}"), x * _TILE[0], y * _TILE[1]))
    return found


def _tile(key: str, line: Line | None, x: int, y: int) -> Tile:
    lines = tuple(SHORT[key].split("|"))
    name = SHORT[key].replace("|", " ")
    if line is None or not line.sums.steps:
        return Tile(lines, x, y, "–", "", _("{name}: nothing to show").format(name=name), "none")
    sums = line.sums
    words = _("{name}: {overdue} of {steps} steps overdue ({share} %)").format(
        name=line.name, overdue=number(sums.overdue), steps=number(sums.steps), share=round(100 * sums.share)
    )
    return Tile(lines, x, y, number(sums.overdue), f"/cockpit/units?province={key}", words, str(gravity(sums)))


def gravity(sums: Sums) -> int:
    """0 for nothing overdue, to 4."""
    return sum(1 for limit in _BINS if sums.share > limit)


SHORT = {
    "new:01": "Hà Nội",
    "new:04": "Cao|Bằng",
    "new:08": "Tuyên|Quang",
    "new:11": "Điện|Biên",
    "new:12": "Lai|Châu",
    "new:14": "Sơn La",
    "new:15": "Lào Cai",
    "new:19": "Thái|Nguyên",
    "new:20": "Lạng|Sơn",
    "new:22": "Quảng|Ninh",
    "new:24": "Bắc|Ninh",
    "new:25": "Phú Thọ",
    "new:31": "Hải|Phòng",
    "new:33": "Hưng|Yên",
    "new:37": "Ninh|Bình",
    "new:38": "Thanh|Hóa",
    "new:40": "Nghệ An",
    "new:42": "Hà Tĩnh",
    "new:44": "Quảng|Trị",
    "new:46": "Huế",
    "new:48": "Đà|Nẵng",
    "new:51": "Quảng|Ngãi",
    "new:52": "Gia Lai",
    "new:56": "Khánh|Hòa",
    "new:66": "Đắk Lắk",
    "new:68": "Lâm|Đồng",
    "new:75": "Đồng|Nai",
    "new:79": "TP.|HCM",
    "new:80": "Tây|Ninh",
    "new:82": "Đồng|Tháp",
    "new:86": "Vĩnh|Long",
    "new:91": "An|Giang",
    "new:92": "Cần|Thơ",
    "new:96": "Cà Mau",
}
"""Names as they fit on a tile; | parts the lines."""
