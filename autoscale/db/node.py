"""Nodes in the database, from promise to grave."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.model import node as nodes
from autoscale.model.node import Node

_rows = rows.Rows(
    'node',
    tables.nodes,
    Node,
    is_named=True,
    listed=tables.nodes.c.status != nodes.GONE,
)


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Node:
    """The one with this id or name; a node that is GONE by id only.

    Raises NotFound and NameNotUnique.
    """
    return _rows.get(conn, project_id, ref)


def page(
    conn: sa.Connection,
    project_id: str | None,
    *,
    filters: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    limit: int,
    marker: str | None = None,
) -> list[Node]:
    """One page; nodes that are GONE only when `filters` has `status`."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
        everything='status' in filters,
    )


def create(conn: sa.Connection, node: Node) -> Node:
    return _rows.create(conn, node)


def change(conn: sa.Connection, node_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, node_id, values)


def delete(conn: sa.Connection, node_id: str) -> None:
    """Nothing happens when there is none with this id."""
    _rows.delete(conn, node_id)


def create_all(conn: sa.Connection, created: Sequence[Node]) -> None:
    """Insert many in one statement."""
    _rows.create_all(conn, created)
