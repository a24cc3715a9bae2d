"""The trigger of a webhook: what it costs, and what it tells whom."""

import datetime
import logging
import threading
import urllib.parse

import pytest

from autoscale.api import capability
from autoscale.api.triggers import reading
from autoscale.api.triggers import right
from autoscale.db import cluster as clusters
from autoscale.db import event as events
from autoscale.db import webhook as webhooks
from tests.fakes import statements
from tests.functional.api import house as houses

PROJECT = 'default-project'


def aodh(current='alarm', **facts):
    return {
        'alarm_name': 'cpu_high',
        'alarm_id': 'a1',
        'severity': 'low',
        'previous': 'ok',
        'current': current,
        'reason': 'it is hot',
        'reason_data': {'type': 'threshold', 'most_recent': 91.2},
        **facts,
    }


@pytest.fixture
def hook(house):
    return house.webhook(house.cluster()['id'])


def url_of(hook):
    return hook['alarm_url'].removeprefix('http://api.test')


def path_of(hook):
    return url_of(hook).partition('?')[0]


def token_of(hook):
    query = urllib.parse.urlsplit(hook['alarm_url']).query
    return urllib.parse.parse_qs(query)['token'][0]


def shown(house, hook):
    return house.get(f'/v1/webhooks/{hook["id"]}').json['webhook']


BODIES = {
    'nothing': None,
    'aodh': aodh(),
    'over': aodh('ok'),
    'text': b'help!',
}


@pytest.mark.parametrize('body', BODIES.values(), ids=BODIES.keys())
def test_a_trigger_costs_at_most_six_statements(house, hook, body):
    house.post(url_of(hook), aodh(alarm_id='warm'))
    with statements.noted() as said:
        assert house.post(url_of(hook), body).status == 202
    assert 0 < len(said) <= 6, said


def test_a_trigger_that_is_refused_costs_one_statement(house, hook):
    house.post(url_of(hook))
    with statements.noted() as said:
        assert house.post(path_of(hook) + '?token=wrong').status == 404
        assert house.post('/v1/webhooks/nope/trigger?token=x').status == 404
    assert len(said) == 2


def refusals(house, hook):
    """Every way in which a trigger can be wrong, made so one by one."""
    now = house.database.now()

    def change(**values):
        house.database.write(webhooks.change, hook['id'], **values)

    yield 'a wrong token', path_of(hook) + '?token=wrong'
    yield 'no token', path_of(hook)
    yield 'an id that is not there', '/v1/webhooks/nope/trigger?token=x'
    yield 'an id of NUL', '/v1/webhooks/%00/trigger?token=x'
    change(enabled=False)
    yield 'disabled', url_of(hook)
    change(enabled=True, expires_at=now - datetime.timedelta(seconds=1))
    yield 'expired', url_of(hook)
    change(expires_at=None, allowed_cidrs=['192.0.2.0/24'])
    yield 'from elsewhere', url_of(hook)
    change(allowed_cidrs=[])
    house.database.write(clusters.change, hook['cluster_id'], is_deleting=True)
    yield 'its cluster is going', url_of(hook)
    house.database.write(clusters.delete, hook['cluster_id'])
    yield 'its cluster is gone', url_of(hook)


def test_whatever_is_wrong_is_told_alike(house, hook):
    told = set()
    for why, url in refusals(house, hook):
        reply = house.post(url, aodh())
        assert reply.status == 404, why
        error = {**reply.error, 'request_id': None, 'links': None}
        told.add(tuple(error.items()))
    assert len(told) == 1
    assert house.waker.woken == [hook['cluster_id']]  # by its creation


def test_an_unknown_id_is_compared_all_the_same(house, hook, monkeypatch):
    compared = []
    real = capability.fits
    monkeypatch.setattr(
        right.capability,
        'fits',
        lambda *pair: compared.append(pair) or real(*pair),
    )
    house.post(path_of(hook) + '?token=wrong')
    house.post('/v1/webhooks/nope/trigger?token=wrong')
    assert [pair[0] for pair in compared] == ['wrong', 'wrong']
    assert compared[1][1] == capability.NOBODYS
    assert len(compared[0][1]) == len(compared[1][1])


@pytest.mark.parametrize(
    'header', ['Authorization: Bearer {}', 'X-Webhook-Token: {}']
)
def test_a_token_may_come_in_a_header(house, hook, header):
    name, value = header.format(token_of(hook)).split(': ')
    reply = house.post(path_of(hook), headers={name: value})
    assert reply.status == 202
    assert house.waker.woken[-1] == hook['cluster_id']


def test_a_trigger_needs_no_version_and_hears_of_none(house, hook):
    reply = house.post(
        url_of(hook), headers={'OpenStack-API-Version': 'autoscaling 9.9'}
    )
    assert reply.status == 202
    assert 'openstack-api-version' not in reply.headers


def test_a_trigger_is_never_redirected(house, hook):
    path = path_of(hook)
    assert house.post(path + '/').status == 404
    assert house.get(path).status == 405


def test_the_secret_is_kept_as_a_hash_only(house, hook, tmp_path):
    token = token_of(hook)
    house.post(url_of(hook))
    house.database.dispose()
    kept = b''.join(
        each.read_bytes() for each in tmp_path.glob('autoscale.sqlite*')
    )
    assert token.encode() not in kept
    assert capability.hash_of(token).encode() in kept


def test_an_idempotency_key_does_not_keep_the_secret(house, tmp_path):
    cluster = house.cluster()
    body = {
        'name': 'out',
        'cluster_id': cluster['id'],
        'action': 'scale_out',
    }
    key = {'Idempotency-Key': 'one'}
    reply = house.post('/v1/webhooks', {'webhook': body}, headers=key)
    made = reply.json['webhook']
    again = house.post('/v1/webhooks', {'webhook': body}, headers=key)
    assert again.json['webhook'] == {**made, 'alarm_url': None}
    house.database.dispose()
    kept = b''.join(
        each.read_bytes() for each in tmp_path.glob('autoscale.sqlite*')
    )
    assert token_of(made).encode() not in kept


def test_the_log_tells_of_a_trigger_without_its_secret(house, hook, caplog):
    with caplog.at_level(logging.DEBUG):
        house.post(url_of(hook), aodh())
        house.post(f'/v1/webhooks/{hook["id"]}/rotate')
        house.post(url_of(hook), aodh())
    assert 'scale_out asked for' in caplog.text
    assert token_of(hook) not in caplog.text


def test_a_webhook_that_triggers_too_often_is_told_when_to_return(tmp_path):
    house = houses.opened(tmp_path, trigger_rate=0.5, trigger_burst=2)
    hook = house.webhook(house.cluster()['id'])
    other = house.webhook(hook['cluster_id'])
    assert [house.post(url_of(hook)).status for _ in range(3)] == [
        202,
        202,
        503,
    ]
    reply = house.post(url_of(hook))
    assert reply.error['code'] == 'autoscaling.rate_limited'
    assert 1 <= int(reply.headers['retry-after']) <= 2
    assert house.post(url_of(other)).status == 202
    assert house.post(path_of(hook) + '?token=wrong').status == 404
    house.database.dispose()


def test_an_alarm_may_act_when_all_is_well(house):
    hook = house.webhook(house.cluster()['id'], states=['ok'])
    assert house.post(url_of(hook), aodh('alarm')).json['action'] is None
    assert house.post(url_of(hook), aodh('ok')).json['action'] is not None
    assert shown(house, hook)['triggered'] == 1
    assert shown(house, hook)['ignored'] == 1


def test_repetitions_are_counted_and_told_once(house, hook):
    for _ in range(5):
        reply = house.post(url_of(hook), aodh('insufficient data'))
        assert reply.json['action'] is None
        assert 'unknown' in reply.json['ignored']
    assert shown(house, hook)['ignored'] == 5
    told = house.database.read(
        events.page, PROJECT, filters={}, sort=[], limit=10, marker=None
    )
    assert [each.type for each in told] == ['webhook.ignored']


def test_the_same_transition_from_many_at_once_is_one_request(house, hook):
    replies = []
    start = threading.Barrier(8)

    def ask():
        start.wait(timeout=10)
        replies.append(house.post(url_of(hook), aodh()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)
    assert [each.status for each in replies] == [202] * 8
    taken = [each for each in replies if each.json['action'] is not None]
    assert len(taken) == 1
    assert shown(house, hook)['triggered'] == 1
    assert shown(house, hook)['ignored'] == 7


def actions(house):
    return house.get('/v1/actions?kind=scale_in').json['actions']


@pytest.mark.parametrize('name', reading.NODE_PARAMETERS)
def test_a_node_in_the_query_is_the_one_to_leave(house, name):
    hook = house.webhook(
        house.cluster()['id'], action='scale_in', params={'count': 2}
    )
    assert house.post(f'{url_of(hook)}&{name}=web-3').status == 202
    assert actions(house)[0]['inputs'] == {'nodes': ['web-3']}
    assert actions(house)[0]['cause']['node'] == 'web-3'


def test_a_node_in_the_body_is_the_one_to_leave(house):
    hook = house.webhook(house.cluster()['id'], action='scale_in')
    reply = house.post(url_of(hook), {'status': 'alarm', 'node': '10.0.0.7'})
    assert reply.status == 202
    assert actions(house)[0]['inputs'] == {'nodes': ['10.0.0.7']}


def test_who_may_not_trigger_is_not_told_what_else_is_wrong(house, hook):
    wrong = f'{path_of(hook)}?token=wrong&node={"x" * 256}'
    assert house.post(wrong).status == 404


@pytest.mark.parametrize('node', ['x' * 256, 'a%00b', 'a%0ab'])
def test_a_node_that_can_be_none_is_refused(house, node):
    hook = house.webhook(house.cluster()['id'], action='scale_in')
    assert house.post(f'{url_of(hook)}&node={node}').status == 400
    assert actions(house) == []


@pytest.mark.parametrize('count', ['0', '-1', '1.5', 'many', '100001'])
def test_a_count_that_is_none_is_refused(house, hook, count):
    assert house.post(f'{url_of(hook)}&count={count}').status == 400
    assert shown(house, hook)['triggered'] == 0


def test_a_resize_has_no_count(house):
    hook = house.webhook(
        house.cluster()['id'],
        action='resize',
        params={'adjustment_type': 'EXACT_CAPACITY', 'number': 3},
    )
    assert house.post(f'{url_of(hook)}&count=2').status == 400
    assert house.post(url_of(hook)).status == 202


@pytest.mark.parametrize(
    'address, status',
    [
        ('192.0.2.7', 202),
        ('::ffff:192.0.2.7', 202),
        ('198.51.100.1', 404),
        ('2001:db8::1', 404),
        ('unknown', 404),
        ('', 404),
    ],
)
def test_networks_are_kept_out(house, address, status):
    hook = house.webhook(house.cluster()['id'], allowed_cidrs=['192.0.2.0/24'])
    assert house.post(url_of(hook), address=address).status == status


@pytest.mark.parametrize(
    'body',
    [
        b'\xff\xfe\x00',
        b'[' * 60_000,
        b'{"current": "alarm"',
        b'NaN',
        b'[1, 2, 3]',
        b'"alarm"',
        b'{"alerts": "none", "version": "4", "status": 7}',
        b'{"alarm_id": [], "current": {}, "previous": 0}',
        b'{"reason": "\\ud800\\u0000", "current": "alarm"}',
        b'{"orgId": 1, "alerts": [null, 7]}',
    ],
)
def test_no_body_breaks_a_trigger(house, hook, body):
    reply = house.post(url_of(hook), body)
    assert reply.status in (202, 400), reply.raw


def test_a_long_reason_is_cut(house, hook):
    house.post(url_of(hook), aodh(reason='r' * 90_000))
    cause = house.get('/v1/actions').json['actions'][0]['cause']
    assert len(cause['alarm']['reason']) == 1000
