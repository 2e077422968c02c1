"""Names and kinds that change from a day on: read as of a day whatever the order of the rows, and found by search."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from builders import unit
from sqlalchemy import Connection, insert

from bangiao.table_files import read_table_files
from bangiao.wiring import Wiring
from checklists.imports.preview import preview_import
from checklists.units import UnitKey
from db.imports import on_record, write_import
from db.models import UnitChangeRow
from db.queries import find_units
from db.register import SqlRegister, changed, write_units
from db.session import begin_read, begin_write

DAY = date(2026, 3, 1)
KIND = ("kind", DAY, "xã", "phường")
NAME = ("name", DAY, "Xã Cũ Kỹ", "Phường Đổi Mới")
LATER = ("name", date(2026, 5, 1), "Phường Đổi Mới", "Phường Sau Cùng")
HEAD = "generation,code,level,field,old_value,new_value,effective_date,decision_number,issuing_body\n"


def record(connection: Connection, field: str, day: date, old: str, new: str) -> None:
    connection.execute(
        insert(UnitChangeRow).values(
            unit="own:1",
            field=field,
            effective_on=day,
            old_value=old,
            new_value=new,
            decision_number="1/NQ",
            issuing_body="a body",
        )
    )


@pytest.mark.parametrize(
    "order", list(permutations([KIND, NAME, LATER])), ids=lambda rows: "-".join(row[3] for row in rows)
)
def test_dated_changes_do_not_depend_on_the_order_of_their_rows(
    wiring: Wiring, order: tuple[tuple[str, date, str, str], ...]
) -> None:
    with begin_write(wiring.engine) as connection:
        write_units(connection, [unit("own:1", name="Xã Cũ Kỹ")])
        for row in order:
            record(connection, *row)
    with begin_read(wiring.engine) as connection:
        for day, name in ((date(2026, 2, 28), "Xã Cũ Kỹ"), (DAY, "Phường Đổi Mới"), (LATER[1], "Phường Sau Cùng")):
            found = SqlRegister(connection, day).unit(UnitKey("own:1"))
            assert found
            assert found.name == name
            assert found.kind == ("xã" if day < DAY else "phường")


def test_a_name_and_a_kind_may_come_in_either_order() -> None:
    first = unit("own:1", name="Xã Cũ Kỹ")
    one = changed(changed(first, "kind", "phường"), "name", "Phường Đổi Mới")
    other = changed(changed(first, "name", "Phường Đổi Mới"), "kind", "phường")
    assert one == other
    assert (one.kind, one.name) == ("phường", "Phường Đổi Mới")
    assert changed(first, "kind", "phường").name == "Phường Cũ Kỹ"


def imported(wiring: Wiring, folder: Path, text: str) -> None:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    tables = read_table_files([file])
    with begin_write(wiring.engine) as connection:
        register = SqlRegister(connection, date.min)
        write_import(connection, preview_import(tables, register, on_record(connection)).accepted())


def test_a_search_finds_a_unit_by_every_name_it_has_had(wiring: Wiring, tmp_path: Path) -> None:
    imported(wiring, tmp_path, "generation,code,level,kind,name\nown,1,commune,xã,Xã Cũ Kỹ\nown,2,commune,xã,Xã Khác\n")
    imported(
        wiring,
        tmp_path,
        HEAD
        + "own,1,commune,kind,xã,phường,2026-03-01,1/NQ,a body\n"
        + "own,1,commune,name,Xã Cũ Kỹ,Phường Đổi Mới,2026-04-01,2/NQ,a body\n",
    )
    imported(wiring, tmp_path, "generation,code,level,kind,name,valid_to\nown,1,commune,xã,Xã Cũ Kỹ,2030-01-01\n")
    with begin_read(wiring.engine) as connection:
        for search in ("xã cũ kỹ", "phuong cu ky", "PHƯỜNG ĐỔI MỚI", "doi"):
            assert find_units(connection, search, "own", None, None) == ["own:1"], search
        assert find_units(connection, "cu ky phuong", "own", None, None) == []
        assert find_units(connection, "khac", "own", None, None) == ["own:2"]
