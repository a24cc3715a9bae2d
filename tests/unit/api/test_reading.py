"""Queries, pages, versions and tokens, read from what a request says."""

import pytest
from oslo_config import cfg

from autoscale import exceptions
from autoscale.api import body
from autoscale.api import call
from autoscale.api import capability
from autoscale.api import faults
from autoscale.api import paging
from autoscale.api import query
from autoscale.api import request_id
from autoscale.api import versions
from autoscale.conf import api as options

LISTING = paging.Listing(
    filters=(
        query.Parameter(name='name', description=''),
        query.Parameter(name='status', description='', choices=('A', 'B')),
    ),
    sorts=('name', 'created_at'),
)


@pytest.fixture
def conf():
    made = cfg.ConfigOpts()
    options.register_opts(made)
    made([])
    return made


def page(conf, text):
    return LISTING.page(conf, query.read(text, LISTING.parameters))


def test_a_page_is_what_the_service_says_unless_it_is_asked(conf):
    asked = page(conf, '')
    assert asked.limit == conf.api.default_page_size
    assert asked.sort == [('created_at', 'desc')]
    assert asked.filters == {}
    assert asked.marker is None
    assert asked.all_projects is False


def test_a_page_is_what_it_is_asked_to_be(conf):
    asked = page(
        conf,
        'limit=7&marker=m&sort=name:desc,created_at&status=A&status=B'
        '&name=caf%C3%A9&all_projects',
    )
    assert asked.limit == 7
    assert asked.arguments() == {
        'filters': {'name': ['café'], 'status': ['A', 'B']},
        'sort': [('name', 'desc'), ('created_at', 'asc')],
        'limit': 8,
        'marker': 'm',
    }
    assert asked.all_projects is True


def test_a_page_is_never_longer_than_the_service_allows(conf):
    assert page(conf, 'limit=99999').limit == conf.api.max_page_size


@pytest.mark.parametrize(
    'text, parameter',
    [
        ('limit=0', 'limit'),
        ('limit=1.5', 'limit'),
        ('limit=--1', 'limit'),
        ('limit=%D9%A1', 'limit'),
        ('marker=a&marker=b', 'marker'),
        ('sort=size', 'sort'),
        ('sort=name:', 'sort=none'),
        ('sort=name:sideways', 'sort'),
        ('sort=name,name', 'sort'),
        ('sort=,', 'sort'),
        ('status=C', 'status'),
        ('all_projects=perhaps', 'all_projects'),
        ('x=1', 'x'),
    ],
)
def test_a_query_that_is_wrong_names_its_parameter(conf, text, parameter):
    if parameter.endswith('=none'):  # an empty direction is the usual one
        assert page(conf, text).sort == [('name', 'asc')]
        return
    with pytest.raises(exceptions.InvalidQuery) as caught:
        page(conf, text)
    assert caught.value.facts['parameter'] == parameter


def test_the_next_page_is_asked_for_as_this_one_was(conf):
    class Item:
        def __init__(self, ref):
            self.id = ref

    asked = page(conf, 'limit=2&name=a%26b&marker=0')
    pairs = query.pairs('limit=2&name=a%26b&marker=0')
    items = [Item('1'), Item('2'), Item('3')]
    told = paging.document('things', items, asked, '/t', pairs, vars)
    assert told == {
        'things': [{'id': '1'}, {'id': '2'}],
        'things_links': [
            {'rel': 'next', 'href': '/t?limit=2&name=a%26b&marker=2'}
        ],
    }
    told = paging.document('things', items[:2], asked, '/t', pairs, vars)
    assert told['things_links'] == []


@pytest.mark.parametrize(
    'header, version',
    [
        (None, (1, 0)),
        ('', (1, 0)),
        ('autoscaling 1.0', (1, 0)),
        ('AUTOSCALING latest', (1, 0)),
        ('compute 2.90', (1, 0)),
        ('compute 2.90, autoscaling 1.0', (1, 0)),
        ('rubbish', (1, 0)),
    ],
)
def test_a_version_is_the_oldest_unless_another_is_named(header, version):
    environ = {} if header is None else {'HTTP_OPENSTACK_API_VERSION': header}
    assert versions.asked_for(environ) == version


@pytest.mark.parametrize('asked', ['0.9', '1.1', '2.0', '1.99999'])
def test_a_version_that_is_not_there(asked):
    environ = {'HTTP_OPENSTACK_API_VERSION': f'autoscaling {asked}'}
    with pytest.raises(faults.VersionNotAvailable) as caught:
        versions.asked_for(environ)
    assert caught.value.facts['max_version'] == str(versions.MAX)


@pytest.mark.parametrize('asked', ['1', 'one', '1.x', '1.0.0', '-1.0'])
def test_a_version_that_is_none(asked):
    environ = {'HTTP_OPENSTACK_API_VERSION': f'autoscaling {asked}'}
    with pytest.raises((exceptions.Invalid, faults.VersionNotAvailable)):
        versions.asked_for(environ)


@pytest.mark.parametrize(
    'environ, query_, token',
    [
        ({}, {}, ''),
        ({}, {'token': 't'}, 't'),
        ({'HTTP_AUTHORIZATION': 'Bearer t'}, {}, 't'),
        ({'HTTP_AUTHORIZATION': 'bearer  t '}, {}, 't'),
        ({'HTTP_AUTHORIZATION': 'Basic t'}, {}, ''),
        ({'HTTP_AUTHORIZATION': 'Basic t'}, {'token': 'q'}, 'q'),
        ({'HTTP_X_WEBHOOK_TOKEN': 't'}, {'token': 'q'}, 't'),
    ],
)
def test_a_token_is_found_wherever_it_can_be_put(environ, query_, token):
    assert capability.carried(environ, query_) == token


def test_a_token_fits_its_own_hash_and_no_other():
    token = capability.new()
    assert len(token) == 43
    assert capability.fits(token, capability.hash_of(token))
    assert not capability.fits(token, capability.NOBODYS)
    assert not capability.fits('', capability.hash_of(token))
    assert not capability.fits('\ud800', capability.hash_of(token))


def test_an_empty_body_is_an_empty_object():
    assert body.parse_object(b'') == {}
    assert body.parse_object(b' \n') == {}
    assert body.parse_object(b'\xef\xbb\xbf{"a": 1}') == {'a': 1}


@pytest.mark.parametrize('depth, is_fine', [(32, True), (33, False)])
def test_a_body_has_a_depth(depth, is_fine):
    raw = b'[' * depth + b']' * depth
    if is_fine:
        assert body.parse(raw) is not None
        return
    with pytest.raises(exceptions.Invalid, match='levels deep'):
        body.parse(raw)


def test_many_brackets_are_no_depth():
    assert len(body.parse(b'[' + b','.join([b'{}'] * 5000) + b']')) == 5000


@pytest.mark.parametrize(
    'environ, url',
    [
        ({'HTTP_HOST': 'a:1'}, 'http://a:1'),
        ({'HTTP_HOST': 'a', 'SCRIPT_NAME': '/x/'}, 'http://a/x'),
        ({'SERVER_NAME': 'b', 'SERVER_PORT': '80'}, 'http://b:80'),
    ],
)
def test_where_we_are_is_how_we_were_reached(conf, environ, url):
    environ = {'wsgi.url_scheme': 'http', **environ}
    assert call.base_url(conf, environ) == url


@pytest.mark.parametrize(
    'given', ['req-1', 'x', '', 'req-' + 'g' * 36, 'a' * 5000]
)
def test_an_id_of_the_caller_that_is_none_is_left_out(given):
    seen = {}
    layer = request_id.RequestId(lambda environ, start: seen.update(environ))
    layer({'HTTP_X_OPENSTACK_REQUEST_ID': given}, None)
    assert 'openstack.global_request_id' not in seen
    assert seen['openstack.request_id'].startswith('req-')
