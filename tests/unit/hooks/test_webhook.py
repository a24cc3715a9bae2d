import types

import pytest
from oslo_config import cfg

from autoscale.conf import hooks as options
from autoscale.hooks.webhook import WebhookTransport
from autoscale.model.message import Message
from tests.fakes import authority
from tests.fakes import listener as listeners

TOKEN = 'a-very-secret-token'


def transport(**more):
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], default_config_files=[])
    given = {
        'allow_private_targets': True,
        'allow_http': True,
        'webhook_timeout': 5.0,
        **more,
    }
    for name, value in given.items():
        conf.set_override(name, value, group='hooks')
    return WebhookTransport(conf, types.SimpleNamespace())


def send(url, **more):
    message = Message(
        hook_id='h',
        params={'url': url},
        body={'lifecycle_action_token': TOKEN},
        ttl=60,
    )
    (outcome,) = transport(**more).send([message])
    return outcome


@pytest.fixture
def listener():
    with listeners.listening() as listener:
        yield listener


@pytest.mark.parametrize('status', [200, 201, 202, 204])
def test_any_2xx_is_a_delivery(listener, status):
    listener.answers = [status]
    assert send(listener.url()).delivered


def test_it_is_json_with_the_path_and_query_of_the_url(listener):
    assert send(listener.url('/leave?app=a%20b')).delivered
    assert listener.paths == ['/leave?app=a%20b']
    assert listener.headers[0]['Content-Type'] == 'application/json'
    assert listener.headers[0]['Host'] == f'127.0.0.1:{listener.port}'


@pytest.mark.parametrize('status', [301, 302, 307, 308])
def test_a_redirect_is_not_followed(listener, status):
    listener.answers = [status]
    outcome = send(listener.url())
    assert not outcome.delivered
    assert 'redirects are not followed' in outcome.error
    assert listener.paths == ['/leave']


@pytest.mark.parametrize('status', [400, 401, 403, 404, 409, 429])
def test_a_4xx_is_not_repeated_at_once(listener, status):
    listener.answers = [status]
    outcome = send(listener.url())
    assert (outcome.delivered, outcome.is_permanent) == (False, False)
    assert str(status) in outcome.error
    assert len(listener.bodies) == 1


def test_what_is_gone_is_gone_for_good(listener):
    listener.answers = [410]
    assert send(listener.url()).is_permanent


def test_a_5xx_is_repeated_at_once(listener):
    listener.answers = [500, 503, 200]
    assert send(listener.url()).delivered
    assert len(listener.bodies) == 3


def test_a_connection_that_ends_is_repeated_at_once(listener):
    listener.answers = [listeners.drop, 200]
    assert send(listener.url()).delivered
    assert len(listener.bodies) == 2


def test_it_is_repeated_so_often_and_no_more(listener):
    listener.answers = [503] * 9
    outcome = send(listener.url(), webhook_attempts=2)
    assert not outcome.delivered
    assert len(listener.bodies) == 2


def test_nobody_listening_is_not_permanent(listener):
    with listeners.listening() as other:
        url = other.url()
    outcome = send(url, webhook_attempts=1)
    assert (outcome.delivered, outcome.is_permanent) == (False, False)
    assert 'cannot be connected to' in outcome.error


def test_an_answer_that_does_not_come_is_given_up(listener):
    listener.answers = [lambda handler: listener.stopping.wait(10)]
    outcome = send(listener.url(), webhook_timeout=0.1)
    assert 'did not answer in time' in outcome.error
    listener.stopping.set()


def test_an_answer_that_does_not_end_is_given_up(listener):
    listener.answers = [listeners.drip(listener)]
    outcome = send(listener.url(), webhook_timeout=0.2)
    assert 'did not answer in time' in outcome.error
    assert len(listener.bodies) == 1


def test_an_answer_that_is_not_http_is_an_error(listener):
    listener.answers = [
        lambda handler: handler.wfile.write(b'220 mail.example ESMTP\r\n')
    ]
    outcome = send(listener.url(), webhook_attempts=1)
    assert (outcome.delivered, outcome.is_permanent) == (False, False)


@pytest.mark.parametrize('host', ['127.0.0.1', 'localhost', '[::1]', '0'])
def test_loopback_is_refused_by_default(listener, host):
    outcome = send(listener.url(host=host), allow_private_targets=False)
    assert (outcome.delivered, outcome.is_permanent) == (False, True)
    assert 'not a public address' in outcome.error
    assert listener.bodies == []


def test_plain_http_is_refused_by_default(listener):
    outcome = send(listener.url(), allow_http=False)
    assert (outcome.delivered, outcome.is_permanent) == (False, True)
    assert listener.bodies == []


def test_an_error_does_not_repeat_what_the_url_hides(listener):
    listener.answers = [503]
    outcome = send(listener.url('/?key=hidden'), webhook_attempts=1)
    assert 'hidden' not in outcome.error


def test_a_proxy_of_the_environment_is_not_asked(listener, monkeypatch):
    monkeypatch.setenv('http_proxy', 'http://127.0.0.1:1')
    assert send(listener.url()).delivered


def test_a_cookie_is_not_kept(listener):
    def answer(handler):
        handler.send_response(200)
        handler.send_header('Set-Cookie', 'a=b')
        handler.end_headers()

    listener.answers = [answer]
    sender = transport()
    message = Message(
        hook_id='h', params={'url': listener.url()}, body={}, ttl=60
    )
    sender.send([message])
    sender.send([message])
    assert len(listener.headers) == 2
    assert 'Cookie' not in listener.headers[1]


def test_the_certificate_is_checked_for_the_name(tmp_path):
    context = authority.certified(tmp_path, 'localhost')
    trusted = str(tmp_path / 'authority.pem')
    with listeners.listening(context) as listener:
        url = listener.url(host='localhost')
        assert send(url, ca_file=trusted, allow_http=False).delivered
        assert listener.headers[0]['Host'] == f'localhost:{listener.port}'
        other = send(listener.url(host='127.0.0.1'), ca_file=trusted)
        assert not other.delivered
        assert 'TLS failed' in other.error
        assert len(listener.bodies) == 1


def test_an_address_may_have_a_certificate(tmp_path):
    context = authority.certified(tmp_path, '127.0.0.1')
    with listeners.listening(context) as listener:
        trusted = str(tmp_path / 'authority.pem')
        assert send(listener.url(), ca_file=trusted).delivered


def test_an_unknown_authority_is_not_trusted(tmp_path):
    context = authority.certified(tmp_path, 'localhost')
    with listeners.listening(context) as listener:
        outcome = send(listener.url(host='localhost'))
        assert not outcome.delivered
        assert 'TLS failed' in outcome.error
        assert not outcome.is_permanent
        assert listener.bodies == []


def test_a_name_that_answers_otherwise_a_moment_later_is_no_way_in(
    listener, monkeypatch
):
    """The connection goes to the address that was looked at."""
    from autoscale.hooks import target

    asked = []

    def resolve(host, port, **more):
        asked.append(host)
        return [(2, 1, 6, '', ('127.0.0.1', port))]

    monkeypatch.setitem(target.resolved.__kwdefaults__, 'resolve', resolve)
    assert send(listener.url(host='rebinding.example')).delivered
    assert asked == ['rebinding.example']
    assert listener.headers[0]['Host'].startswith('rebinding.example')
