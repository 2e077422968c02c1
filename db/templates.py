"""Published template versions: immutable, named by their content hash; the newest of each template is planned with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from checklists.errors import BadInput
from checklists.templates import ChecklistTemplate
from db.models import TemplateRow, table_of


class VersionTaken(BadInput):
    """Version {version} of template {slug} is published with other content ({hash}), and a published version never
    changes. Give the new content a new version."""


def publish_template(connection: Connection, template: ChecklistTemplate, now: datetime, by: str) -> bool:
    """Store this version; False if it is there already. Raises VersionTaken."""
    same = (TemplateRow.slug == template.template, TemplateRow.version == template.version)
    held = connection.scalar(select(TemplateRow.hash).where(*same))
    if held == template.content_hash:
        return False
    if held is not None:
        raise VersionTaken(version=template.version, slug=template.template, hash=held[:12])
    connection.execute(
        insert(TemplateRow).values(
            hash=template.content_hash,
            slug=template.template,
            version=template.version,
            content=template.model_dump_json(),
            published_at=now,
            published_by=by,
        )
    )
    return True


def current_hashes(connection: Connection) -> dict[str, str]:
    """Template → hash of its newest published version."""
    newest: dict[str, str] = {}
    for row in connection.execute(select(table_of(TemplateRow)).order_by(TemplateRow.published_at, TemplateRow.hash)):
        newest[row.slug] = row.hash
    return newest


def template_contents(connection: Connection) -> dict[str, str]:
    """Hash → JSON of every published version."""
    return {row.hash: row.content for row in connection.execute(select(TemplateRow.hash, TemplateRow.content))}
