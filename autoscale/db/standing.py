"""How the whole service stands, in four statements, whoever asks.

They pass over all clusters and over the members that are in service: fit for
monitoring every few seconds, and for nothing on the way of a request.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from autoscale.db import tables
from autoscale.db import types
from autoscale.model import cluster as clusters
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from autoscale.model.standing import Size
from autoscale.model.standing import Standing

_c = tables.clusters.c
_n = tables.nodes.c
_h = tables.hooks.c

_BY_STATUS = sa.select(
    _c.status, sa.func.count(), sa.func.sum(_c.desired_capacity)
).group_by(_c.status)
_LARGEST = (
    sa.select(_c.id, _c.desired_capacity)
    .order_by(_c.desired_capacity.desc(), _c.id)
    .limit(sa.bindparam('most', type_=sa.Integer))
)
_ACTIVE = (
    sa.select(sa.func.count())
    .select_from(tables.nodes)
    .where(_n.status == nodes.ACTIVE)
)
_ACTIVE_OF = (
    sa.select(_n.cluster_id, sa.func.count())
    .where(
        _n.cluster_id.in_(sa.bindparam('ids', expanding=True)),
        _n.status == nodes.ACTIVE,
    )
    .group_by(_n.cluster_id)
)


def read(
    conn: sa.Connection, *, largest: int, ages: Sequence[int]
) -> Standing:
    """The standing, with so many clusters by themselves.

    With none of them the members are not counted at all. `ages` are in
    seconds.
    """
    by_status = dict.fromkeys(clusters.STATUSES, 0)
    desired = 0
    for status, count, wanted in conn.execute(_BY_STATUS):
        by_status[status] = count
        desired += int(wanted)
    single: dict[str, Size] = {}
    others = Size(desired=desired, actual=0)
    if largest:
        single, others = _sizes(conn, largest, desired)
    waiting, undelivered = _waiting(conn, ages)
    return Standing(
        clusters=by_status,
        largest=single,
        others=others,
        waiting=waiting,
        undelivered=undelivered,
    )


def _sizes(
    conn: sa.Connection, largest: int, desired: int
) -> tuple[dict[str, Size], Size]:
    """The largest clusters one by one, and the sum of the others."""
    wanted: dict[str, int] = {
        row[0]: row[1] for row in conn.execute(_LARGEST, {'most': largest})
    }
    actual: dict[str, int] = {
        row[0]: row[1]
        for row in conn.execute(_ACTIVE_OF, {'ids': list(wanted)})
    }
    everybody = conn.execute(_ACTIVE).scalar_one()
    others = Size(
        desired=desired - sum(wanted.values()),
        actual=everybody - sum(actual.values()),
    )
    single = {
        each: Size(desired=wanted[each], actual=actual.get(each, 0))
        for each in wanted
    }
    return single, others


def _waiting(
    conn: sa.Connection, ages: Sequence[int]
) -> tuple[dict[int, int], int]:
    """How many hooks are out for how long, and how many are unheard of."""

    def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(
            sa.func.sum(sa.case((condition, 1), else_=0)), 0
        )

    unsent = sa.and_(_h.status == hooks.PENDING, _h.attempts > 0)
    older = [_h.created_at <= types.DatabaseTime(-each) for each in ages]
    undelivered, *counts = conn.execute(
        sa.select(count(unsent), *map(count, older)).where(
            _h.status.in_(hooks.OPEN)
        )
    ).one()
    return (
        {age: int(each) for age, each in zip(ages, counts, strict=True)},
        int(undelivered),
    )
