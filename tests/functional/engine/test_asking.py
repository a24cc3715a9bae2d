"""Under whose request id the calls of a pass are made."""

import dataclasses
import logging

import pytest

from autoscale import context
from autoscale.db import request
from autoscale.model import action as actions

HOOK = {'type': 'zaqar', 'params': {'queue': 'drains'}, 'timeout': 600}


@pytest.fixture
def ids(house, monkeypatch):
    """The ids of calls, by the name of the call."""
    seen = {}

    def watch(service, name):
        real = getattr(service, name)

        def call(*args, **kw):
            seen.setdefault(name, []).append(context.outgoing_id())
            return real(*args, **kw)

        monkeypatch.setattr(service, name, call)

    watch(house.nova, 'create_servers')
    watch(house.nova, 'delete_server')
    watch(house.zaqar, 'post')
    return seen


def ask(house, cluster, kind, request_id, cause=None, **inputs):
    wanted = dataclasses.replace(
        house._action(cluster, kind, inputs, cause), request_id=request_id
    )
    house.db.write(request.accept, wanted)
    return wanted.id


def drained(house, size):
    cluster = house.add_cluster(size)
    house.attach(cluster, 'deletion', {'hooks': HOOK})
    house.settle(cluster)
    return cluster


def test_a_call_for_one_action_goes_as_its_request(house, ids):
    cluster = drained(house, 0)
    ask(house, cluster, actions.SCALE_OUT, 'req-1', count=2)
    house.settle(cluster)
    assert ids['create_servers'] == ['req-1']
    ask(house, cluster, actions.SCALE_IN, 'req-2', count=1)
    house.run(cluster)
    assert ids['post'] == ['req-2']
    house.answer(house.zaqar.bodies('drains')[0])
    house.settle(cluster)
    assert set(ids['delete_server']) == {'req-2'}


def test_the_caller_s_own_id_goes_first(house, ids):
    cluster = house.add_cluster(0)
    house.settle(cluster)
    cause = {'type': actions.PERSON, 'global_request_id': 'req-theirs'}
    ask(house, cluster, actions.SCALE_OUT, 'req-1', cause, count=1)
    house.settle(cluster)
    assert ids['create_servers'] == ['req-theirs']


def test_a_call_for_several_actions_has_an_id_that_the_log_explains(
    house, ids, caplog
):
    caplog.set_level(logging.INFO)
    cluster = drained(house, 3)
    one = ask(house, cluster, actions.SCALE_IN, 'req-1', count=1)
    other = ask(house, cluster, actions.SCALE_IN, 'req-2', count=1)
    house.run(cluster)
    ((own,), posted) = ids['post'], house.zaqar.bodies('drains')
    assert len(posted) == 2
    assert own.startswith('req-') and own not in ('req-1', 'req-2')
    (said,) = [
        each for each in caplog.messages if each.endswith(f'go on as {own}')
    ]
    assert one in said and other in said


def test_what_the_engine_does_by_itself_has_an_id_of_its_own(house, ids):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    (node,) = house.nodes(cluster)
    house.nova.vanish(node.server_id)
    ask(house, cluster, actions.CHECK, None)
    house.settle(cluster)
    first, second = ids['create_servers']
    assert first.startswith('req-') and second.startswith('req-')
    assert first != second


def test_a_pass_leaves_no_id_behind(house, ids):
    cluster = house.add_cluster(0)
    ask(house, cluster, actions.SCALE_OUT, 'req-1', count=1)
    before = context.outgoing_id()
    house.settle(cluster)
    assert context.outgoing_id() == before
