import types

import pytest

from autoscale import exceptions
from autoscale.hooks.zaqar import ZaqarTransport
from autoscale.model.message import Message
from tests.fakes.clock import Clock
from tests.fakes.zaqar import FakeZaqar


@pytest.fixture
def zaqar():
    return FakeZaqar(Clock())


def send(zaqar, *messages):
    doors = types.SimpleNamespace(zaqar=zaqar)
    return ZaqarTransport(None, doors).send(list(messages))


def message(number=0, queue='q', ttl=3600, **more):
    return Message(
        hook_id=f'hook-{number}',
        params={'queue': queue},
        body={'lifecycle_action_token': 'secret', 'n': number, **more},
        ttl=ttl,
    )


def unwell(reason='down'):
    return exceptions.CloudIsUnwell(
        service='zaqar', operation='post messages', reason=reason
    )


def test_a_hundred_messages_are_five_posts(zaqar):
    send(zaqar, *(message(n) for n in range(100)))
    assert zaqar.count('post') == 5
    assert len(zaqar.bodies('q')) == 100


def test_messages_are_posted_by_queue(zaqar):
    send(zaqar, *(message(n, queue=f'q{n % 2}') for n in range(6)))
    assert zaqar.count('post') == 2
    assert [each['n'] for each in zaqar.bodies('q1')] == [1, 3, 5]


@pytest.mark.parametrize(
    ('timeout', 'life'),
    [(1, 61), (60, 120), (3600, 3660), (172_800, 172_860), (10**7, 1_209_600)],
)
def test_a_message_outlives_its_hook_within_what_zaqar_takes(
    zaqar, timeout, life
):
    send(zaqar, message(ttl=timeout))
    (found,) = zaqar.messages('q')
    assert found['ttl'] == life


def test_posts_that_went_well_are_delivered_when_a_later_one_fails(zaqar):
    real = zaqar.post

    def post(queue, messages):
        if zaqar.count('post') == 2:
            raise unwell()
        real(queue, messages)

    zaqar.post = post
    outcomes = send(zaqar, *(message(n) for n in range(70)))
    delivered = [each.delivered for each in outcomes]
    assert delivered == [True] * 40 + [False] * 30


def test_a_zaqar_that_is_down_is_asked_once(zaqar):
    zaqar.fail_next('post', unwell(), times=99)
    outcomes = send(zaqar, *(message(n) for n in range(70)))
    assert zaqar.count('post') == 1
    assert {each.error for each in outcomes} == {'zaqar post messages: down'}
    assert not any(each.is_permanent for each in outcomes)


def test_a_credential_that_does_not_work_may_work_later(zaqar):
    zaqar.fail_next(
        'post',
        exceptions.CredentialDoesNotWork(
            service='zaqar', operation='post messages', reason='revoked'
        ),
    )
    (outcome,) = send(zaqar, message())
    assert (outcome.delivered, outcome.is_permanent) == (False, False)


def test_a_token_that_zaqar_echoes_is_hidden(zaqar):
    zaqar.fail_next('post', unwell('cannot take {"token": "secret"}'))
    (outcome,) = send(zaqar, message())
    assert 'secret' not in outcome.error


def test_a_door_that_does_not_open_is_an_error_for_each():
    class Doors:
        @property
        def zaqar(self):
            raise unwell('no messaging here')

    outcomes = ZaqarTransport(None, Doors()).send([message(0), message(1)])
    assert [each.delivered for each in outcomes] == [False, False]
