"""accounts of another sign-in, invitations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260609_identities'
down_revision = '20260608_steering'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
