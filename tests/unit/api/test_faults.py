"""From errors to answers."""

import inspect
import json

import pytest

from autoscale import exceptions
from autoscale.api import faults

CODES = {
    exceptions.NotFound(noun='cluster', ref='x'): (404, 'cluster_not_found'),
    exceptions.NotFound(noun='policy type', ref='x'): (
        404,
        'policy_type_not_found',
    ),
    exceptions.CapabilityNotFound(): (404, 'not_found'),
    faults.NoSuchPath(path='/x'): (404, 'path_not_found'),
    exceptions.UnknownField(field='a', allowed='b'): (400, 'unknown_field'),
    exceptions.UnknownPlugin(kind='a', name='b', known='c'): (
        400,
        'unknown_type',
    ),
    exceptions.InUse(noun='a', ref='b', users='c'): (409, 'in_use'),
    exceptions.HookExpired(ref='a', reason='b'): (409, 'hook_expired'),
    exceptions.TooLarge(limit=1): (413, 'body_too_large'),
    exceptions.RateLimited(retry_after=3): (503, 'rate_limited'),
    exceptions.Unavailable(part='x'): (503, 'unavailable'),
    exceptions.Forbidden(rule='x'): (403, 'forbidden'),
    exceptions.Unauthenticated(reason='x'): (401, 'unauthenticated'),
    exceptions.Refused(reason='x'): (409, 'refused'),
    exceptions.RequestIsWrong(service='a', operation='b', reason='c'): (
        502,
        'cloud_refused_request',
    ),
    exceptions.LeaseLost(cluster_id='x'): (500, 'internal_error'),
    ValueError('the secret'): (500, 'internal_error'),
}


@pytest.mark.parametrize('error', CODES, ids=lambda each: type(each).__name__)
def test_an_error_has_its_status_and_its_code(error):
    status, code = CODES[error]
    told = faults.answer_of(error, 'req-1')
    (document,) = told.body['errors']
    assert (told.status, document['status']) == (status, status)
    assert document['code'] == f'autoscaling.{code}'
    assert document['request_id'] == 'req-1'
    assert document['title'] and document['detail']
    assert document['links'] == []
    assert 'secret' not in json.dumps(document)


def test_every_error_of_ours_has_a_status_on_purpose():
    ours = {
        each
        for module in (exceptions, faults)
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, exceptions.AutoscaleError)
    }
    unforeseen = {
        each.__name__
        for each in ours
        if not any(known in each.__mro__ for known in faults.STATUSES)
    }
    assert unforeseen == {
        'AutoscaleError',
        'KeysUnusable',
        'LeaseLost',
        'PassIsStale',
        'PlugInBroken',
        'SecretUnreadable',
    }


def run(app):
    """Status, headers and body of what an app answers through Faults."""
    started = []
    body = faults.Faults(app)(
        {'REQUEST_METHOD': 'GET', 'openstack.request_id': 'req-1'},
        lambda *words: started.append(words),
    )
    ((status, headers, *_),) = started
    return status, dict(headers), b''.join(body)


def answering(status, headers, body, closed):
    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start):
        start(status, headers)
        return Body([body])

    return app


def test_what_others_refuse_is_told_in_our_words():
    closed = []
    status, headers, body = run(
        answering(
            '405 Method Not Allowed',
            [('Content-Type', 'text/html'), ('Allow', 'GET')],
            b'<html>',
            closed,
        )
    )
    assert status == '405 Method Not Allowed'
    assert headers['Allow'] == 'GET'
    assert headers['Content-Type'] == 'application/json'
    error = json.loads(body)['errors'][0]
    assert error['code'] == 'autoscaling.method_not_allowed'
    assert closed == [True]


@pytest.mark.parametrize(
    'status, kind', [('200 OK', 'text/html'), ('404 X', 'application/json')]
)
def test_what_is_fine_or_ours_already_is_left_alone(status, kind):
    closed = []
    told = run(answering(status, [('Content-Type', kind)], b'body', closed))
    assert told == (status, {'Content-Type': kind}, b'body')
    assert closed == []


def test_headers_for_every_answer_are_on_errors_too():
    def app(environ, start):
        environ[faults.HEADERS] = [('Vary', 'X')]
        raise exceptions.Invalid(reason='no')

    status, headers, _ = run(app)
    assert status == '400 Bad Request'
    assert headers['Vary'] == 'X'
