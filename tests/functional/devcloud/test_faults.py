"""Faults as the clients of the services see them."""

import time

import pytest
import requests
from keystoneauth1 import exceptions as ks_exceptions
from novaclient import exceptions
from zaqarclient.transport import errors


def test_an_error_has_the_shape_of_its_service(cloud, nova, zaqar):
    cloud.faults.add(
        'compute', 'error', operation='list_servers_detail', status=503
    )
    cloud.faults.add('messaging', 'error', status=503, message='no storage')
    with pytest.raises(exceptions.ClientException) as refused:
        nova.servers.list()
    assert refused.value.code == 503
    with pytest.raises(errors.ServiceUnavailableError) as refused:
        zaqar.queue('q').post({'body': 1, 'ttl': 60})
    assert 'no storage' in str(refused.value)


def test_a_fault_ends_after_its_times(cloud, nova):
    rule = cloud.faults.add('compute', 'error', status=500, times=2)
    for _ in range(2):
        with pytest.raises(exceptions.ClientException):
            nova.servers.list()
    assert nova.servers.list() == []
    assert rule.hits == 2
    assert rule.is_spent


def test_a_fault_ends_when_it_is_removed(cloud, nova):
    rule = cloud.faults.add('compute', 'error', status=500)
    with pytest.raises(exceptions.ClientException):
        nova.servers.list()
    assert cloud.faults.remove(rule.id)
    assert nova.servers.list() == []


def test_a_fault_may_say_when_to_come_back(cloud, nova, create):
    cloud.faults.add('compute', 'error', status=429, retry_after=7)
    with pytest.raises(exceptions.RateLimit) as refused:
        create()
    assert refused.value.retry_after == 7


def test_a_flat_error_is_what_trips_novaclient(cloud, nova):
    cloud.faults.add('compute', 'flat_error', status=502, message='bad')
    with pytest.raises(AttributeError):
        nova.servers.list()


def test_an_error_may_be_empty(cloud, nova):
    cloud.faults.add('compute', 'empty', status=502)
    with pytest.raises(exceptions.ClientException) as refused:
        nova.servers.list()
    assert refused.value.code == 502


def test_a_dropped_create_makes_nothing(cloud, nova, create):
    nova.servers.list()
    cloud.faults.add('compute', 'drop', operation='create_servers', times=1)
    with pytest.raises(ks_exceptions.ConnectFailure):
        create()
    assert nova.servers.list() == []


def test_a_create_may_be_done_and_the_answer_lost(cloud, nova, create):
    nova.servers.list()
    cloud.faults.add(
        'compute', 'done_then_drop', operation='create_servers', times=1
    )
    with pytest.raises(ks_exceptions.ConnectFailure):
        create(tags=['launch:1'])
    (server,) = nova.servers.list(search_opts={'tags': 'launch:1'})
    assert server.name == 'web'


def test_a_hanging_call_is_done_before_it_is_answered(
    cloud, session, nova, create
):
    nova.servers.list()
    cloud.faults.add(
        'compute', 'hang', operation='create_servers', seconds=30, times=1
    )
    session.timeout = 0.2
    with pytest.raises(ks_exceptions.ConnectTimeout):
        create(tags=['t'])
    assert len(nova.servers.list(search_opts={'tags': 't'})) == 1


def test_a_slow_call_is_only_late(cloud, nova):
    cloud.faults.add('compute', 'slow', seconds=0.1, times=1)
    before = time.monotonic()
    assert nova.servers.list() == []
    assert time.monotonic() - before >= 0.1


def test_every_answer_can_be_delayed(cloud, nova):
    nova.servers.list()
    cloud.change({'response_delay_seconds': 0.1})
    before = time.monotonic()
    nova.servers.list()
    assert time.monotonic() - before >= 0.1


def test_no_valid_host_is_found_on_the_server(cloud, nova, create, eventually):
    cloud.faults.add('compute', 'no_valid_host', count=2, times=1)
    create(min_count=5)
    eventually(
        lambda: all(
            server.status in ('ACTIVE', 'ERROR')
            for server in nova.servers.list()
        )
    )
    broken = nova.servers.list(search_opts={'status': 'ERROR'})
    assert [server.name for server in broken] == ['web-2', 'web-1']
    for server in broken:
        assert server.fault['code'] == 500
        assert server.fault['message'].startswith('No valid host was found')
    create('later')
    assert len(nova.servers.list(search_opts={'status': 'ERROR'})) == 2


def test_a_fraction_of_builds_can_fail(cloud, nova, create, eventually):
    cloud.faults.add(
        'compute', 'build_error', fraction=0.25, message='out of luck'
    )
    create(min_count=8)
    for _ in range(4):
        create('single')
    broken = eventually(
        lambda: (
            len(found := nova.servers.list(search_opts={'status': 'ERROR'}))
            == 3
            and found
        )
    )
    assert {server.fault['message'] for server in broken} == {'out of luck'}


def test_keystone_can_fail_too(cloud, login):
    cloud.faults.add('identity', 'error', operation='create_token', status=503)
    with pytest.raises(ks_exceptions.ServiceUnavailable):
        login().get_token()


def test_a_fault_can_be_for_one_path(cloud, nova, create):
    first, second = create(), create()
    cloud.faults.add(
        'compute',
        'error',
        operation='delete_server',
        status=409,
        path_contains=first.id,
    )
    second.delete()
    with pytest.raises(exceptions.Conflict):
        first.delete()


def test_faults_come_and_go_through_the_door(control, nova):
    made = control(
        'POST',
        '/faults',
        json={'service': 'compute', 'kind': 'error', 'status': 500},
    )
    assert made.status_code == 201
    with pytest.raises(exceptions.ClientException):
        nova.servers.list()
    (shown,) = control('GET', '/faults').json()['faults']
    assert shown['hits'] == 1
    rule = f'/faults/{made.json()["id"]}'
    assert control('GET', rule).json() == shown
    assert control('DELETE', rule).status_code == 204
    assert control('DELETE', rule).status_code == 404
    assert nova.servers.list() == []
    assert control('DELETE', '/faults').status_code == 204


@pytest.mark.parametrize(
    'body',
    [
        [],
        {'service': 'compute'},
        {'service': 'moon', 'kind': 'drop'},
        {'service': 'compute', 'kind': 'error'},
        {'service': 'compute', 'kind': 'error', 'status': None},
        {'service': [], 'kind': {}},
        {'service': 'compute', 'kind': {}},
        {'service': 'compute', 'kind': 'error', 'status': 42},
        {'service': 'compute', 'kind': 'error', 'status': 299},
        {'service': 'compute', 'kind': 'hang', 'seconds': 'long'},
        {'service': 'compute', 'kind': 'drop', 'times': 0},
        {'service': 'compute', 'kind': 'drop', 'surprise': 1},
        {'service': 'compute', 'kind': 'drop', 'hits': 1},
        {'service': 'identity', 'kind': 'no_valid_host'},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(control, body):
    answer = control('POST', '/faults', json=body)
    assert answer.status_code == 400
    assert answer.json()['error']


def test_a_body_that_is_no_json_is_refused(control):
    assert control('POST', '/faults', data='{').status_code == 400


def test_stop_does_not_wait_for_those_that_hang(cloud, nova):
    nova.servers.list()
    cloud.faults.add('compute', 'hang', seconds=60)
    url = f'{cloud.base_url}/compute/v2.1/servers'
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, timeout=0.1)
    before = time.monotonic()
    cloud.stop()
    assert time.monotonic() - before < 5
