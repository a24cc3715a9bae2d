"""Leases: one engine at a time, by the database's clock alone."""

import time
from datetime import timedelta

import pytest

from autoscale import exceptions
from autoscale.db import cluster as clusters
from autoscale.db import work
from autoscale.db.database import Database


def test_one_claims_and_the_other_does_not(database, cluster):
    taken = database.write(work.claim, cluster.id, 'one', 30)
    assert taken.lease_owner == 'one'
    assert taken.cluster_id == cluster.id
    assert taken.project_id == 'p1'
    left = taken.lease_until - taken.now
    assert timedelta(seconds=29) < left <= timedelta(seconds=30)
    assert database.write(work.claim, cluster.id, 'two', 30) is None
    assert database.write(work.claim, cluster.id, 'one', 30) is None


def test_a_lease_that_ran_out_is_anothers_to_take(database, cluster):
    database.write(work.claim, cluster.id, 'one', -1)
    taken = database.write(work.claim, cluster.id, 'two', 30)
    assert taken.lease_owner == 'two'
    assert database.write(work.renew, cluster.id, 'one', 30) is False
    with pytest.raises(exceptions.LeaseLost):
        database.write(work.fence, cluster.id, 'one', 30)
    assert database.write(work.renew, cluster.id, 'two', 60) is True
    database.write(work.fence, cluster.id, 'two', 60)


def test_of_many_that_claim_at_once_one_does(database, cluster, in_threads):
    taken = in_threads(
        lambda number: database.write(work.claim, cluster.id, f'e{number}', 30)
    )
    assert len([each for each in taken if each is not None]) == 1


def test_a_commit_behind_a_lost_fence_leaves_nothing(database, cluster):
    database.write(work.claim, cluster.id, 'one', -1)
    database.write(work.claim, cluster.id, 'two', 30)

    def commit(conn):
        clusters.change(conn, cluster.id, name='stale')
        work.fence(conn, cluster.id, 'one', 30)

    with pytest.raises(exceptions.LeaseLost):
        database.write(commit)
    assert database.read(clusters.get, None, cluster.id).name == 'web'


def test_what_was_claimed_is_not_due(database, cluster):
    assert database.read(work.due, 10) == [cluster.id]
    database.write(work.claim, cluster.id, 'one', 30)
    assert database.read(work.due, 10) == []


def test_a_lease_that_ran_out_is_due(database, cluster):
    database.write(work.claim, cluster.id, 'one', -1)
    assert database.read(work.due, 10) == [cluster.id]


def test_a_lease_is_seen_to_run_out_before_it_does(database, cluster):
    assert database.read(work.due_within, 10, 20) == {cluster.id: 0}
    database.write(work.claim, cluster.id, 'one', 30)
    assert database.read(work.due_within, 10, 20) == {}
    ((found, left),) = database.read(work.due_within, 10, 40).items()
    assert found == cluster.id
    assert 29 < left <= 30


def test_what_is_due_longest_comes_first(database, cluster):
    def create(conn):
        for name in ('b', 'a'):
            work.create(conn, name, 'p1')

    database.write(create)
    ids = database.read(work.due, 10)
    assert ids[0] == cluster.id
    assert sorted(ids[1:]) == ['a', 'b']
    assert database.read(work.due, 1) == [cluster.id]


def test_released_work_is_looked_at_when_asked(database, cluster):
    taken = database.write(work.claim, cluster.id, 'one', 30)
    later = database.now() + timedelta(hours=1)
    again = database.write(
        work.release, cluster.id, 'one', later, taken.version, 3
    )
    assert again is False
    found = database.read(work.get, cluster.id)
    assert abs((found.look_at - later).total_seconds()) < 1e-3
    assert (found.lease_owner, found.lease_until) == (None, None)
    assert found.failures == 3
    assert database.read(work.due, 10) == []


def test_work_with_nothing_owed_is_never_due(database, cluster):
    taken = database.write(work.claim, cluster.id, 'one', 30)
    database.write(work.release, cluster.id, 'one', None, taken.version, 0)
    assert database.read(work.get, cluster.id).look_at is None
    assert database.read(work.due, 10) == []
    database.write(work.wake, cluster.id)
    assert database.read(work.due, 10) == [cluster.id]


def test_a_request_during_the_pass_is_due_after_it(database, cluster):
    taken = database.write(work.claim, cluster.id, 'one', 30)
    database.write(work.wake, cluster.id)
    later = database.now() + timedelta(hours=1)
    again = database.write(
        work.release, cluster.id, 'one', later, taken.version, 0
    )
    assert again is True
    assert database.read(work.due, 10) == [cluster.id]


def test_releasing_a_lost_lease_changes_nothing(database, cluster):
    taken = database.write(work.claim, cluster.id, 'one', -1)
    database.write(work.claim, cluster.id, 'two', 30)
    before = database.read(work.get, cluster.id)
    with pytest.raises(exceptions.LeaseLost):
        database.write(work.release, cluster.id, 'one', None, taken.version, 0)
    after = database.read(work.get, cluster.id)
    assert (after.lease_owner, after.look_at) == ('two', before.look_at)


def test_waking_never_puts_off(database, cluster):
    before = database.read(work.get, cluster.id)
    database.write(work.wake, cluster.id)
    after = database.read(work.get, cluster.id)
    assert after.look_at == before.look_at
    assert after.version == before.version + 1


def test_a_host_whose_clock_is_wrong_takes_no_lease(
    conf, database, cluster, monkeypatch
):
    database.write(work.claim, cluster.id, 'one', 30)
    real = time.time
    monkeypatch.setattr(time, 'time', lambda: real() + 3600)
    other = Database(conf)
    assert other.write(work.claim, cluster.id, 'two', 30) is None
    assert database.write(work.renew, cluster.id, 'one', 30) is True
    other.dispose()


def test_work_that_is_gone_is_not_found(database):
    assert database.write(work.claim, 'nothing', 'one', 30) is None
    for function in (work.get, work.wake):
        with pytest.raises(exceptions.NotFound, match='cluster'):
            database.write(function, 'nothing')


def test_deleted_work_is_gone(database, cluster):
    database.write(work.delete, cluster.id)
    assert database.read(work.due, 10) == []
