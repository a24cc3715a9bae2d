"""A webhook may be triggered by who is somebody, without its own secret."""

import pytest

ALARM = {
    'alarm_name': 'cpu_high',
    'alarm_id': 'a1',
    'severity': 'low',
    'previous': 'ok',
    'current': 'alarm',
    'reason': 'Transition to alarm',
    'reason_data': {'type': 'threshold'},
}


@pytest.fixture
def path(town):
    """A webhook's trigger, and nothing else of its URL."""
    town.cluster(0)
    made = town.call(
        'POST',
        '/v1/webhooks',
        {
            'webhook': {
                'name': 'grow',
                'cluster_id': 'web',
                'action': 'scale_out',
                'params': {'count': 1},
            }
        },
    ).json['webhook']
    return f'/v1/webhooks/{made["id"]}/trigger'


def test_a_members_token_is_as_good_as_the_secret(town, path):
    token = town.trust_token('demo', 'other')  # as Aodh's trust+https has
    reply = town.call('POST', path, ALARM, token=token)
    assert reply.status == 202
    action = reply.json['action']['id']
    shown = town.call('GET', f'/v1/actions/{action}').json['action']
    assert shown['cause']['alarm']['source'] == 'aodh'


def test_to_another_project_there_is_no_such_webhook(town, path):
    reply = town.call('POST', path, ALARM, token=town.token('other'))
    assert reply.status == 404
    unknown = path.replace(path.split('/')[3], 'none-such')
    other = town.call('POST', unknown, ALARM, token=town.token('other'))
    assert (other.status, other.error['code']) == (404, reply.error['code'])


def test_a_token_that_is_none_of_keystones_is_not_authenticated(town, path):
    assert town.call('POST', path, ALARM, token='made-up').status == 401


def test_nobody_becomes_somebody_by_a_header(town, path):
    said = {'X-Identity-Status': 'Confirmed', 'X-Roles': 'member'}
    said['X-Project-Id'] = town.cloud.project_id('demo')
    reply = town.api.call('POST', path, ALARM, headers=said)
    assert reply.status == 404
    with_token = {**said, 'X-Auth-Token': 'made-up'}
    reply = town.api.call('POST', path, ALARM, headers=with_token)
    assert reply.status == 401


def test_the_secret_serves_whatever_token_is_beside_it(town, path):
    secret = town.call('POST', path.replace('trigger', 'rotate')).json
    token = secret['webhook']['alarm_url'].rpartition('token=')[2]
    headers = {'X-Auth-Token': 'made-up'}
    url = f'{path}?token={token}'
    reply = town.api.call('POST', url, ALARM, headers=headers)
    assert reply.status == 202


def test_one_that_is_disabled_is_not_there_for_members_either(town, path):
    webhook = path.split('/')[3]
    change = {'webhook': {'enabled': False}}
    town.call('PATCH', f'/v1/webhooks/{webhook}', change)
    assert town.call('POST', path, ALARM).status == 404
