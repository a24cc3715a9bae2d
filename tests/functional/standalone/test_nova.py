"""Whatever Nova answers, the books agree in the end and somebody says why."""

import pytest

from tests.functional.standalone.process import eventually

#: What is over by itself: how the call ends, and the words that tell of it.
PASSING = {
    '409': ({'kind': 'error', 'status': 409, 'message': 'Busy.'}, 'Busy.'),
    '429': ({'kind': 'error', 'status': 429, 'message': 'Slow.'}, 'Slow.'),
    '500': ({'kind': 'error', 'status': 500, 'message': 'Oops.'}, 'Oops.'),
    '503': ({'kind': 'error', 'status': 503, 'message': 'Down.'}, 'Down.'),
    'flat string': (
        {'kind': 'flat_error', 'status': 502, 'message': 'Bad gateway'},
        'HTTP 502 without an explanation',
    ),
    'flat 400': (
        {'kind': 'flat_error', 'status': 400, 'message': 'Bad request'},
        'HTTP 400 without an explanation',
    ),
    'empty': (
        {'kind': 'empty', 'status': 500},
        'HTTP 500 without an explanation',
    ),
    'empty 202': ({'kind': 'empty', 'status': 202}, 'cannot be understood'),
    'nothing': ({'kind': 'drop'}, 'without an answer'),
    'nothing, but done': ({'kind': 'done_then_drop'}, 'without an answer'),
    'too late': ({'kind': 'hang', 'seconds': 4}, 'did not answer in time'),
}


@pytest.mark.parametrize('how, words', PASSING.values(), ids=PASSING.keys())
def test_a_create_call_that_fails_is_made_good(cloud, service, how, words):
    fault = cloud.fault('compute', 'create_servers', times=1, **how)
    cluster, action = service.ask_cluster(2)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 2)
    assert cloud.hits(fault) == 1
    (told,) = service.told(cluster, 'launch.delayed')
    assert words in told
    assert service.shown(cluster)['status'] == 'ACTIVE'


def test_nova_is_given_the_time_that_it_asks_for(cloud, service):
    asked = cloud.last_request()
    cloud.fault(
        'compute',
        'create_servers',
        'error',
        status=429,
        retry_after=3,
        times=1,
    )
    _, action = service.ask_cluster(1)
    service.end_of(action)
    calls = cloud.asked('create_servers', asked)
    (first,) = [each['time'] for each in calls if each['status'] == 429]
    assert calls[-1]['time'] - first >= 3


def test_deletions_that_fail_are_asked_for_again(cloud, service):
    cluster = service.cluster(4)
    faults = [
        cloud.fault('compute', 'delete_server', times=1, **how)
        for how in (
            {'kind': 'error', 'status': 409, 'message': 'It is locked.'},
            {'kind': 'flat_error', 'status': 500},
            {'kind': 'done_then_drop'},
        )
    ]
    action = service.ask(cluster, 'scale_in', count=3)
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 1)
    assert [cloud.hits(each) for each in faults] == [1, 1, 1]
    told = service.told(cluster, 'node.delete_delayed')
    assert any('It is locked.' in each for each in told)


@pytest.fixture
def full(cloud):
    """A way for the cloud to have no room, and its words for that."""

    def make(kind):
        if kind == 'quota':
            cloud.set(instances=2)
        elif kind == 'a quota that is not counted in servers':
            cloud.fault(
                'compute',
                'create_servers',
                'error',
                status=403,
                message='Quota exceeded for ram: Requested 64',
            )
        else:
            cloud.fault('compute', 'create_servers', 'no_valid_host')

    return make


@pytest.mark.parametrize(
    'kind, have, words',
    [
        ('quota', 2, 'Quota exceeded'),
        ('a quota that is not counted in servers', 0, 'Quota exceeded'),
        ('no valid host', 0, 'No valid host was found'),
    ],
)
def test_a_full_cloud_exhausts_a_cluster_until_there_is_room(
    cloud, service, full, kind, have, words
):
    full(kind)
    cluster, action = service.ask_cluster(4)
    ended = service.end_of(action)
    assert ended['status'] == 'FAILED'
    assert words in ended['status_reason']
    shown = service.await_status(cluster, 'EXHAUSTED')
    assert words in shown['status_reason']
    assert shown['desired_capacity'] == 4
    eventually(
        lambda: len(service.nodes(cluster, 'ACTIVE')) == have, 'what there is'
    )
    cloud.be_well()
    service.await_status(cluster, 'ACTIVE')
    service.check_books(cluster, 4)
    events = service.events(cluster)
    assert events.count('cluster.exhausted') == 1
    assert events.count('cluster.not_exhausted') == 1


@pytest.mark.parametrize(
    'spec, words',
    [
        ({'flavor': 'enormous'}, "there is no flavor 'enormous'"),
        ({'image': 'plan9'}, "there is no image 'plan9'"),
        ({'key_name': 'nobodys'}, 'Invalid key_name'),
    ],
    ids=['flavor', 'image', 'key'],
)
def test_what_does_not_exist_is_said_and_not_asked_for_again(
    cloud, service, spec, words
):
    cluster, action = service.ask_cluster(
        2, profile_id=service.profile(**spec)
    )
    ended = service.end_of(action)
    assert ended['status'] == 'FAILED'
    assert words in ended['status_reason']
    shown = service.await_status(cluster, 'ERROR')
    assert words in shown['blocked_reason']
    assert cloud.servers(cluster) == {}
    better = service.call(
        'PATCH',
        f'/v1/clusters/{cluster}',
        {'cluster': {'profile_id': service.profile()}},
    )
    service.end_of(better.json()['action']['id'])
    service.ask(cluster, 'scale_out', count=1)
    service.await_status(cluster, 'ACTIVE')
    service.check_books(cluster, 3)


def test_a_refusal_that_is_no_quota_blocks_the_cluster(cloud, service):
    cloud.fault(
        'compute',
        'create_servers',
        'error',
        status=403,
        message='Policy does not allow this request to be performed.',
        times=1,
    )
    cluster, action = service.ask_cluster(1)
    ended = service.end_of(action)
    assert ended['status'] == 'FAILED'
    assert 'Policy does not allow' in ended['status_reason']
    assert service.shown(cluster)['status'] == 'ERROR'


def test_a_server_that_fails_to_build_is_replaced(cloud, service):
    cloud.fault(
        'compute',
        'create_servers',
        'build_error',
        message='The hypervisor has crashed.',
        count=1,
        times=1,
    )
    cluster, action = service.ask_cluster(3)
    service.check_books(cluster, 3)
    assert 'The hypervisor has crashed.' in str(service.end_of(action))
    (told,) = service.told(cluster, 'node.error')
    assert 'The hypervisor has crashed.' in told


def test_a_server_that_breaks_is_an_unhealthy_member(cloud, service):
    cluster = service.cluster(2)
    broken = service.nodes(cluster)[1]['server_id']
    cloud.break_down(broken, 'The host has burnt.')

    def unhealthy():
        return service.nodes(cluster, 'UNHEALTHY')

    (node,) = eventually(unhealthy, 'that it is seen')
    assert node['server_id'] == broken
    assert node['status_reason'] == 'The host has burnt.'
    action = service.ask(cluster, 'scale_in', count=1)
    (chosen,) = service.end_of(action)['decision']['chosen']
    assert chosen['node_id'] == node['id']
    service.check_books(cluster, 1)


def test_a_server_that_vanishes_is_replaced(cloud, service):
    cluster = service.cluster(2)
    vanished = service.nodes(cluster)[0]
    cloud.vanish(vanished['server_id'])
    (told,) = eventually(lambda: service.told(cluster, 'node.lost'))
    assert vanished['server_id'] in told
    service.check_books(cluster, 2)
    gone = service.get(f'/v1/nodes/{vanished["id"]}')['node']
    assert gone['status'] == 'GONE'
    check = service.actions(cluster)[0]
    assert (check['kind'], check['status']) == ('check', 'SUCCEEDED')
    assert check['cause']['type'] == 'engine'


def test_a_server_that_vanishes_while_it_drains_ends_the_drain(
    cloud, service, queue
):
    cluster = service.draining_cluster(2, queue)
    action = service.ask(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    cloud.vanish(message['resource_id'])
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 1)
    refused = service.complete(message)
    assert refused.status_code == 409
    assert 'autoscaling.hook_expired' in refused.text


def test_a_server_with_our_tags_that_no_node_knows_is_swept(cloud, service):
    cluster = service.cluster(1)
    cloud.create_server(cluster)
    eventually(lambda: service.told(cluster, 'server.orphan_deleted'))
    service.check_books(cluster, 1)


def test_requests_are_accepted_while_nova_is_away(cloud, service, queue):
    cluster = service.draining_cluster(2, queue)
    away = cloud.control(
        'POST',
        '/faults',
        {'service': 'compute', 'kind': 'error', 'status': 503},
    )['id']
    leave = service.ask(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    assert service.complete(message).status_code == 200
    grow = service.ask(cluster, 'scale_out', count=2)
    eventually(lambda: cloud.hits(away) > 3, 'that it is asked')
    cloud.remove_fault(away)
    assert service.end_of(leave)['status'] == 'SUCCEEDED'
    assert service.end_of(grow)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 3)


def test_a_credential_that_stops_working_is_said_and_waited_for(
    cloud, service
):
    cluster = service.cluster(1)
    cloud.control('PATCH', '/users/demo', {'enabled': False})
    action = service.ask(cluster, 'scale_out', count=1)

    def told():
        return service.told(cluster, 'launch.delayed')

    try:
        (words,) = eventually(told, 'that somebody says so')
        assert 'requires authentication' in words
    finally:
        cloud.control('PATCH', '/users/demo', {'enabled': True})
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 2)
