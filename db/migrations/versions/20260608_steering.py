"""steering: saved views, go or no go"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260608_steering'
down_revision = '20260607_machines'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
