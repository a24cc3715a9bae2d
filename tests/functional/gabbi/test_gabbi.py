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

from tests.functional.api import furniture
from tests.functional.api import house as houses

HERE = pathlib.Path(__file__).parent
FILES = sorted(HERE.glob('*.yaml'))


@pytest.fixture
def house(tmp_path):
    made = houses.opened(tmp_path)
    furniture.furnish(made)
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
        'credential',
        'engine',
        'event',
        'hook',
        'node',
        'policy',
        'profile',
        'version',
        'webhook',
    }
