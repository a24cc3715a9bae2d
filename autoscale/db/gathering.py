"""What a pass reads: the rows behind the facts, in few statements.

Members at rest are counted, not read. Whatever the size of a cluster, the
number of statements is the same.
"""

import collections
import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autoscale.db import binding as bindings_rows
from autoscale.db import credential as credential_rows
from autoscale.db import tables
from autoscale.db import types
from autoscale.db.rows import Rows
from autoscale.model import action as actions
from autoscale.model import binding as bindings
from autoscale.model import cluster as clusters
from autoscale.model import credential as credentials
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model import profile as profiles

_clusters = Rows('cluster', tables.clusters, clusters.Cluster)
_profiles = Rows('profile', tables.profiles, profiles.Profile)
_nodes = Rows('node', tables.nodes, nodes.Node)
_hooks = Rows('hook', tables.hooks, hooks.Hook)
_actions = Rows('action', tables.actions, actions.Action, tie='sequence')

#: Members that move by themselves, so to say: each pass reads them.
_RESTLESS = (
    nodes.PENDING,
    nodes.BUILDING,
    nodes.DELETING,
    nodes.ERROR,
    nodes.UNHEALTHY,
    nodes.LOST,
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """What was read about one cluster."""

    cluster: clusters.Cluster
    profile: profiles.Profile | None
    bindings: tuple[bindings.Binding, ...]
    actions: tuple[actions.Action, ...]
    counts: dict[str, int]
    open_nodes: dict[str, dict[str, int]]
    nodes: tuple[nodes.Node, ...]
    held: frozenset[str]
    hooks: tuple[hooks.Hook, ...]
    next_deadline: datetime | None
    next_delete_at: datetime | None
    next_attempt_at: datetime | None
    #: Of the cluster's owner, if users have their own.
    credential: credentials.Standing | None = None


_CLUSTER: sa.BindParameter[str] = sa.bindparam('cluster_id')
_NOW = sa.bindparam('now', type_=tables.nodes.c.created_at.type)
_n = tables.nodes.c
_h = tables.hooks.c

#: The cluster with its profile, and with how its owner's credential is doing,
#: if there is one.
_OWNED = (
    _clusters.select.add_columns(
        *_profiles.select.selected_columns, *credential_rows.STANDING
    )
    .outerjoin_from(
        tables.clusters,
        tables.profiles,
        tables.profiles.c.id == tables.clusters.c.profile_id,
    )
    .outerjoin(
        tables.credentials,
        sa.and_(
            tables.credentials.c.user_id == tables.clusters.c.user_id,
            tables.credentials.c.project_id == tables.clusters.c.project_id,
        ),
    )
    .where(tables.clusters.c.id == _CLUSTER)
)

#: The decision about a thousand members is long, and read on changes only.
_OPEN_ACTIONS = (
    sa.select(
        *(
            sa.type_coerce(column, types.UnreadJSON()).label(column.name)
            if column.name == 'decision'
            else column
            for column in _actions.select.selected_columns
        )
    )
    .where(
        tables.actions.c.cluster_id == _CLUSTER,
        tables.actions.c.status.in_(actions.OPEN),
    )
    .order_by(tables.actions.c.sequence)
)

_COUNTS = (
    sa.select(_n.status, _n.action_id, sa.func.count())
    .where(_n.cluster_id == _CLUSTER, _n.status != nodes.GONE)
    .group_by(_n.status, _n.action_id)
)

#: Drains that somebody answered, whose time is up, or whose grace is over.
_ENDED_DRAIN = sa.and_(
    _n.status == nodes.DRAINING,
    sa.or_(
        _h.status.not_in(hooks.OPEN),
        _h.deadline <= _NOW,
        _n.delete_at <= _NOW,
    ),
)

_RESTLESS_NODES = _nodes.select.where(
    _n.cluster_id == _CLUSTER, _n.status.in_(_RESTLESS)
)
_ALL_NODES = _nodes.select.where(
    _n.cluster_id == _CLUSTER, _n.status != nodes.GONE
)

_HELD = sa.select(_n.server_id).where(
    _n.cluster_id == _CLUSTER,
    _n.server_id.is_not(None),
    _n.launch_id.in_(sa.bindparam('launches', expanding=True)),
)

#: Each with its hook, if it has one.
_DRAINED = (
    _nodes.select.add_columns(*_hooks.select.selected_columns)
    .outerjoin_from(tables.nodes, tables.hooks, _n.hook_id == _h.id)
    .where(_n.cluster_id == _CLUSTER, _ENDED_DRAIN)
)
_OWED_HOOKS = _hooks.select.where(
    _h.cluster_id == _CLUSTER, _h.next_attempt_at <= _NOW
)
_OPEN_HOOKS = _hooks.select.where(
    _h.cluster_id == _CLUSTER, _h.status.in_(hooks.OPEN)
)

_NEXT_ATTEMPT = sa.select(sa.func.min(_h.next_attempt_at)).where(
    _h.cluster_id == _CLUSTER, _h.next_attempt_at > _NOW
)

#: The next deadline, the next end of a grace, and the first message owed,
#: which may be due by now.
_NEXT = sa.select(
    sa.select(sa.func.min(_h.deadline))
    .where(
        _h.cluster_id == _CLUSTER,
        _h.status.in_(hooks.OPEN),
        _h.deadline > _NOW,
    )
    .scalar_subquery(),
    sa.select(sa.func.min(_n.delete_at))
    .where(
        _n.cluster_id == _CLUSTER,
        _n.status == nodes.DRAINING,
        _n.delete_at > _NOW,
    )
    .scalar_subquery(),
    sa.select(sa.func.min(_h.next_attempt_at))
    .where(_h.cluster_id == _CLUSTER, _h.next_attempt_at.is_not(None))
    .scalar_subquery(),
)


def gather(
    conn: sa.Connection,
    cluster_id: str,
    now: datetime,
    *,
    everyone: bool = False,
) -> Rest | None:
    """All that a pass over this cluster needs; None when it is gone.

    `everyone` reads all members, as a preview needs them.
    """
    bound: dict[str, Any] = {'cluster_id': cluster_id, 'now': now}
    row = conn.execute(_OWNED, bound).first()
    if row is None:
        return None
    cluster, profile, standing = _cut(row, _clusters, _profiles)
    open_actions = tuple(
        _actions.of(each) for each in conn.execute(_OPEN_ACTIONS, bound)
    )
    attached = tuple(bindings_rows.of(conn, cluster_id))
    counts, open_nodes = _counts(conn, bound)
    everyone = everyone or _needs_everyone(open_actions, counts)
    next_deadline, next_delete_at, next_attempt_at = conn.execute(
        _NEXT, bound
    ).one()
    hook_queries = []
    if next_attempt_at is not None and next_attempt_at <= now:
        hook_queries.append(_OWED_HOOKS)
        next_attempt_at = conn.execute(_NEXT_ATTEMPT, bound).scalar_one()
    if everyone and counts.get(nodes.DRAINING):
        hook_queries.append(_OPEN_HOOKS)
    members, told = _members(conn, bound, everyone, counts)
    told |= _hooks_of(conn, bound, hook_queries)
    return Rest(
        cluster=_clusters.of(cluster),
        credential=credential_rows.standing_of(standing),
        profile=None if profile[0] is None else _profiles.of(profile),
        bindings=attached,
        actions=open_actions,
        counts=counts,
        open_nodes=open_nodes,
        nodes=members,
        held=_held(conn, cluster_id, members),
        hooks=tuple(told.values()),
        next_deadline=next_deadline,
        next_delete_at=next_delete_at,
        next_attempt_at=next_attempt_at,
    )


def _counts(
    conn: sa.Connection, bound: dict[str, Any]
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    counts: collections.Counter[str] = collections.Counter()
    open_nodes: dict[str, dict[str, int]] = {}
    for status, action_id, count in conn.execute(_COUNTS, bound):
        counts[status] += count
        if action_id is not None:
            open_nodes.setdefault(action_id, {})[status] = count
    return dict(counts), open_nodes


def _needs_everyone(
    open_actions: tuple[actions.Action, ...], counts: dict[str, int]
) -> bool:
    """Whether somebody may be chosen, named, taken back or compared."""
    asked = {
        each.kind for each in open_actions if each.status == actions.QUEUED
    }
    if not asked:
        return False
    only_adds = asked <= {actions.CREATE, actions.SCALE_OUT}
    return not only_adds or bool(counts.get(nodes.DRAINING))


def _held(
    conn: sa.Connection, cluster_id: str, members: tuple[nodes.Node, ...]
) -> frozenset[str]:
    launches = {
        each.launch_id
        for each in members
        if each.launch_id is not None
        and each.server_id is None
        and each.status in (nodes.BUILDING, nodes.DELETING)
    }
    if not launches:
        return frozenset()
    bound = {'cluster_id': cluster_id, 'launches': sorted(launches)}
    return frozenset(conn.scalars(_HELD, bound))


def _members(
    conn: sa.Connection,
    bound: dict[str, Any],
    everyone: bool,
    counts: dict[str, int],
) -> tuple[tuple[nodes.Node, ...], dict[str, hooks.Hook]]:
    """The members to look at, and the hooks of drains that ended, by id."""
    members: dict[str, nodes.Node] = {}
    told: dict[str, hooks.Hook] = {}
    for row in conn.execute(
        _ALL_NODES if everyone else _RESTLESS_NODES, bound
    ):
        node = _nodes.of(row)
        members[node.id] = node
    if counts.get(nodes.DRAINING):
        for row in conn.execute(_DRAINED, bound):
            drained, its_hook, _ = _cut(row, _nodes, _hooks)
            node = _nodes.of(drained)
            members[node.id] = node
            if its_hook[0] is not None:
                hook = _hooks.of(its_hook)
                told[hook.id] = hook
    return tuple(members.values()), told


def _hooks_of(
    conn: sa.Connection,
    bound: dict[str, Any],
    queries: list[sa.Select[Any]],
) -> dict[str, hooks.Hook]:
    found = {}
    for query in queries:
        for row in conn.execute(query, bound):
            hook = _hooks.of(row)
            found[hook.id] = hook
    return found


def _cut(row: sa.Row[Any], *parts: Rows[Any]) -> list[tuple[Any, ...]]:
    """The columns of each of these, and those that are left."""
    cut, rest = [], tuple(row)
    for part in parts:
        width = len(part.fields)
        cut.append(rest[:width])
        rest = rest[width:]
    return [*cut, rest]
