"""the audit log: queue, entries, checkpoints, erasures, and triggers that keep them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260604_audit'
down_revision = '20260603_notices'
branch_labels = None
depends_on = None

KEPT = ('audit_entry', 'audit_subtree', 'checkpoint', 'checkpoint_stamp', 'erasure')
NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

QUEUE_POSTGRESQL = """
CREATE FUNCTION audit_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_waiting (event_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER event_queued AFTER INSERT ON event
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit_queue();
"""

QUEUE_SQLITE = """
CREATE TRIGGER event_queued AFTER INSERT ON event
BEGIN
  INSERT INTO audit_waiting (event_id) VALUES (NEW.id);
END
"""

REFUSE_POSTGRESQL = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""

# only a field for which an erasure is on record may be emptied, and nothing else may change with it
ERASING_POSTGRESQL = """
CREATE FUNCTION audit_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.type, NEW.occurred_at, NEW.decision_id, NEW.step_id)
     IS NOT DISTINCT FROM (OLD.id, OLD.type, OLD.occurred_at, OLD.decision_id, OLD.step_id)
  AND EXISTS (
    SELECT 1 FROM erasure WHERE erasure.event_id = OLD.id
    AND NEW.actor = CASE WHEN field = 'actor' THEN '' ELSE OLD.actor END
    AND NEW.subject = CASE WHEN field = 'subject' THEN '' ELSE OLD.subject END
    AND NEW.on_behalf_of IS NOT DISTINCT FROM CASE WHEN field = 'on_behalf_of' THEN NULL ELSE OLD.on_behalf_of END
    AND NEW.request IS NOT DISTINCT FROM CASE WHEN field = 'request' THEN NULL ELSE OLD.request END
    AND CASE WHEN field LIKE 'payload.%'
      THEN NEW.payload\\:\\:jsonb = jsonb_set(OLD.payload\\:\\:jsonb, ARRAY[substr(field, 9)], 'null', false)
      ELSE NEW.payload = OLD.payload END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'table event only grows: UPDATE refused' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_not_changed BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION audit_only_erased();
"""

ERASING_SQLITE = """
CREATE TRIGGER event_not_changed BEFORE UPDATE ON event
WHEN NOT (NEW.id IS OLD.id AND NEW.type IS OLD.type AND NEW.occurred_at IS OLD.occurred_at
  AND NEW.decision_id IS OLD.decision_id AND NEW.step_id IS OLD.step_id
  AND EXISTS (
    SELECT 1 FROM erasure WHERE erasure.event_id = OLD.id
    AND NEW.actor IS CASE WHEN field = 'actor' THEN '' ELSE OLD.actor END
    AND NEW.subject IS CASE WHEN field = 'subject' THEN '' ELSE OLD.subject END
    AND NEW.on_behalf_of IS CASE WHEN field = 'on_behalf_of' THEN NULL ELSE OLD.on_behalf_of END
    AND NEW.request IS CASE WHEN field = 'request' THEN NULL ELSE OLD.request END
    AND CASE WHEN field LIKE 'payload.%'
      THEN json(NEW.payload) = json_replace(json(OLD.payload), '$."' || substr(field, 9) || '"', NULL)
      ELSE NEW.payload IS OLD.payload END))
BEGIN
  SELECT RAISE(ABORT, 'table event only grows: UPDATE refused');
END
"""


def upgrade() -> None:
    op.create_table('audit_waiting',
    sa.Column('position', NUMBER, autoincrement=True, nullable=False),
    sa.Column('event_id', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('position', name=op.f('pk_audit_waiting'))
    )
    op.create_table('audit_entry',
    sa.Column('audit_index', NUMBER, autoincrement=False, nullable=False),
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=False),
    sa.Column('leaf_hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('audit_index', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('event_id', name=op.f('uq_audit_entry_event_id'))
    )
    op.create_table('audit_subtree',
    sa.Column('level', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('position', NUMBER, autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('level', 'position', name=op.f('pk_audit_subtree'))
    )
    op.create_table('checkpoint',
    sa.Column('size', NUMBER, autoincrement=False, nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('size', name=op.f('pk_checkpoint'))
    )
    op.create_table('checkpoint_stamp',
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('stamped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('authority', sa.String(), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['size'], ['checkpoint.size'], name=op.f('fk_checkpoint_stamp_size')),
    sa.PrimaryKeyConstraint('size', 'stamped_at', name=op.f('pk_checkpoint_stamp'))
    )
    op.create_table('erasure',
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('commitment', sa.LargeBinary(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('erased_by', sa.String(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_erasure_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'field', name=op.f('pk_erasure'))
    )
    op.execute('INSERT INTO audit_waiting (event_id) SELECT id FROM event ORDER BY occurred_at, id')
    if op.get_bind().dialect.name == 'postgresql':
        guard_postgresql()
    else:
        guard_sqlite()


def guard_postgresql() -> None:
    for statement in (QUEUE_POSTGRESQL, REFUSE_POSTGRESQL, ERASING_POSTGRESQL):
        op.execute(statement)
    for table in ('event', *KEPT):
        gone = 'DELETE' if table == 'event' else 'UPDATE OR DELETE'
        op.execute(
            f'CREATE TRIGGER {table}_kept BEFORE {gone} ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()'
        )
        op.execute(
            f'CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} '
            'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()'
        )


def guard_sqlite() -> None:
    op.execute(QUEUE_SQLITE)
    op.execute(ERASING_SQLITE)
    for table in ('event', *KEPT):
        for order in ('DELETE',) if table == 'event' else ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER {table}_kept_{order.lower()} BEFORE {order} ON {table} '
                f"BEGIN SELECT RAISE(ABORT, 'table {table} only grows: {order} refused'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER event_queued ON event')
        op.execute('DROP TRIGGER event_not_changed ON event')
        op.execute('DROP TRIGGER event_kept ON event')
        op.execute('DROP TRIGGER event_not_emptied ON event')
    else:
        for name in ('event_queued', 'event_not_changed', 'event_kept_delete'):
            op.execute(f'DROP TRIGGER {name}')
    for table in ('erasure', 'checkpoint_stamp', 'checkpoint', 'audit_subtree', 'audit_entry', 'audit_waiting'):
        op.drop_table(table)
    if op.get_bind().dialect.name == 'postgresql':
        for function in ('audit_queue', 'audit_refuse', 'audit_only_erased'):
            op.execute(f'DROP FUNCTION {function}()')
