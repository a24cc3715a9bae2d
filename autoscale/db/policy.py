"""Scaling policies in the database."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import using
from autoscale.model.policy import Policy

_rows = rows.Rows('policy', tables.policies, Policy, is_named=True)


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Policy:
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
) -> list[Policy]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, policy: Policy) -> Policy:
    return _rows.create(conn, policy)


def change(conn: sa.Connection, policy_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, policy_id, values)


def delete(conn: sa.Connection, policy_id: str) -> None:
    """Raises InUse, naming the clusters that it is attached to."""
    using.lock(conn, tables.policies, policy_id)
    bindings = tables.bindings
    attached = sa.select(bindings.c.cluster_id).where(
        bindings.c.policy_id == policy_id
    )
    using.refuse(
        conn, tables.policies, policy_id, tables.clusters.c.id.in_(attached)
    )
    _rows.delete(conn, policy_id)
