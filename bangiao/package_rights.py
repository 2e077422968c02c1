"""Who may take a package away: those with a role for it (`checklists.access`) over every unit that it tells of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, select

from bangiao.package_errors import MayNotExport
from checklists.access import ROLES, Action
from checklists.messages import Message
from checklists.package.scope import Scope
from checklists.people import EVERYWHERE, PersonRole, role_words
from db.history_names import decision_numbered
from db.models import ChecklistRow
from db.reach import roles_over, units_in_reach
from db.work_models import StepHolderRow

EXPORTERS = ROLES[Action.EXPORT]


def must_be_theirs(connection: Connection, account: str, scope: Scope, filters: str, today: date) -> None:
    """Raises MayNotExport unless this person's roles reach everything in the scope."""
    if not _theirs(connection, account, scope, today):
        roles: tuple[Message, ...] = tuple(role_words(one) for one in PersonRole if one in EXPORTERS)
        raise MayNotExport(person=account, filters=filters, roles=roles)


def _theirs(connection: Connection, account: str, scope: Scope, today: date) -> bool:
    place = scope.unit or scope.province or EVERYWHERE
    if roles_over(connection, account, place, today) & EXPORTERS:
        return True
    if scope.decision is None or place != EVERYWHERE:
        return False
    return _reaches_all_of(connection, account, scope.decision, today, EXPORTERS)


def _reaches_all_of(
    connection: Connection, account: str, number: str, today: date, roles: Collection[PersonRole]
) -> bool:
    """Whether no unit of the decision, and none that holds its steps today, lies outside."""
    decision = decision_numbered(connection, number)
    reached = units_in_reach(account, today, roles)
    owners = select(ChecklistRow.unit).where(ChecklistRow.decision_id == decision)
    if connection.execute(owners.limit(1)).first() is None:
        return False
    holders = select(StepHolderRow.unit).where(StepHolderRow.decision_id == decision)
    outside = (
        owners.where(ChecklistRow.unit.not_in(reached)).limit(1),
        holders.where(StepHolderRow.unit.not_in(reached)).limit(1),
    )
    return all(connection.execute(query).first() is None for query in outside)
