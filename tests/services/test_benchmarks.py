"""The benchmarks of a deployment run, and what they kill is not lost."""

import json

import pytest

from benchmarks import __main__ as benchmarks


@pytest.fixture
def figures(tmp_path):
    """Measure so many subjects quickly; each figure of theirs."""
    file = tmp_path / 'figures.json'

    def measure(*names):
        wanted = [*names, '--quick', '--json', str(file)]
        assert benchmarks.main(wanted) == 0
        found = json.loads(file.read_text())
        assert set(found) == set(names)
        return {
            each['figure']: each['median']
            for rows in found.values()
            for each in rows
        }

    return measure


def test_a_killed_engine_loses_and_doubles_nothing(figures):
    found = figures('takeover')
    name = 'engine killed, leases of 2 s'
    assert found[f'{name}: kills'] == 1
    assert found[f'{name}: servers lost'] == 0
    assert found[f'{name}: servers too many'] == 0


def test_the_standalone_service_and_a_deployment_have_the_same_figures(
    figures,
):
    found = figures('deployment', 'neighbours')
    for figure in (
        'triggers answered and decided',
        'completions, token posted -> DELETE received',
        'idle, 0 clusters: CPU of all',
    ):
        assert f'standalone: {figure}' in found
        assert f'deployment: {figure}' in found
    for who in ('standalone', 'two engines'):
        ratio = '20 answers at once: ACTIVE, p95 with / without'
        assert found[f'{who}, {ratio}'] > 0
