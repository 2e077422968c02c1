"""How far the opening of decisions has come: which chunks are in, which decisions are done, which stand still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, or_, select, update

from checklists.errors import HandoverError
from checklists.events import DECISION_OPENED, DECISION_REGISTERED, OPEN_CHECKLISTS, Event
from checklists.ports import REGISTERED
from checklists.step_numbers import number_range
from db.models import ChecklistRow, DecisionRow, OpeningRow, OutboxRow, StepRow
from db.session import begin_read, begin_write
from db.unit_of_work import record_event


class OpeningDiffers(HandoverError):
    """Decision {id} should have {planned} checklists and steps and has {found}. It is not called opened; this needs a
    person, beginning with: bangiao db check"""


@dataclass(frozen=True, slots=True)
class OpeningCounts:
    """What is in so far; `finished` when every chunk is."""

    chunks: int
    units: int
    checklists: int
    steps: int
    finished: bool


@dataclass(frozen=True, slots=True)
class StaleOpening:
    """A registered decision that waits for its checklists without progress; `attempt` is the last one handed over."""

    decision_id: int
    event_id: str
    attempt: int
    run_id: str | None


def opened_chunks(engine: Engine, decision_id: int) -> frozenset[int]:
    with begin_read(engine) as connection:
        return frozenset(connection.scalars(select(OpeningRow.chunk).where(OpeningRow.decision_id == decision_id)))


def counts_of(connection: Connection, decision_id: int, chunks: int) -> OpeningCounts:
    sums = [func.coalesce(func.sum(one), 0) for one in (OpeningRow.units, OpeningRow.checklists, OpeningRow.steps)]
    row = connection.execute(select(func.count(), *sums).where(OpeningRow.decision_id == decision_id)).one()
    return OpeningCounts(row[0], int(row[1]), int(row[2]), int(row[3]), row[0] == chunks)


def finish(
    engine: Engine, decision_id: int, chunks: int, planned: tuple[int, int], *, now: datetime, actor: str
) -> OpeningCounts:
    """Mark the decision opened and record the event, if all `chunks` are in and nobody has yet.

    The rows themselves are counted before anything is said to be finished: `planned` checklists and steps.
    Raises OpeningDiffers.
    """
    with begin_write(engine) as connection:
        counts = counts_of(connection, decision_id, chunks)
        if counts.finished:
            found = _written(connection, decision_id)
            if not found == (counts.checklists, counts.steps) == planned:
                raise OpeningDiffers(id=decision_id, planned=planned, found=found)
            _record_once(connection, decision_id, counts, now, actor)
        return counts


def _written(connection: Connection, decision_id: int) -> tuple[int, int]:
    """How many checklists and steps of the decision really are in; its steps are one range of numbers."""
    checklists, first, last = connection.execute(
        select(func.count(), func.min(ChecklistRow.id), func.max(ChecklistRow.id)).where(
            ChecklistRow.decision_id == decision_id
        )
    ).one()
    if not checklists:
        return 0, 0
    inside = (StepRow.id >= number_range(first)[0], StepRow.id < number_range(last)[1])
    return int(checklists), connection.scalars(select(func.count()).select_from(StepRow).where(*inside)).one()


def _record_once(connection: Connection, decision_id: int, counts: OpeningCounts, now: datetime, actor: str) -> None:
    marked = connection.execute(
        update(DecisionRow).where(DecisionRow.id == decision_id, DecisionRow.opened_at.is_(None)).values(opened_at=now)
    )
    if marked.rowcount:
        number = connection.scalars(select(DecisionRow.number).where(DecisionRow.id == decision_id)).one()
        payload = {
            "decision_id": decision_id,
            "units": counts.units,
            "checklists": counts.checklists,
            "steps": counts.steps,
        }
        event_id = f"{DECISION_OPENED}:{decision_id}"
        record_event(connection, Event(event_id, DECISION_OPENED, now, actor, number, payload, decision_id))


def stale_openings(engine: Engine, *, stale_before: datetime) -> list[StaleOpening]:
    """Handed to Prefect, not opened, and neither handed over nor advanced by a chunk since `stale_before`."""
    latest = (
        select(func.max(OpeningRow.opened_at))
        .where(OpeningRow.decision_id == DecisionRow.id)
        .correlate(DecisionRow)
        .scalar_subquery()
    )
    query = (
        select(DecisionRow.id, OutboxRow.event_id, OutboxRow.attempt, OutboxRow.run_id)
        .join(
            OutboxRow,
            OutboxRow.event_id == f"{DECISION_REGISTERED}:" + func.cast(DecisionRow.id, OutboxRow.event_id.type),
        )
        .where(
            DecisionRow.state == REGISTERED,
            DecisionRow.opened_at.is_(None),
            OutboxRow.consumer == OPEN_CHECKLISTS,
            OutboxRow.state == "delivered",
            OutboxRow.delivered_at < stale_before,
            or_(latest.is_(None), latest <= stale_before),
        )
    )
    with begin_read(engine) as connection:
        return [StaleOpening(*row) for row in connection.execute(query)]
