"""What does not agree between steps, the evidence that proves them and the second person's word. SELECT only.

record → **what breaks a rule of proof** → `bangiao.health` → the operator. Which files the evidence store should hold
is asked here too; whether it does, only the store knows.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from checklists.change_desk import ChangeKind, ChangeState
from checklists.minutes_desk import FINAL
from checklists.steps import StepState
from db.bulk import in_parts
from db.change_models import MinutesConfirmationRow, MinutesRow, PlanChangeRow
from db.findings import MOST, Odd, OddStep, odd, steps_with
from db.models import ChecklistRow, DecisionRow, StepRow
from db.work_models import EvidenceRow, StepWorkRow, VerificationRow

FILE = "file"
_MET = (StepState.DONE.value, StepState.NOT_APPLICABLE.value)
_STANDS = VerificationRow.void_at.is_(None)


def unsettled_but_verified(connection: Connection) -> Odd:
    """Steps that are neither done nor not applicable, with a verification that stands."""
    standing = steps_with().join(VerificationRow, VerificationRow.step_id == StepRow.id)
    return odd(connection, standing.where(_STANDS, StepRow.state.not_in(_MET)))


def verified_twice(connection: Connection) -> Odd:
    """Steps with more than one verification that stands (`found`: how many)."""
    times = select(VerificationRow.step_id, func.count().label("times")).where(_STANDS)
    more = times.group_by(VerificationRow.step_id).having(func.count() > 1).subquery()
    return odd(connection, steps_with(more.c.times).join(more, more.c.step_id == StepRow.id))


class Standing(NamedTuple):
    """A verification that stands, with what is attached now and who worked on the step."""

    step_id: int
    evidence_hash: str
    given_by: str
    on_behalf_of: str | None
    doers: frozenset[str]
    digests: frozenset[str]


def standing_verifications(connection: Connection) -> Iterator[Standing]:
    """Of settled steps, by step: read in one pass."""
    query = (
        select(
            VerificationRow.id,
            VerificationRow.step_id,
            VerificationRow.evidence_hash,
            VerificationRow.given_by,
            VerificationRow.on_behalf_of,
            StepWorkRow.doers,
            EvidenceRow.digest,
        )
        .join(StepRow, StepRow.id == VerificationRow.step_id)
        .join(StepWorkRow, StepWorkRow.step_id == VerificationRow.step_id, isouter=True)
        .join(
            EvidenceRow,
            and_(EvidenceRow.step_id == VerificationRow.step_id, EvidenceRow.withdrawn_at.is_(None)),
            isouter=True,
        )
        .where(_STANDS, StepRow.state.in_(_MET))
        .order_by(VerificationRow.step_id, VerificationRow.id)
    )
    for _, group in groupby(connection.execute(query), lambda row: row.id):
        rows = list(group)
        one, digests = rows[0], frozenset(row.digest for row in rows if row.digest)
        doers = frozenset(json.loads(one.doers or "[]"))
        yield Standing(one.step_id, one.evidence_hash, one.given_by, one.on_behalf_of, doers, digests)


class Settled(NamedTuple):
    """A settled step without what its template may ask for."""

    id: int
    template_hash: str
    key: str
    decision_id: int


def _settled(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    query = select(StepRow.id, ChecklistRow.template_hash, StepRow.key, ChecklistRow.decision_id)
    return query.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id).where(*which).order_by(StepRow.id)


def done_without_evidence(connection: Connection) -> Iterator[Settled]:
    """Done steps to which nothing is attached, whether it is asked for or not."""
    attached = select(EvidenceRow.id).where(EvidenceRow.step_id == StepRow.id, EvidenceRow.withdrawn_at.is_(None))
    query = _settled(StepRow.state == StepState.DONE.value, ~attached.exists())
    return (Settled(*row) for row in connection.execute(query))


def settled_without_verification(connection: Connection, state: StepState) -> Iterator[Settled]:
    """Steps in this state that no second person's word stands behind, whether it is asked for or not."""
    standing = select(VerificationRow.id).where(VerificationRow.step_id == StepRow.id, _STANDS)
    return (Settled(*row) for row in connection.execute(_settled(StepRow.state == state.value, ~standing.exists())))


def decisions_with_other_templates(connection: Connection) -> frozenset[int]:
    """Decisions to which another template version was applied: what was settled before was judged by the old one."""
    these = (PlanChangeRow.kind == ChangeKind.TEMPLATE.value, PlanChangeRow.state == ChangeState.COMMITTED.value)
    return frozenset(connection.scalars(select(PlanChangeRow.decision_id).where(*these)))


def steps_named(connection: Connection, numbers: Collection[int]) -> Odd:
    """The first of these steps, to be shown."""
    shown = sorted(numbers)[:MOST]
    rows = [
        OddStep(*row)
        for part in in_parts(shown)
        for row in connection.execute(steps_with().where(StepRow.id.in_(part)))
    ]
    return Odd(len(numbers), rows)


class RecordedFile(NamedTuple):
    """A file that the record names, as evidence (withdrawn or not) or as the document of final `minutes`, of which it
    does not know the size."""

    digest: str
    size: int | None
    name: str
    minutes: str = ""


def recorded_files(connection: Connection) -> list[RecordedFile]:
    """Each file once (twice if the record disagrees about its size)."""
    query = select(EvidenceRow.digest, EvidenceRow.size, func.min(EvidenceRow.name)).where(EvidenceRow.kind == FILE)
    query = query.group_by(EvidenceRow.digest, EvidenceRow.size).order_by(EvidenceRow.digest)
    evidence = [RecordedFile(*row) for row in connection.execute(query)]
    known = {one.digest for one in evidence}
    others = {one.digest: one for one in _documents(connection) if one.digest not in known}
    return [*evidence, *others.values()]


def _documents(connection: Connection) -> Iterator[RecordedFile]:
    for kind, column in (("pdf", MinutesRow.pdf), ("docx", MinutesRow.docx)):
        query = select(column, MinutesRow.number).where(column.is_not(None))
        yield from (RecordedFile(str(row[0]), None, kind.upper(), row[1]) for row in connection.execute(query))


def named_digests(connection: Connection) -> frozenset[str]:
    """All digests that some row names as a file."""
    return frozenset(one.digest for one in recorded_files(connection))


class HalfFinished(NamedTuple):
    """Minutes whose both sides have confirmed what they say, and whose documents are not put away."""

    number: str
    decision: str


def half_finished_minutes(connection: Connection) -> list[HalfFinished]:
    """By number."""
    sides = (
        select(func.count(MinutesConfirmationRow.side.distinct()))
        .where(
            MinutesConfirmationRow.minutes_id == MinutesRow.id,
            MinutesConfirmationRow.content_hash == MinutesRow.content_hash,
        )
        .scalar_subquery()
    )
    query = select(MinutesRow.number, DecisionRow.number).join(DecisionRow, DecisionRow.id == MinutesRow.decision_id)
    query = query.where(MinutesRow.state != FINAL, sides > 1).order_by(MinutesRow.number)
    return [HalfFinished(*row) for row in connection.execute(query)]


def proved_by(connection: Connection, digests: Collection[str]) -> dict[str, list[OddStep]]:
    """Digest → the steps it is (or was) attached to."""
    found: dict[str, list[OddStep]] = defaultdict(list)
    for part in in_parts(sorted(digests)):
        query = steps_with(EvidenceRow.digest).join(EvidenceRow, EvidenceRow.step_id == StepRow.id)
        for *step, digest in connection.execute(query.where(EvidenceRow.digest.in_(part)).distinct()):
            found[digest].append(OddStep(*step))
    return found


class RecordedText(NamedTuple):
    """A note or a link with the digest it was recorded under."""

    step_id: int
    kind: str
    digest: str
    text: str


def recorded_texts(connection: Connection) -> Iterator[RecordedText]:
    query = select(EvidenceRow.step_id, EvidenceRow.kind, EvidenceRow.digest, EvidenceRow.text)
    return (RecordedText(*row) for row in connection.execute(query.where(EvidenceRow.kind != FILE)))
