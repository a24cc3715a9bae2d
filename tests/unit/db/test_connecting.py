"""URLs as our engines need them, and engines as they come out."""

import gc
import ssl

import pytest
import sqlalchemy as sa
from oslo_db.sqlalchemy import engines
from sqlalchemy import pool

from autoscale.db import connecting
from tests.functional.standalone import process


def _engine(url):
    prepared = connecting.prepare(url).render_as_string(hide_password=False)
    return engines.create_engine(prepared, max_retries=0)


@pytest.mark.parametrize(
    ('url', 'charset'),
    [
        ('mysql+pymysql://u:p@h/d', 'utf8mb4'),
        ('mysql+pymysql://u:p@h/d?charset=utf8', 'utf8'),
        ('postgresql://u:p@h/d', None),
        ('sqlite:///f', None),
    ],
)
def test_mariadb_keeps_all_characters_unless_told(url, charset):
    prepared = connecting.prepare(url)
    assert prepared.query.get('charset') == charset
    assert prepared.password == sa.make_url(url).password


def test_connections_to_a_file_are_kept(tmp_path):
    engine = _engine(f'sqlite:///{tmp_path}/file')
    assert isinstance(engine.pool, pool.QueuePool)
    engine.dispose()


def test_memory_is_one_connection_still():
    engine = _engine('sqlite://')
    assert isinstance(engine.pool, pool.StaticPool)
    engine.dispose()


@pytest.mark.parametrize(
    ('will_write', 'is_locked'), [(True, True), (False, False)]
)
def test_only_who_will_write_takes_the_lock(tmp_path, will_write, is_locked):
    engine = _engine(f'sqlite:///{tmp_path}/file')
    other = _engine(f'sqlite:///{tmp_path}/file?timeout=0')
    with engine.connect() as first:
        first.exec_driver_sql('CREATE TABLE t (a INTEGER)')
        first.commit()
    token = connecting.will_write.set(will_write)
    with engine.connect() as conn, conn.begin():
        connecting.will_write.reset(token)
        with other.connect() as second:
            second.exec_driver_sql('PRAGMA busy_timeout = 0')
            if is_locked:
                with pytest.raises(Exception, match='locked'):
                    second.exec_driver_sql('INSERT INTO t VALUES (1)')
            else:
                second.exec_driver_sql('INSERT INTO t VALUES (1)')
    engine.dispose()
    other.dispose()


class Returned:
    """A connection of PyMySQL's that comes back to its pool."""

    def __init__(self, status):
        self.server_status = status
        self.is_rolled_back = False

    def rollback(self):
        self.is_rolled_back = True


@pytest.mark.parametrize(
    ('status', 'was_reset', 'is_rolled_back'),
    [(3, False, True), (2, False, False), (3, True, False)],
)
def test_only_a_transaction_left_open_is_rolled_back(
    status, was_reset, is_rolled_back
):
    returned = Returned(status)
    state = pool.PoolResetState(was_reset, False, True)
    connecting._on_mysql_reset(returned, None, state)
    assert returned.is_rolled_back == is_rolled_back


def test_what_a_driver_does_not_tell_may_be_an_open_transaction():
    returned = Returned(0)
    del returned.server_status
    state = pool.PoolResetState(False, False, True)
    connecting._on_mysql_reset(returned, None, state)
    assert returned.is_rolled_back


def test_many_refusals_by_a_database_read_the_certificates_once():
    port = process.free_port()
    url = f'mysql+pymysql://u:p@127.0.0.1:{port}/d'
    engine = sa.create_engine(connecting.prepare(url))
    gc.collect()
    gc.disable()  # what each attempt leaves behind refers to itself
    try:
        before = _tls_contexts()
        for _ in range(5):
            with pytest.raises(sa.exc.OperationalError, match='refused'):
                engine.connect()
        made = _tls_contexts() - before
    finally:
        gc.enable()
    assert made == 1


def _tls_contexts():
    return sum(isinstance(each, ssl.SSLContext) for each in gc.get_objects())
