"""Whose time counts in a pass: the database's, also while it goes on.

What falls due while a pass runs is for the next; what the clock of the
process says is for nobody.
"""

import datetime
import itertools
import time
import types

import pytest

from autoscale import exceptions
from autoscale.db import work as work_rows
from autoscale.engine import one_pass
from autoscale.model import hook as hooks
from autoscale.model import node as nodes

HOOK = {'type': 'zaqar', 'params': {'queue': 'q'}, 'timeout': 600}


@pytest.fixture
def lengthen(monkeypatch):
    """Make each pass take so many seconds, from its facts to its end."""

    def set_seconds(seconds):
        told = iter(range(10**6))
        clock = types.SimpleNamespace(monotonic=lambda: seconds * next(told))
        monkeypatch.setattr(one_pass, 'time', clock)

    return set_seconds


def drained(house, **deletion):
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'hooks': HOOK, **deletion})
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=1)
    return cluster


def test_a_deadline_that_passes_during_a_pass_is_seen_by_the_next(
    house, lengthen
):
    cluster = drained(house)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    house.clock.time = hook.deadline - datetime.timedelta(milliseconds=1)
    lengthen(0.01)
    result = house.run(cluster)
    assert hook.deadline <= result.now
    assert result.look_at is not None
    assert result.look_at <= result.now
    house.clock.time = result.now
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.status == hooks.TIMED_OUT


def test_a_message_that_falls_due_during_a_pass_is_sent_by_the_next(
    house, lengthen
):
    cluster = drained(house)
    away = exceptions.CloudIsUnwell(
        service='zaqar', operation='post messages', reason='away'
    )
    house.zaqar.fail_next('post', away)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.status == hooks.PENDING
    house.clock.time = hook.next_attempt_at - datetime.timedelta(
        milliseconds=1
    )
    lengthen(0.01)
    result = house.run(cluster)
    assert result.look_at is not None
    assert result.look_at <= result.now
    house.clock.time = result.now
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.status == hooks.SENT


def test_a_grace_that_ends_during_a_pass_is_seen_by_the_next(house, lengthen):
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'grace_period': 60})
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (node,) = house.nodes(cluster, nodes.DRAINING)
    house.clock.time = node.delete_at - datetime.timedelta(milliseconds=1)
    lengthen(0.01)
    result = house.run(cluster)
    assert result.look_at is not None
    assert result.look_at <= result.now
    house.clock.time = result.now
    house.run(cluster)
    assert house.nodes(cluster, nodes.DRAINING) == []


def test_a_pass_whose_claim_waited_is_not_ahead_of_the_database(
    house, monkeypatch
):
    cluster = drained(house)
    told = itertools.chain([0.0], itertools.repeat(5.0))
    clock = types.SimpleNamespace(monotonic=lambda: next(told))
    monkeypatch.setattr(one_pass, 'time', clock)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.created_at <= house.clock.time
    assert hook.sent_at <= house.clock.time


@pytest.fixture(params=[3600, -3600], ids=['ahead', 'behind'])
def astray(request, monkeypatch):
    """The clock of the process is an hour off."""
    right = time.time
    monkeypatch.setattr(time, 'time', lambda: right() + request.param)


def test_a_deadline_is_the_databases(house, astray):
    cluster = drained(house)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    house.clock.time = hook.deadline - datetime.timedelta(seconds=1)
    house.run(cluster)
    assert house.hooks(cluster)[0].status == hooks.SENT
    house.clock.move(2)
    house.run(cluster)
    assert house.hooks(cluster)[0].status == hooks.TIMED_OUT


def test_a_lease_is_the_databases(house, astray):
    cluster = house.add_cluster(1)
    assert house.db.write(work_rows.claim, cluster, 'another', 10)
    house.clock.move(9)
    assert house.run(cluster) is None
    house.clock.move(2)
    assert house.run(cluster) is not None
