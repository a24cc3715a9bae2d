"""A database with our tables, empty, for each test.

AUTOSCALE_TEST_DATABASE_URL names a server's database to use instead of a new
SQLite file; its tables are emptied before each test.
"""

import os

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from autoscale.conf import database as options
from autoscale.db import migration
from autoscale.db import tables
from autoscale.db.database import Database

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
