"""What is missing of a package, found by queries: kind by kind, each by unit and step.

**Found here** → `checklists.package.completeness` says it → `missing.jsonl`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from checklists.deadlines import local_date
from checklists.package.completeness import Completeness, MissingKind, OpenStep, StepAbout, undelivered
from checklists.package.lateness import working_days_late
from checklists.package.records import MissingRecord
from checklists.step_names import step_name
from checklists.step_numbers import CHECKLIST_SHIFT
from checklists.steps import OPEN, Claim, StepState
from checklists.templates import Side
from db.audit_models import AuditEntryRow
from db.bulk import in_parts
from db.change_models import MinutesConfirmationRow, MinutesRow
from db.models import ChecklistRow, EventRow, StepRow, UnitRow
from db.notice_models import DeliveryRow, NotificationRow
from db.package_checklists import StepWordsKnown
from db.package_conditions import event_conditions, minutes_conditions
from db.package_deadlines import Deadlines
from db.package_rows import bytewise, parts, stream
from db.package_scope import Selection
from db.package_silent_units import silent_units
from db.work_models import EvidenceRow, StepHolderRow, StepWorkRow

_COUNTERPART, _UNIT, _HOLDER = aliased(UnitRow), aliased(UnitRow), aliased(UnitRow)
_OPEN = sorted(OPEN)
_CLAIMED_DONE = (StepState.DONE.value, StepState.SUBMITTED.value)
_UNDELIVERED = ("dead", "pending")
_RANGE = 1 << CHECKLIST_SHIFT


class MissingRead:
    """What is missing in a selection. `tree_size`: events below it are in the log of the package."""

    def __init__(
        self,
        connection: Connection,
        selection: Selection,
        words: StepWordsKnown,
        completeness: Completeness,
        tree_size: int,
    ) -> None:
        self._connection = connection
        self._selection = selection
        self._words = words
        self._say = completeness
        self._tree_size = tree_size

    def rows(self, broken: Mapping[str, MissingKind]) -> Iterator[MissingRecord]:
        """By kind, unit and step; `broken`: files that the store has lost or not as they were, by digest."""
        yield from self._events()
        yield from self._evidence()
        for kind in (MissingKind.FILE_ABSENT, MissingKind.FILE_DAMAGED):
            yield from self._files(kind, {digest for digest, one in broken.items() if one is kind})
        yield from self._minutes()
        yield from self._notices()
        late = and_(StepRow.due_on.is_not(None), StepRow.due_on < self._selection.today)
        yield from self._steps(or_(StepRow.due_on.is_(None), not_(late)), overdue=False)
        yield from self._steps(late, overdue=True)
        yield from silent_units(self._connection, self._selection, self._say)

    def _steps(self, which: Any, *, overdue: bool) -> Iterator[MissingRecord]:
        query = (
            self._about(StepRow.state, StepRow.due_on, StepRow.deadline_id, _HOLDER.name.label("holder"))
            .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
            .join(_HOLDER, _HOLDER.key == StepHolderRow.unit, isouter=True)
            .where(StepRow.state.in_(_OPEN), which, *self._selection.of_step(StepRow.id))
        )
        deadlines = Deadlines(self._connection)
        for part in parts(self._connection, self._by_unit(query)):
            deadlines.know({row.deadline_id for row in part} if overdue else set())
            for row in part:
                days = self._days_late(row, deadlines) if overdue else None
                yield self._say.step(OpenStep(_about(row), row.state, row.due_on, row.holder, overdue, days))

    def _days_late(self, row: Any, deadlines: Deadlines) -> int | None:
        calendar = deadlines.calendar(row.deadline_id)
        return working_days_late(calendar, row.due_on, self._selection.today) if calendar else None

    def _evidence(self) -> Iterator[MissingRecord]:
        """Of steps that say they are done, and whose template asks for a proof."""
        standing = select(EvidenceRow.id).where(EvidenceRow.step_id == StepRow.id, EvidenceRow.withdrawn_at.is_(None))
        query = (
            self._about(ChecklistRow.template_hash)
            .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
            .where(StepRow.state.in_(_CLAIMED_DONE), *self._selection.of_step(StepRow.id))
            .where(func.coalesce(StepWorkRow.claim, "") != Claim.NOT_APPLICABLE.value, not_(standing.exists()))
        )
        for row in stream(self._connection, self._by_unit(query)):
            for wanted in self._words.of(row.template_hash, row.key).evidence_wanted:
                yield self._say.evidence(_about(row), wanted)

    def _files(self, kind: MissingKind, digests: set[str]) -> Iterator[MissingRecord]:
        found: list[tuple[StepAbout, str]] = []
        for part in in_parts(sorted(digests)):
            query = (
                self._about(EvidenceRow.digest)
                .join(EvidenceRow, EvidenceRow.step_id == StepRow.id)
                .where(EvidenceRow.digest.in_(part), EvidenceRow.withdrawn_at.is_(None))
                .where(*self._selection.of_step(StepRow.id))
            )
            found += [(_about(row), row.digest) for row in stream(self._connection, query)]
        of_minutes = digests - {digest for _, digest in found}
        yield from (self._say.file(kind, None, digest) for digest in sorted(of_minutes))
        for about, digest in sorted(found, key=lambda one: (one[0].unit, one[0].id, one[1])):
            yield self._say.file(kind, about, digest)

    def _notices(self) -> Iterator[MissingRecord]:
        notice = NotificationRow
        query = (
            select(*_ABOUT, notice.recipient, notice.level, notice.state, DeliveryRow.attempt, DeliveryRow.channel)
            .select_from(NotificationRow)
            .join(StepRow, StepRow.id == notice.step_id, isouter=True)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id, isouter=True)
            .join(_UNIT, _UNIT.key == ChecklistRow.unit, isouter=True)
            .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
            .join(DeliveryRow, DeliveryRow.id == notice.delivery_id, isouter=True)
            .where(notice.state.in_(_UNDELIVERED), *self._selection.notices())
        )
        for row in stream(self._connection, query.order_by(*self._no_unit_first())):
            about = _about(row) if row.id is not None else None
            why = undelivered(row.state, row.attempt or 0, row.channel)
            yield self._say.notice(about, row.recipient, row.level, why)

    def _no_unit_first(self) -> tuple[Any, ...]:
        """The two databases disagree about where nothing stands."""
        unit = bytewise(self._connection, func.coalesce(ChecklistRow.unit, ""))
        return unit, func.coalesce(StepRow.id, 0), bytewise(self._connection, NotificationRow.id)

    def _minutes(self) -> Iterator[MissingRecord]:
        giving, receiving = _UNIT, _HOLDER
        query = (
            select(
                MinutesRow.id,
                MinutesRow.number,
                MinutesRow.content_hash,
                MinutesRow.giving,
                MinutesRow.receiving,
                giving.name.label("giving_name"),
                receiving.name.label("receiving_name"),
            )
            .join(giving, giving.key == MinutesRow.giving)
            .join(receiving, receiving.key == MinutesRow.receiving)
            .where(MinutesRow.final_at.is_(None), *minutes_conditions(self._selection))
            .order_by(bytewise(self._connection, MinutesRow.giving), MinutesRow.id)
        )
        for part in parts(self._connection, query):
            given = self._given([row.id for row in part])
            for row in part:
                sides = {Side.PREDECESSOR.value: row.giving, Side.SUCCESSOR.value: row.receiving}
                yes = {sides[side] for side, said in given[row.id] if said == row.content_hash}
                names = (row.giving_name, row.receiving_name)
                yield self._say.minutes(row.number, (row.giving, row.receiving), names, yes)

    def _given(self, minutes: list[int]) -> dict[int, list[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = defaultdict(list)
        yes = MinutesConfirmationRow
        for part in in_parts(minutes):
            query = select(yes.minutes_id, yes.side, yes.content_hash).where(yes.minutes_id.in_(part))
            for number, side, said in self._connection.execute(query):
                found[number].append((side, said))
        return found

    def _events(self) -> Iterator[MissingRecord]:
        """Written down, and without a place in the log that the package shows."""
        place = AuditEntryRow.audit_index
        unit = func.coalesce(ChecklistRow.unit, _UNIT.key)
        query = (
            select(unit.label("unit"), EventRow.step_id, EventRow.type, EventRow.occurred_at)
            .select_from(EventRow)
            .join(AuditEntryRow, AuditEntryRow.event_id == EventRow.id, isouter=True)
            .join(StepRow, StepRow.id == EventRow.step_id, isouter=True)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id, isouter=True)
            .join(_UNIT, _UNIT.key == EventRow.subject, isouter=True)
            .where(or_(place.is_(None), place >= self._tree_size))
            .where(*event_conditions(self._connection, self._selection))
            .order_by(
                bytewise(self._connection, func.coalesce(ChecklistRow.unit, _UNIT.key, "")),
                func.coalesce(EventRow.step_id, 0),
                EventRow.occurred_at,
                bytewise(self._connection, EventRow.id),
            )
        )
        for row in stream(self._connection, query):
            yield self._say.event(row.unit, row.step_id, row.type, local_date(row.occurred_at))

    def _about(self, *columns: Any) -> Any:
        return (
            select(*_ABOUT, *columns)
            .select_from(ChecklistRow)
            .join(StepRow, self._in_checklist())
            .join(_UNIT, _UNIT.key == ChecklistRow.unit)
            .join(_COUNTERPART, _COUNTERPART.key == StepRow.counterpart, isouter=True)
        )

    def _in_checklist(self) -> Any:
        """SQLite sorts in memory. Told as a range of numbers, it walks through all checklists in the order of their
        units, through the steps of each in their order, and has nothing to sort; PostgreSQL sorts on disk."""
        if self._connection.dialect.name == "postgresql" or not self._selection.is_everything:
            return ChecklistRow.id == StepRow.checklist_id
        first = ChecklistRow.id * _RANGE
        return and_(StepRow.id >= first, StepRow.id < first + _RANGE)

    def _by_unit(self, query: Any) -> Any:
        return query.order_by(bytewise(self._connection, ChecklistRow.unit), ChecklistRow.id, StepRow.id)


_ABOUT = (
    StepRow.id,
    StepRow.key,
    StepRow.occurrence,
    _COUNTERPART.name.label("counterpart_name"),
    ChecklistRow.unit,
    _UNIT.name.label("unit_name"),
)


def _about(row: Any) -> StepAbout:
    return StepAbout(row.id, step_name(row.key, row.occurrence, row.counterpart_name, row.unit_name), row.unit)
