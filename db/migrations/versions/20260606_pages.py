"""signing in: passwords, sessions, one-time links, failed tries, orders with a key"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260606_pages'
down_revision = '20260605_packages'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f('ix_event_occurred_at_id'), 'event', ['occurred_at', 'id'])
    op.create_table('carried_out',
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('order_hash', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('account', 'key', name=op.f('pk_carried_out'))
    )
    op.create_index(op.f('ix_carried_out_at'), 'carried_out', ['at'])
    op.create_table('failed_try',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('whom', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failed_try'))
    )
    op.create_index(op.f('ix_failed_try_whom_at'), 'failed_try', ['whom', 'at'])
    op.create_table('credential',
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('totp', sa.String(), nullable=False),
    sa.Column('totp_step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_credential_account')),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_credential'))
    )
    op.create_table('login_link',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_login_link_account')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_login_link'))
    )
    op.create_table('session',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_session_account')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_session'))
    )
    op.create_index(op.f('ix_session_account_revoked_at'), 'session', ['account', 'revoked_at'])


    op.create_table('known_device',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_known_device_account')),
    sa.PrimaryKeyConstraint('token_hash', 'account', name=op.f('pk_known_device'))
    )
    op.create_table('code_awaited',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('password_right', sa.Boolean(), nullable=False),
    sa.Column('try_id', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_code_awaited_account')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_code_awaited'))
    )
    op.create_table('recovery_code',
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_recovery_code_account')),
    sa.PrimaryKeyConstraint('account', 'code_hash', name=op.f('pk_recovery_code'))
    )


def downgrade() -> None:
    op.drop_table('recovery_code')
    op.drop_table('code_awaited')
    op.drop_table('known_device')
    op.drop_index(op.f('ix_session_account_revoked_at'), table_name='session')
    op.drop_table('session')
    op.drop_table('login_link')
    op.drop_table('credential')
    op.drop_index(op.f('ix_failed_try_whom_at'), table_name='failed_try')
    op.drop_table('failed_try')
    op.drop_index(op.f('ix_carried_out_at'), table_name='carried_out')
    op.drop_table('carried_out')
    op.drop_index(op.f('ix_event_occurred_at_id'), table_name='event')
