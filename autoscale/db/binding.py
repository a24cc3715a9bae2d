"""Bindings in the database: policies attached to clusters."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import inserting
from autoscale.db import tables
from autoscale.db import types
from autoscale.db import using
from autoscale.model.binding import Binding

_b = tables.bindings
_p = tables.policies
_OWN = (
    'cluster_id',
    'policy_id',
    'enabled',
    'observe_only',
    'priority',
    'cooldown_until',
    'created_at',
    'updated_at',
)
_SELECT = sa.select(
    *(_b.c[name] for name in _OWN),
    _p.c.name.label('policy_name'),
    _p.c.type.label('policy_type'),
    _p.c.spec.label('policy_spec'),
).join_from(_b, _p, _p.c.id == _b.c.policy_id)
_OF = _SELECT.where(_b.c.cluster_id == sa.bindparam('cluster')).order_by(
    _b.c.priority, _b.c.created_at, _b.c.policy_id
)


def of(conn: sa.Connection, cluster_id: str) -> list[Binding]:
    """The cluster's bindings in the order in which their policies speak."""
    rows = conn.execute(_OF, {'cluster': cluster_id})
    return [Binding(**row._mapping) for row in rows]


def get(conn: sa.Connection, cluster_id: str, policy_id: str) -> Binding:
    """Raises NotFound when that policy is not attached to that cluster."""
    row = conn.execute(_SELECT.where(_one(cluster_id, policy_id))).first()
    if row is None:
        raise _not_found(policy_id)
    return Binding(**row._mapping)


def attach(conn: sa.Connection, binding: Binding) -> Binding:
    """Attach the policy; what the binding says of the policy is not kept.

    Raises AlreadyAttached, and NotFound when the policy is gone.
    """
    using.share(conn, tables.policies, binding.policy_id)
    values = {name: getattr(binding, name) for name in _OWN}
    if not inserting.if_new(conn, _b, values):
        names = sa.select(tables.clusters.c.name).where(
            tables.clusters.c.id == binding.cluster_id
        )
        raise exceptions.AlreadyAttached(
            policy=binding.policy_name, cluster=conn.scalar(names)
        )
    return get(conn, binding.cluster_id, binding.policy_id)


def change(
    conn: sa.Connection, cluster_id: str, policy_id: str, **values: Any
) -> None:
    """Raises NotFound when that policy is not attached to that cluster."""
    changed = conn.execute(
        _b.update().where(_one(cluster_id, policy_id)).values(**values)
    )
    if not changed.rowcount:
        raise _not_found(policy_id)


def cool_down(
    conn: sa.Connection, cluster_id: str, policy_id: str, until: datetime
) -> None:
    """Refuse until then; never less long than before.

    Nothing happens when the policy was detached meanwhile.
    """
    conn.execute(
        _b.update()
        .where(
            _one(cluster_id, policy_id),
            sa.or_(_b.c.cooldown_until.is_(None), _b.c.cooldown_until < until),
        )
        .values(cooldown_until=sa.literal(until, types.UTCDateTime()))
    )


def detach(conn: sa.Connection, cluster_id: str, policy_id: str) -> None:
    """Raises NotFound when that policy is not attached to that cluster."""
    gone = conn.execute(_b.delete().where(_one(cluster_id, policy_id)))
    if not gone.rowcount:
        raise _not_found(policy_id)


def _one(cluster_id: str, policy_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(_b.c.cluster_id == cluster_id, _b.c.policy_id == policy_id)


def _not_found(policy_id: str) -> exceptions.NotFound:
    return exceptions.NotFound(noun='attached policy', ref=policy_id)
