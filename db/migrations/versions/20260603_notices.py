"""reviews, escalations, notices and their delivery"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260603_notices'
down_revision = '20260602_work'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alarm',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_alarm'))
    )
    op.create_table('channel',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('recorded_by', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel'))
    )
    op.create_table('delivery',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempt', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tries', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('replaces', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_recipient_created_at'), ['recipient', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_state_created_at'), ['state', 'created_at'], unique=False)
        batch_op.create_index(
            batch_op.f('ix_delivery_channel_state_next_try_at'), ['channel', 'state', 'next_try_at'], unique=False
        )
        batch_op.create_index(batch_op.f('ix_delivery_replaces'), ['replaces'], unique=False)

    op.create_table('heartbeat',
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('part', name=op.f('pk_heartbeat'))
    )
    op.create_table('ladder',
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_ladder'))
    )
    op.create_table('notification',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('in_place_of', sa.String(), nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('send_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivery_id', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification'))
    )
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notification_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notification_recipient_state'), ['recipient', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_notification_state_send_at'), ['state', 'send_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notification_step_id_state'), ['step_id', 'state'], unique=False)

    op.create_table('decision_ladder',
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('template', sa.String(), nullable=False),
    sa.Column('ladder_hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_decision_ladder_decision_id')),
    sa.ForeignKeyConstraint(['ladder_hash'], ['ladder.hash'], name=op.f('fk_decision_ladder_ladder_hash')),
    sa.PrimaryKeyConstraint('decision_id', 'template', name=op.f('pk_decision_ladder'))
    )
    op.create_table('delivery_attempt',
    sa.Column('delivery_id', sa.String(), nullable=False),
    sa.Column('attempt', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_delivery_attempt_delivery_id')),
    sa.PrimaryKeyConstraint('delivery_id', 'attempt', name=op.f('pk_delivery_attempt'))
    )
    op.create_table('preference',
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('channels', sa.Text(), nullable=False),
    sa.Column('windows', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['person.account'], name=op.f('fk_preference_account')),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_preference'))
    )
    op.create_table('acknowledgement',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('given_by', sa.String(), nullable=False),
    sa.Column('on_behalf_of', sa.String(), nullable=True),
    sa.Column('expected_on', sa.Date(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_acknowledgement_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acknowledgement'))
    )
    with op.batch_alter_table('acknowledgement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_acknowledgement_step_id_given_at'), ['step_id', 'given_at'], unique=False)

    op.create_table('escalation',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('repeat', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('audience', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('recipients', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_escalation_step_id')),
    sa.PrimaryKeyConstraint('step_id', 'due_on', 'level', 'repeat', 'audience', name=op.f('pk_escalation'))
    )
    with op.batch_alter_table('escalation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_escalation_planned_at'), ['planned_at'], unique=False)

    op.create_table('review',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_review_step_id')),
    sa.PrimaryKeyConstraint('step_id', name=op.f('pk_review'))
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_next_at'), ['next_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_next_at'))

    op.drop_table('review')
    with op.batch_alter_table('escalation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_escalation_planned_at'))

    op.drop_table('escalation')
    with op.batch_alter_table('acknowledgement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_acknowledgement_step_id_given_at'))

    op.drop_table('acknowledgement')
    op.drop_table('preference')
    op.drop_table('delivery_attempt')
    op.drop_table('decision_ladder')
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notification_step_id_state'))
        batch_op.drop_index(batch_op.f('ix_notification_state_send_at'))
        batch_op.drop_index(batch_op.f('ix_notification_recipient_state'))
        batch_op.drop_index(batch_op.f('ix_notification_delivery_id'))

    op.drop_table('notification')
    op.drop_table('ladder')
    op.drop_table('heartbeat')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivery_replaces'))
        batch_op.drop_index(batch_op.f('ix_delivery_channel_state_next_try_at'))
        batch_op.drop_index(batch_op.f('ix_delivery_state_created_at'))
        batch_op.drop_index(batch_op.f('ix_delivery_recipient_created_at'))

    op.drop_table('delivery')
    op.drop_table('channel')
    op.drop_table('alarm')
