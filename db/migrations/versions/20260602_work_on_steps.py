"""people, work on steps, changes of decisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260602_work'
down_revision = '20260601_spine'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person',
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_person'))
    )
    op.create_table('minutes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('giving', sa.String(), nullable=False),
    sa.Column('receiving', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('drafted_by', sa.String(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pdf', sa.String(), nullable=True),
    sa.Column('docx', sa.String(), nullable=True),
    sa.Column('final_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_minutes_decision_id')),
    sa.ForeignKeyConstraint(['giving'], ['unit.key'], name=op.f('fk_minutes_giving')),
    sa.ForeignKeyConstraint(['receiving'], ['unit.key'], name=op.f('fk_minutes_receiving')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_minutes')),
    sa.UniqueConstraint('decision_id', 'number', name=op.f('uq_minutes_decision_id_number'))
    )
    with op.batch_alter_table('minutes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_minutes_giving_receiving'), ['giving', 'receiving'], unique=False)

    op.create_table('plan_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposal', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('difference', sa.Text(), nullable=False),
    sa.Column('difference_hash', sa.String(), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('drafted_by', sa.String(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('committed_by', sa.String(), nullable=True),
    sa.Column('committed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_plan_change_decision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_change'))
    )
    with op.batch_alter_table('plan_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_change_decision_id_state'), ['decision_id', 'state'], unique=False)

    op.create_table('substitution',
    sa.Column('absent', sa.String(), nullable=False),
    sa.Column('substitute', sa.String(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['absent'], ['person.account'], name=op.f('fk_substitution_absent')),
    sa.ForeignKeyConstraint(['substitute'], ['person.account'], name=op.f('fk_substitution_substitute')),
    sa.PrimaryKeyConstraint('absent', 'substitute', 'since', name=op.f('pk_substitution'))
    )
    op.create_table('minutes_confirmation',
    sa.Column('minutes_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('given_by', sa.String(), nullable=False),
    sa.Column('on_behalf_of', sa.String(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['minutes_id'], ['minutes.id'], name=op.f('fk_minutes_confirmation_minutes_id')),
    sa.PrimaryKeyConstraint('minutes_id', 'side', 'content_hash', name=op.f('pk_minutes_confirmation'))
    )
    op.create_table('reschedule',
    sa.Column('change_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_key', sa.String(), nullable=False),
    sa.Column('old_deadline_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('new_deadline_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['change_id'], ['plan_change.id'], name=op.f('fk_reschedule_change_id')),
    sa.ForeignKeyConstraint(['new_deadline_id'], ['deadline.id'], name=op.f('fk_reschedule_new_deadline_id')),
    sa.ForeignKeyConstraint(['old_deadline_id'], ['deadline.id'], name=op.f('fk_reschedule_old_deadline_id')),
    sa.PrimaryKeyConstraint('change_id', 'step_key', 'old_deadline_id', name=op.f('pk_reschedule'))
    )
    with op.batch_alter_table('reschedule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reschedule_new_deadline_id'), ['new_deadline_id'], unique=False)

    op.create_table('evidence',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('added_by', sa.String(), nullable=False),
    sa.Column('on_behalf_of', sa.String(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_by', sa.String(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_evidence_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_digest'), ['digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_step_id_digest'), ['step_id', 'digest'], unique=False)

    op.create_table('step_holder',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('decision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ground', sa.String(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_step_holder_decision_id')),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_step_holder_step_id')),
    sa.ForeignKeyConstraint(['unit'], ['unit.key'], name=op.f('fk_step_holder_unit')),
    sa.PrimaryKeyConstraint('step_id', name=op.f('pk_step_holder'))
    )
    with op.batch_alter_table('step_holder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_holder_unit'), ['unit'], unique=False)

    op.create_table('step_work',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('claim', sa.String(), nullable=True),
    sa.Column('doers', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('unblocker', sa.String(), nullable=False),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('clock_runs', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_step_work_step_id')),
    sa.PrimaryKeyConstraint('step_id', name=op.f('pk_step_work'))
    )
    op.create_table('verification',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('claim', sa.String(), nullable=False),
    sa.Column('evidence_hash', sa.String(), nullable=False),
    sa.Column('given_by', sa.String(), nullable=False),
    sa.Column('on_behalf_of', sa.String(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('void_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('void_because', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_verification_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )
    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_verification_step_id_given_at'), ['step_id', 'given_at'], unique=False)

    # plain ALTER TABLE, not a batch: SQLite would copy the table, and a country has 450,000 steps
    op.add_column('event', sa.Column('on_behalf_of', sa.String(), nullable=True))
    op.add_column('event', sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('event', sa.Column('request', sa.String(), nullable=True))
    op.create_index('ix_event_step_id', 'event', ['step_id'])
    op.create_index('ix_event_subject_occurred_at', 'event', ['subject', 'occurred_at'])
    op.add_column('step', sa.Column('occurrence', sa.SmallInteger(), server_default='1', nullable=False))
    op.drop_index('uq_step_checklist_id_key_counterpart', 'step')
    op.create_index(
        'uq_step_checklist_id_key_counterpart_occurrence', 'step',
        ['checklist_id', 'key', 'counterpart', 'occurrence'], unique=True,
    )
    # a role may be held in the whole country, which is no unit of the register
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_constraint('fk_assignment_unit', type_='foreignkey')
    # whoever holds a role already becomes a person on record
    op.execute(
        "INSERT INTO person (account, name, email, phone, language, added_at) "
        "SELECT person, person, '', '', 'vi', CURRENT_TIMESTAMP FROM assignment GROUP BY person"
    )


def downgrade() -> None:
    op.execute("DELETE FROM assignment WHERE unit = '*'")
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_foreign_key('fk_assignment_unit', 'unit', ['unit'], ['key'])
    op.drop_index('uq_step_checklist_id_key_counterpart_occurrence', 'step')
    op.create_index(
        'uq_step_checklist_id_key_counterpart', 'step', ['checklist_id', 'key', 'counterpart'], unique=True
    )
    op.drop_column('step', 'occurrence')
    op.drop_index('ix_event_subject_occurred_at', 'event')
    op.drop_index('ix_event_step_id', 'event')
    op.drop_column('event', 'request')
    op.drop_column('event', 'step_id')
    op.drop_column('event', 'on_behalf_of')

    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_verification_step_id_given_at'))

    op.drop_table('verification')
    op.drop_table('step_work')
    with op.batch_alter_table('step_holder', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_holder_unit'))

    op.drop_table('step_holder')
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evidence_step_id_digest'))
        batch_op.drop_index(batch_op.f('ix_evidence_digest'))

    op.drop_table('evidence')
    with op.batch_alter_table('reschedule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reschedule_new_deadline_id'))

    op.drop_table('reschedule')
    op.drop_table('minutes_confirmation')
    op.drop_table('substitution')
    with op.batch_alter_table('plan_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_change_decision_id_state'))

    op.drop_table('plan_change')
    with op.batch_alter_table('minutes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_minutes_giving_receiving'))

    op.drop_table('minutes')
    op.drop_table('person')
