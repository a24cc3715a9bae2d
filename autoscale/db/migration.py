"""The schema: which revision the database has, and how it gets the newest.

Revisions only go forward. Each upgrade is one transaction where the database
can roll back a change of its schema.
"""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic import config
from alembic import script
from alembic.runtime.migration import MigrationContext
from oslo_config import cfg
from oslo_db.sqlalchemy import engines

from autoscale.db import connecting
from autoscale.db import database

_patiently = database.retrying(max_retries=8, max_interval=1)
_INI = pathlib.Path(__file__).with_name('alembic.ini')


def db_sync(where: cfg.ConfigOpts | str, revision: str = 'head') -> None:
    """Bring the schema to this revision; nothing happens when it is there.

    `where` is our configuration or a database URL. On SQLite, two at once
    follow each other; elsewhere run one at a time.
    """
    with _connection(where) as conn:
        settings = config.Config(_INI)
        settings.attributes['connection'] = conn
        command.upgrade(settings, revision)


def db_version(where: cfg.ConfigOpts | str) -> str | None:
    """The schema's revision; None for a database without our tables."""
    with _connection(where) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def head() -> str | None:
    """The revision that this version of ours needs."""
    scripts = script.ScriptDirectory.from_config(config.Config(_INI))
    return scripts.get_current_head()


@contextlib.contextmanager
def _connection(where: Any) -> Iterator[sa.Connection]:
    url = where if isinstance(where, str) else where.database.connection
    prepared = connecting.prepare(url)
    engine = engines.create_engine(
        prepared.render_as_string(hide_password=False), max_retries=0
    )
    token = connecting.will_write.set(True)
    try:
        # A new SQLite file may be locked by who opened it a moment before.
        with _patiently(engine.connect)() as conn, conn.begin():
            yield conn
    finally:
        connecting.will_write.reset(token)
        engine.dispose()
