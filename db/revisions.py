"""Changes of opened decisions on record; implements `checklists.change_desk.ChangeDesk` inside one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from checklists.change_desk import (
    ChangeKind,
    ChangeState,
    HeldChange,
    OpenedDecision,
    Proposal,
    WorkedOut,
)
from checklists.decisions import MergerDecision
from checklists.events import CHANGE_DRAFTED, Event
from checklists.frozen_facts import calendar_as_json, calendar_from_json
from checklists.messages import Translate
from checklists.ports import REVOKED, Planning
from checklists.revision_difference import Difference
from checklists.revision_plan import FootedPlan, Footing
from checklists.revision_register import FollowingRegister
from checklists.revision_steps import Standing
from checklists.templates import ChecklistTemplate
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar
from db.bulk import in_parts, insert_if_new
from db.change_models import PlanChangeRow
from db.decisions import SqlDecisions, held, recorded, take_block
from db.models import CalendarRow, DecisionRow, SuccessionRow, UnitRow, table_of
from db.register import SqlRegister, claim_successions
from db.revision_events import record_revision
from db.revision_holders import return_work, work_to_return
from db.revision_reading import people_over, read_standing
from db.revision_rows import Commitment, write_revision
from db.templates import template_contents
from db.unit_of_work import record_event

_CHANGE, _DECISION, _CALENDAR = table_of(PlanChangeRow), table_of(DecisionRow), table_of(CalendarRow)
_SUCCESSION, _UNIT = table_of(SuccessionRow), table_of(UnitRow)

PlanningOn = Callable[[Connection, WorkingCalendar, tuple[str, ...]], Planning]
"""Planning with a calendar and template versions that are on record."""


class SqlChanges:
    """Opened decisions and their changes. The calendar a change proposes is given; instants are given, never read."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        planning: PlanningOn,
        languages: Mapping[str, Translate],
        proposed: WorkingCalendar | None = None,
    ) -> None:
        self.connection = connection
        self.now = now
        self._planning = planning
        self._languages = languages
        self._proposed = proposed
        self._decisions = SqlDecisions(connection, now, 0)

    def decision(self, number: str) -> OpenedDecision | None:
        row = self.connection.execute(select(_DECISION).where(_DECISION.c.number == number)).one_or_none()
        if row is None:
            return None
        # a draft has no calendar of its own yet, and is refused before anybody asks for it
        calendar = self._kept(row.calendar_version) or WorkingCalendar((), 0, 0)
        return OpenedDecision(held(row), calendar, row.opened_at is not None)

    def drafted(self, decision_id: int) -> HeldChange | None:
        found = self._changes(_CHANGE.c.decision_id == decision_id, _CHANGE.c.state == ChangeState.DRAFTED.value)
        return found[0] if found else None

    def committed(self, decision_id: int, change_hash: str) -> HeldChange | None:
        found = self._changes(
            _CHANGE.c.decision_id == decision_id,
            _CHANGE.c.state == ChangeState.COMMITTED.value,
            _CHANGE.c.difference_hash == change_hash,
        )
        return found[-1] if found else None

    def changes(self, decision_id: int) -> list[HeldChange]:
        """All changes of the decision, in the order they were drafted."""
        return self._changes(_CHANGE.c.decision_id == decision_id)

    def _changes(self, *which: Any) -> list[HeldChange]:
        return [_held(row) for row in self.connection.execute(select(_CHANGE).where(*which).order_by(_CHANGE.c.id))]

    def standing(self, decision_id: int) -> Standing:
        return read_standing(self.connection, decision_id)

    def hold_still(self) -> None:
        """On SQLite one writes at a time anyway. On PostgreSQL others may read, and wait to write or hold a step for as
        long as this takes: locking the steps one by one could meet a chain of unlocked steps from the other end."""
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql("LOCK TABLE step IN EXCLUSIVE MODE")

    def new_numbers(self, checklists: int) -> int:
        return take_block(self.connection, "checklist", checklists)

    def register_on(self, day: date, wanted: Iterable[UnitKey]) -> SqlRegister:
        return SqlRegister(self.connection, day, wanted)

    def claimed(self, besides: str) -> Mapping[UnitKey, str]:
        return self._decisions.claimed(besides)

    def calendar(self, version: str) -> WorkingCalendar:
        if self._proposed is not None and self._proposed.version == version:
            return self._proposed
        kept = self._kept(version)
        if kept is None:
            raise KeyError(version)
        return kept

    def _kept(self, version: str) -> WorkingCalendar | None:
        content = self.connection.scalar(select(_CALENDAR.c.content).where(_CALENDAR.c.version == version))
        return calendar_from_json(json.loads(content)) if content else None

    def footed(self, footing: Footing) -> FootedPlan:
        return FootedPlan(footing, lambda calendar, versions: self._planning(self.connection, calendar, versions))

    def templates(self, versions: Collection[str]) -> Mapping[str, ChecklistTemplate]:
        contents = template_contents(self.connection)
        return {one: ChecklistTemplate.model_validate_json(contents[one]) for one in versions}

    def people(self, units: Collection[str], today: date) -> list[list[str]]:
        return people_over(self.connection, sorted(units), today)

    def returning(self, decision_id: int, before: MergerDecision, after: MergerDecision, today: date) -> dict[int, str]:
        return work_to_return(self.connection, decision_id, before, after, today)

    def save(self, decision_id: int, known: HeldChange | None, worked: WorkedOut, reason: str, by: str) -> HeldChange:
        """Also keeps the calendar that is proposed, so that what is committed later was agreed to."""
        self._keep(worked.calendar)
        number = known.id if known else take_block(self.connection, "plan_change", 1)
        values = {
            "decision_id": decision_id,
            "kind": worked.proposal.kind.value,
            "state": ChangeState.DRAFTED.value,
            "reason": reason,
            "proposal": worked.proposal.canonical_json(),
            "facts": json.dumps(worked.facts.as_json(), ensure_ascii=False),
            "plan": json.dumps(worked.summary.as_json(), ensure_ascii=False),
            "difference": json.dumps(worked.difference.as_json(), ensure_ascii=False),
            "difference_hash": worked.hash,
            "before": "",
            "drafted_by": by,
            "drafted_at": self.now,
        }
        if known:
            self.connection.execute(update(_CHANGE).where(_CHANGE.c.id == number).values(values))
        else:
            self.connection.execute(insert(_CHANGE).values(id=number, **values))
        return self._changes(_CHANGE.c.id == number)[0]

    def withdraw(self, change: HeldChange) -> None:
        gone = update(_CHANGE).where(_CHANGE.c.id == change.id).values(state=ChangeState.WITHDRAWN.value)
        self.connection.execute(gone)

    def drafts(self, decision_id: int) -> int:
        return recorded(self.connection, decision_id, CHANGE_DRAFTED)

    def carry_out(self, opened: OpenedDecision, change: HeldChange, worked: WorkedOut, by: str) -> None:
        commitment = Commitment(self.connection, opened.held.id, change, worked, by, self.now, self._languages)
        self._keep(worked.calendar)
        self._close(opened, change, worked, by)
        self._say_anew(opened, worked)
        if worked.proposal.kind is ChangeKind.AMEND:
            self._succeed(opened.held.decision, worked.decision)
        write_revision(commitment)
        return_work(self.connection, worked.returned)
        record_revision(commitment)

    def _close(self, opened: OpenedDecision, change: HeldChange, worked: WorkedOut, by: str) -> None:
        row = self.connection.execute(select(_DECISION).where(_DECISION.c.id == opened.held.id)).one()
        names = ("state", "content", "facts", "plan", "plan_hash", "calendar_version")
        before = json.dumps({name: row._mapping[name] for name in names}, ensure_ascii=False)
        values = {
            "state": ChangeState.COMMITTED.value,
            "difference": json.dumps(worked.difference.as_json(), ensure_ascii=False),
            "before": before,
            "committed_by": by,
            "committed_at": self.now,
        }
        self.connection.execute(update(_CHANGE).where(_CHANGE.c.id == change.id).values(values))

    def _say_anew(self, opened: OpenedDecision, worked: WorkedOut) -> None:
        """What the decision says from now on."""
        this = update(_DECISION).where(_DECISION.c.id == opened.held.id)
        if worked.proposal.kind is ChangeKind.REVOKE:
            self.connection.execute(this.values(state=REVOKED))
            return
        values = {
            "content": worked.decision.canonical_json(),
            "facts": json.dumps(worked.facts.as_json(), ensure_ascii=False),
            "plan": json.dumps(worked.summary.as_json(), ensure_ascii=False),
            "plan_hash": worked.summary.hash,
            "calendar_version": worked.calendar.version,
        }
        self.connection.execute(this.values(values))

    def _keep(self, calendar: WorkingCalendar) -> None:
        content = json.dumps(calendar_as_json(calendar), ensure_ascii=False)
        into = insert_if_new(self.connection, _CALENDAR)
        self.connection.execute(into.values(version=calendar.version, content=content))

    def _succeed(self, before: MergerDecision, after: MergerDecision) -> None:
        """The register follows the amended map: rows that say something else of a unit that still hands over go. Of a
        unit that the decision does not name any more, the register keeps what it knew."""
        still = {row.predecessor for row in after.successions}
        gone = [
            {"was": row.predecessor, "becomes": row.successor}
            for row in set(before.successions) - set(after.successions)
            if row.predecessor in still
        ]
        if gone:
            these = (_SUCCESSION.c.predecessor == bindparam("was"), _SUCCESSION.c.successor == bindparam("becomes"))
            ours = _SUCCESSION.c.decision_number == before.number
            self.connection.execute(delete(_SUCCESSION).where(*these, ours), gone)
        known = set(before.successions)
        claim_successions(self.connection, [row for row in after.successions if row not in known], after.number)
        if before.operational != after.operational:
            self._follow(before, after)

    def _follow(self, before: MergerDecision, after: MergerDecision) -> None:
        """Units that the decision ends or founds do so on its new day, in the register as well."""
        units = FollowingRegister(self.register_on(after.operational, ()), before, after)
        for keys, column, old, new in (
            (units.ended, _UNIT.c.valid_to, before.ceased, after.ceased),
            (units.founded, _UNIT.c.valid_from, before.operational, after.operational),
        ):
            for part in in_parts(sorted(keys)):
                these = update(_UNIT).where(_UNIT.c.key.in_(part), column == old)
                self.connection.execute(these.values({column.name: new}))

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            record_event(self.connection, event)


def _held(row: Row[Any]) -> HeldChange:
    return HeldChange(
        row.id,
        row.decision_id,
        Proposal.from_json(row.proposal),
        ChangeState(row.state),
        row.reason,
        Difference.from_json(json.loads(row.difference)),
        row.difference_hash,
        row.drafted_by,
        row.drafted_at,
        row.committed_by,
        row.committed_at,
    )
