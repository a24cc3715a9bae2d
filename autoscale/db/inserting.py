"""Inserts that may meet a row that is there already.

Each database says it in its own words, and this is the only place that
knows them. Neither form fails, so the transaction goes on.
"""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

_INSERTS: dict[str, Any] = {
    'sqlite': sqlite.insert,
    'postgresql': postgresql.insert,
}


def if_new(
    conn: sa.Connection, table: sa.Table, values: Mapping[str, Any]
) -> bool:
    """Insert the row; False when one with this key was there before."""
    insert = _INSERTS.get(conn.dialect.name)
    if insert is not None:
        statement = insert(table).on_conflict_do_nothing()
    else:
        statement = table.insert().prefix_with('IGNORE')
    return conn.execute(statement, values).rowcount == 1


def or_change(
    table: sa.Table,
    dialect_name: str,
    changes: Callable[[Any], Mapping[str, Any]],
) -> Any:
    """A statement that inserts rows, or changes those with their keys.

    `changes(new)` are columns to expressions over the row that was there and
    over `new`, the one that was to be inserted. They are applied in their
    order where the database applies them one by one: what the others read is
    to be changed last.
    """
    insert = _INSERTS.get(dialect_name)
    if insert is None:
        fresh = mysql.insert(table)
        return fresh.on_duplicate_key_update(
            list(changes(fresh.inserted).items())
        )
    fresh = insert(table)
    return fresh.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_=changes(fresh.excluded),
    )
