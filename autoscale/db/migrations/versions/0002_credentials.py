"""Credentials, one for each user of a project.

It only adds a table: what ran before goes on running beside it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_WHEN = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade() -> None:
    options: dict[str, Any] = {}
    for database in ('mysql', 'mariadb'):
        options[f'{database}_engine'] = 'InnoDB'
        options[f'{database}_charset'] = 'utf8mb4'
        options[f'{database}_collate'] = 'utf8mb4_bin'
    op.create_table(
        'credentials',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('user_id', sa.String(64), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('kind', sa.String(32), nullable=False),
        sa.Column('sealed', sa.Text(), nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('reason', sa.Text()),
        sa.Column('broken_at', _WHEN),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('try_at', _WHEN),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        sa.PrimaryKeyConstraint('id', name='pk_credentials'),
        sa.UniqueConstraint(
            'user_id',
            'project_id',
            name='uq_credentials_user_id_project_id',
        ),
        **options,
    )
