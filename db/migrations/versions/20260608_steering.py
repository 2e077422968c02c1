"""steering: saved views, go or no go"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260608_steering'
down_revision = '20260607_machines'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('go_no_go',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('province', sa.String(), nullable=False),
    sa.Column('decided_for', sa.Date(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('facts_hash', sa.String(), nullable=False),
    sa.Column('opened_by', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('counted', sa.Text(), nullable=True),
    sa.Column('closed_by', sa.String(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_go_no_go_decision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_go_no_go'))
    )
    op.create_index(op.f('ix_go_no_go_decision_id_province'), 'go_no_go', ['decision_id', 'province'])
    op.create_table('go_no_go_vote',
    sa.Column('question_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('given_by', sa.String(), nullable=False),
    sa.Column('choice', sa.String(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['go_no_go.id'], name=op.f('fk_go_no_go_vote_question_id')),
    sa.PrimaryKeyConstraint('question_id', 'number', name=op.f('pk_go_no_go_vote'))
    )
    op.create_table('saved_view',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['owner'], ['person.account'], name=op.f('fk_saved_view_owner')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('owner', 'name', name=op.f('uq_saved_view_owner_name'))
    )


def downgrade() -> None:
    op.drop_table('saved_view')
    op.drop_table('go_no_go_vote')
    op.drop_index(op.f('ix_go_no_go_decision_id_province'), table_name='go_no_go')
    op.drop_table('go_no_go')
