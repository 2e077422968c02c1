"""programs: tokens, subscriptions to events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260607_machines'
down_revision = '20260606_pages'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
