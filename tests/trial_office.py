"""A decision small enough to know by heart: two communes of Hà Nội become two, with few steps, all kinds of people, and
a naive book of it all (`naive_rules`).

old:00007 is divided between new:00008 and new:00025; old:00031 goes to new:00025 as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from builders import DRAFTER, REGISTRAR, open_all, own_decision, refused, register, step, template
from naive_rules import Book, Held, Line
from sqlalchemy import delete, insert, select, update
from tampering import unguarded
from whole_record import REGISTER, Record, record_in

from bangiao.wiring import Wiring
from checklists.decisions import MergerDecision
from checklists.handlers import draft_decision
from checklists.people import Assignment, Person, PersonRole, Substitution
from checklists.units import UnitKey
from db.models import Row, UnitRow, table_of
from db.people import write_assignment, write_person, write_substitution
from db.session import begin_read, begin_write
from db.templates import publish_template

NUMBER = "02/QĐ-TN"
DIVIDED, WHOLE = "old:00007", "old:00031"
NEW, FED_TWICE = "new:00008", "new:00025"
PROVINCE, ELSEWHERE = "new:01", "new:00004"
UNITS = (DIVIDED, WHOLE, NEW, FED_TWICE)

MOVES = {DIVIDED: {NEW: NEW, FED_TWICE: FED_TWICE, "": PROVINCE}, WHOLE: {"": FED_TWICE}}
"""Where open steps go when the old communes end: by counterpart, else to the only successor or to the province."""

WEEKLY = 7
FIRST_REPORT = date(2025, 6, 19)

COMMITTEE = {"role": "committee", "office": {"vi": "Ban chỉ đạo", "en": "Steering committee"}}
TEMPLATE = template(
    step("DAT-01", verify=True),
    step("DAT-02/giao", per="successor", needs=[{"step": "DAT-01"}]),
    step("DAT-02/nhan", side="successor", verify=True, needs=[{"step": "DAT-02/giao", "of": "predecessors"}]),
    step(
        "DAT-03",
        side="successor",
        deadline={"anchor": "issued", "offset": 3, "roll": "none"},
        evidence={"what": {"vi": "Báo cáo", "en": "Report"}, "required": False},
        recurrence={"every": f"P{WEEKLY}D"},
    ),
    step(
        "DAT-04",
        verify=True,
        evidence={"what": {"vi": "Biên bản", "en": "Minutes"}, "required": False},
        needs=[{"step": "DAT-02/nhan", "of": "successors"}, {"step": "DAT-01"}],
        responsible=COMMITTEE,
    ),
    slug="trial-work",
)

LEADS = {unit: f"lead-{unit.replace(':', '-')}" for unit in UNITS}
STAND_IN = "stand-in"
"""Holds no role; stands in for the lead of the divided commune, until the end of June."""

ABSENCE = (LEADS[DIVIDED], STAND_IN, date(2025, 6, 16), date(2025, 6, 30))

PEOPLE = (
    *((lead, "unit_lead", unit, date(2025, 6, 1), None) for unit, lead in LEADS.items()),
    ("lead-city", "unit_lead", PROVINCE, date(2025, 6, 1), None),
    ("lead-elsewhere", "unit_lead", ELSEWHERE, date(2025, 6, 1), None),
    ("lead-before", "unit_lead", DIVIDED, date(2025, 6, 1), date(2025, 6, 16)),
    ("lead-to-come", "unit_lead", DIVIDED, date(2025, 6, 20), None),
    ("verifier", "verifier", PROVINCE, date(2025, 6, 1), None),
    ("committee", "committee", PROVINCE, date(2025, 6, 1), None),
    ("auditor", "auditor", PROVINCE, date(2025, 6, 1), None),
)
ACTORS = (*(one[0] for one in PEOPLE), STAND_IN, "nobody")


@dataclass
class TrialOffice:
    """The opened decision on one database, and how to begin again."""

    wiring: Wiring
    decision_id: int
    untouched: Record
    register: list[Any]
    """The units concerned, as the register had them: an amended day of operation moves their days."""

    def begin_again(self) -> None:
        """Every row as it was just after opening: real commits before, a real commit now."""
        tables = [one for one in Row.metadata.sorted_tables if one.name not in REGISTER]
        with begin_write(self.wiring.engine) as connection, unguarded(connection):
            for one in reversed(tables):
                connection.execute(delete(one))
            for one in tables:
                if rows := [row._asdict() for row in self.untouched[one.name]]:
                    connection.execute(insert(one), rows)
            for row in self.register:
                days = {"valid_from": row.valid_from, "valid_to": row.valid_to}
                connection.execute(update(UnitRow).where(UnitRow.key == row.key).values(days))
        self.wiring.registered_plans.clear()

    def book(self) -> Book:
        """What is expected at the beginning."""
        record = self.untouched
        lines = {row.id: _line(record, row) for row in record["step"]}
        return Book(lines, [_held(*one) for one in PEOPLE], self.wiring.today(), [ABSENCE])


def decision(**changes: Any) -> MergerDecision:
    return own_decision(NUMBER, predecessors=(DIVIDED, WHOLE), **changes)


def trial_office(wiring: Wiring) -> TrialOffice:
    """Publish the template, register the decision by it alone, open it, and appoint everybody."""
    with begin_write(wiring.engine) as connection:
        publish_template(connection, TEMPLATE, wiring.now(), DRAFTER)
    with begin_read(wiring.engine) as connection:
        made = wiring.planning(connection)
        planning = wiring.planning_with(connection, made.calendar, (TEMPLATE.content_hash,))
    with wiring.unit_of_work() as uow:
        drafted = draft_decision(decision(), uow, planning, refused=refused, by=DRAFTER)
    outcome = register(wiring, NUMBER, drafted.summary.hash, by=REGISTRAR, planning=planning)
    open_all(wiring, outcome.decision_id)
    with begin_write(wiring.engine) as connection:
        for account, role, unit, since, until in PEOPLE:
            write_person(connection, Person(account, account), wiring.now())
            write_assignment(connection, Assignment(account, PersonRole(role), UnitKey(unit), since, until))
        write_person(connection, Person(STAND_IN, STAND_IN), wiring.now())
        write_substitution(connection, Substitution(*ABSENCE, "nghỉ phép"), REGISTRAR, wiring.now())
    with begin_read(wiring.engine) as connection:
        units = connection.execute(select(table_of(UnitRow)).where(UnitRow.key.in_(UNITS))).all()
        return TrialOffice(wiring, outcome.decision_id, record_in(connection), list(units))


def _line(record: Record, row: Any) -> Line:
    of = next(one for one in TEMPLATE.steps if one.key == row.key)
    return Line(
        row.id,
        row.key,
        1,
        row.counterpart,
        record.checklists[row.checklist_id].unit,
        of.verify,
        of.evidence.required,
        of.responsible.role,
        tuple(sorted(record.needs[row.id])),
        "waiting" if record.needs[row.id] else "ready",
        WEEKLY if of.recurrence else None,
        FIRST_REPORT if of.recurrence else None,
    )


def _held(account: str, role: str, unit: str, since: date, until: date | None) -> Held:
    reach = frozenset((*UNITS, PROVINCE, ELSEWHERE)) if unit == PROVINCE else frozenset((unit,))
    return Held(account, role, reach, since, until)
