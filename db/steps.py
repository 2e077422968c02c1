"""Steps on record, inside one transaction: implements `checklists.desk.StepDesk`.

A step is written over the version it was read at (compare and set), so that of two people acting at once one wins and
the other is told, on both databases. What a person's act costs is counted in statements: the queries are made once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from checklists.desk import Followed, HeldStep, NewEvidence
from checklists.events import Event
from checklists.messages import Message, Translate
from checklists.people import PersonRole, acting_for
from checklists.step_names import step_name as step_name
from checklists.step_rules import Actor, Step
from checklists.steps import SETTLED, Claim, StepState
from checklists.units import UnitKey
from db.models import NeedRow, StepRow, table_of
from db.needs import dependents, free_needs
from db.occurrences import Clerk, open_next
from db.people import roles_over, substitutions_of
from db.reach import roles_said
from db.statements import Answer, Work, run_together
from db.step_statements import ATTACH, COUNT_NEED, HELD, HELD_WITH_ROLES, LOCK, SAY, SET, VERIFY, VOID
from db.templates import TemplateShelf
from db.unit_of_work import event_rows
from db.work_models import EvidenceRow

_EVIDENCE = table_of(EvidenceRow)


class SqlSteps:
    """The steps as one transaction sees them. Instants and days are given, never read; `languages` renders what is
    stored in both.

    What nobody waits for goes out with the next thing that somebody does, at the latest with the record of events.
    """

    def __init__(
        self, connection: Connection, now: datetime, shelf: TemplateShelf, languages: Mapping[str, Translate]
    ) -> None:
        self.connection = connection
        self.now = now
        self._shelf = shelf
        self._languages = languages
        self._later: list[Work] = []
        self._ahead: dict[int, HeldStep] = {}
        self._roles_ahead: dict[tuple[str, UnitKey, date], Collection[PersonRole]] = {}

    def read_ahead(self, step_id: int, actor: Actor, on: date) -> None:
        """Read in one go what an act asks for first: the step, and what the actor may be in the unit that holds it.
        `held` and `roles` then answer from it, once."""
        if actor.on_behalf_of is None:
            asked = {"of_step": step_id, "account": actor.account, "day": on}
            for row in HELD_WITH_ROLES.run(self.connection, asked).rows:
                held = self._ahead[step_id] = self._held(row)
                self._roles_ahead[actor.account, held.holder, on] = roles_said(row.roles)

    def held(self, step_id: int) -> HeldStep | None:
        if known := self._ahead.pop(step_id, None):
            return known
        rows = self._with_what_waits([(HELD, {"of_step": step_id})])[0].rows
        return self._held(rows[0]) if rows else None

    def _held(self, row: Any) -> HeldStep:
        template = self._shelf.steps(self.connection, row.template_hash)[row.key]
        step = Step(
            id=row.id,
            name=step_name(row.key, row.occurrence, row.counterpart_name, row.name),
            state=StepState(row.state),
            version=row.version,
            open_needs=row.open_needs,
            verified=template.verify,
            evidence_required=template.evidence.required,
            evidence=frozenset((row.digests or "").split()),
            **(_said(row) if row.doers is not None else {}),
        )
        return HeldStep(
            step,
            row.checklist_id,
            row.decision_id,
            UnitKey(row.unit),
            UnitKey(row.holder or row.unit),
            row.key,
            row.counterpart,
            row.occurrence,
            row.due_on,
            template,
        )

    def roles(self, actor: Actor, unit: UnitKey, on: date) -> Collection[PersonRole]:
        ahead = None if actor.on_behalf_of else self._roles_ahead.pop((actor.account, unit, on), None)
        if ahead is not None:
            return ahead
        known = substitutions_of(self.connection, actor.account, on) if actor.on_behalf_of else ()
        return roles_over(self.connection, acting_for(actor, known, on), unit, on)

    def first_open_need(self, step_id: int) -> Message | None:
        query = (
            select(StepRow.id)
            .join(NeedRow, NeedRow.needs_id == StepRow.id)
            .where(NeedRow.step_id == step_id, StepRow.state.not_in(SETTLED))
            .order_by(StepRow.id)
        )
        first = self.connection.scalars(query.limit(1)).one_or_none()
        held = self.held(first) if first else None
        return Message(held.step.name) if held else None

    def store(self, held: HeldStep, after: Step, actor: Actor) -> bool:
        read, new = held.step.version, after.state.value
        written = {"of_step": after.id, "read": read, "written": read + 1, "new_state": new}
        return self._with_what_waits([(SET, written), (SAY, self._work(after, actor))])[0].count == 1

    def _work(self, step: Step, actor: Actor) -> dict[str, Any]:
        return {
            "step_id": step.id,
            "claim": step.claim.value if step.claim else None,
            "doers": json.dumps(sorted(step.doers), ensure_ascii=False),
            "reason": step.reason,
            "unblocker": step.unblocker,
            "expected_on": step.expected_on,
            "clock_runs": step.clock_runs,
            "changed_by": actor.account,
            "changed_at": self.now,
        }

    def attach(self, held: HeldStep, evidence: Sequence[NewEvidence], actor: Actor) -> None:
        version = held.step.version + 1
        rows = [
            {
                "id": f"{held.step.id}:{version}:{place}",
                "step_id": held.step.id,
                "kind": one.kind,
                "digest": one.digest,
                "name": one.name,
                "size": one.size,
                "media_type": one.media_type,
                "text": one.text,
                "dated_on": one.dated_on,
                "added_by": actor.account,
                "on_behalf_of": actor.on_behalf_of,
                "added_at": self.now,
                "withdrawn_by": None,
                "withdrawn_at": None,
            }
            for place, one in enumerate(evidence)
        ]
        self._later += [(ATTACH, row) for row in rows]

    def withdraw(self, held: HeldStep, digests: Collection[str], actor: Actor) -> None:
        these = (
            _EVIDENCE.c.step_id == held.step.id,
            _EVIDENCE.c.digest.in_(digests),
            _EVIDENCE.c.withdrawn_at.is_(None),
        )
        self.connection.execute(
            update(_EVIDENCE).where(*these).values(withdrawn_by=actor.account, withdrawn_at=self.now)
        )

    def verify(self, held: HeldStep, actor: Actor) -> None:
        step = held.step
        row = {
            "id": f"{step.id}:{step.version + 1}",
            "step_id": step.id,
            "claim": (step.claim or Claim.DONE).value,
            "evidence_hash": step.evidence_hash,
            "given_by": actor.account,
            "on_behalf_of": actor.on_behalf_of,
            "given_at": self.now,
            "void_at": None,
            "void_because": "",
        }
        self._later.append((VERIFY, row))

    def void_verification(self, step_id: int, because: str) -> None:
        self._later.append((VOID, {"of_step": step_id, "at": self.now, "because": because}))

    def settle_needs(self, step_id: int) -> list[HeldStep]:
        freed = free_needs(self._with_what_waits, step_id)
        answers = self._with_what_waits([(HELD, {"of_step": one}) for one in freed])
        return [self._held(row) for answer in answers for row in answer.rows]

    def unsettle_needs(self, step_id: int, actor: Actor, because: str) -> list[Followed]:
        """Depth first, and a step before those that need it: what was done on its strength is open again as well."""
        followed: list[Followed] = []
        for one in dependents(self.connection, step_id):
            of_step = {"of_step": one}
            _, found = self._with_what_waits([(LOCK, of_step), (HELD, of_step)])
            held = self._held(found.rows[0])
            after = _waits_again(held.step, because)
            self._later.append((COUNT_NEED, {**of_step, "new_state": after.state.value}))
            if after.state is held.step.state:
                continue
            self._later.append((SAY, self._work(after, actor)))
            was_done = held.step.state is StepState.DONE
            void = was_done and held.step.verified
            if void:
                self.void_verification(one, because)
            followed.append(Followed(held, after, void))
            if was_done:
                followed += self.unsettle_needs(one, actor, f"{held.step.name}: {because}")
        return followed

    def open_next(self, held: HeldStep) -> HeldStep | None:
        if held.template.recurrence is None:
            return None
        clerk = Clerk(self.connection, self.now, self._shelf, self._languages)
        number = open_next(clerk, held.step.id)
        return self.held(number) if number else None

    def record(self, events: Iterable[Event]) -> None:
        self._with_what_waits([row for event in events for row in event_rows(event)])

    def _with_what_waits(self, work: Sequence[Work]) -> Sequence[Answer]:
        """Do this now, after whatever was left for later."""
        later, self._later = self._later, []
        return run_together(self.connection, [*later, *work])[len(later) :]


def _said(row: Any) -> dict[str, Any]:
    return {
        "claim": Claim(row.claim) if row.claim else None,
        "doers": frozenset(json.loads(row.doers)),
        "reason": row.reason,
        "unblocker": row.unblocker,
        "expected_on": row.expected_on,
        "clock_runs": row.clock_runs,
    }


_HELD_BY_A_NEED = {StepState.READY, StepState.IN_PROGRESS, StepState.SUBMITTED, StepState.DONE}


def _waits_again(step: Step, because: str) -> Step:
    """The step with one more open need: unless it is blocked, cancelled or (claimed) not applicable, it waits again."""
    counted = replace(step, open_needs=step.open_needs + 1, version=step.version + 1)
    if step.state not in _HELD_BY_A_NEED or step.claim is Claim.NOT_APPLICABLE:
        return counted
    return replace(counted, state=StepState.WAITING, claim=None, reason=because)
