"""URLs as our engines need them, and engines as they come out."""

import pytest
import sqlalchemy as sa
from oslo_db.sqlalchemy import engines
from sqlalchemy import pool

from autoscale.db import connecting


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
