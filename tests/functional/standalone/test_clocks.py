"""The clocks of the service and of its database, an hour apart."""

import os
import pathlib
import time

import pytest

from tests.functional.standalone.conftest import check_log
from tests.functional.standalone.process import eventually
from tests.functional.standalone.process import moment_of
from tests.functional.standalone.service import Service


@pytest.fixture(scope='module', params=[3600, -3600], ids=['ahead', 'behind'])
def ahead(request):
    """Seconds by which the database's clock is ahead of ours."""
    return request.param


@pytest.fixture(scope='module')
def the_moved(tmp_path_factory, the_cloud, ahead):
    path = [str(pathlib.Path(__file__).parent / 'moved')]
    if 'PYTHONPATH' in os.environ:
        path.append(os.environ['PYTHONPATH'])
    made = Service(
        tmp_path_factory.mktemp('moved') / 'one',
        the_cloud,
        {'cloud': {'timeout': 30}},
        environment={
            'PYTHONPATH': os.pathsep.join(path),
            'AUTOSCALE_TEST_DATABASE_AHEAD': str(ahead),
        },
    )
    yield made
    made.close()
    check_log(made)


@pytest.fixture
def moved(the_moved, cloud, ahead):
    """A service whose database tells another time."""
    kept = the_moved.get(f'/v1/profiles/{the_moved.profile()}')['profile']
    off = moment_of(kept['created_at']) - time.time()
    assert off == pytest.approx(ahead, abs=60)
    yield the_moved
    cloud.be_well()
    the_moved.clear()


def test_drains_and_leases_last_as_long_as_they_say(
    cloud, moved, queue, ahead
):
    cluster = moved.draining_cluster(3, queue, timeout=3)
    asked = time.monotonic()
    action = moved.ask(cluster, 'scale_in', count=1)
    (message,) = moved.messages(queue)
    assert moment_of(message['deadline']) == pytest.approx(
        time.time() + ahead + 3, abs=60
    )
    hang = cloud.fault(
        'compute', 'create_servers', 'hang', seconds=60, times=1
    )
    grow = moved.ask(cluster, 'scale_out', count=1)
    eventually(lambda: cloud.hits(hang), 'the call')
    assert message['resource_id'] in cloud.servers(cluster)
    moved.restart()
    assert moved.end_of(action)['status'] == 'SUCCEEDED'
    assert 3 <= time.monotonic() - asked < 60
    assert moved.end_of(grow)['status'] == 'SUCCEEDED'
    moved.check_books(cluster, 3)


def test_cooldowns_and_expiry_go_by_one_clock(moved, ahead):
    cluster = moved.cluster(0)
    policy = moved.policy('scaling', event='scale_out', cooldown=60)
    moved.attach(cluster, policy)
    there = time.time() + ahead
    lives, is_over = (
        moved.webhook(
            cluster,
            'scale_out',
            expires_at=time.strftime(
                '%Y-%m-%dT%H:%M:%SZ', time.gmtime(there + seconds)
            ),
        )['alarm_url']
        for seconds in (600, -600)
    )
    assert moved.call('POST', is_over).status_code == 404
    ends = [moved.end_of(moved.post(lives)['action']['id']) for _ in range(2)]
    assert [each['status'] for each in ends] == ['SUCCEEDED', 'REFUSED']
    seconds = int(ends[1]['status_reason'].split()[3])
    assert 30 < seconds <= 60
