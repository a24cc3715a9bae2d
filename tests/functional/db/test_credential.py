"""Credentials: one for each pair, replaced as a whole."""

import dataclasses
import datetime

import pytest

from autoscale import exceptions
from autoscale.db import cluster as clusters
from autoscale.db import credential as credentials
from autoscale.db import gathering
from autoscale.db import owning
from autoscale.db import work
from autoscale.model import credential
from tests.functional.db import sample


@pytest.fixture
def kept(database):
    new = sample.credential()
    assert database.write(credentials.store, new, None)
    return new


def test_what_is_stored_is_found_by_its_pair(database, kept):
    assert database.read(credentials.find, 'u1', 'p1') == kept
    assert database.read(credentials.find, 'u1', 'p2') is None
    assert database.read(credentials.find, 'u2', 'p1') is None


def test_a_pair_has_one(database, kept):
    assert not database.write(credentials.store, sample.credential(), None)
    assert database.read(credentials.find, 'u1', 'p1') == kept


def test_of_many_at_once_one_is_kept(database, in_threads):
    new = [sample.credential() for _ in range(6)]
    won = in_threads(
        lambda n: database.write(credentials.store, new[n], None), count=6
    )
    assert sum(won) == 1
    found = database.read(credentials.find, 'u1', 'p1')
    assert found.id == new[won.index(True)].id


def test_one_takes_the_place_of_another(database, kept):
    new = sample.credential(kind=credential.APPLICATION)
    assert database.write(credentials.store, new, kept.id)
    found = database.read(credentials.find, 'u1', 'p1')
    assert (found.id, found.kind) == (new.id, new.kind)
    assert not database.write(credentials.store, sample.credential(), kept.id)


def test_it_breaks_once_and_has_its_clusters_looked_at(
    database, cluster, kept
):
    seen = database.read(work.get, cluster.id).version
    told = database.write(
        credentials.note_broken, kept, 'it is gone', sample.THEN
    )
    assert told == [cluster.id]
    assert database.read(work.get, cluster.id).version == seen + 1
    again = database.write(credentials.note_broken, kept, 'x', sample.THEN)
    assert again is None
    found = database.read(credentials.find, 'u1', 'p1')
    assert (found.state, found.reason) == ('broken', 'it is gone')
    assert found.broken_at is not None


def test_another_one_is_not_broken_by_what_befell_the_last(database, kept):
    new = sample.credential()
    database.write(credentials.store, new, kept.id)
    assert not database.write(credentials.note_broken, kept, 'x', sample.THEN)
    found = database.read(credentials.find, 'u1', 'p1')
    assert found.state == credential.WORKING


def test_a_broken_one_is_tried_by_one_at_a_time(database, kept, in_threads):
    database.write(credentials.note_broken, kept, 'x', sample.THEN)
    seen = database.write(credentials.standing, 'u1', 'p1')
    later = sample.THEN + datetime.timedelta(seconds=60)
    won = in_threads(
        lambda n: database.write(credentials.begin_trial, seen, later),
        count=4,
    )
    assert sum(won) == 1
    found = database.read(credentials.find, 'u1', 'p1')
    assert (found.failures, found.try_at) == (seen.failures + 1, later)
    database.write(credentials.note_working, found)
    found = database.read(credentials.find, 'u1', 'p1')
    assert found == dataclasses.replace(kept)


def test_it_is_not_removed_while_its_user_has_clusters(
    database, cluster, kept
):
    with pytest.raises(exceptions.InUse, match=f'cluster {cluster.name}'):
        database.write(credentials.remove, 'u1', 'p1')
    database.write(clusters.delete, cluster.id)
    assert database.write(credentials.remove, 'u1', 'p1') == kept
    assert database.write(credentials.remove, 'u1', 'p1') is None


def test_a_pass_reads_how_the_owner_s_is_doing(database, cluster):
    now = database.now()
    rest = database.read(gathering.gather, cluster.id, now)
    assert rest.credential is None
    kept = sample.credential()
    database.write(credentials.store, kept, None)
    rest = database.read(gathering.gather, cluster.id, now)
    assert (rest.credential.id, rest.credential.is_working) == (kept.id, True)
    assert rest.cluster.id == cluster.id


def test_keepers_go_in_turn_as_each_user_who_is_let_in(database, cluster):
    def owners(turn=0):
        found = database.read(owning.owners, turn, are_known=True)
        return [(each.user_id, each.credential_id) for each in found]

    assert owners() == []
    mine, theirs = sample.credential(), sample.credential(user_id='u2')
    database.write(credentials.store, mine, None)
    database.write(credentials.store, theirs, None)
    assert owners() == [('u1', mine.id)]
    database.write(
        clusters.create, sample.cluster(user_id='u2', profile_id='x')
    )
    pairs = [('u1', mine.id), ('u2', theirs.id)]
    assert [owners(turn)[0] for turn in range(3)] == [*pairs, pairs[0]]
    database.write(credentials.note_broken, mine, 'x', sample.THEN)
    assert [owners(turn)[0] for turn in range(2)] == [pairs[1]] * 2
    (any_of_them,) = database.read(owning.owners)
    assert any_of_them.credential_id is None


def test_all_are_encrypted_anew_in_slices(database):
    for number in range(5):
        new = sample.credential(user_id=f'u{number}', sealed=f'old {number}')
        database.write(credentials.store, new, None)

    def renew(sealed):
        if sealed == 'old 3':
            raise exceptions.SecretUnreadable(path='x')
        return sealed.replace('old', 'new')

    last, unreadable, slices = '', 0, 0
    while True:
        seen, bad = database.write(credentials.renew_slice, last, 2, renew)
        if not seen:
            break
        last, unreadable, slices = seen[-1], unreadable + len(bad), slices + 1
    assert (slices, unreadable) == (3, 1)
    sealed = {
        database.read(credentials.find, f'u{number}', 'p1').sealed
        for number in range(5)
    }
    assert sealed == {'new 0', 'new 1', 'new 2', 'old 3', 'new 4'}
