"""Column types and expressions that mean the same on every database.

Times are kept as UTC without a zone and travel as aware datetimes. What the
time is, the database says: `DatabaseTime` is its clock, so that the clocks of
our hosts may differ without a lease or a deadline noticing.
"""

import json
from collections.abc import Iterator
from collections.abc import Mapping
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


class Unread(Mapping[str, Any]):
    """A JSON object that is read when somebody looks into it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Any] | None = None

    def _object(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self._text)
        return self._read

    def __getitem__(self, key: str) -> Any:
        return self._object()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._object())

    def __len__(self) -> int:
        return len(self._object())

    def __bool__(self) -> bool:
        return self._text != '{}'

    def __eq__(self, other: object) -> bool:
        return self is other or super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class UnreadJSON(sa.TypeDecorator[Mapping[str, Any]]):
    """For `type_coerce` of a JSON column that is seldom looked into."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(
        self, value: Any, dialect: sa.Dialect
    ) -> Mapping[str, Any] | None:
        # Some drivers read JSON before we are asked.
        return Unread(value) if isinstance(value, str) else value


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
