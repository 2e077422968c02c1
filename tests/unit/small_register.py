"""A register of a dozen units and a decision about them, for tests of files and rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from checklists.units import Level, Unit, UnitKey

LAST_OLD_DAY, FIRST_NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)


def _old(code: str, level: Level, kind: str, name: str, parent: str | None = None) -> Unit:
    above = UnitKey(f"old:{parent}") if parent else None
    return Unit(UnitKey(f"old:{code}"), level, kind, name, above, None, LAST_OLD_DAY)


def _new(code: str, level: Level, kind: str, name: str, parent: str | None = None) -> Unit:
    above = UnitKey(f"new:{parent}") if parent else None
    return Unit(UnitKey(f"new:{code}"), level, kind, name, above, FIRST_NEW_DAY)


UNITS = [
    _old("01", Level.PROVINCE, "thành phố", "Thành phố Hà Nội"),
    _old("001", Level.DISTRICT, "quận", "Quận Ba Đình", "01"),
    _old("00001", Level.COMMUNE, "phường", "Phường Phúc Xá", "001"),
    _old("00004", Level.COMMUNE, "phường", "Phường Trúc Bạch", "001"),
    _old("00006", Level.COMMUNE, "phường", "Phường Vĩnh Phúc", "001"),
    _new("01", Level.PROVINCE, "thành phố", "Thành phố Hà Nội"),
    _new("04", Level.PROVINCE, "tỉnh", "Tỉnh Cao Bằng"),
    _new("00004", Level.COMMUNE, "phường", "Phường Ba Đình", "01"),
    _new("00008", Level.COMMUNE, "phường", "Phường Ngọc Hà", "01"),
    _new("01273", Level.COMMUNE, "phường", "Phường Thục Phán", "04"),
    Unit(UnitKey("central:BKHCN"), Level.MINISTRY, "bộ", "Bộ Khoa học và Công nghệ"),
    Unit(UnitKey("gone:00001"), Level.COMMUNE, "xã", "Xã Cũ", None, None, date(2020, 12, 31)),
    Unit(UnitKey("later:00001"), Level.COMMUNE, "xã", "Xã Mới", UnitKey("new:01"), date(2030, 1, 1)),
]


class SmallRegister:
    """The units above, as the rules want them."""

    def __init__(self, units: Sequence[Unit] = UNITS) -> None:
        self._units = {unit.key: unit for unit in units}

    def unit(self, key: UnitKey) -> Unit | None:
        return self._units.get(key)

    def same_code(self, code: str) -> Sequence[UnitKey]:
        return [key for key, unit in self._units.items() if unit.code == code]


GOOD = """\
number: 1/NQ
kind: Nghị quyết
title:
  vi: Sắp xếp phường
  en: Rearrangement of wards
issuing_body: Ủy ban
issued: 2025-06-16
effective: 2025-06-16
operational: 2025-07-01
province: new:01
central: [central:BKHCN]
source: a test
successions:
- [old:00001, new:00004, part, part]
- [old:00001, new:00008, part, part]
- [old:00004, new:00004, whole, merged]
- {from: old:00006, to: new:00008, relation: whole, basis: merged}
"""
