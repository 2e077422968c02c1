"""evidence packages, and what the next of a scope is compared with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '20260605_packages'
down_revision = '20260604_audit'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('package',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('scope_hash', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('exported_by', sa.String(), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('anew', sa.Boolean(), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checkpoint_size', NUMBER, nullable=True),
    sa.Column('facts', sa.Text(), nullable=True),
    sa.Column('facts_digest', sa.String(), nullable=True),
    sa.Column('document', sa.Text(), nullable=True),
    sa.Column('tagmanifest_sha256', sa.String(), nullable=True),
    sa.Column('supersedes', sa.String(), nullable=True),
    sa.Column('repeats', sa.String(), nullable=True),
    sa.Column('redaction_of', sa.String(), nullable=True),
    sa.Column('bytes', NUMBER, nullable=True),
    sa.Column('files', NUMBER, nullable=True),
    sa.Column('exported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('done', NUMBER, nullable=False),
    sa.Column('total', NUMBER, nullable=False),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['redaction_of'], ['package.id'], name=op.f('fk_package_redaction_of')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_package'))
    )
    with op.batch_alter_table('package', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_package_scope_hash_state'), ['scope_hash', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_package_tagmanifest_sha256'), ['tagmanifest_sha256'], unique=False)

    op.create_table('package_digest',
    sa.Column('package_id', sa.String(), nullable=False),
    sa.Column('file', sa.String(), nullable=False),
    sa.Column('digests', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], name=op.f('fk_package_digest_package_id')),
    sa.PrimaryKeyConstraint('package_id', 'file', name=op.f('pk_package_digest'))
    )


def downgrade() -> None:
    op.drop_table('package_digest')
    op.drop_table('package')
