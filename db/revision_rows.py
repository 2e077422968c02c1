"""The bulk write of a committed change: every row that follows from it, in the transaction of the commit.

Rows are worked out by `checklists.revision`; here they become one statement for each kind, whatever their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from checklists.change_desk import HeldChange, WorkedOut
from checklists.messages import Translate
from checklists.revision_result import ChangedChecklist, Revision
from checklists.revision_steps import StandingStep
from db.bulk import insert_rows, raw_day, raw_instant
from db.change_models import RescheduleRow
from db.deadline_rows import write_deadlines
from db.models import ChecklistRow, NeedRow, StepRow, table_of
from db.work_models import StepWorkRow

_CHECKLIST, _STEP, _NEED = table_of(ChecklistRow), table_of(StepRow), table_of(NeedRow)
_WORK = table_of(StepWorkRow)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A change being committed: what it does, who commits it, when, and the words of its deadlines."""

    connection: Connection
    decision_id: int
    change: HeldChange
    worked: WorkedOut
    by: str
    now: datetime
    languages: Mapping[str, Translate]

    @property
    def revision(self) -> Revision:
        return self.worked.revision

    @property
    def instant(self) -> str:
        return raw_instant(self.connection.dialect.name, self.now)

    @property
    def reason(self) -> str:
        """What stands with every step that the change ends or stops."""
        return f"{self.worked.decision.number}: {self.change.reason}"


def write_revision(commitment: Commitment) -> None:
    """Deadlines, checklists, steps, needs, what is said of steps, and both schedules."""
    connection, revision = commitment.connection, commitment.revision
    _deadlines(commitment)
    _checklists(commitment)
    insert_rows(connection, _STEP, [_step(one) for one in revision.added])
    insert_rows(connection, _NEED, revision.needs_added)
    _remove_needs(connection, revision.needs_removed)
    update_steps(connection, list(revision.after.values()))
    _say(commitment)
    insert_rows(connection, table_of(RescheduleRow), _reschedules(commitment))


def _deadlines(commitment: Commitment) -> None:
    if commitment.worked.plan is None:
        return
    revision, known = commitment.revision, commitment.worked.plan.deadlines
    used = {one.deadline for one in (*revision.after.values(), *revision.added)} & known.keys()
    write_deadlines(commitment.connection, {number: known[number] for number in used}, commitment.languages)


def _checklists(commitment: Commitment) -> None:
    new: list[tuple[Any, ...]] = []
    changed: list[dict[str, Any]] = []
    for one in commitment.revision.where.values():
        if one.standing is None:
            new.append(_new_checklist(one, commitment))
        elif (row := _changed_checklist(one)) is not None:
            changed.append(row)
    insert_rows(commitment.connection, _CHECKLIST, sorted(new))
    if changed:
        values: dict[str, Any] = {
            name: bindparam(f"now_{name}") for name in ("template_hash", "role", "left_out", "steps")
        }
        these = update(_CHECKLIST).where(_CHECKLIST.c.id == bindparam("number")).values(values)
        commitment.connection.execute(these, changed)


def _new_checklist(one: ChangedChecklist, commitment: Commitment) -> tuple[Any, ...]:
    assert one.desired is not None  # noqa: S101 - a new one is desired
    wanted = one.desired
    said = json.dumps(wanted.left_out)
    place = (one.id, commitment.decision_id, wanted.unit, wanted.template.content_hash, wanted.role.value)
    return (*place, one.steps, said, commitment.instant)


def _changed_checklist(one: ChangedChecklist) -> dict[str, Any] | None:
    was, wanted = one.standing, one.desired
    assert was is not None  # noqa: S101 - a new one is written elsewhere
    before = (was.template, was.role, was.left_out, was.steps)
    after = (was.template, was.role, was.left_out, one.steps)
    if wanted is not None:
        after = (wanted.template.content_hash, wanted.role.value, wanted.left_out, one.steps)
    if before == after:
        return None
    template, role, left_out, steps = after
    return {
        "number": one.id,
        "now_template_hash": template,
        "now_role": role,
        "now_left_out": json.dumps(left_out),
        "now_steps": steps,
    }


def _step(one: StandingStep) -> tuple[Any, ...]:
    place = (one.id, one.checklist, one.key, one.counterpart, one.occurrence)
    return (
        *place,
        one.state,
        raw_day(one.due_on),
        one.deadline,
        one.open_needs,
        int(one.overdue_at_birth),
        one.version,
    )


def _remove_needs(connection: Connection, needs: Sequence[tuple[int, int]]) -> None:
    if needs:
        gone = _NEED.c.step_id == bindparam("step"), _NEED.c.needs_id == bindparam("needed")
        connection.execute(_NEED.delete().where(*gone), [{"step": step, "needed": needed} for step, needed in needs])


def update_steps(connection: Connection, steps: Sequence[StandingStep]) -> None:
    """Write these steps over what they were, one statement for all of them."""
    rows = [
        (
            one.state,
            raw_day(one.due_on),
            one.deadline,
            one.open_needs,
            int(one.overdue_at_birth),
            one.version,
            one.id,
        )
        for one in sorted(steps)
    ]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _update_from_copy(connection, rows)
        return
    connection.exec_driver_sql(
        "UPDATE step SET state = ?, due_on = ?, deadline_id = ?, open_needs = ?, overdue_at_birth = ?, version = ? "
        "WHERE id = ?",
        rows,
    )


def _update_from_copy(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Twenty thousand single updates are as many round trips; a COPY and one joined UPDATE are two."""
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a checked-out connection has one
    with driver.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE revised (state varchar, due_on date, deadline_id bigint, open_needs bigint, "
            "overdue_at_birth boolean, version bigint, id bigint PRIMARY KEY) ON COMMIT DROP"
        )
        with cursor.copy("COPY revised FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE revised")
        cursor.execute(
            "UPDATE step SET state = revised.state, due_on = revised.due_on, deadline_id = revised.deadline_id, "
            "open_needs = revised.open_needs, overdue_at_birth = revised.overdue_at_birth, "
            "version = revised.version FROM revised WHERE step.id = revised.id"
        )


def _say(commitment: Commitment) -> None:
    """What is said of steps that are cancelled or wait again: why, and nothing of what they claimed."""
    revision, known = commitment.revision, commitment.worked.standing.work
    numbers = sorted({*revision.cancelled, *revision.waiting_again})
    new = [
        (number, None, "[]", commitment.reason, "", None, 1, commitment.by, commitment.instant)
        for number in numbers
        if number not in known
    ]
    insert_rows(commitment.connection, _WORK, new)
    held = [{"number": number} for number in numbers if number in known]
    if held:
        said = {
            "claim": None,
            "reason": commitment.reason,
            "unblocker": "",
            "expected_on": None,
            "clock_runs": True,
            "changed_by": commitment.by,
            "changed_at": commitment.now,
        }
        these = update(_WORK).where(_WORK.c.step_id == bindparam("number")).values(said)
        commitment.connection.execute(these, held)


def _reschedules(commitment: Commitment) -> list[tuple[Any, ...]]:
    """From which deadline to which, once for each step key."""
    revision = commitment.revision

    def rows(numbers: Iterable[int]) -> Iterable[tuple[int, str, int, int]]:
        for number in numbers:
            was, becomes = revision.before[number], revision.after[number]
            yield commitment.change.id, was.key, was.deadline, becomes.deadline

    return sorted(set(rows((*revision.moved, *revision.reworded))))
