"""Alembic's entry: runs on the connection that `db.upgrade` hands over, inside one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from db import (
    audit_models,
    calendar_models,
    change_models,
    identity_models,
    machine_models,
    notice_models,
    package_models,
    sign_in_models,
    steering_models,
    work_models,
)
from db.models import Instant, Row

DECLARED = (
    audit_models,
    calendar_models,
    change_models,
    identity_models,
    machine_models,
    notice_models,
    package_models,
    sign_in_models,
    steering_models,
    work_models,
)
"""Imported so that their tables stand in the metadata."""


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations stand alone: our column type is written as the plain one beneath it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Row.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
