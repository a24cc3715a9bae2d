"""A cluster whose owner the cloud does not let in waits, and says so."""

import pytest

from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import node as nodes

WORDS = 'the credential of user user-1 does not work: it is gone'


@pytest.fixture
def lock(house):
    def turn(words=WORDS):
        house.doors.locked_reason = words

    return turn


def calls(house):
    return len(house.nova.calls)


def test_it_is_said_once_and_the_end_of_it_once(house, lock):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    lock()
    for _ in range(3):
        house.run(cluster)
        house.clock.move(700)
    row = house.cluster(cluster)
    assert (row.status, row.status_reason) == (clusters.LOCKED_OUT, WORDS)
    lock(None)
    house.settle(cluster)
    row = house.cluster(cluster)
    assert (row.status, row.status_reason) == (clusters.ACTIVE, None)
    said = house.events(cluster)
    assert said.count('cluster.locked_out') == 1
    assert said.count('cluster.let_in') == 1


def test_nothing_is_asked_of_the_cloud_and_nothing_is_lost(house, lock):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    before = calls(house)
    lock()
    out = house.ask(cluster, 'scale_out', count=2)
    gone = house.ask(cluster, 'scale_in', count=1)
    for _ in range(5):
        house.run(cluster)
        house.clock.move(700)
    assert calls(house) == before
    for each in (out, gone):
        assert house.action(each).status == actions.QUEUED
    assert house.cluster(cluster).desired_capacity == 2
    lock(None)
    house.settle(cluster)
    for each in (out, gone):
        assert house.action(each).status == actions.SUCCEEDED
    assert len(house.nova.alive()) == 3


def test_a_launch_that_is_under_way_is_found_again(house, lock):
    cluster = house.add_cluster(2)
    house.run(cluster)
    assert len(house.nodes(cluster, nodes.BUILDING)) == 2
    lock()
    house.run(cluster)
    assert house.cluster(cluster).status == clusters.LOCKED_OUT
    house.clock.move(60)
    lock(None)
    house.settle(cluster)
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 2
    assert len(house.nova.alive()) == 2


def test_it_is_looked_at_seldom_whatever_is_due(house, lock):
    lock()
    cluster = house.add_cluster(3)
    house.ask(cluster, 'scale_out', count=1)
    house.run(cluster)
    result = house.run(cluster)
    assert not result.is_due_again
    wait = (result.look_at - house.clock()).total_seconds()
    assert wait > 60


def test_drains_go_on_until_the_server_is_to_be_deleted(house, lock):
    hook = {'type': 'zaqar', 'params': {'queue': 'drains'}, 'timeout': 300}
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'hooks': hook})
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    lock()
    house.answer(house.zaqar.bodies('drains')[0])
    result = house.run(cluster)
    wait = (result.look_at - house.clock()).total_seconds()
    assert wait >= 1
    assert len(house.nodes(cluster, nodes.DELETING)) == 1
    assert len(house.nova.alive()) == 2
    lock(None)
    house.settle(cluster)
    assert len(house.nova.alive()) == 1
    assert house.cluster(cluster).status == clusters.ACTIVE
