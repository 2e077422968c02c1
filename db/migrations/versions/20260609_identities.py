"""accounts of another sign-in, invitations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260609_identities'
down_revision = '20260608_steering'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('identity',
    sa.Column('issuer', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('called', sa.String(), nullable=False),
    sa.Column('linked_by', sa.String(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_identity_account')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_identity'))
    )
    op.create_index(op.f('ix_identity_issuer_account'), 'identity', ['issuer', 'account'], unique=True)
    op.create_table('invitation',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_invitation_account')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_invitation'))
    )
    op.create_index(op.f('ix_invitation_account'), 'invitation', ['account'])


def downgrade() -> None:
    op.drop_table('invitation')
    op.drop_table('identity')
