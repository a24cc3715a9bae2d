"""What a pass writes: all its changes in one transaction, set by set.

A pass that does something in the world commits before and after it; the last
transaction of each gives the cluster back. Rows that change alike change in
one statement, so that a scale-out by a thousand is a handful of statements.
The lease is the first row written: if it is another engine's by now, the
database refuses all that follows.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import event
from autoscale.db import tables
from autoscale.db import work
from autoscale.db.rows import Rows
from autoscale.model import action as actions
from autoscale.model import changes as changes_module
from autoscale.model import hook as hooks
from autoscale.model import node as nodes

#: Rows in one statement; SQLite binds no more than 32,766 values at a time.
SLICE = 500

#: A statement that spells out hundreds of ids seldom comes again; kept by
#: SQLAlchemy, a few hundred of them would take more memory than all else.
_RARELY_TWICE: dict[str, Any] = {'compiled_cache': None}

_nodes = Rows('node', tables.nodes, nodes.Node)
_hooks = Rows('hook', tables.hooks, hooks.Hook)
_actions = Rows('action', tables.actions, actions.Action, tie='sequence')


def commit(
    conn: sa.Connection,
    changes: changes_module.Changes,
    *,
    owner: str,
    lease_seconds: float,
    now: datetime,
) -> None:
    """Write them.

    Raises LeaseLost when the cluster is in another engine's hands, and
    PassIsStale when a plan's hook or action was answered or cancelled since
    it was read.
    """
    work.fence(conn, changes.cluster_id, owner, lease_seconds)
    _write(conn, changes, now)


def finish(
    conn: sa.Connection,
    changes: changes_module.Changes,
    *,
    owner: str,
    look_at: datetime | None,
    version: int,
    now: datetime,
) -> bool:
    """Write the last changes of a pass, and give the cluster back.

    Answers as `work.release` does, whether it is due again. Raises as
    `commit` does.
    """
    is_due = work.release(
        conn, changes.cluster_id, owner, look_at, version, failures=0
    )
    _write(conn, changes, now)
    return is_due


def _write(
    conn: sa.Connection, changes: changes_module.Changes, now: datetime
) -> None:
    if changes.cluster:
        _change_cluster(conn, changes)
    if changes.new_actions:
        _actions.create_all(conn, changes.new_actions)
    _create(conn, _nodes, changes.new_nodes)
    _create(conn, _hooks, changes.new_hooks)
    _change_rows(conn, tables.nodes, changes.nodes)
    _change_expected(conn, tables.hooks, changes, changes.hooks, now)
    _change_expected(conn, tables.actions, changes, changes.actions, now)
    for policy_id, columns in changes.bindings.items():
        _change_binding(conn, changes.cluster_id, policy_id, columns)
    if changes.events:
        event.record(conn, list(changes.events))
    if changes.forget_cluster:
        _forget(conn, changes.cluster_id)


def _create(conn: sa.Connection, rows: Rows[Any], models: Any) -> None:
    for start in range(0, len(models), SLICE):
        rows.create_all(conn, models[start : start + SLICE])


def _change_cluster(
    conn: sa.Connection, changes: changes_module.Changes
) -> None:
    conn.execute(
        tables.clusters.update()
        .where(tables.clusters.c.id == changes.cluster_id)
        .values(**changes.cluster)
    )


def _change_rows(
    conn: sa.Connection,
    table: sa.Table,
    rows: Mapping[str, Mapping[str, Any]],
    *conditions: sa.ColumnElement[bool],
) -> int:
    """Change rows by id, those that change the same columns together.

    Answers how many rows were changed.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for row_id, columns in rows.items():
        alike.setdefault(tuple(sorted(columns)), []).append(row_id)
    changed = 0
    for names, ids in alike.items():
        for start in range(0, len(ids), SLICE):
            part = ids[start : start + SLICE]
            values = {name: _column(table, name, part, rows) for name in names}
            changed += conn.execute(
                table.update()
                .where(table.c.id.in_(part), *conditions)
                .values(**values),
                execution_options=_RARELY_TWICE,
            ).rowcount
    return changed


def _column(
    table: sa.Table,
    name: str,
    ids: Sequence[str],
    rows: Mapping[str, Mapping[str, Any]],
) -> Any:
    """One value, if all rows get the same; else a CASE over their ids."""
    first = rows[ids[0]][name]
    if all(rows[each][name] == first for each in ids):
        return first
    column = table.c[name]
    return sa.case(
        {each: sa.literal(rows[each][name], column.type) for each in ids},
        value=table.c.id,
    )


def _change_expected(
    conn: sa.Connection,
    table: sa.Table,
    changes: changes_module.Changes,
    rows: Mapping[str, changes_module.Expected],
    now: datetime,
) -> None:
    """Change rows whose status is still the one that the plan saw."""
    by_move: dict[tuple[str, str | None], dict[str, dict[str, Any]]] = {}
    for row_id, expected in rows.items():
        move = (expected.status, expected.values.get('status'))
        by_move.setdefault(move, {})[row_id] = expected.values
    for (old, new), group in by_move.items():
        conditions = [table.c.status == old]
        if new == hooks.TIMED_OUT:
            # A heartbeat may have moved the deadline since.
            conditions.append(tables.hooks.c.deadline <= now)
        changed = _change_rows(conn, table, group, *conditions)
        if changes.is_plan and changed != len(group):
            raise exceptions.PassIsStale(
                cluster_id=changes.cluster_id,
                what=f'{table.name} that were {old}',
            )


def _change_binding(
    conn: sa.Connection,
    cluster_id: str,
    policy_id: str,
    columns: Mapping[str, Any],
) -> None:
    conn.execute(
        tables.bindings.update()
        .where(
            tables.bindings.c.cluster_id == cluster_id,
            tables.bindings.c.policy_id == policy_id,
        )
        .values(**columns)
    )


def _forget(conn: sa.Connection, cluster_id: str) -> None:
    """The cluster and what means nothing without it; records stay."""
    of_webhooks = sa.select(tables.webhooks.c.id).where(
        tables.webhooks.c.cluster_id == cluster_id
    )
    conn.execute(
        tables.transitions.delete().where(
            tables.transitions.c.webhook_id.in_(of_webhooks)
        )
    )
    for table in (tables.webhooks, tables.bindings, tables.work):
        conn.execute(table.delete().where(table.c.cluster_id == cluster_id))
    conn.execute(
        tables.clusters.delete().where(tables.clusters.c.id == cluster_id)
    )
