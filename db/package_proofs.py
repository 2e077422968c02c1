"""What proves the steps of a package: evidence, verifications, acknowledgements, minutes; and the files they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from checklists.package.file_names import content_path
from checklists.package.records import (
    AcknowledgementRecord,
    ConfirmationRecord,
    EvidenceRecord,
    MinutesRecord,
    VerificationRecord,
)
from checklists.package.texts import day, instant, instant_or_none
from db.bulk import in_parts
from db.change_models import MinutesConfirmationRow, MinutesRow
from db.models import DecisionRow, table_of
from db.notice_models import AcknowledgementRow
from db.package_conditions import minutes_conditions
from db.package_rows import Named, bytewise, parts, stream
from db.package_scope import Selection
from db.work_models import EvidenceRow, VerificationRow

_FILE = "file"
_PROOF, _YES, _MINUTES = table_of(EvidenceRow), table_of(MinutesConfirmationRow), table_of(MinutesRow)
_VERIFIED, _ANSWER = table_of(VerificationRow), table_of(AcknowledgementRow)


@dataclass(frozen=True, slots=True)
class Content:
    """A file to copy into the package: `path` is below `data/`, `digest` its SHA-256; `step` the first step that
    it proves. Minutes that are no evidence have neither step nor size on record."""

    path: str
    digest: str
    size: int | None
    step: int | None


@dataclass(frozen=True)
class ProofsRead:
    """The proofs of a selection. Rows name no path for `broken` files: digests that the store has not as it should."""

    connection: Connection
    selection: Selection
    named: Named

    def evidence(self, broken: Collection[str]) -> Iterator[EvidenceRecord]:
        """By step and id."""
        query = (
            select(_PROOF).where(*self._proving()).order_by(_PROOF.c.step_id, bytewise(self.connection, _PROOF.c.id))
        )
        for row in stream(self.connection, query):
            self.named.people(row.added_by, row.on_behalf_of, row.withdrawn_by)
            yield {
                "id": row.id,
                "step": str(row.step_id),
                "kind": row.kind,
                "sha256": row.digest,
                "name": row.name,
                "size": row.size,
                "media_type": row.media_type,
                "text": row.text,
                "dated_on": day(row.dated_on),
                "added_by": row.added_by,
                "on_behalf_of": row.on_behalf_of,
                "added_at": instant(row.added_at),
                "withdrawn_by": row.withdrawn_by,
                "withdrawn_at": instant_or_none(row.withdrawn_at),
                "path": _path(row, broken),
            }

    def _proving(self) -> tuple[Any, ...]:
        return (
            *self.selection.of_step(_PROOF.c.step_id),
            *self.selection.within(_PROOF.c.added_at, _PROOF.c.withdrawn_at),
        )

    def verifications(self) -> Iterator[VerificationRecord]:
        """By step, instant and id."""
        query = (
            select(_VERIFIED)
            .where(*self.selection.of_step(_VERIFIED.c.step_id))
            .where(*self.selection.within(_VERIFIED.c.given_at, _VERIFIED.c.void_at))
            .order_by(_VERIFIED.c.step_id, _VERIFIED.c.given_at, bytewise(self.connection, _VERIFIED.c.id))
        )
        for row in stream(self.connection, query):
            self.named.people(row.given_by, row.on_behalf_of)
            yield {
                "id": row.id,
                "step": str(row.step_id),
                "claim": row.claim,
                "evidence_hash": row.evidence_hash,
                "given_by": row.given_by,
                "on_behalf_of": row.on_behalf_of,
                "given_at": instant(row.given_at),
                "void_at": instant_or_none(row.void_at),
                "void_because": row.void_because,
            }

    def acknowledgements(self) -> Iterator[AcknowledgementRecord]:
        """By step, instant and id."""
        query = (
            select(_ANSWER)
            .where(*self.selection.of_step(_ANSWER.c.step_id), *self.selection.within(_ANSWER.c.given_at))
            .order_by(_ANSWER.c.step_id, _ANSWER.c.given_at, bytewise(self.connection, _ANSWER.c.id))
        )
        for row in stream(self.connection, query):
            self.named.people(row.given_by, row.on_behalf_of)
            yield {
                "id": row.id,
                "step": str(row.step_id),
                "given_by": row.given_by,
                "on_behalf_of": row.on_behalf_of,
                "expected_on": day(row.expected_on),
                "words": row.words,
                "given_at": instant(row.given_at),
            }

    def minutes(self, broken: Collection[str]) -> Iterator[MinutesRecord]:
        """By decision and number."""
        query = (
            select(
                MinutesRow.id,
                MinutesRow.number,
                MinutesRow.giving,
                MinutesRow.receiving,
                MinutesRow.state,
                MinutesRow.content_hash,
                MinutesRow.drafted_by,
                MinutesRow.drafted_at,
                MinutesRow.pdf,
                MinutesRow.docx,
                DecisionRow.number.label("decision"),
            )
            .join(DecisionRow, DecisionRow.id == MinutesRow.decision_id)
            .where(*minutes_conditions(self.selection))
            .order_by(
                *(bytewise(self.connection, one) for one in (DecisionRow.number, MinutesRow.number)), MinutesRow.id
            )
        )
        for part in parts(self.connection, query):
            confirmations = self._confirmations([row.id for row in part])
            for row in part:
                self.named.people(row.drafted_by)
                self.named.places(row.giving, row.receiving)
                yield {
                    "id": str(row.id),
                    "number": row.number,
                    "decision": row.decision,
                    "giver": row.giving,
                    "taker": row.receiving,
                    "state": row.state,
                    "hash": row.content_hash,
                    "drafted_by": row.drafted_by,
                    "drafted_at": instant(row.drafted_at),
                    "confirmations": confirmations[row.id],
                    "paths": [path for digest, path in documents(row) if digest not in broken],
                }

    def _confirmations(self, minutes: list[int]) -> dict[int, list[ConfirmationRecord]]:
        found: dict[int, list[ConfirmationRecord]] = defaultdict(list)
        for some in in_parts(minutes):
            query = select(_YES).where(_YES.c.minutes_id.in_(some))
            for row in self.connection.execute(query.order_by(_YES.c.minutes_id, _YES.c.given_at, _YES.c.side)):
                self.named.people(row.given_by, row.on_behalf_of)
                found[row.minutes_id].append(
                    {
                        "side": row.side,
                        "by": row.given_by,
                        "on_behalf_of": row.on_behalf_of,
                        "at": instant(row.given_at),
                        "hash": row.content_hash,
                    }
                )
        return found

    def contents(self) -> Iterator[Content]:
        """Each file once: evidence that stands, by digest; then the documents of minutes that are no evidence too."""
        left = dict(self._documents())
        for digest, media_type, size, step in stream(self.connection, self._files()):
            left.pop(digest, None)
            yield Content(content_path(digest, media_type), digest, size, step)
        for digest, path in sorted(left.items()):
            yield Content(path, digest, None, None)

    def _files(self) -> Any:
        stands = (_PROOF.c.kind == _FILE, _PROOF.c.withdrawn_at.is_(None), *self._proving())
        columns = (func.min(one) for one in (_PROOF.c.media_type, _PROOF.c.size, _PROOF.c.step_id))
        query = select(_PROOF.c.digest, *columns).where(*stands).group_by(_PROOF.c.digest)
        return query.order_by(bytewise(self.connection, _PROOF.c.digest))

    def _documents(self) -> Iterator[tuple[str, str]]:
        final = or_(MinutesRow.pdf.is_not(None), MinutesRow.docx.is_not(None))
        query = select(MinutesRow.pdf, MinutesRow.docx).where(final, *minutes_conditions(self.selection))
        for row in stream(self.connection, query):
            yield from documents(row)


def _path(row: Any, broken: Collection[str]) -> str | None:
    stands = row.kind == _FILE and row.withdrawn_at is None and row.digest not in broken
    return content_path(row.digest, row.media_type) if stands else None


def documents(minutes: Any) -> Iterator[tuple[str, str]]:
    """(digest, path) of the final documents, if there are any."""
    for digest, extension in ((minutes.pdf, "pdf"), (minutes.docx, "docx")):
        if digest is not None:
            yield digest, f"files/{digest}.{extension}"
