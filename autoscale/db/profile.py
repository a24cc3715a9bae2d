"""Profiles in the database."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import using
from autoscale.model import node as nodes
from autoscale.model.profile import Profile

_rows = rows.Rows('profile', tables.profiles, Profile, is_named=True)


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Profile:
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
) -> list[Profile]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, profile: Profile) -> Profile:
    return _rows.create(conn, profile)


def change(conn: sa.Connection, profile_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, profile_id, values)


def delete(conn: sa.Connection, profile_id: str) -> None:
    """Raises InUse, naming the clusters that use it or have members of it."""
    using.lock(conn, tables.profiles, profile_id)
    members = tables.nodes
    of_members = sa.select(members.c.cluster_id).where(
        members.c.project_id == _project_of(profile_id),
        members.c.profile_id == profile_id,
        members.c.status != nodes.GONE,
    )
    clusters = tables.clusters
    using.refuse(
        conn,
        tables.profiles,
        profile_id,
        sa.or_(
            clusters.c.profile_id == profile_id,
            clusters.c.id.in_(of_members),
        ),
    )
    _rows.delete(conn, profile_id)


def _project_of(profile_id: str) -> sa.ScalarSelect[Any]:
    profiles = tables.profiles
    return (
        sa.select(profiles.c.project_id)
        .where(profiles.c.id == profile_id)
        .scalar_subquery()
    )
