"""Times, and the database's clock in each dialect's words."""

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

from autoscale.db import types


@pytest.mark.parametrize(
    ('dialect', 'says'),
    [
        (sqlite, "strftime('%Y-%m-%d %H:%M:%f', 'now'"),
        (mysql, 'UTC_TIMESTAMP(6)'),
        (postgresql, '(SELECT timezone('),
    ],
)
def test_each_database_is_asked_for_its_own_time(dialect, says):
    statement = sa.select(types.DatabaseTime(5)).compile(
        dialect=dialect.dialect(paramstyle='named')
    )
    assert says in str(statement)
    assert list(statement.params.values()) == [5]


def test_two_times_are_one_statement_to_compile():
    one, other = (
        sa.select(types.DatabaseTime(seconds))._generate_cache_key()
        for seconds in (1, 2)
    )
    assert one.key == other.key


def test_times_are_kept_in_utc():
    kept = types.UTCDateTime().process_bind_param(
        datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), None
    )
    assert kept == datetime(2026, 1, 1)
    given = types.UTCDateTime().process_result_value(kept, None)
    assert given == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_clock_moves_by_the_seconds_asked():
    engine = sa.create_engine('sqlite://')
    with engine.connect() as conn:
        now, later = conn.execute(
            sa.select(types.DatabaseTime(), types.DatabaseTime(90.5))
        ).one()
    assert later - now == timedelta(seconds=90.5)
    engine.dispose()
