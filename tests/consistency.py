"""What holds of all steps on record at any moment, whatever was done to them. Any test may call it after anything."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, select
from whole_record import Record, faults_in, record_in

from bangiao.wiring import Wiring
from checklists.steps import SETTLED, Claim
from db.models import ChecklistRow, DeadlineRow, EventRow, NeedRow, StepRow, table_of
from db.session import begin_read
from db.work_models import StepWorkRow

_SETTLED = {one.value for one in SETTLED}
_HELD_BY_A_NEED = {"waiting", "ready", "in_progress", "submitted", "done"}


def assert_consistent(wiring: Wiring) -> Record:
    """All of it: steps and needs, and whatever `whole_record` finds; gives the record for a closer look."""
    with begin_read(wiring.engine) as connection:
        assert_steps_consistent(connection)
        record = record_in(connection)
    faults = list(faults_in(record))
    assert not faults, faults
    return record


def assert_steps_consistent(connection: Connection) -> None:
    """Needs counted exactly, waiting exactly while a need is open, nothing dangling, numbers in their checklist."""
    steps = {row.id: row for row in connection.execute(select(table_of(StepRow)))}
    assert_needs_counted(connection, steps)
    outside = [one.id for one in steps.values() if one.id >> 20 != one.checklist_id]
    assert outside == [], "steps whose number is not in the range of their checklist"
    without = select(StepRow.id).join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id, isouter=True)
    assert connection.scalars(without.where(DeadlineRow.id.is_(None))).all() == []
    differing = select(StepRow.id).join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
    differing = differing.where(StepRow.due_on.is_distinct_from(DeadlineRow.due_on))
    assert connection.scalars(differing).all() == [], "steps with another date than their deadline"
    homeless = set(connection.scalars(select(StepRow.checklist_id).distinct())) - set(
        connection.scalars(select(ChecklistRow.id))
    )
    assert homeless == set()


def assert_needs_counted(connection: Connection, steps: dict[int, Any]) -> None:
    needs: dict[int, list[int]] = defaultdict(list)
    for step, need in connection.execute(select(NeedRow.step_id, NeedRow.needs_id)):
        needs[step].append(need)
    missing = {one for step, needed in needs.items() for one in (step, *needed) if one not in steps}
    assert missing == set(), "need rows to steps that are not there"
    counted = {number: sum(steps[one].state not in _SETTLED for one in needs[number]) for number in steps}
    miscounted = {
        one.id: (one.open_needs, counted[one.id]) for one in steps.values() if one.open_needs != counted[one.id]
    }
    assert miscounted == {}, "open needs: (on record, counted)"
    claims = dict(connection.execute(select(StepWorkRow.step_id, StepWorkRow.claim)).all())
    wrong = {
        one.id: (one.state, one.open_needs)
        for one in steps.values()
        if one.state in _HELD_BY_A_NEED
        and not (one.state == "submitted" and claims.get(one.id) == Claim.NOT_APPLICABLE.value)
        and (one.state == "waiting") != (one.open_needs > 0)
    }
    assert wrong == {}, "steps that wait without an open need, or do not wait with one"


def assert_events_tell_the_states(connection: Connection) -> None:
    """For each step, the last event that gives a state gives the state it is in; a step without one is as opened."""
    steps = {row.id: row for row in connection.execute(select(table_of(StepRow)))}
    told: dict[int, tuple[int, str]] = {}
    for row in connection.execute(select(table_of(EventRow)).where(EventRow.step_id.is_not(None))):
        after = json.loads(row.payload).get("after") or {}
        if "state" in after:
            told[row.step_id] = max(told.get(row.step_id, (0, "")), (after["version"], after["state"]))
    wrong = {number: (said, steps[number].state) for number, (_, said) in told.items() if said != steps[number].state}
    assert wrong == {}, "steps whose last event gives another state: (told, on record)"
    silent = {one.id: one.state for one in steps.values() if one.id not in told}
    assert set(silent.values()) <= {"waiting", "ready"}
