"""What is written comes back, even after a death in the middle."""

import pytest

from autoscale.devcloud import journal


def open_journal(directory, kept=()):
    opened = journal.Journal(directory)
    replayed = []
    opened.open(replayed.append, lambda: kept or replayed)
    return opened, replayed


def test_what_was_appended_is_replayed(tmp_path):
    first, _ = open_journal(tmp_path)
    first.append('a', n=1)
    first.append('b', n=2)
    first.close()
    second, replayed = open_journal(tmp_path)
    second.close()
    assert replayed == [{'kind': 'a', 'n': 1}, {'kind': 'b', 'n': 2}]


def test_a_line_cut_short_is_passed_over(tmp_path):
    first, _ = open_journal(tmp_path)
    first.append('a')
    first.close()
    with (tmp_path / 'journal.jsonl').open('a') as stream:
        stream.write('{"kind": "b"')
    second, replayed = open_journal(tmp_path)
    second.append('c')
    second.close()
    assert replayed == [{'kind': 'a'}]
    third, replayed = open_journal(tmp_path)
    third.close()
    assert replayed == [{'kind': 'a'}, {'kind': 'c'}]


def test_the_file_is_made_shorter_at_the_start(tmp_path):
    first, _ = open_journal(tmp_path)
    for n in range(100):
        first.append('a', n=n)
    first.close()
    second, _ = open_journal(tmp_path, kept=[{'kind': 'sum'}])
    second.close()
    assert (tmp_path / 'journal.jsonl').read_text() == '{"kind":"sum"}\n'


def test_a_directory_has_one_journal_at_a_time(tmp_path):
    first, _ = open_journal(tmp_path)
    with pytest.raises(journal.StateInUse):
        open_journal(tmp_path)
    first.close()
    second, _ = open_journal(tmp_path)
    second.close()


def test_keys_stay_with_the_directory(tmp_path):
    key = journal.Journal(tmp_path).key('token')
    assert journal.Journal(tmp_path).key('token') == key
    assert journal.Journal(tmp_path).key('other') != key
    assert journal.Journal(None).key('token') != key
    assert (tmp_path / 'token.key').stat().st_mode & 0o077 == 0


def test_without_a_directory_nothing_is_written():
    forgetful = journal.Journal(None)
    forgetful.append('a')
    forgetful.close()
