"""programs: tokens, subscriptions to events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260607_machines'
down_revision = '20260606_pages'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('carried_out', sa.Column('answer', sa.String(), nullable=True))
    op.create_table('api_token',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('secret_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('scopes', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_api_token_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token'))
    )
    op.create_index(op.f('ix_api_token_account_revoked_at'), 'api_token', ['account', 'revoked_at'])
    op.create_table('subscription',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('types', sa.Text(), nullable=False),
    sa.Column('decision', sa.String(), nullable=True),
    sa.Column('province', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('cursor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sent', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_words', sa.Text(), nullable=False),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_by', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_subscription'))
    )


def downgrade() -> None:
    op.drop_column('carried_out', 'answer')
    op.drop_table('subscription')
    op.drop_index(op.f('ix_api_token_account_revoked_at'), table_name='api_token')
    op.drop_table('api_token')
