"""Changing an opened decision: what the command line and the pages call.

file, template version or calendar → proposal → `checklists.change_handlers` at a desk of `db.revisions` → one
transaction. A preview reads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from bangiao.calendar_in_force import calendar_on
from bangiao.collection import collection_held_back
from bangiao.decision_files import read_decision_file
from bangiao.documents import Limits
from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.change_desk import ChangeKind, HeldChange, Proposal
from checklists.change_handlers import (
    ChangeOutcome,
    commit_change,
    draft_change,
    preview_change,
    withdraw_change,
)
from checklists.change_working_out import Refusal
from checklists.errors import BadInput
from checklists.handlers import UnknownDecision
from db.revision_calendar import CalendarMove, calendar_moves
from db.revisions import SqlChanges
from db.session import begin_read
from db.templates import current_hashes


class UnknownTemplateVersion(BadInput):
    """There is no published template '{name}'. The templates are: {known}."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that somebody asks for: which decision, what, and where its mistakes would stand."""

    number: str
    proposal: Proposal
    refused: Refusal | None = None


def amendment(wiring: Wiring, file: Path) -> Wanted:
    """The decision's amended text, from a file that gives the whole of it under the same number. Raises Refused."""
    written = read_decision_file(file, Limits.of(wiring.settings))
    return Wanted(written.decision.number, Proposal(ChangeKind.AMEND, written.decision), written.refusal)


def revocation(number: str) -> Wanted:
    return Wanted(number, Proposal(ChangeKind.REVOKE))


def template_change(
    wiring: Wiring, number: str, slug: str, units: tuple[str, ...] | None = None, only: str = ""
) -> Wanted:
    """The newest published version of the template, for all units of the decision or for some. `only`: green, or green
    and yellow. Raises UnknownTemplateVersion."""
    with begin_read(wiring.engine) as connection:
        current = current_hashes(connection)
    if slug not in current:
        raise UnknownTemplateVersion(name=slug, known=", ".join(sorted(current)))
    return Wanted(number, Proposal(ChangeKind.TEMPLATE, slug=slug, template=current[slug], units=units, only=only))


def calendar_change(wiring: Wiring, number: str) -> Wanted:
    """The working calendar that is in force."""
    with begin_read(wiring.engine) as connection:
        return Wanted(number, Proposal(ChangeKind.CALENDAR, calendar=calendar_on(connection).version))


def preview(wiring: Wiring, wanted: Wanted) -> ChangeOutcome:
    """What the change would do now; nothing is written."""
    with collection_held_back(), begin_read(wiring.engine) as connection:
        desk = desk_on(wiring, connection)
        return preview_change(wanted.number, wanted.proposal, desk, wiring.today(), refused=wanted.refused)


def draft(wiring: Wiring, wanted: Wanted, *, reason: str, by: str) -> ChangeOutcome:
    with _working(wiring) as desk:
        return draft_change(
            wanted.number, wanted.proposal, desk, wiring.today(), reason=reason, by=by, refused=wanted.refused
        )


def commit_drafted(wiring: Wiring, number: str, change_hash: str, *, by: str) -> ChangeOutcome:
    with _working(wiring) as desk:
        outcome = commit_change(number, change_hash, desk, wiring.today(), by=by, four_eyes=wiring.settings.four_eyes)
    if outcome.changed and outcome.change:
        wiring.registered_plans.pop(outcome.change.decision_id, None)
    return outcome


def withdraw(wiring: Wiring, number: str, *, reason: str, by: str) -> ChangeOutcome:
    with _working(wiring) as desk:
        return withdraw_change(number, desk, reason=reason, by=by)


def changes_of(wiring: Wiring, number: str) -> list[HeldChange]:
    """Every change of the decision, drafted, committed or withdrawn. Raises UnknownDecision."""
    with begin_read(wiring.engine) as connection:
        desk = desk_on(wiring, connection)
        opened = desk.decision(number)
        if opened is None:
            raise UnknownDecision(number=number)
        return desk.changes(opened.held.id)


@contextmanager
def _working(wiring: Wiring) -> Iterator[SqlChanges]:
    with collection_held_back(), wiring.unit_of_work() as uow:
        yield desk_on(wiring, uow.connection)


def desk_on(wiring: Wiring, connection: Connection) -> SqlChanges:
    """The opened decisions as this transaction sees them."""
    return SqlChanges(connection, wiring.now(), wiring.planning_with, both_languages(), calendar_on(connection))


def moves_by_calendar(wiring: Wiring) -> list[CalendarMove]:
    """Which open due dates the working calendar in force would move, over all decisions; nothing is written."""
    with begin_read(wiring.engine) as connection:
        return calendar_moves(connection, calendar_on(connection))
