"""The register as text: units.csv and the 35 decision files, each row with the names as a comment.

Last of three steps: register_source → register_successions → register_decisions.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator

from register_source import Key, RegisterError
from register_successions import RegisterSuccession, RegisterUnit

UNIT_COLUMNS = ("generation", "code", "level", "kind", "name", "parent", "valid_from", "valid_to")
_KIND_COLUMNS = {"xa": "xã", "phuong": "phường", "dac_khu": "đặc khu"}
_SOURCE = (
    "Unit codes, names and successions: PyPI package vietnamadminunits 1.0.4 (MIT) with the corrections of "
    "bangiao/data/register; district rows are derived from the commune rows. See bangiao/data/register/PROVENANCE.md."
)


def units_csv(units: Iterable[RegisterUnit]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(UNIT_COLUMNS)
    writer.writerows(unit.line() for unit in units)
    return text.getvalue()


def decision_files(
    decisions: list[dict[str, str]],
    units: dict[Key, RegisterUnit],
    successions: list[RegisterSuccession],
    ministries: list[str],
) -> Iterator[tuple[str, str]]:
    """(file name, text) of each decision. A province that merges belongs to the national resolution; everything else
    to the resolution of the province in which the successor lies."""
    placed = 0
    for decision in decisions:
        rows = [row for row in successions if _home(row, units) == decision["province"]]
        placed += len(rows)
        _check_counts(decision, units)
        central = [] if decision["province"] else ministries
        lines = [*_head(decision, units, central), *(_row(row, units) for row in rows)]
        yield decision["number"].replace("/", "-") + ".yaml", "\n".join(lines) + "\n"
    if placed != len(successions):
        raise RegisterError(f"{len(successions) - placed} successions belong to no decision of decisions.csv.")


def _home(row: RegisterSuccession, units: dict[Key, RegisterUnit]) -> str:
    """Code of the province whose resolution holds the row; empty for the resolution on the provinces themselves."""
    successor = units["new", row.successor]
    if successor.level == "province":
        return "" if row.basis == "merged" else successor.code
    return successor.parent


def _check_counts(decision: dict[str, str], units: dict[Key, RegisterUnit]) -> None:
    """The published number of communes of each kind must come out."""
    if not decision["province"]:
        return
    kinds = Counter(
        unit.kind for unit in units.values() if (unit.generation, unit.parent) == ("new", decision["province"])
    )
    for column, kind in _KIND_COLUMNS.items():
        if kinds[kind] != int(decision[column]):
            raise RegisterError(f"{decision['number']} has {decision[column]} {kind}, the register {kinds[kind]}.")


def _head(decision: dict[str, str], units: dict[Key, RegisterUnit], central: list[str]) -> Iterator[str]:
    title_vi, title_en, body = _titles(decision, units)
    yield "# Written by scripts/build_register.py from bangiao/data/register; change those tables, not this file."
    yield f"number: {decision['number']}"
    yield "kind: Nghị quyết"
    yield "title:"
    yield f"  vi: {_quoted(title_vi)}"
    yield f"  en: {_quoted(title_en)}"
    yield f"issuing_body: {body}"
    yield from (f"{field}: {decision[field]}" for field in ("issued", "effective", "operational"))
    if decision["province"]:
        yield f"province: new:{decision['province']}"
    yield f"central: [{', '.join(f'central:{code}' for code in central)}]"
    yield f"source: {_quoted(_SOURCE)}"
    yield "successions:"


def _titles(decision: dict[str, str], units: dict[Key, RegisterUnit]) -> tuple[str, str, str]:
    if not decision["province"]:
        return (
            "Về việc sắp xếp đơn vị hành chính cấp tỉnh",
            "On the rearrangement of provincial administrative units",
            "Quốc hội",
        )
    province = units["new", decision["province"]]
    kind_en = "city" if province.kind == "thành phố" else "province"
    return (
        f"Về việc sắp xếp các đơn vị hành chính cấp xã của {province.kind} {province.bare_name} năm 2025",
        f"On the rearrangement of the commune-level administrative units of {province.bare_name} {kind_en} in 2025",
        "Ủy ban Thường vụ Quốc hội",
    )


def _row(row: RegisterSuccession, units: dict[Key, RegisterUnit]) -> str:
    names = f"{units['old', row.predecessor].name} → {units['new', row.successor].name}"
    return f"- [old:{row.predecessor}, new:{row.successor}, {row.relation}, {row.basis}]  # {names}"


def _quoted(text: str) -> str:
    """A JSON string is a YAML double-quoted scalar."""
    return json.dumps(text, ensure_ascii=False)
