"""Who uses a template; a profile or a policy in use is not deleted.

Using one and deleting one both take the template's row first, so that the
two cannot pass each other.
"""

from typing import Any

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import tables

_NOUNS = {tables.profiles: 'profile', tables.policies: 'policy'}
_SHOWN = 5


def share(conn: sa.Connection, template: sa.Table, template_id: str) -> None:
    """Keep the template until the transaction ends; raises NotFound."""
    _take(conn, template, template_id, is_shared=True)


def lock(conn: sa.Connection, template: sa.Table, template_id: str) -> None:
    """Let nobody begin to use it until the end; raises NotFound."""
    _take(conn, template, template_id, is_shared=False)


def _take(
    conn: sa.Connection,
    template: sa.Table,
    template_id: str,
    *,
    is_shared: bool,
) -> None:
    taken = conn.execute(
        sa.select(template.c.id)
        .where(template.c.id == template_id)
        .with_for_update(read=is_shared)
    )
    if taken.one_or_none() is None:
        raise exceptions.NotFound(noun=_NOUNS[template], ref=template_id)


def refuse(
    conn: sa.Connection,
    template: sa.Table,
    template_id: str,
    uses: sa.ColumnElement[bool],
) -> None:
    """Raise InUse with the names of clusters for which `uses` is true."""
    clusters: Any = tables.clusters
    names = conn.scalars(
        sa.select(clusters.c.name)
        .where(uses)
        .order_by(clusters.c.name, clusters.c.id)
    ).all()
    if not names:
        return
    users = ', '.join(f'cluster {name}' for name in names[:_SHOWN])
    if len(names) > _SHOWN:
        users += f' and {len(names) - _SHOWN} more'
    raise exceptions.InUse(noun=_NOUNS[template], ref=template_id, users=users)
