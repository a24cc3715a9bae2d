"""Column types and expressions that mean the same on every database.

Times are kept as UTC without a zone and travel as aware datetimes. What the
time is, the database says: `DatabaseTime` is its clock, so that the clocks of
our hosts may differ without a lease or a deadline noticing.
"""

from datetime import datetime
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime, kept as naive UTC with microseconds."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        if dialect.name == 'mysql':
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime())

    def process_bind_param(
        self, value: datetime | None, dialect: sa.Dialect
    ) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: sa.Dialect
    ) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class DatabaseTime(functions.GenericFunction[datetime]):
    """The database's clock, moved by a number of seconds.

    `DatabaseTime(10)` is ten seconds from now. It is the time of the
    statement, not of the transaction's start, on all three databases.
    """

    type = UTCDateTime()
    inherit_cache = True
    name = 'autoscale_now'

    def __init__(self, seconds: float | sa.BindParameter[float] = 0) -> None:
        if not isinstance(seconds, sa.BindParameter):
            seconds = sa.literal(seconds, sa.Float)
        super().__init__(seconds)


def _offset(element: DatabaseTime, visit: Any, **kw: Any) -> str:
    (seconds,) = element.clauses
    return str(visit.process(seconds, **kw))


@compiler.compiles(DatabaseTime, 'sqlite')
def _on_sqlite(element: DatabaseTime, visit: Any, **kw: Any) -> str:
    moved = f"printf('%+.6f seconds', {_offset(element, visit, **kw)})"
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {moved}) || '000')"


@compiler.compiles(DatabaseTime, 'mysql', 'mariadb')
def _on_mysql(element: DatabaseTime, visit: Any, **kw: Any) -> str:
    return (
        f'(UTC_TIMESTAMP(6) + INTERVAL '
        f'(1000000 * {_offset(element, visit, **kw)}) MICROSECOND)'
    )


@compiler.compiles(DatabaseTime, 'postgresql')
def _on_postgresql(element: DatabaseTime, visit: Any, **kw: Any) -> str:
    # A clock that moves within the statement may not be looked up in an
    # index; as a query of its own it is read once and may.
    return (
        f"(SELECT timezone('utc', clock_timestamp()) + "
        f'CAST({_offset(element, visit, **kw)} AS double precision) * '
        f"interval '1 second')"
    )
