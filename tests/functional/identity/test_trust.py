"""A trust is made once, and the engine acts through it."""

import json
import threading
from concurrent import futures

import pytest
from oslo_upgradecheck import upgradecheck

from autoscale import exceptions
from autoscale.cmd import status
from autoscale.engine import logins
from tests.functional.api import house as houses
from tests.functional.identity import town as towns


def test_the_first_cluster_makes_a_trust_and_its_servers_are_the_user_s(town):
    cluster = town.cluster(2)
    (trust,) = town.trusts()
    assert trust['trustor_user_id'] == town.cloud.user_id('demo')
    assert trust['project_id'] == town.cloud.project_id('demo')
    assert trust['impersonation'] is True
    assert trust['expires_at'] is None
    assert [each['name'] for each in trust['roles']] == ['member']
    servers = town.cloud.servers()
    assert len(servers) == 2
    for each in servers:
        assert each['project_id'] == town.cloud.project_id('demo')
        assert each['user_id'] == town.cloud.user_id('demo')
    assert town.show(cluster)['user_id'] == town.cloud.user_id('demo')
    shown = town.credential()
    assert (shown['kind'], shown['state']) == ('trust', 'working')
    assert trust['id'] not in json.dumps(shown)


def test_once_there_is_one_nothing_is_asked_of_keystone(town):
    cluster = town.cluster(0)
    hook = town.call(
        'POST',
        '/v1/webhooks',
        {
            'webhook': {
                'name': 'out',
                'cluster_id': cluster,
                'action': 'scale_out',
            }
        },
    ).json['webhook']['alarm_url']
    town.cluster(1, name='warm')
    before = of_keystone(town)
    town.cluster(1, name='second')
    assert town.act(cluster, scale_out={'count': 1}).status == 202
    url = hook.removeprefix('http://api.test')
    assert town.api.post(url).status == 202
    town.await_status(cluster, 'ACTIVE')
    assert of_keystone(town) == before
    assert len(town.trusts()) == 1


def of_keystone(town):
    """The requests that it had; services that validate tokens ask too."""
    return {
        name: count
        for name, count in town.cloud.stats().items()
        if name.startswith('identity.') and 'validate' not in name
    }


def test_each_user_of_each_project_has_a_trust_of_their_own(town):
    other = town.token('other')
    mine, theirs = town.cluster(1), town.cluster(1, token=other)
    assert len(town.trusts()) == 2
    assert town.call('GET', f'/v1/clusters/{theirs}').status == 404
    reply = town.call('GET', f'/v1/clusters/{mine}', token=other)
    assert reply.status == 404
    owners = {each['project_id'] for each in town.cloud.servers()}
    assert owners == {
        town.cloud.project_id('demo'),
        town.cloud.project_id('other'),
    }


def test_no_more_logins_are_kept_than_there_is_room_for(town, monkeypatch):
    monkeypatch.setattr(logins, 'MOST', 1)
    other = town.token('other')
    clusters = [(town.cluster(1), ''), (town.cluster(1, token=other), other)]
    for cluster, token in clusters * 2:
        assert town.act(cluster, token=token, scale_out={}).status == 202
        town.await_size(cluster, 2, token)
        assert town.act(cluster, token=token, scale_in={}).status == 202
        town.await_size(cluster, 1, token)
    assert len(town.engine.doors._logins._kept) == 1


def test_two_requests_at_once_make_one_credential(town):
    profile = town.profile()
    gate = threading.Barrier(4)

    def ask(number):
        gate.wait(10)
        body = {'name': f'c{number}', 'profile_id': profile}
        return town.call('POST', '/v1/clusters', {'cluster': body}).status

    with futures.ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {202}
    assert len(town.trusts()) == 1
    assert town.cloud.stats()['identity.create_trust'] > 1


def test_what_cannot_be_made_makes_no_trust(town):
    body = {'name': 'web', 'profile_id': 'none-such'}
    reply = town.call('POST', '/v1/clusters', {'cluster': body})
    assert reply.status == 404
    assert town.trusts() == []


def test_a_cluster_that_goes_leaves_the_credential_to_the_next(town):
    cluster = town.cluster(1)
    reply = town.call('DELETE', '/v1/credential')
    assert reply.status == 409
    assert reply.error['code'] == 'autoscaling.in_use'
    assert 'cluster web' in reply.error['detail']
    town.call('DELETE', f'/v1/clusters/{cluster}')
    path = f'/v1/clusters/{cluster}'
    towns.eventually(lambda: town.call('GET', path).status == 404)
    assert town.credential()['state'] == 'working'
    assert town.call('DELETE', '/v1/credential').status == 204
    assert town.trusts() == []
    assert town.call('DELETE', '/v1/credential').status == 404
    assert town.call('GET', '/v1/credential').status == 404


def test_a_trust_can_be_asked_for_and_ends_the_one_before(town):
    body = {'credential': {'kind': 'trust'}}
    first = town.call('PUT', '/v1/credential', body).json['credential']
    (old,) = town.trusts()
    again = town.call('PUT', '/v1/credential', body).json['credential']
    (new,) = town.trusts()
    assert old['id'] != new['id']
    assert again['created_at'] > first['created_at']
    cluster = town.cluster(1)
    assert town.call('PUT', '/v1/credential', body).status == 200
    assert town.act(cluster, scale_out={'count': 1}).status == 202
    towns.eventually(lambda: len(town.cloud.servers()) == 2)
    town.await_status(cluster, 'ACTIVE')
    assert town.count(cluster, 'cluster.locked_out') == 0


def test_keystone_that_is_away_is_said_to_be(town):
    town.token('demo')
    profile = town.profile()
    town.cloud.faults.add(
        service='identity', operation='create_trust', kind='error', status=503
    )
    body = {'cluster': {'name': 'web', 'profile_id': profile}}
    reply = town.call('POST', '/v1/clusters', body)
    assert reply.status == 503
    assert 'retry-after' in reply.headers
    reply = town.call('GET', '/v1/clusters')
    assert reply.status == 200, reply.raw
    assert reply.json['clusters'] == []


def test_nothing_is_done_without_keys(town, capsys):
    town.engine.stop()
    (town.folder / 'credential.keys').unlink()
    with pytest.raises(exceptions.KeysUnusable, match='generate-key'):
        houses.House(town.conf, town.database)
    with pytest.raises(exceptions.KeysUnusable, match='generate-key'):
        town.engine.start()
    from autoscale.cmd import api
    from autoscale.cmd import engine

    for command in (api, engine):
        arguments = ['--config-file', str(town.conf_file)]
        assert command.main(arguments) == 1
        assert 'generate-key' in capsys.readouterr().err
    town.engine.db.dispose()
    del town.engine


def test_an_upgrade_is_told_that_there_are_no_keys(town):
    checks = dict(status.Checks._upgrade_checks)
    check, checker = checks['Keys of credentials'], status.Checks(town.conf)
    assert check(checker).code == upgradecheck.Code.SUCCESS
    (town.folder / 'credential.keys').unlink()
    told = check(checker)
    assert told.code == upgradecheck.Code.FAILURE
    assert 'generate-key' in told.details
