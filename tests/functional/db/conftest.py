"""A database with our tables, empty, for each test.

AUTOSCALE_TEST_DATABASE_URL names a server's database to use instead of a new
SQLite file; its tables are emptied before each test.
"""

import os
import threading
from concurrent import futures

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from autoscale.conf import database as options
from autoscale.db import migration
from autoscale.db import profile as profiles
from autoscale.db import request
from autoscale.db import tables
from autoscale.db.database import Database
from tests.functional.db import sample

URL = os.environ.get('AUTOSCALE_TEST_DATABASE_URL')


@pytest.fixture
def conf(tmp_path):
    made = cfg.ConfigOpts()
    options.register_opts(made)
    made([])
    url = URL or f'sqlite:///{tmp_path}/autoscale.sqlite'
    made.set_override('connection', url, group='database')
    return made


@pytest.fixture
def database(conf):
    migration.db_sync(conf)
    made = Database(conf)
    made.write(_empty)
    yield made
    made.dispose()


def _empty(conn: sa.Connection) -> None:
    for table in tables.metadata.sorted_tables:
        conn.execute(table.delete())


@pytest.fixture
def cluster(database):
    """A cluster with its profile, its work and its first action."""
    profile = sample.profile()
    made = sample.cluster(profile_id=profile.id)
    action = sample.action(cluster_id=made.id, kind='create')

    def create(conn):
        profiles.create(conn, profile)
        request.create_cluster(conn, made, action)

    database.write(create)
    return made


@pytest.fixture
def in_threads():
    """Call a function with 0..n-1 in n threads at once; all the answers."""

    def call(function, count=8):
        gate = threading.Barrier(count)

        def one(number):
            gate.wait(timeout=30)
            return function(number)

        with futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count), timeout=60))

    return call
