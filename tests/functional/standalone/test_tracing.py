"""From a request to the calls that it leads to, by its id; and the figures."""

import json
import re
import uuid

import pytest
import requests

GLOBAL = f'req-{uuid.uuid4()}'


@pytest.fixture
def asked(service):
    """Asks a cluster for something; the action, and its request's id."""

    def ask(cluster, kind, headers=None, **inputs):
        said = service.post(
            f'/v1/clusters/{cluster}/actions',
            {kind: inputs},
            headers=headers or {},
        )
        return said['action']['id'], said['action']['request_id']

    return ask


def ids(cloud, operation, since):
    return [each['request_id'] for each in cloud.asked(operation, since)]


def test_calls_to_nova_and_zaqar_carry_the_request(
    cloud, service, asked, queue
):
    cluster = service.draining_cluster(1, queue)
    since = cloud.last_request()
    action, grown = asked(cluster, 'scale_out', count=1)
    service.end_of(action)
    assert ids(cloud, 'create_servers', since) == [grown]
    action, shrunk = asked(cluster, 'scale_in', count=1)
    (message,) = service.messages(queue)
    assert ids(cloud, 'post_messages', since) == [shrunk]
    service.complete(message)
    service.end_of(action)
    assert ids(cloud, 'delete_server', since)[0] == shrunk
    assert grown != shrunk


def test_the_id_that_the_caller_works_on_goes_through(cloud, service, asked):
    cluster = service.cluster(0)
    since = cloud.last_request()
    headers = {'X-OpenStack-Request-ID': GLOBAL}
    action, request_id = asked(cluster, 'scale_out', headers, count=1)
    service.end_of(action)
    assert service.action(action)['cause']['global_request_id'] == GLOBAL
    assert ids(cloud, 'create_servers', since) == [GLOBAL]
    assert request_id != GLOBAL


def test_the_log_of_an_action_names_it_and_its_request(cloud, a_service):
    service = a_service({'DEFAULT': {'use_json': True}})
    cluster, action = service.ask_cluster(1)
    request_id = service.end_of(action)['request_id']
    told = [
        (each['message'], each['name'])
        for each in map(
            json.loads,
            (
                line
                for line in service.log.read_text().splitlines()
                if line.startswith('{')
            ),
        )
        if each['context'].get('request_id') == request_id
    ]
    rooms = {name.split('.')[1] for _, name in told}
    assert rooms >= {'api', 'engine'}
    assert any(
        action in message and 'succeeded' in message for message, _ in told
    )
    assert any(cluster in message for message, _ in told)


def test_the_figures_are_shown_and_name_no_secret(service, cloud, queue):
    cluster = service.draining_cluster(2, queue)
    service.ask(cluster, 'scale_in', count=1)
    service.messages(queue)
    page = requests.get(f'{service.url}/metrics', timeout=20)
    assert page.status_code == 200
    assert not [each for each in service.secrets if each in page.text]
    for pattern in (
        r'autoscale_api_requests_total\{method="POST",'
        r'route="/v1/clusters/\{cluster_id\}/actions",status="202"\}',
        r'autoscale_engine_pass_seconds_count\{result="done"\}',
        r'autoscale_cloud_call_seconds_count'
        r'\{operation="create_servers",service="nova"\}',
        r'autoscale_cloud_call_seconds_count'
        r'\{operation="post",service="zaqar"\}',
        r'autoscale_hooks_waiting\{older_than="0"\} [1-9]',
        rf'autoscale_cluster_desired_capacity\{{cluster="{cluster}"\}} 1\.0',
        r'autoscale_clusters\{status="RESIZING"\}',
        r'autoscale_engine_due_lag_seconds_count [1-9]',
    ):
        assert re.search(pattern, page.text), pattern
