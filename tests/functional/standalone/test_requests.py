"""What is wrong with a request is said to who sent it, over a real socket."""

import http.client
import json
from concurrent import futures

import pytest


def error_of(answer):
    (error,) = answer.json()['errors']
    assert error['status'] == answer.status_code
    assert error['request_id'] == answer.headers['X-Openstack-Request-Id']
    return error['code'].removeprefix('autoscaling.'), error['detail']


def profile(name='p', **spec):
    spec = {'flavor': 'tiny', 'image': 'cirros', **spec}
    return {'profile': {'name': name, 'type': 'server', 'spec': spec}}


def raw(service, head, *parts):
    """Bytes as they are; the answer's status and its body."""
    host, _, port = service.url.removeprefix('http://').partition(':')
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.connect()
        try:
            for part in (head, *parts):
                connection.sock.sendall(part)
        except OSError:
            pass  # who is refused early need not be listened to
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize('path', ['/v1/profiles', '/v1/webhooks/x/trigger'])
def test_a_body_over_the_limit_is_refused(service, path):
    answer = service.call('POST', path, b'{"a": "' + b'x' * 200_000 + b'"}')
    assert answer.status_code == 413
    assert error_of(answer)[0] == 'body_too_large'


def test_a_body_that_is_only_announced_is_refused_before_it_comes(service):
    status, body = raw(
        service,
        b'POST /v1/profiles HTTP/1.1\r\nHost: autoscale\r\n'
        b'Content-Type: application/json\r\n'
        b'Content-Length: 1000000000\r\n\r\n{',
    )
    assert status == 413
    assert b'autoscaling.body_too_large' in body


def test_a_body_over_the_limit_is_refused_in_chunks_too(service):
    chunk = b'4000\r\n' + b'x' * 0x4000 + b'\r\n'
    status, body = raw(
        service,
        b'POST /v1/profiles HTTP/1.1\r\nHost: autoscale\r\n'
        b'Content-Type: application/json\r\n'
        b'Transfer-Encoding: chunked\r\n\r\n',
        *[chunk] * 10,
        b'0\r\n\r\n',
    )
    assert status == 413
    assert b'autoscaling.body_too_large' in body


@pytest.mark.parametrize(
    'line',
    [
        b'POST /v1/profiles HTTP/1.1\r\nHost: a\r\nContent-Length: -1',
        b'POST /v1/profiles HTTP/1.1\r\nHost: a\r\nContent-Length: ten',
        b'GET /v1/%zz HTTP/1.1\r\nHost: a',
        b'GET /v1/clusters/%ff%00 HTTP/1.1\r\nHost: a',
        b'GET /' + b'x' * 100_000 + b' HTTP/1.1\r\nHost: a',
        b'GET / HTTP/1.1\r\nHost: a\r\nX: ' + b'x' * 600_000,
        b'BREW /v1/clusters HTTP/1.1\r\nHost: a',
        b'nonsense',
    ],
    ids=['negative', 'words', 'escape', 'bytes', 'path', 'header', 'verb', ''],
)
def test_no_request_breaks_the_service(service, line):
    status, _ = raw(service, line + b'\r\n\r\n')
    assert 400 <= status < 500
    assert service.call('GET', '/v1').status_code == 200


@pytest.mark.parametrize(
    'body, words',
    [
        (b'{"profile": {"name": ', 'line 1'),
        (b'', "'profile'"),
        (b'[]', 'object'),
        (b'{"profile": NaN}', 'NaN'),
        (b'\xff\xfe', 'UTF-8'),
        (b'{"profile": ' + b'[' * 5000, 'levels deep'),
    ],
    ids=['half', 'nothing', 'list', 'nan', 'bytes', 'deep'],
)
def test_what_is_no_json_object_is_told_where(service, body, words):
    answer = service.call('POST', '/v1/profiles', body)
    assert answer.status_code == 400
    assert words in error_of(answer)[1]


def test_an_unknown_field_is_named(service):
    for body in (
        {**profile(), 'colour': 'blue'},
        {'profile': {**profile()['profile'], 'colour': 'blue'}},
        profile(colour='blue'),
    ):
        answer = service.call('POST', '/v1/profiles', body)
        assert answer.status_code == 400
        assert "colour'; allowed here" in error_of(answer)[1]
    answer = service.call('GET', '/v1/clusters?colour=blue')
    assert answer.status_code == 400
    assert "'colour'" in error_of(answer)[1]


@pytest.mark.parametrize(
    'name',
    ['n' * 1000, 'a\nb', 'a\x1b[31mb', 'a\u2028b', '', 7, None],
    ids=['long', 'line', 'escape', 'separator', 'empty', 'number', 'null'],
)
def test_a_name_that_cannot_be_one_is_refused(service, name):
    for path, body in (
        ('/v1/profiles', profile(name)),
        ('/v1/clusters', {'cluster': {'name': name, 'profile_id': 'p'}}),
        (
            '/v1/webhooks',
            {
                'webhook': {
                    'name': name,
                    'cluster_id': 'c',
                    'action': 'scale_in',
                }
            },
        ),
    ):
        answer = service.call('POST', path, body)
        assert answer.status_code == 400
        assert error_of(answer)[1].startswith("Field 'name'")
        assert len(answer.text) < 1000


@pytest.mark.parametrize(
    'sizes',
    [
        {'min_size': 3, 'max_size': 2},
        {'min_size': -1},
        {'max_size': -2},
        {'desired_capacity': 10**9},
        {'desired_capacity': -1},
        {'min_size': 2, 'desired_capacity': 1},
        {'max_size': 2, 'desired_capacity': 3},
        {'desired_capacity': '3'},
        {'desired_capacity': 1.5},
    ],
    ids=str,
)
def test_sizes_out_of_bounds_are_refused(service, sizes):
    made = service.profile()
    wanted = {'name': service.name(), 'profile_id': made, **sizes}
    answer = service.call('POST', '/v1/clusters', {'cluster': wanted})
    assert answer.status_code == 400
    assert error_of(answer)[0] == 'invalid_field'


def test_a_size_that_the_cluster_does_not_allow_is_refused_by_the_engine(
    service,
):
    cluster = service.cluster(2, min_size=1, max_size=3)
    for kind, inputs, words in (
        ('scale_out', {'count': 2}, 'max_size'),
        ('scale_in', {'count': 2}, 'min_size'),
        (
            'resize',
            {'adjustment_type': 'EXACT_CAPACITY', 'number': 100_000},
            'max_size',
        ),
    ):
        ended = service.end_of(service.ask(cluster, kind, **inputs))
        assert ended['status'] == 'REFUSED'
        assert words in ended['status_reason']
    service.check_books(cluster, 2)


@pytest.mark.parametrize(
    'inputs',
    [
        {'scale_out': {'count': 10**9}},
        {'scale_out': {'count': 0}},
        {'scale_out': {'count': -1}},
        {'scale_in': {'count': 1, 'nodes': ['a']}},
        {'scale_in': {'nodes': []}},
        {'scale_out': {}, 'scale_in': {}},
        {'explode': {}},
        {},
    ],
    ids=str,
)
def test_an_action_that_cannot_be_is_refused(service, inputs):
    cluster = service.cluster(0)
    answer = service.call('POST', f'/v1/clusters/{cluster}/actions', inputs)
    assert answer.status_code == 400
    assert [each['kind'] for each in service.actions(cluster)] == ['create']


def test_what_is_in_use_stays(service):
    made = service.profile()
    cluster = service.cluster(0, profile_id=made, name='the-user')
    policy = service.policy('deletion')
    service.attach(cluster, policy)
    for path in (f'/v1/profiles/{made}', f'/v1/policies/{policy}'):
        answer = service.call('DELETE', path)
        assert answer.status_code == 409
        code, detail = error_of(answer)
        assert code == 'in_use'
        assert 'the-user' in detail
        assert service.call('GET', path).status_code == 200


def test_what_is_used_no_more_can_go(service):
    made, policy = service.profile(), service.policy('deletion')
    cluster = service.cluster(0, profile_id=made)
    service.attach(cluster, policy)
    service.clear()
    for path in (f'/v1/profiles/{made}', f'/v1/policies/{policy}'):
        assert service.call('DELETE', path).status_code == 204


def test_a_policy_is_attached_once(service):
    cluster, policy = service.cluster(0), service.policy('deletion')
    assert service.attach(cluster, policy).status_code == 201
    again = service.attach(cluster, policy)
    assert again.status_code == 409
    assert error_of(again)[0] == 'policy_already_attached'


def test_a_name_that_two_have_is_refused_and_an_unknown_one_not_found(
    service,
):
    name = service.name('twin')
    for _ in range(2):
        assert service.call('POST', '/v1/profiles', profile(name)).ok
    for answer in (
        service.call('GET', f'/v1/profiles/{name}'),
        service.call('DELETE', f'/v1/profiles/{name}'),
        service.call(
            'POST',
            '/v1/clusters',
            {'cluster': {'name': 'a', 'profile_id': name}},
        ),
    ):
        assert answer.status_code == 409
        assert error_of(answer)[0] == 'name_not_unique'
    unknown = service.call('GET', '/v1/profiles/nobody')
    assert unknown.status_code == 404
    assert error_of(unknown)[0] == 'profile_not_found'


def test_equal_requests_with_one_key_are_one_action(service):
    cluster = service.cluster(0)
    path = f'/v1/clusters/{cluster}/actions'
    key = {'Idempotency-Key': f'key-{cluster}'}

    def ask(count):
        wish = {'scale_out': {'count': count}}
        return service.call('POST', path, wish, headers=key)

    with futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [2] * 8))
    assert {each.status_code for each in answers} == {202}
    (action,) = {each.json()['action']['id'] for each in answers}
    service.end_of(action)
    service.check_books(cluster, 2)
    other = ask(3)
    assert other.status_code == 409
    assert error_of(other)[0] == 'idempotency_key_reused'
    assert json.loads(ask(2).text) == json.loads(answers[0].text)
    service.check_books(cluster, 2)


def test_connections_of_many_clients_are_kept(service):
    host = service.url.removeprefix('http://')
    clients = [http.client.HTTPConnection(host, timeout=20) for _ in range(40)]
    try:
        for _ in range(2):
            for each in clients:
                each.request('GET', '/healthcheck')
                answer = each.getresponse()
                assert answer.status == 200
                answer.read()
                # http.client lets go of it when the answer says so.
                assert each.sock is not None
    finally:
        for each in clients:
            each.close()
