"""Servers as a calendar: what they are follows from the clock alone."""

import random

import pytest

from autoscale.devcloud import exchange
from autoscale.devcloud import journal
from autoscale.devcloud import settings
from autoscale.devcloud.compute import creation as creations
from autoscale.devcloud.compute import flavor as flavors
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import order as orders
from autoscale.devcloud.compute import quota

CALLER = exchange.Caller(
    user_id='u', project_id='p', roles=frozenset({'member'})
)


def make_order(**changes):
    fields = {
        'name': 'web',
        'flavor': flavors.FLAVORS['1'],
        'image_id': '',
        'network': None,
        'least': 1,
        'most': 1,
        'wants_reservation': False,
        'tags': [],
        'metadata': {},
        'zone': 'nova',
        'key_name': None,
        'description': None,
        'hostname': None,
        'user_data': None,
        'config_drive': False,
        'security_groups': ['default'],
        'group_id': None,
        **changes,
    }
    return orders.Order(**fields)


@pytest.fixture
def fleet(clock):
    return fleets.Fleet(log=journal.Journal(None), clock=clock)


@pytest.fixture
def make(fleet):
    """Make servers under the given settings."""

    def call(given=None, **order):
        changed = settings.Settings().changed(
            {'build_seconds': 10, **(given or {})}
        )
        creation = call.creations.setdefault(
            str(given),
            creations.Creation(
                fleet, current_settings=lambda: changed, rng=random.Random(1)
            ),
        )
        return creation.make(make_order(**order), CALLER, None)

    call.creations = {}
    return call


def test_a_server_is_active_when_its_time_has_come(clock, make):
    (server,) = make()
    assert server.status(clock.now) == 'BUILD'
    assert server.task(clock.now) == 'spawning'
    clock.now += 10
    assert server.status(clock.now) == 'ACTIVE'
    assert server.task(clock.now) is None
    assert server.updated_at(clock.now) == clock.now


@pytest.mark.parametrize('build_seconds', [1, 10])
def test_a_server_has_a_host_before_it_is_built(clock, make, build_seconds):
    (server,) = make({'placing_seconds': 4, 'build_seconds': build_seconds})
    clock.now += 3
    assert server.status(clock.now) == 'BUILD'
    assert server.task(clock.now) == 'scheduling'
    clock.now += 1
    assert server.updated_at(clock.now) == clock.now
    assert server.task(clock.now) == (
        'spawning' if build_seconds > 4 else None
    )
    clock.now += 6
    assert server.status(clock.now) == 'ACTIVE'


def test_a_doomed_server_builds_before_it_fails(clock, make):
    (server,) = make()
    server.fault = 'bad luck'
    assert server.status(clock.now) == 'BUILD'
    clock.now += 10
    assert server.status(clock.now) == 'ERROR'


def test_a_deleted_server_goes_in_its_own_time(clock, fleet, make):
    (server,) = make(tags=['t'])
    fleet.delete(server, 5)
    clock.now += 4
    fleet.sweep()
    assert fleet.get(server.id) is server
    assert server.task(clock.now) == 'deleting'
    fleet.delete(server, 5)
    clock.now += 1
    fleet.sweep()
    assert fleet.get(server.id) is None
    assert fleet.grave(server.id) is server
    assert fleet.with_tag('p', 't') == {}
    assert fleet.usage('p').instances == 0


def test_build_times_are_spread_and_the_same_every_time(clock, fleet):
    def times():
        paced = settings.Settings(build_seconds=(1, 2))
        creation = creations.Creation(
            fleet, current_settings=lambda: paced, rng=random.Random(7)
        )
        return [creation.built_at(clock.now) for _ in range(20)]

    first = times()
    assert first == times()
    assert all(clock.now + 1 <= each <= clock.now + 2 for each in first)
    assert len(set(first)) == 20


def test_pace_holds_over_calls(clock, make):
    given = {'build_seconds': 0, 'builds_per_second': 2}
    ready = [server.built_at for server in make(given, least=4, most=4)]
    ready += [server.built_at for server in make(given, least=4, most=4)]
    gaps = [late - soon for soon, late in zip(ready, ready[1:], strict=False)]
    assert gaps == [0.5] * 7


@pytest.mark.parametrize(
    ('limit', 'used', 'least', 'most', 'allowed'),
    [
        (-1, 5, 1, 1000, 1000),
        (8, 5, 1, 6, 3),
        (8, 5, 3, 6, 3),
        (8, 0, 8, 8, 8),
    ],
)
def test_room_decides_how_many(limit, used, least, most, allowed):
    usage = fleets.Usage()
    usage.instances = used
    number = quota.allowed(
        usage,
        flavors.FLAVORS['1'],
        settings.Settings(instances=limit),
        least=least,
        most=most,
    )
    assert number == allowed


def test_a_quota_below_what_is_used_leaves_no_room():
    usage = fleets.Usage()
    usage.instances = 5
    with pytest.raises(exchange.Refused, match='used 5 of 2 instances'):
        quota.allowed(
            usage,
            flavors.FLAVORS['1'],
            settings.Settings(instances=2),
            least=1,
            most=1,
        )


def test_what_is_replayed_is_what_was(clock, fleet, make):
    kept, gone, tagged = make(least=3, most=3, tags=['t'])
    fleet.delete(gone, 5)
    fleet.retag(tagged, ['u'])
    again = fleets.Fleet(log=journal.Journal(None), clock=clock)
    for record in fleet.dump():
        assert again.replay(record)
    assert again.get(kept.id).record() == kept.record()
    assert set(again.with_tag('p', 't')) == {kept.id, gone.id}
    assert set(again.with_tag('p', 'u')) == {tagged.id}
    assert again.usage('p').instances == 3
    clock.now += 5
    again.sweep()
    assert again.get(gone.id) is None
    assert again.next_number() == 4
