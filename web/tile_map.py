"""The map of provinces as tiles: where each lies, its name as it fits, and the archipelagos, which every map of ours
shows. What a tile says and where it leads is worked out by each page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

GRID = (
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

ARCHIPELAGOS = {"HS": "Hoàng Sa", "TS": "Trường Sa"}
"""Of Đà Nẵng and of Khánh Hòa."""

TILE = (60, 56)
SIZE = (6 * TILE[0], len(GRID) * TILE[1])
"""Of the whole map."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a tile says: a number, where it leads ("" nowhere), the same in words, and a colour."""

    number: str
    link: str
    words: str
    grave: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A province on the map, or (without `link`) the name of an archipelago. `grave`: 0 to 4, or none."""

    lines: tuple[str, ...]
    x: int
    y: int
    number: str
    link: str
    words: str
    grave: str


def tiles(said: Callable[[str, str], Said]) -> list[Tile]:
    """The map: all provinces, also those of which there is nothing to say, and the archipelagos. `said`: what the tile
    of a province says, by key and name."""
    found = []
    for y, row in enumerate(GRID):
        for x, code in enumerate(row.split()):
            at = x * TILE[0], y * TILE[1]
            if code in ARCHIPELAGOS:
                found.append(Tile(("QĐ", ARCHIPELAGOS[code]), *at, "", "", "", "none"))
            elif code != ".":
                lines = tuple(SHORT[f"new:{code}"].split("|"))
                one = said(f"new:{code}", " ".join(lines))
                found.append(Tile(lines, *at, one.number, one.link, one.words, one.grave))
    return found


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
