"""Who owns what: from servers to members, and from members to owners.

These are the keepers' questions; each is one statement, or one a slice.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

import sqlalchemy as sa

from autoscale.db import tables
from autoscale.model import action as actions
from autoscale.model import credential as credentials
from autoscale.model import node as nodes

#: Values in one statement.
SLICE = 500

_c = tables.clusters.c
_n = tables.nodes.c


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """For whom the engine acts in the cloud."""

    project_id: str
    user_id: str | None
    credential_id: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """As much of a cluster as is needed to ask something of it."""

    id: str
    name: str
    project_id: str


_OWNERS = (
    sa.select(_c.project_id, _c.user_id)
    .distinct()
    .order_by(_c.project_id, _c.user_id)
)
_KNOWN_OWNERS = _OWNERS.add_columns(
    tables.credentials.c.id.label('credential_id')
).join_from(
    tables.clusters,
    tables.credentials,
    sa.and_(
        tables.credentials.c.user_id == _c.user_id,
        tables.credentials.c.project_id == _c.project_id,
        tables.credentials.c.state == credentials.WORKING,
    ),
)


def owners(
    conn: sa.Connection, turn: int = 0, *, are_known: bool = False
) -> list[Owner]:
    """Whoever has clusters; one of its users for each project.

    With another `turn` it is another of the users. `are_known`: only users
    with a credential that works.
    """
    pairs = _KNOWN_OWNERS if are_known else _OWNERS
    by_project: dict[str, list[Owner]] = {}
    for row in conn.execute(pairs):
        owner = Owner(**row._mapping)
        by_project.setdefault(owner.project_id, []).append(owner)
    return [each[turn % len(each)] for each in by_project.values()]


def _slices(values: Iterable[str]) -> list[list[str]]:
    listed = sorted({each for each in values if each})
    return [
        listed[start : start + SLICE] for start in range(0, len(listed), SLICE)
    ]


def known_servers(conn: sa.Connection, servers: Iterable[str]) -> set[str]:
    """Those of `servers` that belong to a node that is not gone."""
    known: set[str] = set()
    for part in _slices(servers):
        known |= set(
            conn.scalars(
                sa.select(_n.server_id).where(
                    _n.server_id.in_(part), _n.status != nodes.GONE
                )
            )
        )
    return known


def known_clusters(conn: sa.Connection, clusters: Iterable[str]) -> set[str]:
    """Those of `clusters` that there are, or were as far as records go."""
    known: set[str] = set()
    for part in _slices(clusters):
        for column in (_c.id, _n.cluster_id):
            known |= set(
                conn.scalars(
                    sa.select(column).where(column.in_(part)).distinct()
                )
            )
    return known


def awaited_launches(conn: sa.Connection, launches: Iterable[str]) -> set[str]:
    """Those of `launches` whose servers some node still waits for."""
    awaited: set[str] = set()
    for part in _slices(launches):
        awaited |= set(
            conn.scalars(
                sa.select(_n.launch_id).where(
                    _n.launch_id.in_(part),
                    _n.server_id.is_(None),
                    _n.status.in_((nodes.BUILDING, nodes.DELETING)),
                )
            )
        )
    return awaited


def members(
    conn: sa.Connection, project_id: str, statuses: Sequence[str]
) -> list[str]:
    """The servers of all members in `statuses` of a project's clusters."""
    return [
        each
        for each in conn.scalars(
            sa.select(_n.server_id).where(
                _n.project_id == project_id, _n.status.in_(statuses)
            )
        )
        if each is not None
    ]


def members_of(
    conn: sa.Connection, servers: Iterable[str], statuses: Sequence[str]
) -> list[Cluster]:
    """The clusters that have one of `servers` as a member in `statuses`."""
    found: dict[str, Cluster] = {}
    for part in _slices(servers):
        rows = conn.execute(
            sa.select(_c.id, _c.name, _c.project_id)
            .join_from(tables.nodes, tables.clusters, _n.cluster_id == _c.id)
            .where(_n.server_id.in_(part), _n.status.in_(statuses))
            .distinct()
        )
        for cluster_id, name, project_id in rows:
            found[cluster_id] = Cluster(
                id=cluster_id, name=name, project_id=project_id
            )
    return list(found.values())


def has_open_action(conn: sa.Connection, cluster_id: str, kind: str) -> bool:
    """Whether an action of that kind waits to be taken up."""
    a = tables.actions.c
    return (
        conn.execute(
            sa.select(a.id)
            .where(
                a.cluster_id == cluster_id,
                a.status == actions.QUEUED,
                a.kind == kind,
            )
            .limit(1)
        ).first()
        is not None
    )
