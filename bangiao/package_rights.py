"""Who may take a package away: those with a role for it (`checklists.access`) over every unit that it tells of."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from bangiao.package_errors import MayNotExport
from checklists.access import ROLES, Action
from checklists.messages import Message
from checklists.package.scope import Scope
from checklists.people import PersonRole, role_words
from db.package_reach import roles_over_scope

EXPORTERS = ROLES[Action.EXPORT]


def must_be_theirs(connection: Connection, account: str, scope: Scope, filters: str, today: date) -> None:
    """Raises MayNotExport unless this person's roles reach everything in the scope."""
    if not roles_over_scope(connection, account, scope, today, EXPORTERS) & EXPORTERS:
        roles: tuple[Message, ...] = tuple(role_words(one) for one in PersonRole if one in EXPORTERS)
        raise MayNotExport(person=account, filters=filters, roles=roles)
