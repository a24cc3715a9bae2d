"""Events in the database, in the order in which they happened."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.model.event import Event

_rows = rows.Rows('event', tables.events, Event, tie='sequence')


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Event:
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
) -> list[Event]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, event: Event) -> Event:
    """The row with the sequence that the database gave it."""
    return _rows.create(conn, event)


def record(conn: sa.Connection, events: Sequence[Event]) -> None:
    """Keep them, in this order, with one insert."""
    _rows.create_all(conn, events)
