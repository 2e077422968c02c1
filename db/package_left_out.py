"""What the filters of a package kept away, counted: a reader is told what there is besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from checklists.messages import Message
from checklists.package.records import LeftOutRecord
from checklists.package.words import Bilingual
from db.models import ChecklistRow, EventRow, NeedRow, StepRow
from db.notice_models import AcknowledgementRow, NotificationRow
from db.package_scope import Selection
from db.work_models import EvidenceRow, VerificationRow


class LeftOutRead:
    """What is on record of a selection's checklists and steps, and not in its package."""

    def __init__(self, connection: Connection, selection: Selection, bilingual: Bilingual, erased: int) -> None:
        self._connection = connection
        self._selection = selection
        self._bilingual = bilingual
        self._erased = erased

    def rows(self) -> list[LeftOutRecord]:
        """Only what there is some of."""
        return [row for row in self._all() if row["number"]]

    def _all(self) -> Iterator[LeftOutRecord]:
        selection = self._selection
        if not selection.is_everything:
            yield from self._checklists_and_steps()
        if selection.by_what_happened:
            yield from self._what_happened()
        yield self._row(
            "events.erased", self._erased, Message("values of events that were erased for good, as the law asked")
        )
        withdrawn = (EvidenceRow.kind == "file", EvidenceRow.withdrawn_at.is_not(None))
        yield self._row(
            "files",
            self._count(EvidenceRow, *withdrawn, *selection.of_step(EvidenceRow.step_id)),
            Message("files of evidence that was withdrawn: their rows and digests are here"),
        )

    def _checklists_and_steps(self) -> Iterator[LeftOutRecord]:
        selection = self._selection
        if selection.decision is not None:
            of_decision = ChecklistRow.decision_id == selection.decision
            inside = self._count(ChecklistRow, of_decision, *selection.of_checklist(ChecklistRow.id))
            yield self._row(
                "checklists",
                self._count(ChecklistRow, of_decision) - inside,
                Message("checklists of the decision that the filters leave out"),
            )
        inside = self._count(StepRow, *selection.of_step(StepRow.id))
        yield self._row(
            "steps",
            self._count(StepRow, *selection.of_checklist(StepRow.checklist_id)) - inside,
            Message("steps of the checklists in this package that the filters leave out"),
        )
        mine = select(StepRow.id).where(*selection.of_step(StepRow.id))
        needed = select(NeedRow.needs_id).where(*selection.of_step(NeedRow.step_id), NeedRow.needs_id.not_in(mine))
        yield self._row(
            "steps",
            self._connection.scalar(select(func.count()).select_from(needed.distinct().subquery())) or 0,
            Message("steps that steps of this package need, in other checklists or left out by the filters"),
        )

    def _what_happened(self) -> Iterator[LeftOutRecord]:
        """Of the steps in the package, but by or for others, or outside the period."""
        for what, table, mine in _happened(self._selection):
            of_steps = (table.step_id.is_not(None), *self._selection.of_step(table.step_id))
            outside = self._count(table, *of_steps) - self._count(table, *of_steps, *mine)
            yield self._row(what, outside, _WHAT_HAPPENED[what])

    def _count(self, table: Any, *conditions: Any) -> int:
        query = select(func.count()).select_from(table).where(*conditions)
        return self._connection.scalar(query) or 0

    def _row(self, what: str, number: int, why: Message) -> LeftOutRecord:
        return {"what": what, "number": number, "why": self._bilingual.say(why), "basis": ""}


_WHAT_HAPPENED = {
    "events": Message("events of the steps in this package, by others or outside the period"),
    "notices": Message("notices about the steps in this package, to others or outside the period"),
    "evidence": Message("evidence of the steps in this package, from outside the period"),
    "verifications": Message("verifications of the steps in this package, from outside the period"),
    "acknowledgements": Message("acknowledgements of the steps in this package, from outside the period"),
}


def _happened(selection: Selection) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """(file, table, what is in the package of the steps' rows)."""
    proof, yes, answer = EvidenceRow, VerificationRow, AcknowledgementRow
    yield "events", EventRow, selection.acts()
    yield "notices", NotificationRow, selection.told()
    yield "evidence", proof, selection.within(proof.added_at, proof.withdrawn_at)
    yield "verifications", yes, selection.within(yes.given_at, yes.void_at)
    yield "acknowledgements", answer, selection.within(answer.given_at)
