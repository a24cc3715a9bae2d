"""What is written beside the code and would otherwise drift from it."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / 'doc' / 'decisions').glob('[0-9]*.rst'))
SECTIONS = ['Context', 'Choice', 'What we gave up']


def text(*path: str) -> str:
    return ROOT.joinpath(*path).read_text(encoding='utf-8')


def commands() -> list[str]:
    """The lines of the README that one is to paste."""
    return re.findall(r'^   (python3 -m venv .*)$', text('README.rst'), re.M)


def test_the_readme_has_one_line_for_the_demo_and_one_for_the_tests() -> None:
    demo, tests = commands()
    assert demo == f'{tests} -e demo'


def test_the_continuous_run_finds_the_line_of_the_readme() -> None:
    found = re.search(r"sed -n 's\|\^ \*(.*?)\|", text('.ci', 'run'))
    assert found is not None
    # The pattern of sed, in the spelling of Python.
    pattern = found[1].replace(r'\(', '(').replace(r'\)', ')')
    matched = re.findall(f'^ *{pattern}', text('README.rst'), re.M)
    assert matched == commands()[1:]


def test_every_environment_that_is_written_about_exists() -> None:
    exist = set(re.findall(r'^\[testenv:(\S+)\]', text('tox.ini'), re.M))
    for path in ('README.rst', 'CONTRIBUTING.rst', '.ci/run'):
        for names in re.findall(r'tox -e ([\w,-]+)', text(path)):
            assert set(names.split(',')) <= exist | {'py3'}, path


def test_there_are_decisions() -> None:
    assert DECISIONS[0].name == '0000-template.rst'
    assert len(DECISIONS) > 1


@pytest.mark.parametrize('path', DECISIONS, ids=lambda each: each.stem)
def test_a_decision_says_what_it_was_up_against_and_what_it_cost(
    path: pathlib.Path,
) -> None:
    lines = path.read_text(encoding='utf-8').splitlines()
    assert lines[0].startswith(f'{path.stem[:4]}: ')
    titles = [
        line
        for line, under in zip(lines, lines[1:], strict=False)
        if under and set(under) == {'-'}
    ]
    assert titles == SECTIONS


def test_decisions_are_numbered_without_a_gap_and_printed() -> None:
    numbers = [int(each.stem[:4]) for each in DECISIONS]
    assert numbers == list(range(len(DECISIONS)))
    page = text('doc', 'source', 'contributor', 'decisions.rst')
    included = re.findall(r'include:: \.\./\.\./decisions/(\S+)', page)
    assert included == [each.name for each in DECISIONS[1:]]
