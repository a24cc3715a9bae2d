"""Drains: who leaves is told, waited for, and only then deleted."""

import datetime

from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import hook as hooks
from autoscale.model import node as nodes

HOOK = {'type': 'zaqar', 'params': {'queue': 'drains'}, 'timeout': 600}


def drained(house, size=3, **deletion):
    """A cluster at rest with a deletion policy that has a hook."""
    cluster = house.add_cluster(size)
    spec = {'criteria': 'OLDEST_FIRST', 'hooks': HOOK, **deletion}
    house.attach(cluster, 'deletion', spec)
    house.settle(cluster)
    return cluster


def test_a_member_is_told_before_it_is_deleted(house):
    cluster = drained(house)
    action = house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (body,) = house.zaqar.bodies('drains')
    (node,) = house.nodes(cluster, nodes.DRAINING)
    assert body['resource_id'] == node.server_id
    assert body['lifecycle_transition_type'] == 'termination'
    assert body['complete_url'].startswith('http://autoscale/v1/hooks/')
    assert house.nova.count('delete_server') == 0
    assert house.action(action).status == actions.WAITING
    house.clock.move(300)
    house.run(cluster)
    assert house.nova.count('delete_server') == 0
    house.answer(body)
    house.settle(cluster)
    assert node.server_id not in {each.id for each in house.nova.alive()}
    assert len(house.nova.alive()) == 2
    assert house.action(action).status == actions.SUCCEEDED


def test_the_message_has_what_senlin_daemons_read(house):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (body,) = house.zaqar.bodies('drains')
    assert {
        'lifecycle_action_token',
        'node_id',
        'resource_id',
        'lifecycle_transition_type',
    } <= set(body)


def test_the_deadline_counts_from_delivery(house):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.status == hooks.SENT
    wait = hook.deadline - house.clock()
    assert abs(wait.total_seconds() - 600) < 5


def test_silence_until_the_deadline_goes_on_by_default(house):
    cluster = drained(house)
    action = house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    house.clock.move(610)
    house.settle(cluster)
    (hook,) = house.hooks(cluster)
    assert hook.status == hooks.TIMED_OUT
    assert len(house.nova.alive()) == 2
    assert house.action(action).status == actions.SUCCEEDED
    assert 'hook.timed_out' in house.events(cluster)


def test_silence_may_mean_that_the_member_stays(house):
    cluster = drained(house, hooks={**HOOK, 'on_timeout': 'abandon'})
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    house.clock.move(610)
    house.settle(cluster)
    assert len(house.nova.alive()) == 3
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 3
    assert house.cluster(cluster).desired_capacity == 3


def test_abandon_returns_the_member_to_service(house):
    cluster = drained(house)
    action = house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (body,) = house.zaqar.bodies('drains')
    house.answer(body, 'abandon')
    house.settle(cluster)
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 3
    assert house.cluster(cluster).desired_capacity == 3
    done = house.action(action)
    assert done.status == actions.SUCCEEDED
    assert done.decision['returned'][0]['node_id'] == body['node_id']


def test_a_drain_blocks_no_scale_out(house):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    out = house.ask(cluster, 'scale_out', count=2)
    house.settle(cluster)
    assert house.action(out).status == actions.SUCCEEDED
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 4
    assert len(house.nodes(cluster, nodes.DRAINING)) == 1
    assert len(house.nova.alive()) == 5


def test_a_scale_out_takes_back_who_drains_if_the_policy_says_so(house):
    cluster = drained(house, rescind=True)
    scaled_in = house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    out = house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    told, taken_back = house.zaqar.bodies('drains')
    assert taken_back['lifecycle_transition_type'] == 'termination-rescinded'
    assert (
        taken_back['lifecycle_action_token'] == told['lifecycle_action_token']
    )
    (hook,) = house.hooks(cluster)
    assert (hook.status, hook.token) == (hooks.RESCINDED, None)
    assert house.nova.count('create_servers') == 1
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 3
    assert house.action(out).status == actions.SUCCEEDED
    assert house.action(scaled_in).status == actions.SUCCEEDED


def test_nobody_is_told_of_a_drain_that_ends_in_the_pass_that_began_it(house):
    cluster = drained(house, rescind=True)
    house.ask(cluster, 'scale_in', count=1)
    house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    (hook,) = house.hooks(cluster)
    assert (hook.status, hook.token) == (hooks.RESCINDED, None)
    assert house.zaqar.bodies('drains') == []
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 3


def test_a_message_that_cannot_leave_is_tried_until_it_can(house):
    from autoscale import exceptions

    cluster = drained(house)
    house.zaqar.fail_next(
        'post',
        exceptions.CloudIsUnwell(
            service='zaqar', operation='post', reason='no answer'
        ),
        times=3,
    )
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert (hook.status, hook.attempts) == (hooks.PENDING, 1)
    assert 'no answer' in hook.last_error
    for _ in range(3):
        house.clock.move(30)
        house.run(cluster)
    (hook,) = house.hooks(cluster)
    assert (hook.status, hook.attempts) == (hooks.SENT, 4)
    tokens = {
        each['lifecycle_action_token'] for each in house.zaqar.bodies('drains')
    }
    assert len(tokens) == 1
    assert 'hook.undelivered' in house.events(cluster)


def test_a_member_that_never_served_skips_the_hook(house):
    cluster = drained(house)
    house.nova.build_seconds = 60
    house.ask(cluster, 'scale_out', count=1)
    house.run(cluster)
    house.run(cluster)
    action = house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    assert house.zaqar.bodies('drains') == []
    assert len(house.nova.alive()) == 3
    (chosen,) = house.action(action).decision['chosen']
    assert 'never became ACTIVE' in chosen['leaves']


def test_a_grace_period_begins_when_the_hook_ends(house):
    cluster = drained(house, grace_period=120)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    house.clock.move(500)
    (body,) = house.zaqar.bodies('drains')
    house.answer(body)
    house.run(cluster)
    house.clock.move(100)
    house.run(cluster)
    assert len(house.nova.alive()) == 3
    house.clock.move(25)
    house.settle(cluster)
    assert len(house.nova.alive()) == 2


def test_a_grace_period_without_a_hook_is_waited_for(house):
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'grace_period': 60})
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    assert len(house.nodes(cluster, nodes.DRAINING)) == 1
    assert house.nova.count('delete_server') == 0
    house.settle(cluster)
    assert len(house.nova.alive()) == 1


def test_a_member_may_leave_and_its_server_stay(house):
    cluster = house.add_cluster(2)
    house.attach(cluster, 'deletion', {'destroy_after_deletion': False})
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    assert len(house.nova.alive()) == 2
    assert len(house.nodes(cluster)) == 1
    assert len(house.nova.alive('autoscale')) == 1


def test_a_cluster_is_deleted_through_the_hooks(house):
    cluster = drained(house, size=2)
    action = house.ask(cluster, 'delete')
    house.run(cluster)
    assert house.cluster(cluster).status == clusters.DELETING
    bodies = house.zaqar.bodies('drains')
    assert len(bodies) == 2
    house.answer(bodies[0])
    house.settle(cluster)
    assert len(house.nova.alive()) == 1
    assert house.action(action).status == actions.WAITING
    house.answer(bodies[1], 'abandon')
    house.settle(cluster)
    assert house.nova.alive() == []
    assert house.action(action).status == actions.SUCCEEDED


def test_force_skips_the_hooks(house):
    cluster = drained(house, size=2)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    house.ask(cluster, 'delete', force=True)
    house.settle(cluster)
    assert house.nova.alive() == []
    assert len(house.zaqar.bodies('drains')) == 1


def test_a_named_member_is_told_too(house):
    cluster = drained(house)
    victim = house.nodes(cluster)[2]
    house.ask(cluster, 'remove_nodes', nodes=[victim.id])
    house.run(cluster)
    (body,) = house.zaqar.bodies('drains')
    assert body['node_id'] == victim.id


def test_a_hundred_messages_are_five_posts(house):
    cluster = drained(house, size=100)
    house.ask(cluster, 'resize', number=0)
    house.run(cluster)
    assert len(house.zaqar.bodies('drains')) == 100
    assert house.zaqar.count('post') == 5


def test_the_hooks_end_is_seen_whoever_looks(house):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (body,) = house.zaqar.bodies('drains')
    house.answer(body)
    house.passes = house.engine('engine-2')
    house.settle(cluster)
    assert len(house.nova.alive()) == 2


def test_the_last_of_many_are_not_waited_for_longer_than_they_take(house):
    cluster = house.add_cluster(desired=20)
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=16)
    house.run(cluster)
    began = house.clock()
    leaving = [each for each in house.nova.alive() if each.gone_at]
    assert len(leaving) == 16
    for number, each in enumerate(leaving):
        each.gone_at = began + datetime.timedelta(seconds=1 + number % 2 * 2)
    house.settle(cluster)
    assert len(house.nova.alive()) == 4
    assert house.clock() - began < datetime.timedelta(seconds=6)


def test_a_heartbeat_moves_the_deadline(house):
    from autoscale.db import hook as hook_rows

    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (hook,) = house.hooks(cluster)
    house.clock.move(500)
    house.db.write(hook_rows.heartbeat, hook.id, hook.token_hash, 600)
    house.clock.move(200)
    house.run(cluster)
    assert house.nova.count('delete_server') == 0
    assert house.hooks(cluster)[0].deadline > hook.deadline
    house.clock.move(datetime.timedelta(minutes=10).total_seconds())
    house.settle(cluster)
    assert len(house.nova.alive()) == 2


def test_a_scale_in_that_waits_can_be_cancelled(house):
    cluster = drained(house)
    scaled_in = house.ask(cluster, 'scale_in', count=2)
    house.run(cluster)
    (first, _) = house.zaqar.bodies('drains')
    house.answer(first)
    house.settle(cluster)
    cancel = house.ask(cluster, 'cancel', action_id=scaled_in)
    house.settle(cluster)
    assert house.action(scaled_in).status == actions.CANCELLED
    assert house.action(cancel).status == actions.SUCCEEDED
    assert len(house.action(cancel).decision['taken_back']) == 1
    assert house.cluster(cluster).desired_capacity == 2
    assert len(house.nova.alive()) == 2
    assert [
        each['lifecycle_transition_type']
        for each in house.zaqar.bodies('drains')
    ].count('termination-rescinded') == 1


def test_a_scale_out_that_builds_can_be_cancelled(house):
    cluster = drained(house, size=1)
    house.nova.build_seconds = 60
    scaled_out = house.ask(cluster, 'scale_out', count=3)
    house.run(cluster)
    house.run(cluster)
    house.ask(cluster, 'cancel', action_id=scaled_out)
    house.settle(cluster)
    assert house.action(scaled_out).status == actions.CANCELLED
    assert house.cluster(cluster).desired_capacity == 1
    assert len(house.nova.alive()) == 1


def test_what_is_over_cannot_be_cancelled(house):
    cluster = drained(house, size=1)
    scaled_out = house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    cancel = house.ask(cluster, 'cancel', action_id=scaled_out)
    house.settle(cluster)
    assert house.action(cancel).status == actions.REFUSED
    assert house.action(scaled_out).status == actions.SUCCEEDED


def test_force_ends_the_drain_of_one_member(house):
    cluster = drained(house)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (node,) = house.nodes(cluster, nodes.DRAINING)
    house.ask(cluster, 'remove_nodes', nodes=[node.id], force=True)
    house.settle(cluster)
    assert node.server_id not in {each.id for each in house.nova.alive()}
    assert len(house.nova.alive()) == 2
    assert house.cluster(cluster).desired_capacity == 2
