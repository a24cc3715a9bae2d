"""Notifications leave by a thread of their own, or are dropped and counted."""

import threading

import pytest
from oslo_config import cfg

from autoscale.rpc import notifier
from autoscale.rpc import transport

import oslo_messaging  # isort: skip


def configured(*drivers):
    conf = cfg.ConfigOpts()
    conf([], project='autoscale', default_config_files=[])
    transport.register(conf)
    conf.set_override('transport_url', transport.IN_PROCESS)
    notifier._register(conf)
    conf.set_override('driver', list(drivers), group=notifier.GROUP)
    return conf


class Drops:
    def __init__(self):
        self.count = 0
        self.happened = threading.Event()

    def __call__(self):
        self.count += 1
        self.happened.set()


def made(conf, drops=None, **how):
    return notifier.Notifier(
        conf, publisher='engine:host', on_dropped=drops or Drops(), **how
    )


@pytest.mark.parametrize('drivers', [(), ('noop',), ('',)])
def test_it_is_off_unless_a_driver_is_set(drivers):
    sender = made(configured(*drivers))
    assert not sender.is_on
    sender.start()
    sender.stop()


def test_what_is_told_arrives_at_whoever_listens():
    conf = configured('messagingv2')
    heard = []
    publishers = set()
    both = threading.Event()

    class Endpoint:
        def info(self, context, publisher, event_type, payload, metadata):
            heard.append(
                ('info', context.get('request_id'), event_type, payload)
            )
            publishers.add(publisher)

        def error(self, context, publisher, event_type, payload, metadata):
            heard.append(('error', None, event_type, payload))
            both.set()

    listener = oslo_messaging.get_notification_listener(
        oslo_messaging.get_notification_transport(conf),
        [oslo_messaging.Target(topic='notifications')],
        [Endpoint()],
        executor='threading',
    )
    listener.start()
    sender = made(conf)
    sender.start()
    sender.tell('autoscale.a.b.end', {'n': 1}, request_id='req-1')
    sender.tell('autoscale.a.b.error', {'n': 2}, is_error=True)
    assert both.wait(20)
    sender.stop()
    listener.stop()
    listener.wait()
    assert sorted(heard, key=str) == [
        ('error', None, 'autoscale.a.b.error', {'n': 2}),
        ('info', 'req-1', 'autoscale.a.b.end', {'n': 1}),
    ]
    assert publishers == {'engine:host'}


def test_what_finds_no_room_is_dropped_and_said_once(caplog):
    drops = Drops()
    sender = made(configured('messagingv2'), drops, room=2)
    for number in range(5):
        sender.tell('autoscale.a.b.end', {'n': number})
    assert drops.count == 3
    assert caplog.text.count('notifications are dropped') == 1


class Broken:
    """A driver's end that raises until it is mended."""

    def __init__(self):
        self.is_mended = False
        self.sent = threading.Event()

    def info(self, context, event_type, payload):
        if not self.is_mended:
            raise OSError('the bus is away')
        self.sent.set()


def test_a_bus_that_refuses_stops_nothing():
    drops, broken = Drops(), Broken()
    sender = made(configured('messagingv2'), drops)
    sender.start()
    sender._notifier = broken
    sender.tell('autoscale.a.b.end', {})
    assert drops.happened.wait(10)
    broken.is_mended = True
    sender.tell('autoscale.a.b.end', {})
    assert broken.sent.wait(10)
    sender.stop()
    assert drops.count == 1


class Stuck:
    def __init__(self):
        self.may_go = threading.Event()

    def info(self, context, event_type, payload):
        self.may_go.wait(60)


def test_a_bus_that_hangs_does_not_keep_us_from_ending():
    sender = made(configured('messagingv2'), room=1)
    sender.start()
    stuck = sender._notifier = Stuck()
    sender.tell('autoscale.a.b.end', {})
    sender.stop(timeout=0.05)
    assert sender._thread.is_alive()
    stuck.may_go.set()
    sender._thread.join(10)
    assert not sender._thread.is_alive()
