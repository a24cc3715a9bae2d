"""Every table, once. A column is spelt as its field in `model/` is.

`migrations/` builds the same; a test compares the two. Ids are UUIDs of 36
characters. JSON columns hold what we only ever read whole.
"""

from typing import Any

import sqlalchemy as sa

from autoscale.db import types

metadata = sa.MetaData(
    naming_convention={
        'ix': 'ix_%(table_name)s_%(column_0_N_name)s',
        'uq': 'uq_%(table_name)s_%(column_0_N_name)s',
        'fk': 'fk_%(table_name)s_%(column_0_name)s',
        'pk': 'pk_%(table_name)s',
    }
)

#: MariaDB and MySQL would compare names without regard to case, and keep no
#: characters beyond the first 65,536, depending on the server's defaults.
_ON_MYSQL: dict[str, Any] = {
    'mysql_engine': 'InnoDB',
    'mysql_charset': 'utf8mb4',
    'mysql_collate': 'utf8mb4_bin',
    'mariadb_engine': 'InnoDB',
    'mariadb_charset': 'utf8mb4',
    'mariadb_collate': 'utf8mb4_bin',
}


def _id(name: str = 'id', **kw: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(36), **kw)


def _when(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, types.UTCDateTime(), nullable=nullable)


def _sequence() -> sa.Column[Any]:
    """A number that grows: the order of arrival, on every database."""
    return sa.Column(
        'sequence',
        sa.BigInteger().with_variant(sa.Integer, 'sqlite'),
        primary_key=True,
        autoincrement=True,
    )


def _text(name: str, **kw: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), **kw)


def _owned(name_length: int = 255) -> list[sa.Column[Any]]:
    return [
        _id(primary_key=True),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(name_length), nullable=False),
    ]


def _dated() -> list[sa.Column[Any]]:
    return [_when('created_at', nullable=False), _when('updated_at')]


def _template(name: str) -> sa.Table:
    """A type with a spec and a name: a profile or a policy."""
    return sa.Table(
        name,
        metadata,
        *_owned(),
        sa.Column('type', sa.String(64), nullable=False),
        sa.Column('spec', sa.JSON(), nullable=False),
        sa.Column('metadata', sa.JSON(), nullable=False),
        *_dated(),
        sa.Index(None, 'project_id', 'name'),
        sa.Index(None, 'project_id', 'created_at', 'id'),
        **_ON_MYSQL,
    )


profiles = _template('profiles')
policies = _template('policies')

clusters = sa.Table(
    'clusters',
    metadata,
    *_owned(),
    _id('profile_id', nullable=False),
    sa.Column('min_size', sa.Integer(), nullable=False),
    sa.Column('max_size', sa.Integer(), nullable=False),
    sa.Column('desired_capacity', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(16), nullable=False),
    _text('status_reason'),
    sa.Column('metadata', sa.JSON(), nullable=False),
    sa.Column('next_index', sa.Integer(), nullable=False),
    sa.Column('is_deleting', sa.Boolean(), nullable=False),
    sa.Column('is_forced', sa.Boolean(), nullable=False),
    _text('blocked_reason'),
    _when('exhausted_since'),
    _text('exhausted_reason'),
    sa.Column('capacity_failures', sa.Integer(), nullable=False),
    _when('retry_at'),
    *_dated(),
    sa.Index(None, 'project_id', 'name'),
    sa.Index(None, 'project_id', 'created_at', 'id'),
    sa.Index(None, 'profile_id'),
    **_ON_MYSQL,
)

#: When each cluster is next looked at, and who has it in hand; apart from
#: the cluster's row so that scheduling never contends with it.
work = sa.Table(
    'work',
    metadata,
    _id('cluster_id', primary_key=True),
    sa.Column('project_id', sa.String(64), nullable=False),
    _when('look_at'),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('lease_owner', sa.String(100)),
    _when('lease_until'),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Index(None, 'look_at'),
    **_ON_MYSQL,
)

nodes = sa.Table(
    'nodes',
    metadata,
    _id(primary_key=True),
    _id('cluster_id', nullable=False),
    sa.Column('project_id', sa.String(64), nullable=False),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('index', sa.Integer(), nullable=False),
    _id('profile_id', nullable=False),
    sa.Column('status', sa.String(16), nullable=False),
    _text('status_reason'),
    _id('server_id'),
    _id('launch_id'),
    sa.Column('launch_attempts', sa.Integer(), nullable=False),
    sa.Column('zone', sa.String(255)),
    sa.Column('metadata', sa.JSON(), nullable=False),
    _when('protected_until'),
    sa.Column('fault', sa.JSON(none_as_null=True)),
    _id('action_id'),
    _id('hook_id'),
    sa.Column('keep_server', sa.Boolean(), nullable=False),
    sa.Column('is_forced', sa.Boolean(), nullable=False),
    _when('delete_at'),
    _when('look_at'),
    *_dated(),
    _when('active_at'),
    _when('left_at'),
    sa.UniqueConstraint('cluster_id', 'index'),
    sa.Index(None, 'cluster_id', 'status', 'created_at'),
    sa.Index(None, 'project_id', 'created_at', 'id'),
    sa.Index(None, 'cluster_id', 'action_id', 'status'),
    sa.Index(None, 'server_id'),
    sa.Index(None, 'status', 'left_at'),
    **_ON_MYSQL,
)

bindings = sa.Table(
    'bindings',
    metadata,
    _id('cluster_id', primary_key=True),
    _id('policy_id', primary_key=True),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('observe_only', sa.Boolean(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    _when('cooldown_until'),
    *_dated(),
    sa.Index(None, 'policy_id'),
    **_ON_MYSQL,
)

actions = sa.Table(
    'actions',
    metadata,
    _sequence(),
    _id(nullable=False, unique=True),
    sa.Column('project_id', sa.String(64), nullable=False),
    sa.Column('user_id', sa.String(64)),
    _id('cluster_id', nullable=False),
    sa.Column('cluster_name', sa.String(255), nullable=False),
    sa.Column('kind', sa.String(32), nullable=False),
    sa.Column('status', sa.String(16), nullable=False),
    _text('status_reason'),
    sa.Column('inputs', sa.JSON(), nullable=False),
    sa.Column('cause', sa.JSON(), nullable=False),
    sa.Column('decision', sa.JSON(none_as_null=True)),
    sa.Column('request_id', sa.String(64)),
    _when('created_at', nullable=False),
    _when('started_at'),
    _when('ended_at'),
    sa.Index(None, 'cluster_id', 'status', 'sequence'),
    sa.Index(None, 'project_id', 'sequence'),
    sa.Index(None, 'status', 'ended_at'),
    **_ON_MYSQL,
)

hooks = sa.Table(
    'hooks',
    metadata,
    _id(primary_key=True),
    sa.Column('project_id', sa.String(64), nullable=False),
    _id('cluster_id', nullable=False),
    _id('node_id', nullable=False),
    _id('action_id'),
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
    _when('deadline', nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    _text('last_error'),
    _when('next_attempt_at'),
    _when('sent_at'),
    _when('heartbeat_at'),
    _when('ended_at'),
    sa.Column('answer', sa.String(16)),
    _text('reason'),
    _when('created_at', nullable=False),
    sa.Index(None, 'cluster_id', 'status', 'deadline'),
    sa.Index(None, 'cluster_id', 'next_attempt_at'),
    sa.Index(None, 'token_hash'),
    sa.Index(None, 'node_id'),
    sa.Index(None, 'project_id', 'created_at', 'id'),
    sa.Index(None, 'status', 'ended_at'),
    **_ON_MYSQL,
)

webhooks = sa.Table(
    'webhooks',
    metadata,
    *_owned(),
    _id('cluster_id', nullable=False),
    sa.Column('action', sa.String(32), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('states', sa.JSON(), nullable=False),
    sa.Column('token_hash', sa.String(64), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    _when('expires_at'),
    sa.Column('allowed_cidrs', sa.JSON(), nullable=False),
    sa.Column('triggered', sa.Integer(), nullable=False),
    sa.Column('ignored', sa.Integer(), nullable=False),
    _when('last_triggered_at'),
    *_dated(),
    sa.Index(None, 'project_id', 'name'),
    sa.Index(None, 'project_id', 'created_at', 'id'),
    sa.Index(None, 'cluster_id'),
    **_ON_MYSQL,
)

#: The last transition of each alarm at each webhook: the same one twice is
#: one request.
transitions = sa.Table(
    'transitions',
    metadata,
    _id('webhook_id', primary_key=True),
    sa.Column('identity', sa.String(64), primary_key=True),
    sa.Column('transition', sa.String(64), nullable=False),
    _when('seen_at', nullable=False),
    sa.Column('repeats', sa.Integer(), nullable=False),
    sa.Index(None, 'seen_at'),
    **_ON_MYSQL,
)

events = sa.Table(
    'events',
    metadata,
    _sequence(),
    _id(nullable=False, unique=True),
    sa.Column('project_id', sa.String(64), nullable=False),
    _id('cluster_id'),
    _id('node_id'),
    _id('action_id'),
    sa.Column('level', sa.String(16), nullable=False),
    sa.Column('type', sa.String(64), nullable=False),
    _text('message', nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    _when('created_at', nullable=False),
    sa.Index(None, 'project_id', 'sequence'),
    sa.Index(None, 'cluster_id', 'sequence'),
    sa.Index(None, 'created_at'),
    **_ON_MYSQL,
)

engines = sa.Table(
    'engines',
    metadata,
    _id(primary_key=True),
    sa.Column('host', sa.String(255), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('version', sa.String(64), nullable=False),
    _when('started_at', nullable=False),
    _when('seen_at', nullable=False),
    _when('stopped_at'),
    **_ON_MYSQL,
)

#: What engines act with, one for each user of a project.
credentials = sa.Table(
    'credentials',
    metadata,
    _id(primary_key=True),
    sa.Column('user_id', sa.String(64), nullable=False),
    sa.Column('project_id', sa.String(64), nullable=False),
    sa.Column('kind', sa.String(32), nullable=False),
    _text('sealed', nullable=False),
    sa.Column('state', sa.String(16), nullable=False),
    _text('reason'),
    _when('broken_at'),
    sa.Column('failures', sa.Integer(), nullable=False),
    _when('try_at'),
    *_dated(),
    sa.UniqueConstraint('user_id', 'project_id'),
    **_ON_MYSQL,
)

#: The first answer to each Idempotency-Key of a project.
idempotency = sa.Table(
    'idempotency',
    metadata,
    sa.Column('project_id', sa.String(64), primary_key=True),
    sa.Column('key', sa.String(255), primary_key=True),
    sa.Column('request_hash', sa.String(64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('headers', sa.JSON(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    _when('created_at', nullable=False),
    sa.Index(None, 'created_at'),
    **_ON_MYSQL,
)
