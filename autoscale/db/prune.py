"""What is over leaves the database by age, in slices.

A slice is small enough for its transaction to be in nobody's way; whoever
calls goes on until a slice comes back smaller than asked.
"""

import dataclasses
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from autoscale.db import tables
from autoscale.db import types
from autoscale.model import action as actions
from autoscale.model import hook as hooks
from autoscale.model import node as nodes


@dataclasses.dataclass(frozen=True)
class _Old:
    table: sa.Table
    since: sa.Column[Any]  #: when it was over; None: it is not
    #: The states in which it is over; each is asked for by itself, the oldest
    #: first, since that is what an index answers at once. None: any.
    states: tuple[str | None, ...] = (None,)


def _ended(noun: ModuleType) -> tuple[str, ...]:
    """The states that nothing leads out of."""
    return tuple(status for status, moves in noun.MOVES.items() if not moves)


_OLD = {
    'action': _Old(tables.actions, tables.actions.c.ended_at, _ended(actions)),
    'engine': _Old(tables.engines, tables.engines.c.seen_at),
    'event': _Old(tables.events, tables.events.c.created_at),
    'hook': _Old(tables.hooks, tables.hooks.c.ended_at, _ended(hooks)),
    'idempotency': _Old(tables.idempotency, tables.idempotency.c.created_at),
    'node': _Old(tables.nodes, tables.nodes.c.left_at, (nodes.GONE,)),
    'transition': _Old(tables.transitions, tables.transitions.c.seen_at),
}

NOUNS = tuple(_OLD)


def old(
    conn: sa.Connection, noun: str, older_than_seconds: float, limit: int
) -> int:
    """Delete at most `limit` that were over for so long; says how many.

    `noun` is one of NOUNS. Actions and hooks count from their end, nodes
    from when they were gone, engines and transitions from when they were
    last seen, the others from their creation.
    """
    kind = _OLD[noun]
    keys = list(kind.table.primary_key.columns)
    is_old = kind.since < types.DatabaseTime(-older_than_seconds)
    slice_of: list[sa.Row[Any]] = []
    for state in kind.states:
        oldest = sa.select(*keys).where(is_old).order_by(kind.since)
        if state is not None:
            oldest = oldest.where(kind.table.c.status == state)
        slice_of += conn.execute(oldest.limit(limit - len(slice_of))).all()
        if len(slice_of) == limit:
            break
    if not slice_of:
        return 0
    if len(keys) == 1:
        chosen = keys[0].in_([key for (key,) in slice_of])
    else:
        chosen = sa.tuple_(*keys).in_([tuple(key) for key in slice_of])
    return conn.execute(kind.table.delete().where(chosen, is_old)).rowcount
