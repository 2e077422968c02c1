"""Steps as documents: in a list, in full, their evidence and history."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from checklists.steps import Act, Claim, StepState
from web.api.common import Account, Instant, UnitName, Words

StepId = int


class StepShown(BaseModel):
    """A step in a list."""

    id: StepId = Field(examples=[1_000_001])
    reference: str = Field(
        description="As people name it: its checklist's unit and its key.", examples=["old:00634/DAT-03"]
    )
    key: str = Field(examples=["DAT-03"])
    occurrence: int = Field(description="Which time it is of a duty that comes back, from 1.")
    title: Words
    stream: str = Field(description="The kind of work: the template it comes from.", examples=["data-backup"])
    decision: str = Field(examples=["1656/NQ-UBTVQH15"])
    unit: UnitName = Field(description="The unit that owes it today.")
    checklist_unit: str = Field(description="The key of the unit in whose checklist it stands.")
    counterpart: str = Field(description="The key of the unit across the table; empty without one.")
    state: StepState
    due_on: date | None
    overdue: bool = Field(description="Its due date is past and it is open.")
    open_needs: int = Field(description="How many steps it waits for.")
    version: int = Field(description="Grows by one with every change.")


class NearShown(BaseModel):
    """A step that this one waits for, or that waits for it."""

    id: StepId
    key: str
    unit: UnitName
    state: StepState
    due_on: date | None


class EvidenceShown(BaseModel):
    """What proves a step. A withdrawn piece stays on record."""

    kind: str = Field(description="file, note or link.", examples=["file"])
    digest: str = Field(description="SHA-256 of the file, or of kind and text.")
    name: str = Field(description="Of a file.", examples=["bien-ban.pdf"])
    size: int = Field(description="In bytes.")
    media_type: str = Field(examples=["application/pdf"])
    text: str = Field(description="Of a note or a link.")
    dated_on: date
    added_by: Account
    on_behalf_of: str | None
    added_at: Instant
    withdrawn_by: str | None
    withdrawn_at: str | None


class VerificationShown(BaseModel):
    """A second person's yes to exactly this evidence."""

    claim: Claim
    evidence_hash: str
    given_by: Account
    on_behalf_of: str | None
    given_at: Instant
    void_at: str | None = Field(description="null: it stands.")
    void_because: str


class LevelShown(BaseModel):
    """A level of the ladder that has spoken of a due date."""

    level: str
    audience: str = Field(examples=["unit_lead"])
    due_on: date
    at: Instant
    recipients: int


class WordShown(BaseModel):
    """Somebody has it in hand."""

    by: Account
    on_behalf_of: str | None
    expected_on: date
    words: str
    given_at: Instant


class StepInFull(StepShown):
    """A step with what stands around it."""

    due_because: Words = Field(description="Why it is due when it is.")
    basis: str = Field(description="The article of law.")
    verified: bool = Field(description="Whether a second person has to say yes.")
    claim: Claim | None = Field(description="What a submitted step says of itself.")
    reason: str = Field(description="Why it is blocked, returned, not applicable or cancelled.")
    unblocker: str
    expected_on: date | None
    evidence_hash: str | None = Field(description="What verify takes as seen; null without evidence.")
    acts: list[Act] = Field(description="What the state allows; whether the token's person may is another question.")
    waits_for: list[NearShown]
    needed_by: list[NearShown]
    evidence: list[EvidenceShown]
    verifications: list[VerificationShown]
    escalations: list[LevelShown]
    acknowledgements: list[WordShown]


class HistoryEntry(BaseModel):
    """Something that happened, as a sentence in the language asked for."""

    id: str
    type: str = Field(examples=["step.completed"])
    at: Instant
    actor: Account
    on_behalf_of: str | None
    sentence: str
    reason: str = Field(description="Empty where none was given.")
    changes: list[str]
    order: str | None = Field(description="The order it came from; events of one order share it.")
