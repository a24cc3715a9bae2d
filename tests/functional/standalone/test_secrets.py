"""Secrets are told once to whom they are for, and never to a log."""

import pathlib

from tests.fakes import listener as listeners
from tests.functional.standalone.conftest import secrets_in

#: As an operator would have it who looks for a fault. urllib3 is left out: it
#: logs the URLs that it calls, and says so.
_LEVELS = (
    'keystoneauth=DEBUG,novaclient=DEBUG,zaqarclient=DEBUG,openstack=DEBUG,'
    'oslo_messaging=DEBUG,stevedore=DEBUG,urllib3=INFO'
)
TALKATIVE = {'DEFAULT': {'debug': True, 'default_log_levels': _LEVELS}}


def test_no_secret_is_in_a_log_that_tells_all(cloud, a_service, queue):
    """The main job, its failures and its refusals, with all logs on."""
    service = a_service(TALKATIVE)
    cluster = service.draining_cluster(3, queue, heartbeat_limit=600)
    hook = service.webhook(cluster, 'scale_out')
    service.post(f'/v1/webhooks/{hook["id"]}/rotate')
    fresh = service.webhook(cluster, 'scale_in')['alarm_url']
    assert service.call('POST', hook['alarm_url']).status_code == 404
    cloud.fault('messaging', 'post_messages', 'error', status=503, times=1)
    cloud.fault('compute', 'create_servers', 'error', status=500, times=1)
    service.cluster(1)
    action = service.post(fresh)['action']['id']
    (message,) = service.messages(queue)
    token = {'lifecycle_action_token': message['lifecycle_action_token']}
    service.post(message['heartbeat_url'], token)
    wrong = {**message, 'lifecycle_action_token': 'wrong-token-of-a-guest'}
    service.secrets.add('wrong-token-of-a-guest')
    assert service.complete(wrong).status_code == 404
    assert service.complete(message).status_code == 200
    service.end_of(action)
    service.terminate()
    text = service.log.read_text()
    assert 'curl -g -i' in text, 'the clients were to be heard'
    assert len(service.secrets) >= 5
    assert secrets_in(service, text) == []


def test_the_secret_of_a_webhook_is_kept_as_a_hash_only(service):
    cluster = service.cluster(0)
    hook = service.webhook(cluster, 'scale_out')
    fresh = service.post(f'/v1/webhooks/{hook["id"]}/rotate')['webhook']
    service.end_of(service.post(fresh['alarm_url'])['action']['id'])
    kept = b''.join(
        each.read_bytes()
        for each in pathlib.Path(service.state).rglob('*')
        if each.is_file()
    ).decode('latin-1')
    assert hook['id'] in kept
    given = [each['alarm_url'].rpartition('=')[2] for each in (hook, fresh)]
    assert [each for each in given if each in kept] == []


def test_answers_show_no_secret_a_second_time(service, queue):
    cluster = service.draining_cluster(2, queue)
    service.webhook(cluster, 'scale_out')
    service.ask(cluster, 'scale_in', count=1)
    service.messages(queue)
    for path in (
        '/v1/webhooks',
        '/v1/hooks',
        '/v1/actions',
        '/v1/events',
        '/v1/nodes',
        '/v1/policies',
        '/v1/clusters',
    ):
        text = service.call('GET', path).text
        assert secrets_in(service, text) == []


def test_the_secret_of_a_target_is_in_no_log(service):
    with listeners.listening() as application:
        application.answers = [500]
        url = application.url('/leave?key=the-key-of-the-house')
        service.secrets.add('the-key-of-the-house')
        told = {'type': 'webhook', 'params': {'url': url}, 'timeout': 60}
        cluster = service.cluster(1)
        service.attach(cluster, service.policy('deletion', hooks=told))
        service.ask(cluster, 'scale_in', count=1)
        assert 'key' not in service.failed_hook(cluster)['last_error']
        service.sent_hook(cluster)
    assert secrets_in(service, service.log.read_text()) == []
