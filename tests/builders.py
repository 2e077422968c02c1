"""What tests build: the real decisions, small ones of our own on real units, and units and templates made up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bangiao.conditions import compile_condition
from bangiao.decision_files import read_decision
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.register_files import decision_files
from bangiao.wiring import Wiring
from checklists.decisions import MergerDecision
from checklists.errors import HandoverError, Refused
from checklists.frozen_facts import FrozenUnits
from checklists.handlers import Outcome, draft_decision, register_decision
from checklists.plan import Plan
from checklists.ports import Planning
from checklists.templates import ChecklistTemplate
from checklists.units import Level, Relation, Succession, Unit, UnitKey
from checklists.working_calendar import CalendarDay, DayKind, WorkingCalendar

HA_NOI = "1656/NQ-UBTVQH15"
DRAFTER, REGISTRAR = "thu-ky", "chu-tich"

SPLIT = "old:00634"
"""A commune of Hà Nội that was divided among five."""

JOINED = "new:00070"
"""Phường Hoàn Kiếm, which takes over from 14 communes and two districts."""


@cache
def real_decision(number: str = HA_NOI) -> MergerDecision:
    return {decision.number: decision for decision in map(read_decision, decision_files())}[number]


def own_decision(number: str = "01/QĐ-TN", *, predecessors: Iterable[str] = (SPLIT,), **changes: Any) -> MergerDecision:
    """A decision of our own: all rows that these units of Hà Nội have in the real one."""
    wanted = set(predecessors)
    rows = tuple(row for row in real_decision().successions if row.predecessor in wanted)
    return altered(real_decision(), number=number, successions=rows, **changes)


def altered(decision: MergerDecision, **changes: Any) -> MergerDecision:
    """The decision with other fields (made anew: a copy would keep the hash of the old content)."""
    fields = {name: getattr(decision, name) for name in MergerDecision.model_fields}
    return MergerDecision.model_validate(fields | changes)


def predecessors_of(successor: str) -> list[str]:
    return [row.predecessor for row in real_decision().successions if row.successor == successor]


def decision_of(*rows: tuple[str, str, str, str], **changes: Any) -> MergerDecision:
    """A decision on made-up units: rows (from, to, relation, basis)."""
    content: dict[str, Any] = {
        "number": "1/QĐ",
        "kind": "Quyết định",
        "title": {"vi": "Sắp xếp thử", "en": "A trial rearrangement"},
        "issuing_body": "Ủy ban nhân dân",
        "issued": "2025-06-16",
        "effective": "2025-06-16",
        "operational": "2025-07-01",
        "source": "made up",
        "successions": rows,
    }
    return MergerDecision.model_validate(content | changes)


def write_decision(folder: Path, decision: MergerDecision, name: str = "decision.json") -> Path:
    """The decision as a file that a committee could have written."""
    content = json.loads(decision.canonical_json())
    file = folder / name
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def refused(mistakes: list[HandoverError]) -> Refused:
    return Refused("decision.json", mistakes)


def draft(wiring: Wiring, decision: MergerDecision, by: str = DRAFTER) -> Outcome:
    with wiring.unit_of_work() as uow:
        return draft_decision(decision, uow, wiring.planning(uow.connection), refused=refused, by=by)


def register(
    wiring: Wiring, number: str, plan_hash: str, *, by: str = REGISTRAR, planning: Planning | None = None
) -> Outcome:
    with wiring.unit_of_work() as uow:
        made = planning or wiring.planning(uow.connection)
        return register_decision(number, plan_hash, uow, made, by=by, four_eyes=wiring.settings.four_eyes)


def registered(wiring: Wiring, decision: MergerDecision) -> Outcome:
    drafted = draft(wiring, decision)
    return register(wiring, decision.number, drafted.summary.hash)


def open_all(wiring: Wiring, decision_id: int) -> None:
    """What the flow does, chunk after chunk."""
    for chunk in remaining_chunks(wiring, decision_id):
        open_chunk(wiring, decision_id, chunk)
    finish_opening(wiring, decision_id)


def unit(key: str, level: str = "commune", kind: str = "xã", name: str = "", parent: str | None = None) -> Unit:
    return Unit(UnitKey(key), Level(level), kind, name or f"{kind} {key}", UnitKey(parent) if parent else None)


def renamed(one: Unit, **changes: Any) -> Unit:
    return replace(one, **changes)


def succession(predecessor: str, successor: str, relation: str = "whole", basis: str = "merged") -> Succession:
    return Succession(UnitKey(predecessor), UnitKey(successor), Relation(relation), basis)


def step(key: str, side: str = "predecessor", levels: Sequence[str] = ("commune",), **changes: Any) -> dict[str, Any]:
    """A step template as plain data, due on the day of operation unless `deadline` says otherwise."""
    words = {"vi": f"Việc {key}", "en": f"Duty {key}"}
    return {
        "key": key,
        "duty": key.partition("/")[0],
        "category": "data-backup",
        "title": words,
        "side": side,
        "levels": levels,
        "responsible": {"role": "unit_lead", "office": words},
        "basis": "made up",
        "source": "made up",
        "deadline": {"anchor": "operational", "roll": "none"},
        "evidence": {"what": words},
        "verify": False,
        **changes,
    }


def template(*steps: dict[str, Any], slug: str = "data-backup", version: str = "2025.1") -> ChecklistTemplate:
    title = {"vi": "Danh mục", "en": "Checklist"}
    return ChecklistTemplate.model_validate({"template": slug, "version": version, "title": title, "steps": steps})


CALENDAR = WorkingCalendar((CalendarDay(date(2025, 9, 2), DayKind.HOLIDAY, "Quốc khánh"),), 2024, 2027)


def plan_of(
    decision: MergerDecision,
    units: Iterable[Unit],
    *templates: ChecklistTemplate,
    calendar: WorkingCalendar = CALENDAR,
) -> Plan:
    return Planning(templates, calendar, compile_condition).plan(decision, FrozenUnits(units))
