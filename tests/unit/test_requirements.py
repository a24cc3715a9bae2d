"""The libraries that are asked for are the ones that are used."""

import ast
import pathlib
import re
import sys
from importlib import metadata

ROOT = pathlib.Path(__file__).resolve().parents[2]

#: Used by its effect and not by an import.
BUILDS = {'pbr'}

OURS = {'autoscale', 'benchmarks', 'examples', 'tests'}


def normal(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()


def asked_for(name: str = 'requirements.txt') -> set[str]:
    lines = (ROOT / name).read_text('utf-8').splitlines()
    return {
        normal(re.split(r'[\[<>=!~; #]', line)[0]) for line in lines if line
    }


def imported(*folders: str) -> set[str]:
    """The distributions of the libraries that these folders import."""
    modules = set()
    paths = [path for each in folders for path in (ROOT / each).rglob('*.py')]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text('utf-8'))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or '').split('.')[0])
    known = metadata.packages_distributions()
    return {
        normal(known.get(module, [module])[0])
        for module in modules - set(sys.stdlib_module_names) - OURS
    }


def test_every_library_that_is_imported_is_asked_for() -> None:
    assert imported('autoscale') - asked_for() == set()


def test_every_library_of_tests_and_examples_is_asked_for() -> None:
    known = asked_for() | asked_for('test-requirements.txt')
    assert imported('tests', 'benchmarks', 'examples') - known == set()


def test_no_library_is_asked_for_and_not_used() -> None:
    assert asked_for() - imported('autoscale') - BUILDS == set()


def test_every_requirement_has_a_lower_bound_and_a_licence() -> None:
    for name in ('requirements.txt', 'test-requirements.txt'):
        for line in (ROOT / name).read_text('utf-8').splitlines():
            assert re.fullmatch(r'[\w.\-]+(\[\w+\])?>=[\d.]+ # .+', line), line
