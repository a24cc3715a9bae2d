"""Policies that are attached: heard in order, followed, and kept on record."""

from autoscale import exceptions
from autoscale.engine import endpoint
from autoscale.engine import gather
from autoscale.engine.worker import Worker
from autoscale.model import action as actions

ALARM = {'type': 'webhook', 'alarm': {'source': 'aodh', 'value': 91.2}}


def scaling(event='scale_out', **more):
    adjustment = more.pop('adjustment', {'number': 2})
    return {'event': event, 'adjustment': adjustment, **more}


def at_rest(house, size=2, **columns):
    cluster = house.add_cluster(size, **columns)
    house.settle(cluster)
    return cluster


def test_a_scaling_policy_says_by_how_much(house):
    cluster = at_rest(house)
    house.attach(cluster, 'scaling', scaling())
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    decision = house.action(action).decision
    assert (decision['from'], decision['to']) == (2, 4)
    (word,) = decision['policies']
    assert word['type'] == 'scaling'
    assert word['followed'] and not word['refused']
    assert len(house.nova.alive()) == 4


def test_a_cooldown_refuses_with_the_seconds_left(house):
    cluster = at_rest(house)
    house.attach(cluster, 'scaling', scaling(cooldown=300))
    house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    house.clock.move(100)
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    refused = house.action(action)
    assert refused.status == actions.REFUSED
    assert 'cooling down' in refused.status_reason
    assert refused.decision['policies'][0]['refused']
    assert len(house.nova.alive()) == 4
    house.clock.move(300)
    house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    assert len(house.nova.alive()) == 6


def test_people_do_not_wait_for_cooldowns(house):
    cluster = at_rest(house)
    house.attach(cluster, 'scaling', scaling(cooldown=300))
    for _ in range(2):
        house.ask(cluster, 'scale_out')
        house.settle(cluster)
    assert len(house.nova.alive()) == 6


def test_a_request_that_changes_nothing_starts_no_cooldown(house):
    cluster = at_rest(house, 2, max_size=2)
    house.attach(cluster, 'scaling', scaling(cooldown=300))
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    assert house.action(action).status == actions.REFUSED
    assert 'max_size 2' in house.action(action).status_reason
    resized = house.ask(cluster, 'resize', number=2, max_size=9)
    house.settle(cluster)
    assert house.action(resized).status == actions.SUCCEEDED
    house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    assert len(house.nova.alive()) == 4


def test_an_observing_policy_is_heard_and_not_followed(house):
    cluster = at_rest(house)
    house.attach(
        cluster,
        'scaling',
        scaling(adjustment={'number': 5}),
        observe_only=True,
    )
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    decision = house.action(action).decision
    assert decision['to'] == 3
    (word,) = decision['policies']
    assert not word['followed']
    assert word['would']['to'] == 7


def test_a_disabled_policy_says_nothing(house):
    cluster = at_rest(house)
    house.attach(cluster, 'scaling', scaling(), enabled=False)
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    assert house.action(action).decision['policies'] == []


def test_of_two_scaling_policies_the_larger_size_wins(house):
    cluster = at_rest(house)
    house.attach(cluster, 'scaling', scaling(), priority=1)
    house.attach(
        cluster, 'scaling', scaling(adjustment={'number': 4}), priority=2
    )
    house.attach(
        cluster, 'scaling', scaling(adjustment={'number': 1}), priority=3
    )
    action = house.ask(cluster, 'scale_out', cause=ALARM)
    house.settle(cluster)
    decision = house.action(action).decision
    assert decision['to'] == 6
    assert len(decision['policies']) == 3


def preview(house, cluster, request):
    door = endpoint.Endpoint(
        house.db,
        gather.Gatherer(house.db, house.doors, house.settings),
        Worker(house.passes, 1),
    )
    return door.preview({}, cluster, request)


def test_a_preview_decides_as_the_action_would_and_does_nothing(house):
    cluster = at_rest(house, 3)
    house.attach(cluster, 'deletion', {'criteria': 'YOUNGEST_FIRST'})
    house.clock.move(60)
    house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    calls = len(house.nova.calls)
    seen = preview(house, cluster, {'scale_in': {'count': 1}})
    assert len(house.nova.calls) == calls
    assert house.lease(cluster).look_at is None
    action = house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    done = house.action(action).decision
    assert seen['decision']['chosen'] == done['chosen']
    assert seen['decision']['spared'] == done['spared']


def test_a_preview_of_what_would_be_refused_says_why(house):
    cluster = at_rest(house, 2, max_size=2)
    seen = preview(house, cluster, {'scale_out': {'count': 1}})
    assert seen['status'] == actions.REFUSED
    assert 'max_size 2' in seen['status_reason']


def test_a_preview_of_a_cluster_that_is_gone_says_so(house):
    assert preview(house, 'nobody', {'scale_in': {}}) == {
        'not_found': 'nobody'
    }


def test_a_preview_without_a_database_says_so(house):
    cluster = at_rest(house, 1)
    house.db.read = _without_a_database
    assert preview(house, cluster, {'scale_in': {}}) == {
        'unavailable': 'database'
    }


def _without_a_database(*_, **__):
    raise exceptions.Unavailable(part='database')
