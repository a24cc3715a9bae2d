"""The API's end of the broker: what becomes of a question without answer."""

import queue
import threading

import oslo_messaging
import pytest
from kombu import exceptions as kombu
from oslo_config import cfg

from autoscale import exceptions
from autoscale.conf import messaging
from autoscale.rpc import client
from autoscale.rpc import transport


class Engines:
    """An RPC client: what comes of each call, an answer or an error."""

    def __init__(self, outcome):
        self.outcome = outcome

    def prepare(self, **_):
        return self

    def call(self, *_, **__):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def waker():
    conf = cfg.ConfigOpts()
    conf([], project='autoscale', default_config_files=[])
    transport.register(conf)
    messaging.register_opts(conf)
    conf.set_override('transport_url', transport.IN_PROCESS)
    waker = client.Waker(conf)
    yield waker
    waker.stop()


@pytest.mark.parametrize(
    'error',
    [
        oslo_messaging.MessagingTimeout('no answer'),
        ConnectionRefusedError('refused'),
        kombu.OperationalError('refused'),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_preview_that_nobody_answers_may_be_asked_for_again(waker, error):
    waker._client = Engines(error)
    with pytest.raises(exceptions.Unavailable) as said:
        waker.preview('a-cluster', {'scale_out': {}})
    assert said.value.__cause__ is error


def test_an_engine_without_a_database_is_not_there_for_a_preview(waker):
    waker._client = Engines({'unavailable': 'database'})
    with pytest.raises(exceptions.Unavailable) as said:
        waker.preview('a-cluster', {'scale_out': {}})
    assert said.value.facts['part'] == 'database'


class Slow:
    """An RPC client whose first cast takes until it is let go."""

    def __init__(self):
        self.casts = queue.SimpleQueue()
        self.go = threading.Event()

    def cast(self, context, method, *, cluster_ids):
        self.casts.put((method, cluster_ids))
        self.go.wait(30)


def test_clusters_that_wait_together_are_woken_by_few_messages(waker):
    waker._client = slow = Slow()
    waker.wake('first')
    assert slow.casts.get(timeout=30) == ('wake', ['first'])
    for number in range(2 * (client.MOST + 2)):
        waker.wake(f'c{number // 2}')
    slow.go.set()
    (_, some), (_, rest) = (slow.casts.get(timeout=30) for _ in range(2))
    assert some == [f'c{number}' for number in range(client.MOST)]
    assert rest == [f'c{client.MOST}', f'c{client.MOST + 1}']
