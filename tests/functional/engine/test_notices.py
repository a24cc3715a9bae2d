"""What other services are told of actions and nodes, and in what order."""

import dataclasses
import json

import pytest

from autoscale.db import request
from autoscale.engine import gather
from autoscale.engine import notices
from autoscale.engine import one_pass
from autoscale.model import action as actions
from autoscale.model import node as nodes
from tests.fakes import figures

HOOK = {'type': 'zaqar', 'params': {'queue': 'drains'}, 'timeout': 600}


class Bus:
    """A notifier that writes down what it was told."""

    is_on = True

    def __init__(self):
        self.told = []

    def tell(self, event_type, payload, *, request_id=None, is_error=False):
        json.dumps(payload)
        self.told.append((event_type, payload, request_id, is_error))

    def types(self):
        """What was told since, without the common beginning."""
        told, self.told = self.told, []
        return [each[0].removeprefix('autoscale.') for each in told]

    def payloads(self, event_type):
        return [
            each[1]
            for each in self.told
            if each[0] == f'autoscale.{event_type}'
        ]


@pytest.fixture
def bus(house):
    made = Bus()
    house.passes = one_pass.Passes(
        house.db,
        gather.Gatherer(house.db, house.doors, house.settings),
        house.performer,
        engine_id='engine-1',
        lease_seconds=10.0,
        notifier=made,
    )
    return made


def drained(house):
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'hooks': HOOK})
    house.settle(cluster)
    return cluster


def test_a_cluster_that_grows(house, bus):
    house.settle(house.add_cluster(2))
    assert bus.types() == [
        'action.create.start',
        'node.create.start',
        'node.create.start',
        'node.create.end',
        'node.create.end',
        'action.create.end',
    ]


def test_a_member_that_is_told_and_leaves(house, bus):
    cluster = drained(house)
    bus.types()
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    assert bus.types() == ['action.scale_in.start', 'node.drain.start']
    house.answer(house.zaqar.bodies('drains')[0])
    house.settle(cluster)
    assert bus.types() == [
        'node.drain.end',
        'node.delete.start',
        'node.delete.end',
        'action.scale_in.end',
    ]


def test_a_member_that_stays_after_all(house, bus):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    bus.types()
    house.answer(house.zaqar.bodies('drains')[0], 'abandon')
    house.settle(cluster)
    assert bus.types()[0] == 'node.drain.end'
    assert not bus.payloads('node.delete.start')


def test_a_refusal_is_an_error_that_began_and_says_why(house, bus):
    cluster = house.add_cluster(1, max_size=1)
    house.settle(cluster)
    bus.types()
    house.ask(cluster, 'scale_out', count=5)
    house.settle(cluster)
    (start,) = bus.payloads('action.scale_out.start')
    (error,) = bus.payloads('action.scale_out.error')
    assert start['action']['status'] == actions.RUNNING
    assert start['action']['ended_at'] is None
    assert error['action']['status'] == actions.REFUSED
    assert error['action']['status_reason']
    assert [each[3] for each in bus.told] == [False, True]


def test_a_cloud_without_room_is_an_error_of_each_creation(house, bus):
    house.nova.quota = 0
    cluster = house.add_cluster(1)
    house.settle(cluster, patience=5)
    assert bus.types() == [
        'action.create.start',
        'node.create.start',
        'node.create.error',
        'action.create.error',
    ]


def test_the_payload_says_what_it_is_about_and_holds_no_secret(house, bus):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (payload,) = bus.payloads('node.drain.start')
    (node,) = house.nodes(cluster, nodes.DRAINING)
    (hook,) = house.hooks(cluster)
    assert payload['cluster']['id'] == cluster
    assert payload['cluster']['desired_capacity'] == 1
    assert payload['node']['server_id'] == node.server_id
    assert payload['node']['hook_id'] == hook.id
    assert payload['node']['action_id'] == hook.action_id
    (body,) = house.zaqar.bodies('drains')
    secret = body['lifecycle_action_token']
    assert secret not in json.dumps([each[1] for each in bus.told])


def test_the_request_goes_along(house, bus):
    cluster = house.add_cluster(0)
    asked = dataclasses.replace(
        house._action(cluster, actions.SCALE_OUT, {'count': 1}, None),
        request_id='req-1',
    )
    house.db.write(request.accept, asked)
    house.settle(cluster)
    ids = {each[0]: each[2] for each in bus.told}
    assert ids['autoscale.node.create.start'] == 'req-1'
    assert ids['autoscale.node.create.end'] == 'req-1'
    assert ids['autoscale.action.scale_out.end'] == 'req-1'


def test_a_cluster_that_goes_takes_all_its_nodes_along(house, bus):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    bus.types()
    house.ask(cluster, 'delete')
    house.settle(cluster)
    told = bus.types()
    assert told.count('node.delete.start') == 2
    assert told.count('node.delete.end') == 2
    assert told[-1] == 'action.delete.end'


def test_what_cannot_be_told_fails_no_pass(house, bus, monkeypatch):
    def broken(*args):
        raise RuntimeError('no words')

    monkeypatch.setattr(notices, 'of', broken)
    grown = figures.Growth()
    cluster = house.add_cluster(1)
    house.settle(cluster)
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 1
    assert bus.told == []
    assert grown.of('autoscale_engine_notifications_dropped_total') > 0


def test_every_end_of_a_node_has_had_its_start(house, bus):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    victim = house.nodes(cluster)[0]
    house.nova.vanish(victim.server_id)
    house.ask(cluster, 'check')
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    begun = set()
    for event_type, payload, _, _ in bus.told:
        _, noun, what, phase = event_type.split('.')
        key = (noun, what, payload[noun]['id'])
        if phase == 'start':
            begun.add(key)
        else:
            assert key in begun, event_type
    assert ('node', 'delete', victim.id) in begun
