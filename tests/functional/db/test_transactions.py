"""The door: transactions, their retries, and the database's clock."""

import sqlite3
import threading
import time
from concurrent import futures
from datetime import timedelta

import pytest
import sqlalchemy as sa
from oslo_db import exception as db_exception

from autoscale import exceptions
from autoscale.db import cluster as clusters
from autoscale.db import connecting
from autoscale.db import database as databases
from autoscale.db import migration
from autoscale.db import profile as profiles
from autoscale.db.database import Database
from tests.functional.db import conftest
from tests.functional.db import sample

on_sqlite_only = pytest.mark.skipif(
    bool(conftest.URL), reason='SQLite has these ways, servers do not'
)


@pytest.fixture
def impatient(monkeypatch):
    """Retries follow at once."""
    monkeypatch.setattr(time, 'sleep', lambda seconds: None)


def test_what_a_write_returns_is_returned_and_kept(database):
    made = database.write(profiles.create, sample.profile(name='kept'))
    assert database.read(profiles.get, 'p1', 'kept') == made


def test_a_write_that_raises_leaves_nothing(database):
    def fail(conn):
        profiles.create(conn, sample.profile(name='lost'))
        raise exceptions.Refused(reason='no')

    with pytest.raises(exceptions.Refused):
        database.write(fail)
    with pytest.raises(exceptions.NotFound):
        database.read(profiles.get, None, 'lost')


@pytest.mark.skipif(
    'mysql' not in (conftest.URL or ''), reason='other drivers know better'
)
@pytest.mark.parametrize('how', ['read', 'write'])
def test_a_transaction_is_ended_once(database, how):
    def ends(conn):
        asked = sa.text("SHOW SESSION STATUS LIKE 'Com_%'")
        said = dict(conn.execute(asked).all())
        return int(said['Com_commit']) + int(said['Com_rollback'])

    do = getattr(database, how)
    assert do(ends) + 1 == do(ends)


def test_as_many_transactions_are_at_work_as_is_said(
    conf, in_threads, monkeypatch
):
    monkeypatch.setattr(databases, 'PATIENCE', 30)
    conf.set_override('concurrency', 2, group='database')
    migration.db_sync(conf)
    database = Database(conf)
    inside, most = [], []

    def look(conn):
        inside.append(conn)
        most.append(len(inside))
        # One within another waits for no place.
        assert database.read(lambda conn: conn.scalar(sa.text('SELECT 1')))
        inside.remove(conn)

    in_threads(lambda number: [database.read(look) for _ in range(20)])
    database.dispose()
    assert len(most) == 160
    assert max(most) <= 2


def test_transactions_that_are_stuck_hold_up_no_others(conf):
    conf.set_override('concurrency', 2, group='database')
    migration.db_sync(conf)
    database = Database(conf)
    gate = threading.Barrier(4)
    with futures.ThreadPoolExecutor(4) as pool:
        stuck = [
            pool.submit(database.read, lambda conn: gate.wait(timeout=30))
            for _ in range(4)
        ]
        assert sorted(each.result() for each in stuck) == [0, 1, 2, 3]
    database.dispose()


def test_keywords_reach_the_function(database):
    found = database.read(
        profiles.page, 'p1', filters={}, sort=[], limit=5, marker=None
    )
    assert found == []


def test_times_come_back_as_they_went(database):
    made = database.write(profiles.create, sample.profile())
    found = database.read(profiles.get, None, made.id)
    assert found.created_at == sample.THEN


@pytest.mark.parametrize(
    'error',
    [
        db_exception.DBDeadlock(),
        db_exception.DBConnectionError(),
        sqlite3.OperationalError('database is locked'),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_is_tried_again_from_the_start(database, impatient, error):
    if isinstance(error, sqlite3.Error):
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    seen = []

    def fail_twice(conn):
        seen.append(profiles.create(conn, sample.profile(name='again')))
        if len(seen) < 3:
            raise error

    database.write(fail_twice)
    assert database.read(profiles.get, None, 'again') == seen[2]


def test_what_does_not_pass_is_unavailable_in_the_end(
    conf, database, impatient
):
    calls = []

    def fail(conn):
        calls.append(conn)
        raise db_exception.DBDeadlock()

    with pytest.raises(exceptions.Unavailable, match='database'):
        database.write(fail)
    assert len(calls) == conf.database.db_max_retries + 1


def test_an_error_of_ours_is_not_tried_again(database):
    calls = []

    def fail(conn):
        calls.append(conn)
        raise exceptions.Conflict(reason='no')

    with pytest.raises(exceptions.Conflict):
        database.write(fail)
    assert len(calls) == 1


@pytest.mark.parametrize(
    'url',
    [
        'sqlite:////no/such/directory/autoscale.sqlite',
        'mysql+pymysql://nobody@127.0.0.1:9/autoscale',
        'postgresql+psycopg2://nobody@127.0.0.1:9/autoscale',
    ],
)
def test_a_database_that_is_not_there_is_unavailable(conf, url):
    conf.set_override('connection', url, group='database')
    conf.set_override('db_max_retries', 0, group='database')
    with pytest.raises(exceptions.Unavailable):
        Database(conf).read(profiles.get, None, 'any')


def test_the_database_says_what_time_it_is(database, monkeypatch):
    before = database.now()
    real = time.time
    monkeypatch.setattr(time, 'time', lambda: real() + 3600)
    assert abs(database.now() - before) < timedelta(seconds=60)
    assert before.utcoffset() == timedelta(0)


def test_the_clock_goes_on_between_two_looks(database, monkeypatch):
    first = database.now()
    real = time.monotonic
    monkeypatch.setattr(time, 'monotonic', lambda: real() + 30)
    gone = database.now() - first
    assert timedelta(seconds=30) <= gone < timedelta(seconds=45)


def test_the_clock_is_read_again_after_a_minute(database, monkeypatch):
    first = database.now()
    real = time.monotonic
    monkeypatch.setattr(time, 'monotonic', lambda: real() + 3600)
    assert database.now() - first < timedelta(seconds=60)


@on_sqlite_only
def test_writers_in_threads_lose_nothing(database, cluster, in_threads):
    def grow(conn):
        size = clusters.get(conn, None, cluster.id).desired_capacity
        clusters.change(conn, cluster.id, desired_capacity=size + 1)

    def grow_often(number):
        for _ in range(20):
            database.write(grow)

    in_threads(grow_often)
    grown = database.read(clusters.get, None, cluster.id)
    assert grown.desired_capacity == cluster.desired_capacity + 160


@on_sqlite_only
def test_writers_that_take_no_turns_lose_nothing(conf, cluster, in_threads):
    """As in several processes: they know of each other by the file only."""

    def grow(conn):
        size = clusters.get(conn, None, cluster.id).desired_capacity
        clusters.change(conn, cluster.id, desired_capacity=size + 1)

    def grow_often(number):
        alone = Database(conf)
        alone._turn = threading.Lock()
        for _ in range(10):
            alone.write(grow)
        found = alone.read(clusters.get, None, cluster.id)
        alone.dispose()
        return found.desired_capacity

    assert max(in_threads(grow_often)) == cluster.desired_capacity + 80


@on_sqlite_only
def test_readers_go_on_while_somebody_writes(database, cluster):
    def read_meanwhile(conn):
        clusters.change(conn, cluster.id, name='new')
        return database.read(clusters.get, None, cluster.id).name

    assert database.write(read_meanwhile) == 'web'
    assert database.read(clusters.get, None, cluster.id).name == 'new'


@on_sqlite_only
def test_a_read_transaction_sees_one_state(database, cluster):
    def look_twice(conn):
        first = clusters.get(conn, None, cluster.id).name
        database.write(clusters.change, cluster.id, name='new')
        return first, clusters.get(conn, None, cluster.id).name

    assert database.read(look_twice) == ('web', 'web')


@on_sqlite_only
def test_a_write_inside_a_write_is_an_error(database):
    def outer(conn):
        database.write(profiles.create, sample.profile())

    with pytest.raises(RuntimeError, match='inside a write'):
        database.write(outer)


@on_sqlite_only
def test_a_file_that_stays_locked_is_unavailable(
    conf, database, impatient, monkeypatch
):
    monkeypatch.setattr(connecting, 'BUSY_SECONDS', 0)
    path = sa.make_url(conf.database.connection).database
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    waiting = Database(conf)
    with pytest.raises(exceptions.Unavailable):
        waiting.write(profiles.create, sample.profile())
    other.execute('ROLLBACK')
    made = waiting.write(profiles.create, sample.profile())
    assert waiting.read(profiles.get, None, made.id) == made
    other.close()
    waiting.dispose()


@on_sqlite_only
def test_connections_are_kept(database):
    opened = []
    engine = database._facade.writer.get_engine()
    sa.event.listen(engine, 'connect', lambda *_: opened.append(1))
    for _ in range(5):
        database.write(profiles.create, sample.profile())
        database.now()
    assert not opened


_WHO_AND_KILL = {
    'mysql': ('SELECT CONNECTION_ID()', 'KILL {}'),
    'postgresql': (
        'SELECT pg_backend_pid()',
        'SELECT pg_terminate_backend({})',
    ),
}


@pytest.mark.skipif(not conftest.URL, reason='a file does not hang up')
def test_a_connection_that_broke_while_it_was_kept_is_replaced(conf, database):
    who, kill = _WHO_AND_KILL[sa.make_url(conftest.URL).get_backend_name()]
    other = Database(conf)
    for use in (database.read, database.write):
        kept = use(lambda conn: conn.exec_driver_sql(who).scalar_one())
        other.write(
            lambda conn, kept=kept: conn.exec_driver_sql(kill.format(kept))
        )
        assert use(lambda conn: conn.exec_driver_sql(who).scalar_one()) != kept
    other.dispose()


def test_dispose_closes_and_a_later_call_opens_again(database):
    made = database.write(profiles.create, sample.profile())
    database.dispose()
    assert database.read(profiles.get, None, made.id) == made


def test_names_differ_by_case_and_hold_any_character(database):
    lower = database.write(profiles.create, sample.profile(name='web'))
    database.write(profiles.create, sample.profile(name='Web'))
    rich = database.write(profiles.create, sample.profile(name='🐘 é'))
    assert database.read(profiles.get, 'p1', 'web') == lower
    assert database.read(profiles.get, 'p1', '🐘 é') == rich
