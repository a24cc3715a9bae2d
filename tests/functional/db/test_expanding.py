"""Each revision of the schema leaves the version before it at work."""

import pytest
import sqlalchemy as sa
from alembic import config
from alembic import script

from autoscale.db import migration
from tests.functional.db import expanding

_NAME = 'name VARCHAR(10) NOT NULL'


def revisions():
    """The oldest first."""
    found = script.ScriptDirectory.from_config(config.Config(migration._INI))
    return list(reversed(list(found.walk_revisions())))


def schema(url):
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        found = expanding.schema(conn)
    engine.dispose()
    return found


def test_a_revision_adds_unless_it_says_that_it_contracts(tmp_path):
    url = f'sqlite:///{tmp_path}/autoscale.sqlite'
    before = {}
    for revision in revisions():
        migration.db_sync(url, revision.revision)
        after = schema(url)
        taken_away = expanding.taken_away(before, after)
        if hasattr(revision.module, 'contract'):
            assert revision.module.contract, 'say who needed it last'
        else:
            assert taken_away == [], (
                f'revision {revision.revision} takes something away from '
                'those that serve; see doc/source/admin/upgrading.rst'
            )
        before = after
    assert 'work' in before


def made_of(columns, *more, name='things'):
    """The schema of one table, as SQLite has it."""
    engine = sa.create_engine('sqlite://')
    with engine.begin() as conn:
        for each in (f'CREATE TABLE {name} ({columns})', *more):
            conn.exec_driver_sql(each)
        return expanding.schema(conn)


@pytest.mark.parametrize(
    'after',
    [
        [f'{_NAME}, colour VARCHAR(10)'],
        [f'{_NAME}, size INTEGER DEFAULT 0 NOT NULL'],
        ['name VARCHAR(10)'],
        [_NAME, 'CREATE INDEX things_by_name ON things (name)'],
        [_NAME, 'CREATE TABLE others (name VARCHAR(10) NOT NULL)'],
    ],
)
def test_what_adds_takes_nothing_away(after):
    assert not expanding.taken_away(made_of(_NAME), made_of(*after))


@pytest.mark.parametrize(
    ('after', 'reason'),
    [
        (['label VARCHAR(10)'], 'the column name is gone'),
        (['name INTEGER NOT NULL'], 'name was VARCHAR(10) and is INTEGER'),
        ([f'{_NAME}, size INTEGER NOT NULL'], 'size is new, has no default'),
        ([f'{_NAME}, UNIQUE (name)'], 'name has to be unique now'),
        (
            [_NAME, 'CREATE UNIQUE INDEX one_name ON things (name)'],
            'name has to be unique now',
        ),
        ([f"{_NAME}, CHECK (name > '')"], 'rows are refused that were not'),
    ],
)
def test_what_contracts_is_found(after, reason):
    found = expanding.taken_away(made_of(_NAME), made_of(*after))
    assert any(f'things: {reason}' in each for each in found), found


def test_a_table_or_a_null_or_a_default_that_is_gone_is_found():
    gone = expanding.taken_away(made_of(_NAME), made_of(_NAME, name='others'))
    assert gone == ['the table things is gone']
    loose = made_of("name VARCHAR(10) DEFAULT 'one'")
    assert expanding.taken_away(loose, made_of(_NAME)) == [
        'things: name may no longer be null',
        'things: name has no default any more',
    ]
