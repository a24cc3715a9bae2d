"""Inserts that may meet a row that is there already.

Each database says it in its own words, and this is the only place that
knows them. Neither form fails, so the transaction goes on.
"""

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
    table: sa.Table, dialect_name: str, changes: Mapping[str, Any]
) -> Any:
    """A statement that inserts a row, or changes the one with its key.

    `changes` are columns to expressions over the row that was there, and are
    applied in their order where the database applies them one by one: what
    the others read is to be changed last. A value of the row to insert is
    `sa.bindparam('new_<column>')`.
    """
    insert = _INSERTS.get(dialect_name)
    if insert is None:
        return mysql.insert(table).on_duplicate_key_update(
            list(changes.items())
        )
    return insert(table).on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=changes
    )
