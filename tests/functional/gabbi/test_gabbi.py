"""The API as its users write to it: one YAML file a noun, read as prose.

Each file is one test on an application and a database of its own, in which
there is a cluster with a member, a hook, an event and an engine already; what
a file needs besides, it makes.
"""

import pathlib
import unittest
import warnings

import pytest
import yaml
from gabbi import handlers
from gabbi import suitemaker

from autoscale.api import capability
from autoscale.db import engine as engines
from autoscale.db import event as events
from autoscale.db import hook as hooks
from autoscale.db import node as nodes
from autoscale.db import profile as profiles
from autoscale.db import request as requests
from tests.functional.api import house as houses
from tests.functional.db import sample

HERE = pathlib.Path(__file__).parent
FILES = sorted(HERE.glob('*.yaml'))

PROFILE = '10000000-0000-4000-8000-000000000000'
CLUSTER = '20000000-0000-4000-8000-000000000000'
NODE = '30000000-0000-4000-8000-000000000000'
GONE = '30000000-0000-4000-8000-000000000001'
HOOK = '40000000-0000-4000-8000-000000000000'
LATE = '40000000-0000-4000-8000-000000000001'
EVENT = '50000000-0000-4000-8000-000000000000'
ENGINE = '60000000-0000-4000-8000-000000000000'
ACTION = '70000000-0000-4000-8000-000000000000'
TOKEN = 'the-token-of-the-hook'


def furnish(house: houses.House) -> None:
    """A cluster `seeded` with one of each."""
    now = house.database.now()
    project = {'project_id': house.conf.api.default_project}
    of_cluster = {**project, 'cluster_id': CLUSTER}
    told = {'node_id': NODE, 'action_id': ACTION}

    def write(conn):
        profiles.create(conn, sample.profile(id=PROFILE, **project))
        requests.create_cluster(
            conn,
            sample.cluster(
                id=CLUSTER, name='seeded', profile_id=PROFILE, **project
            ),
            sample.action(
                id=ACTION, cluster_name='seeded', kind='create', **of_cluster
            ),
        )
        nodes.create(conn, sample.node(id=NODE, name='seeded-1', **of_cluster))
        nodes.create(
            conn, sample.node(id=GONE, index=2, status='GONE', **of_cluster)
        )
        token_hash = capability.hash_of(TOKEN)
        hooks.create(
            conn,
            sample.hook(
                now, id=HOOK, token_hash=token_hash, **told, **of_cluster
            ),
        )
        hooks.create(
            conn,
            sample.hook(
                now,
                id=LATE,
                token_hash=token_hash,
                deadline=sample.THEN,
                **told,
                **of_cluster,
            ),
        )
        events.record(conn, [sample.event(id=EVENT, **told, **of_cluster)])
        engines.start(conn, ENGINE, 'host-1', 4711, '0.1.0')

    house.database.write(write)


@pytest.fixture
def house(tmp_path):
    made = houses.opened(tmp_path)
    furnish(made)
    yield made
    made.database.dispose()


def suite_of(path: pathlib.Path, house: houses.House) -> unittest.TestSuite:
    return suitemaker.test_suite_from_dict(
        loader=unittest.defaultTestLoader,
        test_base_name=path.stem,
        suite_dict=yaml.safe_load(path.read_text(encoding='utf-8')),
        test_directory=str(HERE),
        host='api.test',
        port=80,
        fixture_module=None,
        intercept=lambda: house.app,
        handlers=[each() for each in handlers.RESPONSE_HANDLERS],
        test_loader_name='gabbi',
    )


@pytest.mark.parametrize('path', FILES, ids=[each.stem for each in FILES])
def test_the_api_answers_as_written_in(path, house):
    result = unittest.TestResult()
    with warnings.catch_warnings():
        # gabbi leaves closing its clients to the collector.
        warnings.simplefilter('ignore', ResourceWarning)
        suite_of(path, house).run(result)
    wrong = [
        f'{case}\n{words}' for case, words in result.failures + result.errors
    ]
    assert not wrong, '\n\n'.join(wrong)
    assert result.testsRun > 1


def test_every_noun_has_its_file():
    assert {each.stem for each in FILES} >= {
        'action',
        'binding',
        'cluster',
        'engine',
        'event',
        'hook',
        'node',
        'policy',
        'profile',
        'version',
        'webhook',
    }
