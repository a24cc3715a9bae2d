"""Sizes: what is asked for comes about, and says why when it does not."""

from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import node as nodes


def test_a_new_cluster_gets_its_members(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    assert [each.status for each in house.nodes(cluster)] == ['ACTIVE'] * 3
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert len(house.nova.alive()) == 3
    assert house.nova.count('create_servers') == 1


def test_members_know_their_servers(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    known = {each.server_id for each in house.nodes(cluster)}
    assert known == {each.id for each in house.nova.alive()}


def test_a_scale_out_by_a_count_adds_so_many(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    action = house.ask(cluster, 'scale_out', count=2)
    house.settle(cluster)
    done = house.action(action)
    assert done.status == actions.SUCCEEDED
    assert (done.decision['from'], done.decision['to']) == (1, 3)
    assert len(house.nova.alive()) == 3


def test_requests_that_wait_together_fold_into_one_wish(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    asked = [house.ask(cluster, 'scale_out', count=1) for _ in range(5)]
    house.settle(cluster)
    assert {house.action(each).status for each in asked} == {'SUCCEEDED'}
    assert len(house.nova.alive()) == 6
    assert house.nova.count('create_servers') == 2


def test_a_scale_in_takes_the_oldest_without_a_policy(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    house.clock.move(60)
    house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    oldest = house.nodes(cluster)[0]
    action = house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    decision = house.action(action).decision
    assert [each['node_id'] for each in decision['chosen']] == [oldest.id]
    assert len(decision['spared']) == 1
    assert [each.id for each in house.nova.alive()] != [oldest.server_id]
    assert len(house.nova.alive()) == 1


def test_a_size_out_of_bounds_is_refused_to_people(house):
    cluster = house.add_cluster(1, max_size=2)
    house.settle(cluster)
    action = house.ask(cluster, 'scale_out', count=5)
    house.settle(cluster)
    refused = house.action(action)
    assert refused.status == actions.REFUSED
    assert "greater than the cluster's max_size 2" in refused.status_reason
    assert refused.decision['to'] == 6
    assert house.cluster(cluster).desired_capacity == 1


def test_a_size_out_of_bounds_is_clipped_for_alarms(house):
    cluster = house.add_cluster(1, max_size=2)
    house.settle(cluster)
    action = house.ask(
        cluster, 'scale_out', cause={'type': 'webhook'}, count=5
    )
    house.settle(cluster)
    assert house.action(action).status == actions.SUCCEEDED
    assert len(house.nova.alive()) == 2


def test_a_resize_sets_bounds_and_size(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    action = house.ask(
        cluster,
        'resize',
        adjustment_type='EXACT_CAPACITY',
        number=4,
        min_size=2,
        max_size=4,
    )
    house.settle(cluster)
    assert house.action(action).status == actions.SUCCEEDED
    row = house.cluster(cluster)
    assert (row.min_size, row.max_size, row.desired_capacity) == (2, 4, 4)
    assert len(house.nova.alive()) == 4


def test_a_refused_resize_changes_no_bound(house):
    cluster = house.add_cluster(1, max_size=5)
    house.settle(cluster)
    house.ask(cluster, 'resize', number=9, min_size=1)
    house.settle(cluster)
    assert house.cluster(cluster).min_size == 0


def test_a_named_member_leaves_and_no_other(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    victim = house.nodes(cluster)[1]
    for ref in (victim.name,):
        house.ask(cluster, 'scale_in', nodes=[ref])
    house.settle(cluster)
    alive = {each.id for each in house.nova.alive()}
    assert victim.server_id not in alive
    assert len(alive) == 2


def test_a_member_is_named_by_its_address(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    victim = house.nova.alive()[2]
    house.ask(cluster, 'scale_in', nodes=[victim.address])
    house.settle(cluster)
    alive = {each.id for each in house.nova.alive()}
    assert victim.id not in alive
    assert len(alive) == 2


def test_an_unknown_name_is_refused_with_the_name(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    action = house.ask(cluster, 'remove_nodes', nodes=['nobody'])
    house.settle(cluster)
    assert house.action(action).status == actions.REFUSED
    assert "'nobody'" in house.action(action).status_reason


def test_a_removal_without_reduction_is_a_replacement(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    victim = house.nodes(cluster)[0]
    house.ask(
        cluster,
        'remove_nodes',
        nodes=[victim.id],
        reduce_desired_capacity=False,
    )
    house.settle(cluster)
    alive = {each.id for each in house.nova.alive()}
    assert victim.server_id not in alive
    assert len(alive) == 2


def test_a_protected_member_is_never_chosen_by_a_count(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    first, second = house.nodes(cluster)
    later = house.clock.time.replace(year=2030)
    from autoscale.db import node as node_rows

    house.db.write(node_rows.change, first.id, protected_until=later)
    action = house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    assert [each.id for each in house.nova.alive()] == [first.server_id]
    decision = house.action(action).decision
    assert 'protected' in decision['short']
    assert 'protected' in decision['spared'][0]['reason']
    assert house.cluster(cluster).desired_capacity == 1
    assert second.server_id not in {e.id for e in house.nova.alive()}


def test_a_deleted_cluster_leaves_no_server(house):
    cluster = house.add_cluster(15)
    house.settle(cluster)
    action = house.ask(cluster, 'delete')
    house.settle(cluster)
    assert house.nova.alive() == []
    assert house.action(action).status == actions.SUCCEEDED
    assert house.run(cluster) is None


def test_a_deletion_ends_what_was_under_way(house):
    cluster = house.add_cluster(2)
    house.run(cluster)
    action = house.ask(cluster, 'delete')
    house.settle(cluster)
    assert house.nova.alive() == []
    assert house.action(action).status == actions.SUCCEEDED


def test_nothing_is_owed_to_a_cluster_at_rest(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    assert house.lease(cluster).look_at is None
    assert house.nodes(cluster, nodes.ACTIVE)


def test_who_is_slow_to_go_is_looked_for_and_not_asked_again(house):
    cluster = house.add_cluster(5)
    house.settle(cluster)
    house.nova.delete_seconds = 8
    house.ask(cluster, 'scale_in', count=3)
    house.settle(cluster)
    assert len(house.nova.alive()) == 2
    assert house.nova.count('delete_server') == 3
