"""What callers send who mean no good, or do not know better."""

import json
import logging
import sqlite3

import pytest
import sqlalchemy as sa

from autoscale import exceptions
from autoscale.api.controllers import event

NAMES = {
    'empty': '',
    'blank': ' \t ',
    'long': 'n' * 256,
    'a thousand': 'n' * 1000,
    'control': 'a\x07b',
    'newline': 'a\nb',
    'separator': 'a\u2028b',
    'number': 7,
    'null': None,
    'list': ['a'],
}


def profile(name):
    spec = {'flavor': 'f', 'image': 'i'}
    return {'profile': {'name': name, 'type': 'server', 'spec': spec}}


def cluster(**sizes):
    return {'cluster': {'name': 'a', 'profile_id': 'web', **sizes}}


@pytest.mark.parametrize('name', NAMES.values(), ids=NAMES.keys())
def test_a_name_that_is_none_is_refused(house, name):
    reply = house.post('/v1/profiles', profile(name))
    assert reply.status == 400
    assert reply.error['detail'].startswith("Field 'name': ")
    assert len(reply.error['detail']) < 200


@pytest.mark.parametrize('name', ['n' * 255, 'Ä ö 漢字 🙂', "a'; --", '../x'])
def test_a_name_may_be_any_text(house, name):
    reply = house.post('/v1/profiles', profile(name))
    assert reply.status == 201
    assert reply.json['profile']['name'] == name


@pytest.mark.parametrize(
    'name', ['index', '_route', 'perform', 'places', 'new', 'delete', 'a.json']
)
def test_a_name_is_never_an_attribute_of_ours(house, name):
    made = house.made('/v1/profiles', profile(name))
    reply = house.get(f'/v1/profiles/{name}')
    assert reply.status == 200
    assert reply.json['profile']['id'] == made['id']


def test_a_name_that_two_have_needs_an_id(house):
    house.profile()
    house.profile()
    reply = house.get('/v1/profiles/web')
    assert reply.status == 409
    assert reply.error['code'] == 'autoscaling.name_not_unique'
    assert reply.error['detail'] == "2 profiles are named 'web': use an id."


@pytest.mark.parametrize(
    'sizes, field',
    [
        ({'min_size': -1}, 'min_size'),
        ({'max_size': -2}, 'max_size'),
        ({'desired_capacity': -1}, 'desired_capacity'),
        ({'min_size': 100_001}, 'min_size'),
        ({'desired_capacity': 10**9}, 'desired_capacity'),
        ({'max_size': 10**30}, 'max_size'),
        ({'min_size': 3, 'max_size': 2}, 'min_size'),
        ({'max_size': 2, 'desired_capacity': 3}, 'desired_capacity'),
        ({'min_size': 2, 'desired_capacity': 1}, 'desired_capacity'),
        ({'min_size': '1'}, 'min_size'),
        ({'min_size': 1.0}, 'min_size'),
        ({'min_size': 1.5}, 'min_size'),
        ({'min_size': True}, 'min_size'),
        ({'min_size': None}, 'min_size'),
        ({'metadata': {'a': 1}}, 'metadata.a'),
        ({'metadata': ['a']}, 'metadata'),
        ({'metadata': {'a': 'b' * 1025}}, 'metadata.a'),
        ({'metadata': {'a' * 256: 'b'}}, 'metadata'),
        ({'metadata': {'': 'b'}}, 'metadata'),
        ({'metadata': {str(n): '' for n in range(129)}}, 'metadata'),
        ({'profile_id': ''}, 'profile_id'),
        ({'profile_id': {}}, 'profile_id'),
    ],
)
def test_a_field_that_is_wrong_is_named(house, sizes, field):
    house.profile()
    reply = house.post('/v1/clusters', cluster(**sizes))
    assert reply.status == 400
    assert reply.error['code'] == 'autoscaling.invalid_field'
    assert reply.error['detail'].startswith(f"Field '{field}'")


def test_unlimited_is_a_maximum(house):
    house.profile()
    reply = house.post(
        '/v1/clusters', cluster(max_size=-1, min_size=5, desired_capacity=9)
    )
    assert reply.status == 202


BODIES = {
    'nothing': (b'', "Field 'cluster': is required"),
    'half': (
        b'{"cluster":\n {"name": ',
        'The body is not JSON: Expecting value at line 2, column 11.',
    ),
    'list': (b'[]', 'The body must be a JSON object.'),
    'text': (b'"cluster"', 'The body must be a JSON object.'),
    'null': (b'null', 'The body must be a JSON object.'),
    'nan': (b'{"cluster": NaN}', 'The body is not JSON: it has NaN.'),
    'latin': (b'{"cl\xfcster": 1}', 'The body is not UTF-8 at byte 4.'),
    'surrogate': (
        b'{"cluster": {"name": "\\ud800"}}',
        'The body has half of a character (a lone surrogate).',
    ),
    'nul': (
        b'{"cluster": {"name": "a\\u0000"}}',
        'The body has a NUL character.',
    ),
    'digits': (
        b'{"cluster": ' + b'9' * 5000 + b'}',
        'The body has a number that is too large.',
    ),
    'deep': (
        b'{"cluster": ' + b'[' * 50_000 + b']' * 50_000 + b'}',
        'The body is nested more than 32 levels deep.',
    ),
    'deep enough': (
        b'{"cluster": ' + b'{"a":' * 40 + b'1' + b'}' * 41,
        'The body is nested more than 32 levels deep.',
    ),
    'root': (
        b'{"clutser": {}}',
        "Unknown field 'clutser'; allowed here: cluster.",
    ),
    'two roots': (
        b'{"cluster": {}, "profile": {}}',
        "Unknown field 'profile'; allowed here: cluster.",
    ),
    'inner list': (b'{"cluster": []}', "Field 'body': must be an object"),
    'unknown': (
        b'{"cluster": {"nmae": "a"}}',
        "Unknown field 'nmae'; allowed here: desired_capacity, max_size, "
        'metadata, min_size, name, profile_id.',
    ),
}


@pytest.mark.parametrize('body, detail', BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_wrong_is_told_where(house, body, detail):
    reply = house.post('/v1/clusters', body)
    assert reply.status == 400
    assert reply.error['detail'] == detail


def test_an_escaped_backslash_is_no_character_that_is_missing(house):
    spec = {'flavor': 'f', 'image': 'i', 'user_data': '\\u0000 and \\ud800'}
    body = {'profile': {'name': 'a', 'type': 'server', 'spec': spec}}
    assert house.post('/v1/profiles', body).status == 201


def test_an_escaped_pair_is_a_character(house):
    body = json.dumps(profile('🙂')).encode()
    assert b'\\ud83d' in body
    assert house.post('/v1/profiles', body).json['profile']['name'] == '🙂'


@pytest.mark.parametrize('kind', ['text/plain', '', 'application/jsonp'])
def test_a_body_that_is_no_json_by_its_own_word_is_refused(house, kind):
    reply = house.post(
        '/v1/profiles', profile('a'), headers={'Content-Type': kind}
    )
    assert reply.status == 415
    assert reply.error['code'] == 'autoscaling.unsupported_media_type'


def test_a_charset_is_no_other_type(house):
    kind = 'application/json; charset=UTF-8'
    reply = house.post(
        '/v1/profiles', profile('a'), headers={'Content-Type': kind}
    )
    assert reply.status == 201


def test_a_body_over_the_limit_is_refused(house):
    limit = house.conf.api.max_body_size
    reply = house.post('/v1/profiles', b' ' * (limit + 1))
    assert reply.status == 413
    assert reply.error['code'] == 'autoscaling.body_too_large'
    assert house.post('/v1/profiles', b' ' * limit).status == 400


def test_a_body_of_unknown_length_over_the_limit_is_refused(house):
    limit = house.conf.api.max_body_size
    chunked = {'Transfer-Encoding': 'chunked', 'Content-Length': ''}
    reply = house.post('/v1/profiles', b' ' * (limit + 1), headers=chunked)
    assert reply.status == 413
    reply = house.post('/v1/profiles', profile('a'), headers=chunked)
    assert reply.status == 201


@pytest.mark.parametrize('length', ['-1', 'many', '9' * 100, '1_0', '١'])
def test_a_length_that_is_none_is_refused(house, length):
    reply = house.post(
        '/v1/profiles', b'{}', headers={'Content-Length': length}
    )
    assert reply.status in (400, 413)


def test_a_trigger_over_the_limit_is_refused(house):
    reply = house.post('/v1/webhooks/x/trigger', b' ' * 200_000)
    assert reply.status == 413


@pytest.mark.parametrize(
    'path',
    [
        '/v2',
        '/v1/nope',
        '/v1//clusters',
        '/v1/clusters/x/nope',
        '/v1/clusters/x/policies/y/z',
        '/v1/webhooks/x',
        '/v1/openapi.json/x',
        '/v1/clusters/%00',
        '/v1/clusters/%0a',
        '/v1/clusters/%ff%fe',
        '/v1/clusters/' + 'x' * 5000,
        '/v1/clusters/..',
        '/v1/clusters/x%2Fy',
        '/robots.txt',
    ],
)
def test_a_path_that_leads_nowhere_is_a_404_with_an_id(house, path):
    reply = house.get(path)
    assert reply.status == 404
    assert reply.error['request_id'] == reply.headers['x-openstack-request-id']


@pytest.mark.parametrize('method', ['TRACE', 'OPTIONS', 'BREW', 'POST'])
def test_a_method_that_is_not_there_is_told_which_are(house, method):
    reply = house.call(method, '/v1/events')
    assert reply.status == 405
    assert reply.headers['allow'] == 'GET'
    assert reply.error['code'] == 'autoscaling.method_not_allowed'


def test_head_is_get_without_the_body(house):
    reply = house.call('HEAD', '/v1/clusters')
    assert reply.status == 200
    assert reply.raw == b''
    assert reply.headers['content-length'] == str(
        len(house.get('/v1/clusters').raw)
    )


@pytest.mark.parametrize(
    'query',
    [
        'limit=-1',
        'limit=ten',
        'limit=1&limit=2',
        'sort=name:asc,name:desc',
        'sort=spec',
        'sort=;drop',
        'status=%ff',
        'marker=a%00b',
        '_method=DELETE',
        'colour=blue',
        '&'.join(f'a{n}=1' for n in range(101)),
    ],
)
def test_a_query_that_is_wrong_is_refused(house, query):
    reply = house.get(f'/v1/clusters?{query}')
    assert reply.status == 400
    assert len(reply.error['detail']) < 400


def test_a_limit_beyond_all_bounds_is_the_services_own(house):
    assert house.get(f'/v1/clusters?limit={10**18}').status == 200
    assert house.get(f'/v1/clusters?limit={"9" * 4000}').status == 200


def test_a_marker_of_another_project_is_unknown(house):
    theirs = house.cluster(headers={'X-Project-Id': 'theirs'})
    reply = house.get(f'/v1/clusters?marker={theirs["id"]}')
    assert reply.status == 400
    assert "'marker'" in reply.error['detail']


def test_a_page_lasts_through_equal_times(house):
    house.profile()
    for number in range(7):
        house.made('/v1/clusters', cluster(metadata={'n': str(number)}))
    seen, path = [], '/v1/clusters?limit=2&sort=name:asc'
    while path:
        page = house.get(path).json
        seen += [each['metadata']['n'] for each in page['clusters']]
        links = page['clusters_links']
        path = (
            links[0]['href'].removeprefix('http://api.test') if links else ''
        )
    assert sorted(seen) == list('0123456')


def test_a_body_where_none_belongs_is_refused(house):
    reply = house.post('/v1/actions/x/cancel', {'force': True})
    assert reply.status == 400
    assert reply.error['code'] == 'autoscaling.unknown_field'


@pytest.mark.parametrize(
    'method, path',
    [
        ('GET', '/v1/profiles'),
        ('GET', '/v1/clusters/x'),
        ('DELETE', '/v1/clusters/x'),
    ],
)
def test_a_body_of_rubbish_harms_no_request_that_has_none(house, method, path):
    reply = house.call(method, path, b'\xff\xff')
    assert reply.status in (400, 415)


def test_an_error_of_ours_shows_no_traceback(house, monkeypatch, caplog):
    def broken(*arguments, **keywords):
        raise RuntimeError('the secret of the house')

    monkeypatch.setattr(event.events, 'get', broken)
    with caplog.at_level(logging.ERROR):
        reply = house.get('/v1/events/x')
    assert reply.status == 500
    assert reply.error['code'] == 'autoscaling.internal_error'
    assert b'secret' not in reply.raw
    assert b'Traceback' not in reply.raw
    request_id = reply.headers['x-openstack-request-id']
    assert request_id in reply.error['detail']
    assert request_id in caplog.text
    assert 'the secret of the house' in caplog.text


def test_a_database_that_is_away_is_a_503(house, monkeypatch):
    def away(*arguments, **keywords):
        raise exceptions.Unavailable(part='database')

    monkeypatch.setattr(house.database, 'read', away)
    reply = house.get('/v1/clusters')
    assert reply.status == 503
    assert reply.headers['retry-after'] == '5'
    assert reply.error['code'] == 'autoscaling.unavailable'
    assert house.get('/healthcheck').status == 200
    assert house.get('/healthcheck?detailed').json['database'] == 'unavailable'
    assert house.get('/healthcheck?detailed').status == 503


def test_why_a_database_is_away_is_logged_without_what_it_was_asked(
    house, monkeypatch, caplog
):
    said = sqlite3.OperationalError('unable to open database file')
    said.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN

    def away(*_):
        raise sa.exc.OperationalError('SELECT ?', ('the secret',), said)

    monkeypatch.setattr(house.database, '_read', away)
    with caplog.at_level(logging.WARNING):
        reply = house.get('/v1/clusters')
    assert reply.status == 503
    assert b'unable' not in reply.raw
    request_id = reply.headers['x-openstack-request-id']
    assert (
        f'request {request_id}: the database does not answer: '
        'OperationalError: unable to open database file'
    ) in caplog.text
    assert 'SELECT' not in caplog.text
    assert 'the secret' not in caplog.text


def test_an_input_that_ends_early_is_no_harm(house):
    reply = house.call(
        'POST', '/v1/profiles', b'{"profile"', {'Content-Length': '4000'}
    )
    assert reply.status == 400
    assert 'line 1' in reply.error['detail']
