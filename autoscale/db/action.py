"""Actions in the database, in the order of arrival."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import types
from autoscale.model import action as actions
from autoscale.model.action import Action

_rows = rows.Rows('action', tables.actions, Action, tie='sequence')


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Action:
    """The one with this id; NotFound when there is none."""
    return _rows.get(conn, project_id, ref)


def page(
    conn: sa.Connection,
    project_id: str | None,
    *,
    filters: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    limit: int,
    marker: str | None = None,
) -> list[Action]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, action: Action) -> Action:
    """The row with the sequence that the database gave it."""
    return _rows.create(conn, action)


def create_all(conn: sa.Connection, queued: Sequence[Action]) -> None:
    """Insert them with one statement, in this order."""
    _rows.create_all(conn, queued)


def change(conn: sa.Connection, action_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, action_id, values)


def delete(conn: sa.Connection, action_id: str) -> None:
    """Nothing happens when there is none with this id."""
    _rows.delete(conn, action_id)


def cancel(conn: sa.Connection, action_id: str) -> bool:
    """Cancel it unless an engine has begun; says whether it was cancelled."""
    cancelled = conn.execute(
        tables.actions.update()
        .where(
            tables.actions.c.id == action_id,
            tables.actions.c.status == actions.QUEUED,
        )
        .values(
            status=actions.CANCELLED,
            status_reason='Cancelled before it was begun.',
            ended_at=types.DatabaseTime(),
        )
    )
    return cancelled.rowcount == 1
