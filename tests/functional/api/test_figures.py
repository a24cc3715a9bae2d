"""Requests are counted by the templates of their paths, and never by ids."""

import uuid

import pytest

from autoscale.db.database import Database
from tests.fakes import figures
from tests.functional.api import house as houses

REQUESTS = 'autoscale_api_requests_total'
SECONDS = 'autoscale_api_request_seconds_count'


@pytest.fixture
def counted(tmp_path):
    """A house that shows its figures."""
    made = houses.opened(tmp_path)
    made.conf.set_override('enabled', True, group='metrics')
    yield houses.House(made.conf, made.database)
    made.database.dispose()


def test_a_request_is_counted_by_the_template_of_its_path(counted):
    cluster = counted.cluster()
    grown = figures.Growth()
    for ref in (cluster['id'], 'web', 'web'):
        counted.get(f'/v1/clusters/{ref}')
    counted.get(f'/v1/clusters/{uuid.uuid4()}')
    route = {'route': '/v1/clusters/{cluster_id}', 'method': 'GET'}
    assert grown.of(REQUESTS, status='200', **route) == 3
    assert grown.of(REQUESTS, status='404', **route) == 1
    assert grown.of(SECONDS, **route) == 4


def test_a_trigger_is_counted_too(counted):
    cluster = counted.cluster()
    webhook = counted.webhook(cluster['id'])
    grown = figures.Growth()
    counted.post(webhook['alarm_url'].removeprefix('http://api.test'))
    (series,) = grown.series(REQUESTS)
    assert series == {
        'route': '/v1/webhooks/{webhook_id}/trigger',
        'method': 'POST',
        'status': '202',
    }


def test_nobody_can_make_up_series(counted):
    grown = figures.Growth()
    for number in range(5):
        counted.get(f'/{number}')
        counted.get(f'/v1/{number}/x/y/z')
        counted.call(f'M{number}', '/v1/clusters')
    assert grown.series(REQUESTS) == [
        {'route': 'none', 'method': 'GET', 'status': '404'},
        {'route': '/v1/clusters', 'method': 'other', 'status': '405'},
    ]


def test_what_breaks_is_counted_as_the_500_that_it_is(counted, monkeypatch):
    def broken(*args, **kw):
        raise RuntimeError('out of luck')

    monkeypatch.setattr(Database, 'read', broken)
    grown = figures.Growth()
    counted.get('/v1/clusters')
    assert grown.of(REQUESTS, route='/v1/clusters', method='GET', status='500')


def test_the_page_is_shown_to_whoever_asks_and_holds_no_secret(counted):
    cluster = counted.cluster()
    webhook = counted.webhook(cluster['id'])
    path = webhook['alarm_url'].removeprefix('http://api.test')
    counted.post(path)
    reply = counted.get('/metrics')
    assert reply.status == 200
    assert reply.headers['content-type'].startswith('text/plain')
    text = reply.raw.decode()
    assert 'autoscale_api_request_seconds_bucket{' in text
    for secret in (path.partition('token=')[2], webhook['id'], cluster['id']):
        assert secret not in text


def test_the_page_is_nowhere_unless_it_is_wanted(house):
    assert house.get('/metrics').status == 404


def test_what_nobody_reads_is_not_counted(house):
    grown = figures.Growth()
    house.get('/v1/clusters')
    assert grown.series(REQUESTS) == []
