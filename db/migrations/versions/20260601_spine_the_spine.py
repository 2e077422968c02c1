"""the spine"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260601_spine'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar',
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_calendar'))
    )
    op.create_table('deadline',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('anchor_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('calendar_version', sa.String(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('explanation_vi', sa.Text(), nullable=False),
    sa.Column('explanation_en', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline'))
    )
    op.create_table('decision',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('plan_hash', sa.String(), nullable=False),
    sa.Column('calendar_version', sa.String(), nullable=False),
    sa.Column('drafted_by', sa.String(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('registered_by', sa.String(), nullable=True),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_checklist', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('chunk_units', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('number', name=op.f('uq_decision_number'))
    )
    op.create_table('event',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_decision_id_type'), ['decision_id', 'type'], unique=False)

    op.create_table('number_block',
    sa.Column('series', sa.String(), nullable=False),
    sa.Column('next', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('series', name=op.f('pk_number_block'))
    )
    op.create_table('template',
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_template')),
    sa.UniqueConstraint('slug', 'version', name=op.f('uq_template_slug_version'))
    )
    op.create_table('unit',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('generation', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('parent', sa.String(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('search_key', sa.String(), nullable=False),
    sa.Column('sort_key', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_unit'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_generation_level_sort_key'), ['generation', 'level', 'sort_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_parent'), ['parent'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_search_key'), ['search_key'], unique=False)

    op.create_table('assignment',
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['unit'], ['unit.key'], name=op.f('fk_assignment_unit')),
    sa.PrimaryKeyConstraint('person', 'role', 'unit', 'since', name=op.f('pk_assignment'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_unit'), ['unit'], unique=False)

    op.create_table('checklist',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('template_hash', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('steps', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('left_out', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_checklist_decision_id')),
    sa.ForeignKeyConstraint(['template_hash'], ['template.hash'], name=op.f('fk_checklist_template_hash')),
    sa.ForeignKeyConstraint(['unit'], ['unit.key'], name=op.f('fk_checklist_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist')),
    sa.UniqueConstraint('decision_id', 'unit', 'template_hash', name=op.f('uq_checklist_decision_id_unit_template_hash'))
    )
    with op.batch_alter_table('checklist', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checklist_unit'), ['unit'], unique=False)

    op.create_table('opening',
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chunk', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('units', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('checklists', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('steps', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_opening_decision_id')),
    sa.PrimaryKeyConstraint('decision_id', 'chunk', name=op.f('pk_opening'))
    )
    op.create_table('outbox',
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('consumer', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempt', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('available_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run_id', sa.String(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_outbox_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'consumer', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_state_available_at'), ['state', 'available_at'], unique=False)

    op.create_table('succession',
    sa.Column('predecessor', sa.String(), nullable=False),
    sa.Column('successor', sa.String(), nullable=False),
    sa.Column('relation', sa.String(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('decision_number', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['predecessor'], ['unit.key'], name=op.f('fk_succession_predecessor')),
    sa.ForeignKeyConstraint(['successor'], ['unit.key'], name=op.f('fk_succession_successor')),
    sa.PrimaryKeyConstraint('predecessor', 'successor', name=op.f('pk_succession'))
    )
    with op.batch_alter_table('succession', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_succession_decision_number'), ['decision_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_succession_successor'), ['successor'], unique=False)

    op.create_table('unit_change',
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('old_value', sa.String(), nullable=False),
    sa.Column('new_value', sa.String(), nullable=False),
    sa.Column('decision_number', sa.String(), nullable=False),
    sa.Column('issuing_body', sa.String(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['unit'], ['unit.key'], name=op.f('fk_unit_change_unit')),
    sa.PrimaryKeyConstraint('unit', 'field', 'effective_on', name=op.f('pk_unit_change'))
    )
    op.create_table('step',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('checklist_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('counterpart', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('deadline_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('open_needs', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('overdue_at_birth', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['checklist_id'], ['checklist.id'], name=op.f('fk_step_checklist_id')),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_step_deadline_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_step'))
    )
    with op.batch_alter_table('step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_due_on_state_version'), ['due_on', 'state', 'version'], unique=False)
        batch_op.create_index('uq_step_checklist_id_key_counterpart', ['checklist_id', 'key', 'counterpart'], unique=True)

    op.create_table('need',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('needs_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_need_step_id')),
    sa.PrimaryKeyConstraint('step_id', 'needs_id', name=op.f('pk_need')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('need', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_needs_id'), ['needs_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('need', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_need_needs_id'))

    op.drop_table('need')
    with op.batch_alter_table('step', schema=None) as batch_op:
        batch_op.drop_index('uq_step_checklist_id_key_counterpart')
        batch_op.drop_index(batch_op.f('ix_step_due_on_state_version'))

    op.drop_table('step')
    op.drop_table('unit_change')
    with op.batch_alter_table('succession', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_succession_successor'))
        batch_op.drop_index(batch_op.f('ix_succession_decision_number'))

    op.drop_table('succession')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_state_available_at'))

    op.drop_table('outbox')
    op.drop_table('opening')
    with op.batch_alter_table('checklist', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checklist_unit'))

    op.drop_table('checklist')
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assignment_unit'))

    op.drop_table('assignment')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_search_key'))
        batch_op.drop_index(batch_op.f('ix_unit_parent'))
        batch_op.drop_index(batch_op.f('ix_unit_generation_level_sort_key'))

    op.drop_table('unit')
    op.drop_table('template')
    op.drop_table('number_block')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_decision_id_type'))

    op.drop_table('event')
    op.drop_table('decision')
    op.drop_table('deadline')
    op.drop_table('calendar')
