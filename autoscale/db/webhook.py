"""Webhooks in the database, and the two statements of a trigger."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import types
from autoscale.model.webhook import Webhook

_rows = rows.Rows('webhook', tables.webhooks, Webhook, is_named=True)
_w = tables.webhooks
_c = tables.clusters

_FIND = (
    _rows.select.add_columns(
        _c.c.id, _c.c.project_id, _c.c.name, _c.c.is_deleting
    )
    .join_from(_w, _c, _c.c.id == _w.c.cluster_id)
    .where(_w.c.id == sa.bindparam('ref'))
)
_COUNT = (
    _w.update()
    .where(_w.c.id == sa.bindparam('ref'))
    .values(
        triggered=_w.c.triggered + sa.bindparam('more_triggered'),
        ignored=_w.c.ignored + sa.bindparam('more_ignored'),
    )
)
_COUNT_TRIGGER = _COUNT.values(last_triggered_at=types.DatabaseTime())


class Target(NamedTuple):
    """What a trigger has to know of the webhook's cluster."""

    id: str
    project_id: str
    name: str
    is_deleting: bool


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Webhook:
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
) -> list[Webhook]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, webhook: Webhook) -> Webhook:
    return _rows.create(conn, webhook)


def change(conn: sa.Connection, webhook_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, webhook_id, values)


def delete(conn: sa.Connection, webhook_id: str) -> None:
    """Its transitions go along; nothing happens when there is none."""
    transitions = tables.transitions
    conn.execute(
        transitions.delete().where(transitions.c.webhook_id == webhook_id)
    )
    _rows.delete(conn, webhook_id)


def find(conn: sa.Connection, webhook_id: str) -> tuple[Webhook, Target]:
    """The webhook and its cluster; raises CapabilityNotFound."""
    row = conn.execute(_FIND, {'ref': webhook_id}).one_or_none()
    if row is None:
        raise exceptions.CapabilityNotFound(noun='webhook', ref=webhook_id)
    width = len(_rows.fields)
    return _rows.of(row[:width]), Target(*row[width:])


def count(
    conn: sa.Connection,
    webhook_id: str,
    *,
    triggered: int = 0,
    ignored: int = 0,
) -> None:
    """Add to its counters; a trigger is dated by the database's clock."""
    conn.execute(
        _COUNT_TRIGGER if triggered else _COUNT,
        {
            'ref': webhook_id,
            'more_triggered': triggered,
            'more_ignored': ignored,
        },
    )
