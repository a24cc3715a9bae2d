"""Requests: intent is durable, and due, before anyone is told."""

from collections.abc import Sequence

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import action as actions
from autoscale.db import cluster as clusters
from autoscale.db import tables
from autoscale.db import using
from autoscale.db import work
from autoscale.model.action import Action
from autoscale.model.cluster import Cluster


def accept(conn: sa.Connection, action: Action) -> Action:
    """Queue the action and have its cluster looked at now.

    The row with its sequence. Raises NotFound when the cluster is gone.
    """
    queued = actions.create(conn, action)
    work.wake(conn, action.cluster_id)
    return queued


def accept_all(conn: sa.Connection, queued: Sequence[Action]) -> None:
    """Queue actions in this order, and have their clusters looked at now.

    Raises NotFound when one of the clusters is gone; nothing is to be
    committed then.
    """
    if not queued:
        return
    actions.create_all(conn, queued)
    wanted = {each.cluster_id for each in queued}
    if work.make_all_due(conn, wanted) != len(wanted):
        raise exceptions.NotFound(noun='cluster', ref=', '.join(wanted))


def create_cluster(
    conn: sa.Connection, cluster: Cluster, action: Action
) -> Action:
    """The cluster, its work and its first action, all or none.

    Raises NotFound when its profile is gone.
    """
    using.share(conn, tables.profiles, cluster.profile_id)
    clusters.create(conn, cluster)
    work.create(conn, cluster.id, cluster.project_id)
    return actions.create(conn, action)
