"""Published versions and the checklists that are open with them. SELECT only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from checklists.ports import DRAFTED, REGISTERED
from db.models import ChecklistRow, DecisionRow, TemplateRow


class PublishedVersion(NamedTuple):
    """`current`: what is planned with today; `checklists`: open ones in decisions that are in force."""

    hash: str
    version: str
    published_at: datetime
    published_by: str
    current: bool
    checklists: int
    decisions: int


class RunningDecision(NamedTuple):
    """A decision that has open checklists of a template, by version."""

    number: str
    version: str
    hash: str
    checklists: int


def published_versions(connection: Connection, template: str) -> list[PublishedVersion]:
    """The newest first."""
    used: dict[str, tuple[int, int]] = {}
    for one in running_decisions(connection, template):
        checklists, decisions = used.get(one.hash, (0, 0))
        used[one.hash] = checklists + one.checklists, decisions + 1
    columns = (TemplateRow.hash, TemplateRow.version, TemplateRow.published_at, TemplateRow.published_by)
    query = select(*columns).where(TemplateRow.slug == template)
    rows = connection.execute(query.order_by(TemplateRow.published_at.desc(), TemplateRow.hash.desc())).all()
    return [PublishedVersion(*row, place == 0, *used.get(row.hash, (0, 0))) for place, row in enumerate(rows)]


def running_decisions(connection: Connection, template: str) -> list[RunningDecision]:
    """By number and version."""
    query = (
        select(DecisionRow.number, TemplateRow.version, TemplateRow.hash, func.count())
        .select_from(ChecklistRow)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .where(TemplateRow.slug == template, DecisionRow.state == REGISTERED)
        .group_by(DecisionRow.number, TemplateRow.version, TemplateRow.hash)
        .order_by(DecisionRow.number, TemplateRow.version)
    )
    return [RunningDecision(*row) for row in connection.execute(query)]


def drafts_waiting(connection: Connection) -> list[str]:
    """Numbers of decisions that are drafted and not registered: their plans would become others."""
    query = select(DecisionRow.number).where(DecisionRow.state == DRAFTED).order_by(DecisionRow.number)
    return list(connection.scalars(query))


def version_content(connection: Connection, template: str, version: str) -> str | None:
    """The JSON of a published version."""
    same = (TemplateRow.slug == template, TemplateRow.version == version)
    return connection.scalar(select(TemplateRow.content).where(*same))
