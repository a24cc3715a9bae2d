"""When each cluster is next looked at, and who has it in hand.

All times here are the database's own; the hosts' clocks decide nothing. A
lease is a compare-and-swap on one row: `claim` takes it, `fence` proves it
in the very transaction that commits a pass, `release` gives it back.
"""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import tables
from autoscale.db import types
from autoscale.model.work import Work

_w = tables.work
_NOW = types.DatabaseTime()
_CLUSTER = _w.c.cluster_id == sa.bindparam('cluster')
_OURS = sa.and_(_CLUSTER, _w.c.lease_owner == sa.bindparam('owner'))
_UNTIL = types.DatabaseTime(sa.bindparam('seconds', type_=sa.Float))
_SOON = types.DatabaseTime(sa.bindparam('ahead', type_=sa.Float))
_UNLEASED = sa.or_(_w.c.lease_until.is_(None), _w.c.lease_until < _SOON)

_MAKE_DUE = (
    _w.update()
    .where(_w.c.cluster_id.in_(sa.bindparam('clusters', expanding=True)))
    .values(
        look_at=sa.case(
            (sa.or_(_w.c.look_at.is_(None), _w.c.look_at > _NOW), _NOW),
            else_=_w.c.look_at,
        ),
        version=_w.c.version + 1,
    )
)
_CLAIM = (
    _w.update()
    .where(_CLUSTER, _w.c.lease_until.is_(None))
    .values(lease_owner=sa.bindparam('owner'), lease_until=_UNTIL)
)
_TAKE_OVER = (
    _w.update()
    .where(_CLUSTER, _w.c.lease_until < _NOW)
    .values(lease_owner=sa.bindparam('owner'), lease_until=_UNTIL)
)
_RENEW = _w.update().where(_OURS).values(lease_until=_UNTIL)
_GIVEN_BACK = {
    'lease_owner': None,
    'lease_until': None,
    'failures': sa.bindparam('failed', type_=sa.Integer),
}
#: Nobody asked for anything since the claim.
_RELEASE = (
    _w.update()
    .where(_OURS, _w.c.version == sa.bindparam('seen_version'))
    .values(
        look_at=sa.bindparam('next_look', type_=types.UTCDateTime()),
        **_GIVEN_BACK,
    )
)
_RELEASE_DUE = _w.update().where(_OURS).values(look_at=_NOW, **_GIVEN_BACK)
_FIELDS = (
    'cluster_id',
    'project_id',
    'look_at',
    'version',
    'lease_owner',
    'lease_until',
    'failures',
)
_GET = sa.select(*(_w.c[name] for name in _FIELDS), _NOW.label('now')).where(
    _CLUSTER
)
_DUE = (
    sa.select(_w.c.cluster_id, _w.c.lease_until, _NOW.label('now'))
    .where(_w.c.look_at <= _NOW, _UNLEASED)
    .order_by(_w.c.look_at)
    .limit(sa.bindparam('most', type_=sa.Integer))
)


def create(conn: sa.Connection, cluster_id: str, project_id: str) -> None:
    """A new cluster's work, due at once."""
    conn.execute(
        _w.insert().values(
            cluster_id=cluster_id,
            project_id=project_id,
            look_at=types.DatabaseTime(),
            version=1,
            lease_owner=None,
            lease_until=None,
            failures=0,
        )
    )


def get(conn: sa.Connection, cluster_id: str) -> Work:
    """Raises NotFound when the cluster has no work, being gone."""
    row = conn.execute(_GET, {'cluster': cluster_id}).one_or_none()
    if row is None:
        raise _gone(cluster_id)
    return Work(**row._mapping)


def delete(conn: sa.Connection, cluster_id: str) -> None:
    conn.execute(_w.delete().where(_w.c.cluster_id == cluster_id))


def make_due(conn: sa.Connection, cluster_id: str) -> bool:
    """Have it looked at now; False when the cluster has no work."""
    return make_all_due(conn, [cluster_id]) == 1


def make_all_due(conn: sa.Connection, cluster_ids: Iterable[str]) -> int:
    """Have them looked at now; how many of them have work."""
    wanted = sorted(set(cluster_ids))
    return conn.execute(_MAKE_DUE, {'clusters': wanted}).rowcount


def wake(conn: sa.Connection, cluster_id: str) -> None:
    """Have it looked at now, also if it is in hand; raises NotFound."""
    if not make_due(conn, cluster_id):
        raise _gone(cluster_id)


def due(conn: sa.Connection, limit: int) -> list[str]:
    """Clusters that are overdue and in nobody's hand, longest first."""
    return list(due_within(conn, limit, 0.0))


def due_within(
    conn: sa.Connection, limit: int, ahead: float
) -> dict[str, float]:
    """What is due, and what will be if a lease runs out unrenewed.

    Overdue clusters, longest first, whose lease ends in less than `ahead`
    seconds or that have none; with the seconds until it ends, which are zero
    for those that nobody has in hand.
    """
    rows = conn.execute(_DUE, {'most': limit, 'ahead': ahead})
    return {
        row.cluster_id: (
            0.0
            if row.lease_until is None
            else max(0.0, (row.lease_until - row.now).total_seconds())
        )
        for row in rows
    }


def claim(
    conn: sa.Connection, cluster_id: str, owner: str, seconds: float
) -> Work | None:
    """Take the cluster in hand for so long; None: someone else has it.

    `owner` names this pass, and no other pass of the same engine. Who gave
    it back in the very moment between the two statements looks again by
    itself if there is more to do.
    """
    values = {'cluster': cluster_id, 'owner': owner, 'seconds': seconds}
    if conn.execute(_CLAIM, values).rowcount == 1:
        return get(conn, cluster_id)
    if conn.execute(_TAKE_OVER, values).rowcount == 1:
        taken = get(conn, cluster_id)
        return dataclasses.replace(taken, is_taken_over=True)
    return None


def renew(
    conn: sa.Connection, cluster_id: str, owner: str, seconds: float
) -> bool:
    """Keep it for so long from now; False when it was lost."""
    values = {'cluster': cluster_id, 'owner': owner, 'seconds': seconds}
    return conn.execute(_RENEW, values).rowcount == 1


def fence(
    conn: sa.Connection, cluster_id: str, owner: str, seconds: float
) -> None:
    """Let the rest of this transaction count only while the lease is ours.

    It renews the lease, so it takes the row until the commit: nobody can
    claim the cluster in between. Raises LeaseLost.
    """
    if not renew(conn, cluster_id, owner, seconds):
        raise exceptions.LeaseLost(cluster_id=cluster_id)


def release(
    conn: sa.Connection,
    cluster_id: str,
    owner: str,
    look_at: datetime | None,
    version: int,
    failures: int,
) -> bool:
    """Give it back, to be looked at then; says whether it is due again.

    `version` is what the claim saw. If it moved, a request came during the
    pass and the cluster is due now. As a transaction's first statement it
    is a fence as well: what follows counts only if the lease was ours.
    Raises LeaseLost.
    """
    values = {'cluster': cluster_id, 'owner': owner, 'failed': failures}
    seen = {'next_look': look_at, 'seen_version': version}
    if conn.execute(_RELEASE, {**values, **seen}).rowcount == 1:
        return False
    if conn.execute(_RELEASE_DUE, values).rowcount == 1:
        return True
    raise exceptions.LeaseLost(cluster_id=cluster_id)


def _gone(cluster_id: str) -> exceptions.NotFound:
    return exceptions.NotFound(noun='cluster', ref=cluster_id)
