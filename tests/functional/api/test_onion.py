"""The layers around the controllers, each by what it does to an answer."""

import threading
import wsgiref.simple_server

import pytest
from keystoneauth1 import adapter
from keystoneauth1 import noauth
from keystoneauth1 import session

from autoscale import exceptions
from autoscale.api import app
from autoscale.api import call as calls
from autoscale.api import delegation
from autoscale.api import rate
from autoscale.api import rules
from autoscale.db import cluster as clusters
from autoscale.db import idempotency
from autoscale.wsgi import api as wsgi
from tests.functional.api import house as houses

GLOBAL = 'req-11111111-2222-3333-4444-555555555555'


def test_the_caller_s_request_id_goes_along_with_ours(house):
    reply = house.get('/v1/nope', headers={'X-Openstack-Request-Id': GLOBAL})
    assert reply.headers['x-openstack-request-id'] != GLOBAL
    assert reply.error['request_id'] == reply.headers['x-openstack-request-id']


def test_an_action_keeps_the_id_of_its_request(house):
    house.cluster()
    reply = house.post('/v1/clusters/web/actions', {'scale_out': {}})
    action = reply.json['action']
    assert action['request_id'] == reply.headers['x-openstack-request-id']
    assert action['cause']['request_id'] == action['request_id']
    assert action['cause']['user_id'] == 'nobody'


def test_an_engine_is_woken_after_the_commit_and_for_each_change(house):
    cluster = house.cluster()
    assert house.waker.woken == [cluster['id']]
    kept = []
    house.waker.wake = lambda ref: kept.append(
        len(house.get('/v1/clusters/web/actions').json['actions'])
    )
    house.post('/v1/clusters/web/actions', {'scale_out': {}})
    house.patch('/v1/clusters/web', {'cluster': {'min_size': 1}})
    house.patch('/v1/clusters/web', {'cluster': {'metadata': {}}})
    house.delete('/v1/clusters/web')
    assert kept == [2, 3, 4]


def test_nobody_is_woken_by_what_was_refused(house):
    house.cluster()
    woken = list(house.waker.woken)
    house.post('/v1/clusters/web/actions', {'scale_out': {'count': 0}})
    house.post('/v1/clusters/nope/actions', {'scale_out': {}})
    house.post('/v1/clusters/web/preview', {'scale_out': {}})
    assert house.waker.woken == woken


def test_a_preview_hands_the_body_to_an_engine(house):
    cluster = house.cluster()
    reply = house.post('/v1/clusters/web/preview', {'scale_in': {'count': 1}})
    assert reply.json == {'decision': house.waker.decision}
    assert house.waker.previewed == [
        (cluster['id'], {'scale_in': {'count': 1}})
    ]


def test_a_preview_without_engines_is_a_503(house):
    house.cluster()
    house.waker.error = exceptions.Unavailable(part='engine')
    reply = house.post('/v1/clusters/web/preview', {'scale_in': {}})
    assert reply.status == 503
    assert 'engine' in reply.error['detail']


def test_a_cluster_that_is_going_takes_no_orders(house):
    cluster = house.cluster()
    policy = house.policy()
    house.database.write(clusters.change, cluster['id'], is_deleting=True)
    hook = {'name': 'a', 'cluster_id': 'web', 'action': 'scale_out'}
    for reply in (
        house.post('/v1/clusters/web/actions', {'scale_out': {}}),
        house.post('/v1/clusters/web/preview', {'scale_out': {}}),
        house.patch('/v1/clusters/web', {'cluster': {'name': 'x'}}),
        house.put(f'/v1/clusters/web/policies/{policy["id"]}'),
        house.post('/v1/webhooks', {'webhook': hook}),
    ):
        assert reply.status == 409
        assert reply.error['code'] == 'autoscaling.cluster_is_deleting'
    assert house.delete('/v1/clusters/web?force=true').status == 202


def test_a_broker_that_is_away_is_told_to_who_asks(house):
    house.waker.connected = False
    reply = house.get('/healthcheck?detailed')
    assert reply.status == 503
    assert reply.json == {
        'status': 'unavailable',
        'database': 'ok',
        'broker': 'unavailable',
    }
    assert house.get('/healthcheck').status == 200


def test_what_health_was_found_is_told_again_for_a_moment(house):
    assert house.get('/healthcheck?detailed').status == 200
    house.waker.connected = False
    assert house.get('/healthcheck?detailed').status == 200


def layered(tmp_path, group, **options):
    """A house whose libraries are set up as an operator would."""
    first = houses.opened(tmp_path)
    for name, value in options.items():
        first.conf.set_override(name, value, group=group)
    return houses.House(first.conf, first.database)


def test_a_file_takes_the_host_out_of_the_load_balancer(tmp_path):
    mark = tmp_path / 'disabled'
    house = layered(tmp_path, 'healthcheck', disable_by_file_path=str(mark))
    assert house.get('/healthcheck').status == 200
    mark.touch()
    assert house.get('/healthcheck').status == 503
    house.database.dispose()


def test_layers_that_are_off_are_not_there(house):
    services = calls.Services(
        conf=house.conf,
        database=house.database,
        waker=house.waker,
        delegation=delegation.Delegation(
            house.conf, house.database, house.waker.wake
        ),
        enforcer=rules.enforcer(house.conf),
        triggers=rate.Buckets(0, 1),
    )
    bare = len(app.onion(services))
    house.conf.set_override('allowed_origin', ['*'], group='cors')
    assert len(app.onion(services)) == bare + 1
    house.conf.set_override(
        'enable_proxy_headers_parsing', True, group='oslo_middleware'
    )
    assert len(app.onion(services)) == bare + 2


def test_a_browser_is_let_in_from_where_the_operator_says(tmp_path):
    house = layered(
        tmp_path, 'cors', allowed_origin=['https://dashboard.test']
    )
    origin = {'Origin': 'https://dashboard.test'}
    for path in ('/v1/clusters', '/v1/clusters/nope'):
        reply = house.get(path, headers=origin)
        allowed = reply.headers['access-control-allow-origin']
        assert allowed == 'https://dashboard.test'
    reply = house.get('/v1/clusters', headers={'Origin': 'https://evil.test'})
    assert 'access-control-allow-origin' not in reply.headers
    reply = house.call(
        'OPTIONS',
        '/v1/clusters',
        headers={**origin, 'Access-Control-Request-Method': 'GET'},
    )
    assert reply.status == 200
    house.database.dispose()


def test_a_proxy_is_believed_only_when_the_operator_says_so(tmp_path, house):
    headers = {
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'cloud.test',
        'X-Forwarded-Prefix': '/autoscaling',
    }

    def href(asked):
        links = asked.get('/', headers=headers).json['versions'][0]['links']
        return links[0]['href']

    assert href(house) == 'http://api.test/v1/'
    believing = layered(
        tmp_path, 'oslo_middleware', enable_proxy_headers_parsing=True
    )
    assert href(believing) == 'https://cloud.test/autoscaling/v1/'
    believing.database.dispose()


def test_a_public_url_begins_every_link(tmp_path):
    house = houses.opened(tmp_path, public_url='https://cloud.test/as/')
    cluster = house.cluster()
    hook = house.webhook(cluster['id'])
    assert hook['alarm_url'].startswith('https://cloud.test/as/v1/webhooks/')
    reply = house.post('/v1/clusters/web/actions', {'scale_out': {}})
    assert reply.headers['location'].startswith(
        'https://cloud.test/as/v1/actions/'
    )
    house.cluster('other')
    link = house.get('/v1/clusters?limit=1').json['clusters_links'][0]
    assert link['href'].startswith('https://cloud.test/as/v1/clusters?limit=1')
    house.database.dispose()


def test_a_key_that_was_used_meanwhile_gives_the_first_answer(
    house, monkeypatch
):
    """Both looked before either had answered; one of them wins."""
    real, is_blind = idempotency.find, [True]

    def blind_at_first(*arguments):
        if is_blind:
            is_blind.pop()
            return None
        return real(*arguments)

    key = {'Idempotency-Key': 'one'}
    first = house.post('/v1/profiles', houses.PROFILE, headers=key)
    monkeypatch.setattr(idempotency, 'find', blind_at_first)
    second = house.post('/v1/profiles', houses.PROFILE, headers=key)
    assert second.json == first.json
    assert len(house.get('/v1/profiles').json['profiles']) == 1


def test_a_key_sent_by_many_at_once_is_one_request(house):
    house.cluster()
    replies, start = [], threading.Barrier(6)

    def ask():
        start.wait(timeout=10)
        replies.append(
            house.post(
                '/v1/clusters/web/actions',
                {'scale_out': {}},
                headers={'Idempotency-Key': 'one'},
            )
        )

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)
    assert {each.status for each in replies} == {202}
    assert len({each.json['action']['id'] for each in replies}) == 1
    shown = house.get('/v1/actions?kind=scale_out').json['actions']
    assert len(shown) == 1


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def served(house):
    server = wsgiref.simple_server.make_server(
        '127.0.0.1', 0, house.app, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.mark.parametrize('path', ['', '/', '/v1', '/v1/'])
def test_keystoneauth_discovers_us(served, path):
    client = adapter.Adapter(
        session.Session(noauth.NoAuth(endpoint=served + path)),
        service_type='autoscaling',
        min_version='1.0',
        max_version='1.latest',
        default_microversion='1.0',
    )
    found = client.get_endpoint_data()
    assert found.url == f'{served}/v1/'
    assert found.api_version == (1, 0)
    assert found.max_microversion == (1, 0)
    reply = client.get(found.url + 'clusters')
    assert reply.json() == {'clusters': [], 'clusters_links': []}
    assert reply.headers['OpenStack-API-Version'] == 'autoscaling 1.0'


def test_the_module_makes_the_application_once(monkeypatch):
    made = []

    def make():
        made.append('made')
        return lambda environ, start: [environ['word']]

    monkeypatch.setattr(wsgi, '_made', None)
    monkeypatch.setattr(wsgi, '_make', make)
    threads = [
        threading.Thread(target=wsgi.application, args=({'word': b''}, None))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=10)
    assert wsgi.application({'word': b'hello'}, None) == [b'hello']
    assert made == ['made']


def test_the_module_reads_the_configuration_of_its_place(
    tmp_path, monkeypatch
):
    (tmp_path / 'autoscale.conf').write_text(
        '[api]\nauth_strategy = noauth\n'
        f'[database]\nconnection = sqlite:///{tmp_path}/a.sqlite\n'
        '[oslo_messaging_rabbit]\n[DEFAULT]\n'
        'transport_url = kombu+memory:////\n'
    )
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / '.autoscale').mkdir()
    (tmp_path / 'autoscale.conf').rename(
        tmp_path / '.autoscale' / 'autoscale.conf'
    )
    made = wsgi._make()
    started = []
    environ = {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': '/v1',
        'HTTP_HOST': 'x',
        'wsgi.url_scheme': 'http',
        'SERVER_NAME': 'x',
        'SERVER_PORT': '80',
    }
    body = b''.join(made(environ, lambda *words: started.append(words)))
    assert started[0][0].startswith('200')
    assert b'"v1.0"' in body
