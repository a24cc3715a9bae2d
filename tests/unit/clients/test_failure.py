import json

import pytest
import requests
from keystoneauth1 import exceptions as keystone

from autoscale import exceptions
from autoscale.clients import failure


def response(status, body=None, **headers):
    made = requests.Response()
    made.status_code = status
    made.headers.update(
        {key.replace('_', '-'): value for key, value in headers.items()}
    )
    text = body if isinstance(body, str) else json.dumps(body)
    made._content = b'' if body is None else text.encode()
    return made


def told(error, **more):
    """The failure that an error becomes."""
    with pytest.raises(exceptions.CloudError) as caught:
        with failure.told_as('nova', 'create servers', **more):
            raise error
    return caught.value


@pytest.mark.parametrize(
    ('body', 'words'),
    [
        ({'forbidden': {'code': 403, 'message': 'Nova'}}, 'Nova'),
        ({'message': 'Glance', 'code': '404 Not Found'}, 'Glance'),
        ({'title': 'Bad', 'description': 'Zaqar'}, 'Zaqar'),
        ({'NeutronError': {'type': 'T', 'message': 'Neutron'}}, 'Neutron'),
        ({'error': {'code': 401, 'title': 'Keystone'}}, 'Keystone'),
        ({'error': 'a proxy'}, None),
        ({'badRequest': {'message': {}}}, None),
        ('<html>a proxy</html>', None),
        ('[' * 100_000, None),
        (['a list'], None),
        ({}, None),
        (None, None),
    ],
)
def test_the_words_of_each_service_are_found_and_of_no_proxy(body, words):
    assert failure.bad_answer(response(400, body)).words == words


def test_a_page_that_a_service_wrote_has_its_words():
    """As Glance 33 answers a name that it takes for an id."""
    page = (
        '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n'
        '  <h1>404 Not Found</h1>\n  No image found with ID tiny &amp; more'
        '<br /><br />\n\n\n\n </body>\n</html>'
    )
    found = failure.bad_answer(
        response(404, page, x_openstack_request_id='req-1')
    )
    words = '404 Not Found No image found with ID tiny & more'
    assert found.words == words
    assert failure.bad_answer(response(404, page)).words is None


def test_long_words_are_cut():
    body = {'badRequest': {'message': 'x' * 10_000}}
    assert len(failure.bad_answer(response(400, body)).words) == 1000


@pytest.mark.parametrize(
    ('headers', 'seconds'),
    [
        ({}, None),
        ({'Retry_After': '17'}, 17.0),
        ({'Retry_After': ' 0 '}, 0.0),
        ({'Retry_After': '-1'}, None),
        ({'Retry_After': 'soon'}, None),
        (
            {
                'Retry_After': 'Thu, 01 Jan 2026 00:02:00 GMT',
                'Date': 'Thu, 01 Jan 2026 00:00:00 GMT',
            },
            120.0,
        ),
        (
            {
                'Retry_After': 'Thu, 01 Jan 2026 00:00:00 GMT',
                'Date': 'Thu, 01 Jan 2026 00:02:00 GMT',
            },
            0.0,
        ),
        ({'Retry_After': 'Thu, 01 Jan 2026 00:02:00 GMT'}, None),
    ],
)
def test_when_to_come_again_is_told_in_seconds(headers, seconds):
    answer = failure.bad_answer(response(503, {}, **headers))
    assert answer.retry_after == seconds


@pytest.mark.parametrize(
    ('error', 'kind'),
    [
        (keystone.Unauthorized('no'), exceptions.CredentialDoesNotWork),
        (keystone.NotFound('no trust'), exceptions.CredentialDoesNotWork),
        (keystone.Forbidden('no'), exceptions.CredentialDoesNotWork),
        (keystone.TooManyRequests('later'), exceptions.CloudIsUnwell),
        (keystone.ServiceUnavailable('later'), exceptions.CloudIsUnwell),
        (
            keystone.AuthorizationFailure('two scopes'),
            exceptions.CredentialDoesNotWork,
        ),
        (keystone.MissingAuthPlugin(), exceptions.CredentialDoesNotWork),
        (keystone.EndpointNotFound(), exceptions.CloudIsUnwell),
        (keystone.EmptyCatalog('none'), exceptions.CloudIsUnwell),
        (keystone.DiscoveryFailure('what?'), exceptions.CloudIsUnwell),
    ],
)
def test_what_keystone_says_means_that_nothing_was_done(error, kind):
    found = told(error, is_creation=True)
    assert type(found) is kind
    assert found.happened is False


@pytest.mark.parametrize(
    'error',
    [
        AttributeError("'str' object has no attribute 'get'"),
        KeyError('server'),
        TypeError('None'),
        requests.ConnectionError('cut'),
        requests.ReadTimeout('late'),
        keystone.UnknownConnectionError('odd', ValueError()),
    ],
)
def test_what_cannot_be_told_may_have_happened(error):
    found = told(error, is_creation=True)
    assert type(found) is exceptions.CloudIsUnwell
    assert found.happened is None


@pytest.mark.parametrize(
    'error',
    [
        requests.ConnectTimeout('late'),
        requests.exceptions.SSLError('bad certificate'),
    ],
)
def test_what_did_not_connect_did_not_happen(error):
    assert told(error, is_creation=True).happened is False


def test_a_failure_of_ours_is_not_told_twice():
    ours = exceptions.NoCapacity(service='a', operation='b', reason='c')
    assert told(ours) is ours


def test_an_error_that_is_no_failure_of_a_service_is_left_alone():
    with pytest.raises(ZeroDivisionError):
        with failure.told_as('nova', 'count'):
            raise ZeroDivisionError


def test_a_failure_says_who_and_what_and_why():
    found = told(failure.BadAnswer(503, None))
    assert str(found) == (
        'nova create servers: HTTP 503 without an explanation'
    )
