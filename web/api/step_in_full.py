"""Steps on record → documents: a row of a list, and one step with all that stands around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from bangiao.step_references import reference
from bangiao.step_sheet import StepSheet, read_sheet
from bangiao.wiring import Wiring
from checklists.steps import OPEN, StepState
from db.paged_steps import Asked, PagedStep, steps_after
from db.session import begin_read
from db.step_queries import EvidenceLine, VerificationLine
from db.step_surroundings import NearStep, levels_spoken, needed_by_steps, steps_needing, words_given
from web.api.common import UnitName, Words
from web.api.instants import instant, instant_or_none
from web.api.step_shapes import (
    EvidenceShown,
    LevelShown,
    NearShown,
    StepInFull,
    StepShown,
    VerificationShown,
    WordShown,
)


def in_full(wiring: Wiring, step: int) -> StepInFull:
    """Raises UnknownStep."""
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        sheet = read_sheet(connection, wiring, step)
        (row,) = steps_after(connection, Asked(None), (today, today), step - 1, 1)
        listed = shown(connection, wiring, row).model_dump()
        return StepInFull(**listed, **_work(sheet), **_around(connection, sheet))


def shown(connection: Connection, wiring: Wiring, one: PagedStep) -> StepShown:
    """As lists have it."""
    state = StepState(one.state)
    return StepShown(
        id=one.id,
        reference=reference(one.checklist_unit, one.key, one.counterpart, one.occurrence),
        key=one.key,
        occurrence=one.occurrence,
        title=title_of(connection, wiring, one.template_hash, one.key),
        stream=one.stream,
        decision=one.decision,
        unit=UnitName(key=one.unit, name=one.unit_name),
        checklist_unit=one.checklist_unit,
        counterpart=one.counterpart,
        state=state,
        due_on=one.due_on,
        overdue=bool(one.due_on and one.due_on < wiring.today() and state in OPEN),
        open_needs=one.open_needs,
        version=one.version,
    )


def title_of(connection: Connection, wiring: Wiring, template_hash: str, key: str) -> Words:
    """From the version of the template that the checklist has; its key where none knows it."""
    template = wiring.shelf.steps(connection, template_hash).get(key)
    return Words(vi=template.title.vi, en=template.title.en) if template else Words(vi=key, en=key)


def _work(sheet: StepSheet) -> dict[str, Any]:
    step, template = sheet.held.step, sheet.held.template
    return {
        "due_because": Words(vi=sheet.due_because[0], en=sheet.due_because[1]),
        "basis": template.basis,
        "verified": template.verify,
        "claim": step.claim,
        "reason": step.reason,
        "unblocker": step.unblocker,
        "expected_on": step.expected_on,
        "evidence_hash": step.evidence_hash if step.evidence else None,
        "acts": sheet.allowed,
    }


def _around(connection: Connection, sheet: StepSheet) -> dict[str, Any]:
    step = sheet.held.step.id
    return {
        "waits_for": _near(needed_by_steps(connection, [step])),
        "needed_by": _near(steps_needing(connection, step)),
        "evidence": [evidence_shown(one) for one in sheet.evidence],
        "verifications": [_verification(one) for one in sheet.verifications],
        "escalations": [
            LevelShown(**one._asdict() | {"at": instant(one.at)}) for one in levels_spoken(connection, step)
        ],
        "acknowledgements": [
            WordShown(**one._asdict() | {"given_at": instant(one.given_at)}) for one in words_given(connection, step)
        ],
    }


def _near(steps: Iterable[NearStep]) -> list[NearShown]:
    return [
        NearShown(
            id=one.id,
            key=one.key,
            unit=UnitName(key=one.unit, name=one.unit_name),
            state=StepState(one.state),
            due_on=one.due_on,
        )
        for one in steps
    ]


def evidence_shown(one: EvidenceLine) -> EvidenceShown:
    """A piece of evidence on record."""
    said = one._asdict()
    said |= {"added_at": instant(one.added_at), "withdrawn_at": instant_or_none(one.withdrawn_at)}
    return EvidenceShown(**said)


def _verification(one: VerificationLine) -> VerificationShown:
    said = one._asdict()
    said |= {"given_at": instant(one.given_at), "void_at": instant_or_none(one.void_at)}
    return VerificationShown(**said)
