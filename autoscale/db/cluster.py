"""Clusters in the database."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import work
from autoscale.model.cluster import Cluster

_rows = rows.Rows('cluster', tables.clusters, Cluster, is_named=True)


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Cluster:
    """The one with this id or name; NotFound and NameNotUnique say why not."""
    return _rows.get(conn, project_id, ref)


def page(
    conn: sa.Connection,
    project_id: str | None,
    *,
    filters: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    limit: int,
    marker: str | None = None,
) -> list[Cluster]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, cluster: Cluster) -> Cluster:
    return _rows.create(conn, cluster)


def change(conn: sa.Connection, cluster_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, cluster_id, values)


def delete(conn: sa.Connection, cluster_id: str) -> None:
    """Remove the cluster and what means nothing without it.

    Its bindings, webhooks and work go along; nodes, hooks, actions and
    events stay for the record.
    """
    # The work row first, as whoever asks something of the cluster does.
    work.delete(conn, cluster_id)
    of_cluster = sa.select(tables.webhooks.c.id).where(
        tables.webhooks.c.cluster_id == cluster_id
    )
    transitions = tables.transitions
    conn.execute(
        transitions.delete().where(transitions.c.webhook_id.in_(of_cluster))
    )
    for table in (tables.webhooks, tables.bindings):
        conn.execute(table.delete().where(table.c.cluster_id == cluster_id))
    _rows.delete(conn, cluster_id)
