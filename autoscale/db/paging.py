"""One page of a table, from where the page before ended.

A page begins after its marker by comparing values, never by counting rows,
so that what comes and goes meanwhile moves nothing. Rows without a value in
a column count as larger than all that have one, on every database.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoscale import exceptions

ASC = 'asc'
DESC = 'desc'


def select(
    conn: sa.Connection,
    statement: sa.Select[Any],
    table: sa.Table,
    *,
    tie: str,
    visible: Sequence[sa.ColumnElement[bool]],
    filters: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    limit: int,
    marker: str | None,
) -> Sequence[sa.Row[Any]]:
    """The rows of one page.

    `visible` holds for every row of the answer and for the marker, which is
    the `id` of the last row of the page before. `tie` is the unique column
    that decides between equals; it is sorted as the last key is. Raises
    InvalidQuery for a column that is not there and for an unknown marker.
    """
    keys = _keys(table, sort, tie)
    conditions = list(visible)
    conditions += [
        _matches(_column(table, name, name), value)
        for name, value in filters.items()
    ]
    if marker is not None:
        last = _last(conn, table, keys, visible, marker)
        conditions.append(_after(keys, last))
    ordered = statement.where(*conditions).order_by(
        *(each for column, way in keys for each in _ordering(column, way))
    )
    return conn.execute(ordered.limit(limit)).all()


def _column(table: sa.Table, name: str, parameter: str) -> sa.Column[Any]:
    column = table.c.get(name)
    if column is None or isinstance(column.type, sa.JSON):
        raise exceptions.InvalidQuery(
            parameter=parameter, reason=f"there is no key '{name}'"
        )
    return column


def _keys(
    table: sa.Table, sort: Sequence[tuple[str, str]], tie: str
) -> list[tuple[sa.Column[Any], str]]:
    keys = [(_column(table, name, 'sort'), way) for name, way in sort]
    for _, way in keys:
        if way not in (ASC, DESC):
            raise exceptions.InvalidQuery(
                parameter='sort', reason=f"'{way}' is neither asc nor desc"
            )
    if tie not in [column.name for column, _ in keys]:
        keys.append((table.c[tie], keys[-1][1] if keys else ASC))
    return keys


def _matches(column: sa.Column[Any], value: Any) -> sa.ColumnElement[bool]:
    if value is None:
        return column.is_(None)
    if isinstance(value, (list, tuple, set, frozenset)):
        return column.in_(list(value))
    is_equal: sa.ColumnElement[bool] = column == value
    return is_equal


def _ordering(column: sa.Column[Any], way: str) -> list[Any]:
    by = [column.is_(None), column] if column.nullable else [column]
    return [each.desc() if way == DESC else each.asc() for each in by]


def _last(
    conn: sa.Connection,
    table: sa.Table,
    keys: Sequence[tuple[sa.Column[Any], str]],
    visible: Sequence[sa.ColumnElement[bool]],
    marker: str,
) -> Sequence[Any]:
    statement = sa.select(*(column for column, _ in keys)).where(
        table.c.id == marker, *visible
    )
    last = conn.execute(statement).one_or_none()
    if last is None:
        raise exceptions.InvalidQuery(
            parameter='marker', reason=f"there is no '{marker}' to go on from"
        )
    return last


def _after(
    keys: Sequence[tuple[sa.Column[Any], str]], last: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Whatever sorts after `last`: beyond it in one key, equal before."""
    alternatives = []
    equal: list[sa.ColumnElement[bool]] = []
    for (column, way), value in zip(keys, last, strict=True):
        alternatives.append(sa.and_(*equal, _beyond(column, way, value)))
        equal.append(_matches(column, value))
    after = sa.or_(*alternatives)
    column, way = keys[0]
    if len(keys) > 1 and not column.nullable:
        # Says nothing new; with it, databases enter the index at the marker.
        bound = column <= last[0] if way == DESC else column >= last[0]
        after = sa.and_(bound, after)
    return after


def _beyond(
    column: sa.Column[Any], way: str, value: Any
) -> sa.ColumnElement[bool]:
    if value is None:
        return sa.false() if way == ASC else column.is_not(None)
    beyond: sa.ColumnElement[bool] = (
        column < value if way == DESC else column > value
    )
    if way == ASC and column.nullable:
        return sa.or_(beyond, column.is_(None))
    return beyond
