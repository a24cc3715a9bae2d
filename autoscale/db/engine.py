"""Engines in the database, alive by the database's clock."""

import dataclasses
from collections.abc import Sequence

import sqlalchemy as sa

from autoscale.db import tables
from autoscale.db import types
from autoscale.model.engine import Engine

_e = tables.engines
_SELECT = sa.select(
    *(_e.c[field.name] for field in dataclasses.fields(Engine))
).order_by(_e.c.started_at, _e.c.id)


def start(
    conn: sa.Connection, engine_id: str, host: str, pid: int, version: str
) -> None:
    """A process begins to take passes."""
    conn.execute(
        _e.insert().values(
            id=engine_id,
            host=host,
            pid=pid,
            version=version,
            started_at=types.DatabaseTime(),
            seen_at=types.DatabaseTime(),
            stopped_at=None,
        )
    )


def seen(conn: sa.Connection, engine_id: str) -> bool:
    """It is alive; False when its row is gone and it has to start anew."""
    return _change(conn, engine_id, 'seen_at')


def stop(conn: sa.Connection, engine_id: str) -> bool:
    """It ended in good order; False when its row is gone."""
    return _change(conn, engine_id, 'stopped_at')


def _change(conn: sa.Connection, engine_id: str, column: str) -> bool:
    changed = conn.execute(
        _e.update()
        .where(_e.c.id == engine_id)
        .values({column: types.DatabaseTime()})
    )
    return changed.rowcount == 1


# Last, since below it `list` is no longer Python's.
def list(conn: sa.Connection) -> Sequence[Engine]:
    """Every engine that is still on record, the oldest first."""
    return [Engine(**row._mapping) for row in conn.execute(_SELECT)]
