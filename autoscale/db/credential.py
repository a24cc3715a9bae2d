"""Credentials in the database: one for each user of a project.

A row is replaced as a whole, and gets another id then; so whoever holds what
a row was about sees by the id that it is another one.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import inserting
from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import types
from autoscale.db import work
from autoscale.model import credential as credentials
from autoscale.model.credential import Credential
from autoscale.model.credential import Standing

_rows = rows.Rows('credential', tables.credentials, Credential)
_c = tables.credentials.c
_clusters = tables.clusters.c

_SHOWN = 5

_OF_PAIR = sa.and_(
    _c.user_id == sa.bindparam('user'),
    _c.project_id == sa.bindparam('project'),
)
_FIND = _rows.select.where(_OF_PAIR)
_STANDING_FIELDS = [each.name for each in dataclasses.fields(Standing)]
#: The columns of a Standing, to be joined to a cluster's.
STANDING = tuple(_c[name] for name in _STANDING_FIELDS)
_STANDING = sa.select(*STANDING).where(_OF_PAIR)
_SHARE = _STANDING.with_for_update(read=True)
_LOCK = _FIND.with_for_update()
_CLUSTERS = (
    sa.select(_clusters.id, _clusters.name)
    .where(
        _clusters.user_id == sa.bindparam('user'),
        _clusters.project_id == sa.bindparam('project'),
    )
    .order_by(_clusters.name, _clusters.id)
)


def find(
    conn: sa.Connection, user_id: str, project_id: str
) -> Credential | None:
    """The pair's credential, if it has one."""
    row = conn.execute(_FIND, {'user': user_id, 'project': project_id}).first()
    return None if row is None else _rows.of(row)


def standing(
    conn: sa.Connection, user_id: str | None, project_id: str
) -> Standing | None:
    """How the pair's credential is doing; it stays until the end.

    In a transaction that writes, nobody removes it meanwhile.
    """
    row = conn.execute(
        _SHARE, {'user': user_id, 'project': project_id}
    ).first()
    return None if row is None else standing_of(row)


def standing_of(values: Sequence[Any]) -> Standing | None:
    """The values of STANDING, as a join has them; None where it has none."""
    if values[0] is None:
        return None
    return Standing(**dict(zip(_STANDING_FIELDS, values, strict=True)))


def store(
    conn: sa.Connection, new: Credential, instead_of: str | None
) -> bool:
    """Keep it; False when another came first.

    `instead_of` is the id of the one that it takes the place of; None: the
    pair has none.
    """
    values = _rows.values(new)
    if instead_of is None:
        return inserting.if_new(conn, tables.credentials, values)
    changed = conn.execute(
        tables.credentials.update()
        .where(_c.id == instead_of)
        .values(**{**values, 'updated_at': new.created_at})
    )
    return changed.rowcount == 1


def remove(
    conn: sa.Connection, user_id: str, project_id: str
) -> Credential | None:
    """Take it away; it was this. None: there was none.

    Raises InUse while the pair has clusters.
    """
    pair = {'user': user_id, 'project': project_id}
    row = conn.execute(_LOCK, pair).first()
    if row is None:
        return None
    found = _rows.of(row)
    names = [each.name for each in conn.execute(_CLUSTERS, pair)]
    if names:
        users = ', '.join(f'cluster {name}' for name in names[:_SHOWN])
        if len(names) > _SHOWN:
            users += f' and {len(names) - _SHOWN} more'
        raise exceptions.InUse(noun='credential', ref=found.kind, users=users)
    _rows.delete(conn, found.id)
    return found


def wake_clusters(
    conn: sa.Connection, user_id: str, project_id: str
) -> list[str]:
    """Have all clusters of the pair looked at now; their ids."""
    pair = {'user': user_id, 'project': project_id}
    ids = [each.id for each in conn.execute(_CLUSTERS, pair)]
    for each in sorted(ids):
        work.make_due(conn, each)
    return ids


def note_broken(
    conn: sa.Connection, broken: Credential, reason: str, try_at: datetime
) -> list[str] | None:
    """It does not work: its clusters, to be told; None: that is known."""
    changed = conn.execute(
        tables.credentials.update()
        .where(_c.id == broken.id, _c.state == credentials.WORKING)
        .values(
            state=credentials.BROKEN,
            reason=reason,
            broken_at=types.DatabaseTime(),
            failures=1,
            try_at=try_at,
        )
    )
    if changed.rowcount != 1:
        return None
    return wake_clusters(conn, broken.user_id, broken.project_id)


def begin_trial(
    conn: sa.Connection, tried: Standing, try_at: datetime
) -> bool:
    """Let nobody else try it before `try_at`; False: somebody else tries."""
    changed = conn.execute(
        tables.credentials.update()
        .where(
            _c.id == tried.id,
            _c.state == credentials.BROKEN,
            _c.failures == tried.failures,
        )
        .values(failures=tried.failures + 1, try_at=try_at)
    )
    return changed.rowcount == 1


def note_working(conn: sa.Connection, tried: Credential) -> list[str]:
    """It works again: its clusters, to be told."""
    changed = conn.execute(
        tables.credentials.update()
        .where(_c.id == tried.id, _c.state == credentials.BROKEN)
        .values(
            state=credentials.WORKING,
            reason=None,
            broken_at=None,
            failures=0,
            try_at=None,
        )
    )
    if changed.rowcount != 1:
        return []
    return wake_clusters(conn, tried.user_id, tried.project_id)


def renew_slice(
    conn: sa.Connection,
    after: str,
    limit: int,
    renew: Callable[[str], str],
) -> tuple[list[str], list[str]]:
    """Encrypt some rows anew, in the order of their ids, from `after` on.

    Answers the ids of all that were looked at, and of those that cannot be
    read. A row that is replaced meanwhile is left as it is by then.
    """
    found = conn.execute(
        sa.select(_c.id, _c.sealed)
        .where(_c.id > after)
        .order_by(_c.id)
        .limit(limit)
    ).all()
    unreadable = []
    for row_id, sealed in found:
        try:
            renewed = renew(sealed)
        except exceptions.SecretUnreadable:
            unreadable.append(row_id)
            continue
        conn.execute(
            tables.credentials.update()
            .where(_c.id == row_id, _c.sealed == sealed)
            .values(sealed=renewed)
        )
    return [row_id for row_id, _ in found], unreadable
