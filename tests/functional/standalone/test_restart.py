"""The service may end while a cluster grows: its successor goes on.

A call to the cloud is held at the moment that the test is about; then the
process is ended, by SIGTERM or by SIGKILL, and another is started on the
same state.
"""

import signal
import time

import pytest

from tests.functional.standalone.process import eventually

ENDS = pytest.mark.parametrize(
    'end', [signal.SIGTERM, signal.SIGKILL], ids=['term', 'kill']
)


def met(cloud, fault):
    """Wait until a call met the fault."""
    eventually(lambda: cloud.hits(fault), 'the call')


def test_sigterm_ends_it_well_as_soon_as_it_says_that_it_is_there(mortal):
    mortal.cluster(1)
    assert mortal.terminate() == 0
    mortal.start()
    assert mortal.terminate() == 0


def test_sighup_ends_nothing(mortal):
    mortal.process.signal(signal.SIGHUP)
    mortal.process.await_line('reading the mutable options anew')
    assert mortal.call('GET', '/healthcheck').status_code == 200


def test_sigterm_ends_it_in_time_when_the_cloud_hangs(cloud, mortal):
    hang = cloud.fault('compute', 'create_servers', 'hang', seconds=60)
    mortal.ask_cluster(1)
    met(cloud, hang)
    asked = time.monotonic()
    assert mortal.terminate() == 0
    assert time.monotonic() - asked < 30


@ENDS
def test_servers_that_build_are_awaited_by_the_next(cloud, mortal, end):
    cloud.set(build_seconds=1.5)
    cluster, action = mortal.ask_cluster(3)
    eventually(lambda: len(cloud.servers(cluster)) == 3)
    mortal.restart(end)
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 3)


@ENDS
def test_servers_that_nobody_learned_of_are_adopted(cloud, mortal, end):
    """Made at once, and the process ends before it is told so."""
    hang = cloud.fault(
        'compute', 'create_servers', 'hang', seconds=60, times=1
    )
    cluster, action = mortal.ask_cluster(3)
    eventually(lambda: len(cloud.servers(cluster)) == 3)
    made = set(cloud.servers(cluster))
    mortal.restart(end)
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 3)
    assert set(cloud.servers(cluster)) == made
    assert cloud.hits(hang) == 1


def test_servers_that_were_never_made_are_asked_for_again(cloud, mortal):
    drop = cloud.fault('compute', 'create_servers', 'drop', times=1)
    cluster, action = mortal.ask_cluster(2)
    met(cloud, drop)
    mortal.restart()
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 2)


def test_servers_made_after_all_are_neither_doubled_nor_orphans(cloud, mortal):
    """Nova carries a call out when both sides have forgotten it."""
    slow = cloud.fault('compute', 'create_servers', 'slow', seconds=8, times=1)
    asked = cloud.last_request()
    cluster, action = mortal.ask_cluster(2)
    met(cloud, slow)
    mortal.restart()
    assert mortal.end_of(action)['status'] == 'SUCCEEDED'
    mortal.check_books(cluster, 2)
    eventually(
        lambda: len(cloud.asked('create_servers', asked)) == 2,
        'the late call',
    )
    mortal.check_books(cluster, 2)
