"""Webhooks in the database, and the statements of their triggers."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import sqlalchemy as sa

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
    .where(_w.c.id.in_(sa.bindparam('refs', expanding=True)))
)
_COUNTED = _w.update().where(_w.c.id.in_(sa.bindparam('refs', expanding=True)))
_COUNT_TRIGGERED = _COUNTED.values(
    triggered=_w.c.triggered + sa.bindparam('more'),
    last_triggered_at=types.DatabaseTime(),
)
_COUNT_IGNORED = _COUNTED.values(ignored=_w.c.ignored + sa.bindparam('more'))


_NONE: Mapping[str, int] = {}


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


def find_all(
    conn: sa.Connection, webhook_ids: Iterable[str]
) -> dict[str, tuple[Webhook, Target]]:
    """Those of these webhooks that there are, by id, with their clusters."""
    rows = conn.execute(_FIND, {'refs': list(webhook_ids)})
    width = len(_rows.fields)
    found = [(_rows.of(row[:width]), Target(*row[width:])) for row in rows]
    return {each.id: (each, target) for each, target in found}


def count(
    conn: sa.Connection,
    *,
    triggered: Mapping[str, int] = _NONE,
    ignored: Mapping[str, int] = _NONE,
) -> None:
    """Add to the counters of webhooks, by their ids.

    A trigger is dated by the database's clock.
    """
    for statement, counts in (
        (_COUNT_TRIGGERED, triggered),
        (_COUNT_IGNORED, ignored),
    ):
        for more in sorted(set(counts.values())):
            refs = sorted(ref for ref in counts if counts[ref] == more)
            conn.execute(statement, {'refs': refs, 'more': more})
