"""The schema that the revisions build is the one that we use."""

import sqlalchemy as sa
from alembic import autogenerate
from alembic.runtime.migration import MigrationContext

from autoscale.conf import database as options
from autoscale.db import migration
from autoscale.db import tables


def test_an_empty_database_has_no_version(tmp_path):
    assert migration.db_version(f'sqlite:///{tmp_path}/empty') is None


def test_upgrading_twice_is_upgrading_once(conf):
    migration.db_sync(conf)
    first = migration.db_version(conf)
    migration.db_sync(conf)
    assert migration.db_version(conf) == first
    assert first is not None


def test_a_url_will_do_for_a_configuration(tmp_path):
    url = f'sqlite:///{tmp_path}/50%25 of it'
    migration.db_sync(url)
    assert migration.db_version(url) is not None


def test_the_revisions_build_what_the_tables_say(database):
    def compare(conn):
        context = MigrationContext.configure(
            conn, opts={'compare_type': _differs, 'compare_server_default': 1}
        )
        return autogenerate.compare_metadata(context, tables.metadata)

    assert database.read(compare) == []


def _differs(context, inspected_column, column, inspected_type, ours):
    """Types differ, unless MariaDB keeps JSON as the text that it is."""
    if isinstance(ours, sa.JSON) and context.dialect.name == 'mysql':
        return False
    return None


def test_syncs_at_the_same_time_follow_each_other(tmp_path, in_threads):
    url = f'sqlite:///{tmp_path}/new.sqlite'
    in_threads(lambda number: migration.db_sync(url), count=4)
    assert migration.db_version(url) is not None


def test_the_listed_options_are_the_registered_ones(conf):
    conf.clear_override('connection', group='database')
    ((group, listed),) = options.list_opts()
    for option in listed:
        assert conf[group][option.dest] == option.default
