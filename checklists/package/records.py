"""The rows of a package's files: docs/package-format.md says where each stands.

Days and instants are text already (`day`, `instant` in `checklists.package.texts`), step numbers are text, names of
people stand in `people.jsonl` only. Vietnamese and English stand side by side where a person reads it. Decisions and
what was in force for them are in `checklists.package.decision_records`.
"""

from __future__ import annotations

from typing import Any, TypedDict


class Words(TypedDict):
    """A text in both languages."""

    vi: str
    en: str


class UnitRecord(TypedDict):
    """`units.jsonl`, by key."""

    key: str
    name: str
    kind: str
    level: str
    parent: str | None
    valid_from: str | None
    valid_to: str | None


class PersonRecord(TypedDict):
    """`people.jsonl`, by account. `name` is the account again for whoever never had an account (`--as` names)."""

    account: str
    name: str


class StepLeftOut(TypedDict):
    """A step of the template that does not apply to the unit, and why."""

    key: str
    why: Words


class ChecklistRecord(TypedDict):
    """`checklists.jsonl`, by id."""

    id: str
    decision: str
    unit: str
    role: str
    template: str
    template_hash: str
    opened_at: str
    steps: int
    left_out: list[StepLeftOut]


class DeadlineRecord(TypedDict):
    """How a due date came about."""

    rule: dict[str, Any]
    anchor_on: str | None
    calendar_version: str
    provisional: bool
    explanation: Words


class StepRecord(TypedDict):
    """`steps.jsonl`, by id.

    `unit` is the one whose checklist it stands in, `holder` the one that owes it today. `finished_on` is the day of the
    completing act (or of its verification where one is wanted), local; null for open and for cancelled steps.
    `late_working_days` counts working days between due and finished, by the step's calendar version: 0 in time, at
    least 1 after the due date, null while it is open; `overdue_working_days` the same up to the package's day, for open
    steps that are overdue. Both are null where there is no due date, or the calendar does not know the year.
    `evidence_wanted` is empty where the template asks for none.
    """

    id: str
    checklist: str
    decision: str
    unit: str
    holder: str
    key: str
    counterpart: str
    occurrence: int
    title: Words
    basis: list[str]
    category: str
    state: str
    claim: str | None
    reason: str
    due_on: str | None
    due_on_first: str | None
    deadline: DeadlineRecord
    overdue_at_birth: bool
    finished_at: str | None
    finished_on: str | None
    late_working_days: int | None
    overdue_working_days: int | None
    doers: list[str]
    needs: list[str]
    evidence_wanted: list[Words]
    wants_verification: bool


class EvidenceRecord(TypedDict):
    """`evidence.jsonl`, by step and id. `path` is below `data/`; null for notes and links, and for files that are
    withdrawn or absent (then `missing.jsonl` says so)."""

    id: str
    step: str
    kind: str
    sha256: str
    name: str
    size: int
    media_type: str
    text: str
    dated_on: str
    added_by: str
    on_behalf_of: str | None
    added_at: str
    withdrawn_by: str | None
    withdrawn_at: str | None
    path: str | None


class VerificationRecord(TypedDict):
    """`verifications.jsonl`, by step and instant."""

    id: str
    step: str
    claim: str
    evidence_hash: str
    given_by: str
    on_behalf_of: str | None
    given_at: str
    void_at: str | None
    void_because: str


class ConfirmationRecord(TypedDict):
    """One side's yes to the minutes with this hash."""

    side: str
    by: str
    on_behalf_of: str | None
    at: str
    hash: str


class MinutesRecord(TypedDict):
    """`minutes.jsonl`, by decision and number; `confirmations` by instant, also those of an earlier wording."""

    id: str
    number: str
    decision: str
    giver: str
    taker: str
    state: str
    hash: str
    drafted_by: str
    drafted_at: str
    confirmations: list[ConfirmationRecord]
    paths: list[str]


class AttemptRecord(TypedDict):
    """One try to send."""

    attempt: int
    began_at: str
    ended_at: str | None
    outcome: str
    words: str


class DeliveryRecord(TypedDict):
    """One message by one channel; the address is masked."""

    id: str
    channel: str
    address: str
    state: str
    created_at: str
    ended_at: str | None
    replaces: str | None
    attempts: list[AttemptRecord]


class NoticeRecord(TypedDict):
    """`notices.jsonl`, by id: a notification with every delivery it travelled in, oldest first."""

    id: str
    kind: str
    step: str | None
    level: str
    due_on: str | None
    recipient: str
    in_place_of: str | None
    urgent: bool
    state: str
    created_at: str
    ended_at: str | None
    deliveries: list[DeliveryRecord]


class AcknowledgementRecord(TypedDict):
    """`acknowledgements.jsonl`, by step and instant."""

    id: str
    step: str
    given_by: str
    on_behalf_of: str | None
    expected_on: str
    words: str
    given_at: str


class EventRecord(TypedDict):
    """`events.jsonl`, by index in the audit log."""

    document: dict[str, Any]
    disclosures: dict[str, list[Any]]


class ProofRecord(TypedDict):
    """`proofs.jsonl`, line for line with `events.jsonl`."""

    index: int
    path: list[str]


class MissingRecord(TypedDict):
    """`missing.jsonl`, by kind, unit, step.

    kind: `step_open` (not overdue), `step_overdue` (open as well), `evidence_wanted` (promised by the template, nothing
    attached to a step that says it is done), `file_absent`, `file_damaged`, `unit_without_events` (nobody did anything
    for it), `notice_undelivered`, `minutes_unconfirmed`, `event_not_in_log`. `unit` is the one whose checklist it is.
    """

    kind: str
    unit: str | None
    step: str | None
    words: Words


class LeftOutRecord(TypedDict):
    """Something a reader might expect and does not find: `what` names fields, files or rows."""

    what: str
    number: int
    why: Words
    basis: str


class SupersedesRecord(TypedDict):
    """The package of the same scope before this one; `changes` counts rows added, changed and gone in each file."""

    package: str
    tagmanifest_sha256: str
    as_of: str
    changes: dict[str, dict[str, int]]


class ScopeRecord(TypedDict):
    """`scope.json`. `filters` are the scope's own words (`Scope.filters`); `rows` counts the lines of each file."""

    format: str
    package: str
    filters: dict[str, Any]
    filters_text: Words
    as_of: str
    checkpoint: dict[str, Any]
    exported_by: str
    purpose: str
    language: str
    product: str
    rows: dict[str, int]
    files: int
    left_out: list[LeftOutRecord]
    supersedes: SupersedesRecord | None
