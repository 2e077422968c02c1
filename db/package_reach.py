"""Who reaches everything that a package tells of: the place that its scope names, or all units of its decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, select

from checklists.package.scope import Scope
from checklists.people import EVERYWHERE, PersonRole
from db.history_names import decision_numbered
from db.models import ChecklistRow
from db.reach import roles_over, units_in_reach
from db.work_models import StepHolderRow


def roles_over_scope(
    connection: Connection, account: str, scope: Scope, day: date, wanted: Collection[PersonRole]
) -> frozenset[PersonRole]:
    """What somebody is over the whole scope. Of a decision without a place: those of the `wanted` roles with which they
    reach every unit of it, taken together."""
    place = scope.unit or scope.province or EVERYWHERE
    roles = roles_over(connection, account, place, day)
    if roles.intersection(wanted) or scope.decision is None or place != EVERYWHERE:
        return roles
    if not _reaches_all_of(connection, account, scope.decision, day, wanted):
        return roles
    return roles | frozenset(wanted)


def _reaches_all_of(
    connection: Connection, account: str, number: str, day: date, wanted: Collection[PersonRole]
) -> bool:
    """Whether no unit of the decision, and none that holds its steps today, lies outside."""
    decision = decision_numbered(connection, number)
    reached = units_in_reach(account, day, wanted)
    owners = select(ChecklistRow.unit).where(ChecklistRow.decision_id == decision)
    if connection.execute(owners.limit(1)).first() is None:
        return False
    holders = select(StepHolderRow.unit).where(StepHolderRow.decision_id == decision)
    outside = (
        owners.where(ChecklistRow.unit.not_in(reached)).limit(1),
        holders.where(StepHolderRow.unit.not_in(reached)).limit(1),
    )
    return all(connection.execute(query).first() is None for query in outside)
