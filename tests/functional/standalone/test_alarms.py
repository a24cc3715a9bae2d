"""Alarms over HTTP: who may, what they mean, and what comes of them."""

import re
import uuid
from concurrent import futures
from urllib import parse

import pytest

from tests.fakes import alarms
from tests.functional.standalone.process import eventually


@pytest.fixture
def cluster(service):
    """A cluster of three at rest."""
    return service.cluster(3)


@pytest.fixture
def url(service, cluster):
    """Where an alarm makes the cluster grow."""
    return service.webhook(cluster, 'scale_out')['alarm_url']


def trigger(service, url, body=None, **more):
    return service.call('POST', url, body, **more)


def done(service, answer):
    """The action that a trigger asked for, once it has ended."""
    assert answer.status_code == 202, answer.text
    return service.end_of(answer.json()['action']['id'])


def bare(answer):
    """An error without what belongs to its request alone."""
    body = answer.json()
    for each in body['errors']:
        del each['request_id']
    headers = {
        key: value
        for key, value in answer.headers.items()
        if 'request-id' not in key.lower() and key != 'Date'
    }
    return answer.status_code, headers, body


def test_a_webhook_that_is_no_more_is_like_one_that_never_was(
    service, cluster
):
    def change(hook, **wishes):
        path = f'/v1/webhooks/{hook["id"]}'
        answer = service.call('PATCH', path, {'webhook': wishes})
        assert answer.status_code == 200

    rotated = service.webhook(cluster, 'scale_out')
    service.post(f'/v1/webhooks/{rotated["id"]}/rotate')
    disabled = service.webhook(cluster, 'scale_out')
    change(disabled, enabled=False)
    expired = service.webhook(cluster, 'scale_out')
    change(expired, expires_at='2020-01-01T00:00:00Z')
    deleted = service.webhook(cluster, 'scale_out')
    service.call('DELETE', f'/v1/webhooks/{deleted["id"]}')
    elsewhere = service.webhook(
        cluster, 'scale_out', allowed_cidrs=['192.0.2.0/24']
    )
    living = service.webhook(cluster, 'scale_out')
    bare_url = f'{service.url}/v1/webhooks/{living["id"]}/trigger'
    urls = [
        living['alarm_url'].replace(living['id'], str(uuid.uuid4())),
        living['alarm_url'].replace(living['id'], 'no-id'),
        f'{bare_url}?token=wrong',
        bare_url,
        *(
            each['alarm_url']
            for each in (rotated, disabled, expired, deleted, elsewhere)
        ),
    ]
    answers = [bare(trigger(service, each)) for each in urls]
    assert answers[0][0] == 404
    assert [each for each in answers if each != answers[0]] == []
    assert [each['kind'] for each in service.actions(cluster)] == ['create']


def test_a_webhook_that_is_enabled_again_works_again(service, cluster):
    hook = service.webhook(cluster, 'scale_out', enabled=False)
    assert trigger(service, hook['alarm_url']).status_code == 404
    path = f'/v1/webhooks/{hook["id"]}'
    service.call('PATCH', path, {'webhook': {'enabled': True}})
    assert done(service, trigger(service, hook['alarm_url']))
    service.check_books(cluster, 4)


def test_the_new_secret_of_a_webhook_works(service, cluster):
    hook = service.webhook(cluster, 'scale_out')
    fresh = service.post(f'/v1/webhooks/{hook["id"]}/rotate')['webhook']
    assert fresh['alarm_url'] != hook['alarm_url']
    done(service, trigger(service, fresh['alarm_url']))
    service.check_books(cluster, 4)


@pytest.mark.parametrize(
    'header', ['Authorization: Bearer {}', 'X-Webhook-Token: {}']
)
def test_the_secret_may_stay_out_of_the_url(service, cluster, url, header):
    parts = parse.urlsplit(url)
    (token,) = parse.parse_qs(parts.query)['token']
    name, _, value = header.format(token).partition(': ')
    answer = service.call(
        'POST', parts._replace(query='').geturl(), headers={name: value}
    )
    done(service, answer)
    service.check_books(cluster, 4)


@pytest.mark.parametrize(
    'body',
    [
        None,
        alarms.aodh(),
        alarms.alertmanager(),
        alarms.grafana(),
        alarms.older_grafana(),
        alarms.monasca(),
        {'anything': 'else'},
        b'no json at all',
    ],
    ids=[
        'none',
        'aodh',
        'alertmanager',
        'grafana',
        'older grafana',
        'monasca',
        'generic',
        'text',
    ],
)
def test_every_alarm_service_is_understood(service, cluster, url, body):
    action = done(service, trigger(service, url, body))
    assert action['status'] == 'SUCCEEDED'
    assert action['cause']['type'] == 'webhook'
    service.check_books(cluster, 4)


@pytest.mark.parametrize(
    'body',
    [
        alarms.aodh('alarm', 'ok'),
        alarms.aodh('ok', 'insufficient data'),
        alarms.alertmanager('resolved'),
        alarms.grafana('resolved'),
    ],
    ids=['aodh', 'aodh that knows nothing', 'alertmanager', 'grafana'],
)
def test_an_alarm_that_is_over_never_scales(service, cluster, body):
    hook = service.webhook(cluster, 'scale_out')
    for _ in range(3):
        answer = trigger(service, hook['alarm_url'], body)
        assert answer.status_code == 202
        assert answer.json()['action'] is None
        assert "the alarm's state is" in answer.json()['ignored']
    shown = service.get(f'/v1/webhooks/{hook["id"]}')['webhook']
    assert (shown['triggered'], shown['ignored']) == (0, 3)
    assert len(service.told(cluster, 'webhook.ignored')) == 1
    assert len(service.actions(cluster)) == 1


def test_the_same_transition_twice_is_one_request(service, cluster, url):
    first = trigger(service, url, alarms.alertmanager())
    again = trigger(service, url, alarms.alertmanager())
    assert again.json()['action'] is None
    assert 'heard before' in again.json()['ignored']
    done(service, first)
    service.check_books(cluster, 4)


def test_the_same_transition_at_the_same_time_is_one_request(
    service, cluster, url
):
    with futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: trigger(service, url, alarms.aodh()), range(16))
        )
    assert {each.status_code for each in answers} == {202}
    asked = [each for each in answers if each.json()['action']]
    assert len(asked) == 1
    done(service, asked[0])
    service.check_books(cluster, 4)


def test_an_alarm_that_comes_back_is_another_request(service, cluster, url):
    done(service, trigger(service, url, alarms.aodh()))
    trigger(service, url, alarms.aodh('alarm', 'ok'))
    done(service, trigger(service, url, alarms.aodh()))
    service.check_books(cluster, 5)


@pytest.mark.parametrize('way', ['query', 'body', 'alert', 'server'])
def test_who_is_named_is_who_leaves(cloud, service, cluster, way):
    url = service.webhook(cluster, 'scale_in')['alarm_url']
    victim = service.nodes(cluster)[1]
    if way == 'query':
        answer = trigger(service, f'{url}&node={victim["name"]}')
    elif way == 'server':
        answer = trigger(service, f'{url}&server_id={victim["server_id"]}')
    elif way == 'body':
        body = {'state': 'alarm', 'node_id': victim['id']}
        answer = trigger(service, url, body)
    else:
        body = alarms.alertmanager()
        for labels in (body['commonLabels'], body['alerts'][0]['labels']):
            labels['autoscale_node'] = victim['name']
        answer = trigger(service, url, body)
    action = done(service, answer)
    assert action['status'] == 'SUCCEEDED', action
    (chosen,) = action['decision']['chosen']
    assert chosen['node_id'] == victim['id']
    service.check_books(cluster, 2)
    assert victim['server_id'] not in cloud.servers(cluster)


def test_an_address_names_a_member_too(cloud, service):
    cluster = service.cluster(2, profile_id=service.profile(networks='auto'))
    url = service.webhook(cluster, 'scale_in')['alarm_url']
    victim = service.nodes(cluster)[0]
    address = cloud.address(victim['server_id'])
    action = done(service, trigger(service, f'{url}&node={address}'))
    (chosen,) = action['decision']['chosen']
    assert chosen['node_id'] == victim['id']
    service.check_books(cluster, 1)


def test_who_is_named_and_is_no_member_is_refused(service, cluster):
    url = service.webhook(cluster, 'scale_in')['alarm_url']
    action = done(service, trigger(service, f'{url}&node=nobody'))
    assert action['status'] == 'REFUSED'
    assert "'nobody' is not a member" in action['status_reason']
    service.check_books(cluster, 3)


def test_a_cooldown_refuses_alarms_and_says_how_long(service, cluster, url):
    policy = service.policy(
        'scaling', event='scale_out', adjustment={'number': 1}, cooldown=60
    )
    assert service.attach(cluster, policy).status_code == 201
    done(service, trigger(service, url, alarms.aodh(value=1)))
    refused = done(service, trigger(service, url, alarms.aodh(value=2)))
    assert refused['status'] == 'REFUSED'
    told = re.fullmatch(
        r'cooling down for (\d+) more seconds', refused['status_reason']
    )
    assert 30 < int(told[1]) <= 60
    service.check_books(cluster, 4)
    by_a_person = service.ask(cluster, 'scale_out', count=1)
    assert service.end_of(by_a_person)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 5)


def test_a_flood_is_told_to_wait(a_service):
    service = a_service({'api': {'trigger_rate': 0.1, 'trigger_burst': 3}})
    url = service.webhook(service.cluster(0), 'scale_out')['alarm_url']
    answers = [
        trigger(service, url, alarms.aodh('alarm', 'ok')) for _ in range(5)
    ]
    assert [each.status_code for each in answers] == [202] * 3 + [503] * 2
    assert int(answers[-1].headers['Retry-After']) >= 1


def test_a_trigger_waits_for_no_cloud(cloud, service, cluster, url):
    """However slow Nova is: the alarm is heard, and told so, at once."""
    cloud.set(response_delay_seconds=1.5)
    answer = trigger(service, url, alarms.aodh())
    assert answer.status_code == 202
    assert answer.elapsed.total_seconds() < 1.5
    cloud.set(response_delay_seconds=0)
    eventually(lambda: len(cloud.servers(cluster)) == 4)
