"""The install guide can be read by who would follow it."""

import pathlib

import pytest

from tests.cloud import guide

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'doc' / 'source' / 'install' / 'service.rst'


def test_it_consists_of_commands_and_one_file():
    steps = guide.steps(PAGE)
    files = [each for each in steps if isinstance(each, guide.File)]
    assert [each.path for each in files] == ['/etc/autoscale/autoscale.conf']
    assert files[0].text.startswith('[DEFAULT]\n')
    commands = [each for each in steps if isinstance(each, guide.Command)]
    assert {each.is_root for each in commands} == {True, False}
    assert any('autoscale-manage db sync' in each.text for each in commands)


def test_what_it_copies_is_there():
    copied = [
        each.text.split()[1]
        for each in guide.steps(PAGE)
        if isinstance(each, guide.Command) and each.text.startswith('cp ')
    ]
    assert copied
    assert all((ROOT / each).is_file() for each in copied)


def test_a_line_without_a_prompt_is_refused(tmp_path):
    page = tmp_path / 'page.rst'
    page.write_text('.. code-block:: console\n\n   rm -rf all\n\nText.\n')
    with pytest.raises(ValueError, match='rm -rf all'):
        guide.steps(page)
