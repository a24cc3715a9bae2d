"""The first schema.

It is spelt out, so that it stays what it was when `tables.py` has moved on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

_WHEN = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON_OR_NULL = sa.JSON(none_as_null=True)


def upgrade() -> None:
    _profiles()
    _policies()
    _clusters()
    _work()
    _nodes()
    _bindings()
    _actions()
    _hooks()
    _webhooks()
    _transitions()
    _events()
    _engines()
    _idempotency()


def _table(
    name: str,
    *columns: sa.Column[Any],
    key: list[str],
    unique: list[list[str]] | None = None,
    indexes: list[list[str]] | None = None,
) -> None:
    constraints = [
        sa.UniqueConstraint(*each, name=f'uq_{name}_{"_".join(each)}')
        for each in unique or []
    ]
    options: dict[str, Any] = {}
    for database in ('mysql', 'mariadb'):
        options[f'{database}_engine'] = 'InnoDB'
        options[f'{database}_charset'] = 'utf8mb4'
        options[f'{database}_collate'] = 'utf8mb4_bin'
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f'pk_{name}'),
        *constraints,
        **options,
    )
    for each in indexes or []:
        op.create_index(f'ix_{name}_{"_".join(each)}', name, each)


def _profiles() -> None:
    _table(
        'profiles',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('type', sa.String(64), nullable=False),
        sa.Column('spec', sa.JSON(), nullable=False),
        sa.Column('metadata', sa.JSON(), nullable=False),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        key=['id'],
        indexes=[
            ['project_id', 'created_at', 'id'],
            ['project_id', 'name'],
        ],
    )


def _policies() -> None:
    _table(
        'policies',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('type', sa.String(64), nullable=False),
        sa.Column('spec', sa.JSON(), nullable=False),
        sa.Column('metadata', sa.JSON(), nullable=False),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        key=['id'],
        indexes=[
            ['project_id', 'created_at', 'id'],
            ['project_id', 'name'],
        ],
    )


def _clusters() -> None:
    _table(
        'clusters',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('profile_id', sa.String(36), nullable=False),
        sa.Column('min_size', sa.Integer(), nullable=False),
        sa.Column('max_size', sa.Integer(), nullable=False),
        sa.Column('desired_capacity', sa.Integer(), nullable=False),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('status_reason', sa.Text()),
        sa.Column('metadata', sa.JSON(), nullable=False),
        sa.Column('next_index', sa.Integer(), nullable=False),
        sa.Column('is_deleting', sa.Boolean(), nullable=False),
        sa.Column('is_forced', sa.Boolean(), nullable=False),
        sa.Column('blocked_reason', sa.Text()),
        sa.Column('exhausted_since', _WHEN),
        sa.Column('exhausted_reason', sa.Text()),
        sa.Column('capacity_failures', sa.Integer(), nullable=False),
        sa.Column('retry_at', _WHEN),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        key=['id'],
        indexes=[
            ['profile_id'],
            ['project_id', 'created_at', 'id'],
            ['project_id', 'name'],
        ],
    )


def _work() -> None:
    _table(
        'work',
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('look_at', _WHEN),
        sa.Column('version', sa.BigInteger(), nullable=False),
        sa.Column('lease_owner', sa.String(100)),
        sa.Column('lease_until', _WHEN),
        sa.Column('failures', sa.Integer(), nullable=False),
        key=['cluster_id'],
        indexes=[
            ['look_at'],
        ],
    )


def _nodes() -> None:
    _table(
        'nodes',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('index', sa.Integer(), nullable=False),
        sa.Column('profile_id', sa.String(36), nullable=False),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('status_reason', sa.Text()),
        sa.Column('server_id', sa.String(36)),
        sa.Column('launch_id', sa.String(36)),
        sa.Column('launch_attempts', sa.Integer(), nullable=False),
        sa.Column('zone', sa.String(255)),
        sa.Column('metadata', sa.JSON(), nullable=False),
        sa.Column('protected_until', _WHEN),
        sa.Column('fault', _JSON_OR_NULL),
        sa.Column('action_id', sa.String(36)),
        sa.Column('hook_id', sa.String(36)),
        sa.Column('keep_server', sa.Boolean(), nullable=False),
        sa.Column('is_forced', sa.Boolean(), nullable=False),
        sa.Column('delete_at', _WHEN),
        sa.Column('look_at', _WHEN),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        sa.Column('active_at', _WHEN),
        sa.Column('left_at', _WHEN),
        key=['id'],
        unique=[['cluster_id', 'index']],
        indexes=[
            ['cluster_id', 'action_id', 'status'],
            ['cluster_id', 'status', 'created_at'],
            ['project_id', 'created_at', 'id'],
            ['server_id'],
            ['status', 'left_at'],
        ],
    )


def _bindings() -> None:
    _table(
        'bindings',
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('policy_id', sa.String(36), nullable=False),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('observe_only', sa.Boolean(), nullable=False),
        sa.Column('priority', sa.Integer(), nullable=False),
        sa.Column('cooldown_until', _WHEN),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        key=['cluster_id', 'policy_id'],
        indexes=[
            ['policy_id'],
        ],
    )


def _actions() -> None:
    _table(
        'actions',
        sa.Column('sequence', _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('cluster_name', sa.String(255), nullable=False),
        sa.Column('kind', sa.String(32), nullable=False),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('status_reason', sa.Text()),
        sa.Column('inputs', sa.JSON(), nullable=False),
        sa.Column('cause', sa.JSON(), nullable=False),
        sa.Column('decision', _JSON_OR_NULL),
        sa.Column('request_id', sa.String(64)),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('started_at', _WHEN),
        sa.Column('ended_at', _WHEN),
        key=['sequence'],
        unique=[['id']],
        indexes=[
            ['cluster_id', 'status', 'sequence'],
            ['project_id', 'sequence'],
            ['status', 'ended_at'],
        ],
    )


def _hooks() -> None:
    _table(
        'hooks',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('node_id', sa.String(36), nullable=False),
        sa.Column('action_id', sa.String(36)),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('token', sa.String(64)),
        sa.Column('token_hash', sa.String(64), nullable=False),
        sa.Column('type', sa.String(64), nullable=False),
        sa.Column('params', sa.JSON(), nullable=False),
        sa.Column('body', sa.JSON(), nullable=False),
        sa.Column('timeout', sa.Integer(), nullable=False),
        sa.Column('grace_period', sa.Integer(), nullable=False),
        sa.Column('heartbeat_limit', sa.Integer(), nullable=False),
        sa.Column('on_timeout', sa.String(16), nullable=False),
        sa.Column('deadline', _WHEN, nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('last_error', sa.Text()),
        sa.Column('next_attempt_at', _WHEN),
        sa.Column('sent_at', _WHEN),
        sa.Column('heartbeat_at', _WHEN),
        sa.Column('ended_at', _WHEN),
        sa.Column('answer', sa.String(16)),
        sa.Column('reason', sa.Text()),
        sa.Column('created_at', _WHEN, nullable=False),
        key=['id'],
        indexes=[
            ['cluster_id', 'next_attempt_at'],
            ['cluster_id', 'status', 'deadline'],
            ['node_id'],
            ['project_id', 'created_at', 'id'],
            ['status', 'ended_at'],
            ['token_hash'],
        ],
    )


def _webhooks() -> None:
    _table(
        'webhooks',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('cluster_id', sa.String(36), nullable=False),
        sa.Column('action', sa.String(32), nullable=False),
        sa.Column('params', sa.JSON(), nullable=False),
        sa.Column('states', sa.JSON(), nullable=False),
        sa.Column('token_hash', sa.String(64), nullable=False),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('expires_at', _WHEN),
        sa.Column('allowed_cidrs', sa.JSON(), nullable=False),
        sa.Column('triggered', sa.Integer(), nullable=False),
        sa.Column('ignored', sa.Integer(), nullable=False),
        sa.Column('last_triggered_at', _WHEN),
        sa.Column('created_at', _WHEN, nullable=False),
        sa.Column('updated_at', _WHEN),
        key=['id'],
        indexes=[
            ['cluster_id'],
            ['project_id', 'created_at', 'id'],
            ['project_id', 'name'],
        ],
    )


def _transitions() -> None:
    _table(
        'transitions',
        sa.Column('webhook_id', sa.String(36), nullable=False),
        sa.Column('identity', sa.String(64), nullable=False),
        sa.Column('transition', sa.String(64), nullable=False),
        sa.Column('seen_at', _WHEN, nullable=False),
        sa.Column('repeats', sa.Integer(), nullable=False),
        key=['webhook_id', 'identity'],
        indexes=[
            ['seen_at'],
        ],
    )


def _events() -> None:
    _table(
        'events',
        sa.Column('sequence', _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('cluster_id', sa.String(36)),
        sa.Column('node_id', sa.String(36)),
        sa.Column('action_id', sa.String(36)),
        sa.Column('level', sa.String(16), nullable=False),
        sa.Column('type', sa.String(64), nullable=False),
        sa.Column('message', sa.Text(), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.Column('created_at', _WHEN, nullable=False),
        key=['sequence'],
        unique=[['id']],
        indexes=[
            ['cluster_id', 'sequence'],
            ['created_at'],
            ['project_id', 'sequence'],
        ],
    )


def _engines() -> None:
    _table(
        'engines',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('host', sa.String(255), nullable=False),
        sa.Column('pid', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(64), nullable=False),
        sa.Column('started_at', _WHEN, nullable=False),
        sa.Column('seen_at', _WHEN, nullable=False),
        sa.Column('stopped_at', _WHEN),
        key=['id'],
    )


def _idempotency() -> None:
    _table(
        'idempotency',
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('key', sa.String(255), nullable=False),
        sa.Column('request_hash', sa.String(64), nullable=False),
        sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('headers', sa.JSON(), nullable=False),
        sa.Column('body', sa.JSON(), nullable=False),
        sa.Column('created_at', _WHEN, nullable=False),
        key=['project_id', 'key'],
        indexes=[
            ['created_at'],
        ],
    )
