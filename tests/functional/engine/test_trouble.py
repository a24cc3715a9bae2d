"""Trouble in the cloud: classified, said, lived through and got over."""

import pytest

from autoscale import exceptions
from autoscale.engine.keepers import sweep
from autoscale.engine.keepers import watch
from autoscale.engine.worker import Worker
from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import node as nodes
from tests.fakes.nova import FakeNova
from tests.functional.engine.house import FakeDoors
from tests.functional.engine.house import PROJECT


def unwell(**facts):
    return exceptions.CloudIsUnwell(
        service='nova',
        operation='create servers',
        reason='503',
        **facts,
    )


def test_a_quota_that_is_used_up_exhausts_the_cluster(house):
    house.nova.quota = 3
    cluster = house.add_cluster(5)
    house.settle(cluster)
    row = house.cluster(cluster)
    assert row.status == clusters.EXHAUSTED
    assert 'Quota exceeded' in row.status_reason
    assert row.desired_capacity == 5
    assert len(house.nodes(cluster, nodes.ACTIVE)) == 3
    (created,) = house.db.read(_actions_of, cluster)
    assert created.status == actions.FAILED
    assert '3 of 5' in created.status_reason


def test_an_exhausted_cluster_says_so_once_and_recovers(house):
    house.nova.quota = 1
    cluster = house.add_cluster(2)
    house.settle(cluster)
    for _ in range(5):
        house.clock.move(700)
        house.run(cluster)
    assert house.events(cluster).count('cluster.exhausted') == 1
    house.nova.quota = None
    house.clock.move(700)
    house.settle(cluster)
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert house.events(cluster).count('cluster.not_exhausted') == 1
    assert len(house.nova.alive()) == 2


def test_an_exhausted_cluster_shrinks_at_once(house):
    house.nova.quota = 2
    cluster = house.add_cluster(4)
    house.settle(cluster)
    action = house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    assert house.action(action).status == actions.SUCCEEDED
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert len(house.nova.alive()) == 2


def test_servers_without_a_host_are_deleted_and_tried_again(house):
    house.nova.break_builds(2)
    cluster = house.add_cluster(3)
    house.settle(cluster, patience=10)
    assert house.cluster(cluster).status == clusters.EXHAUSTED
    assert len(house.nova.alive()) == 1
    faults = [each.fault for each in house.nodes(cluster, nodes.ERROR)]
    assert [each['kind'] for each in faults] == ['capacity'] * 2
    house.clock.move(60)
    house.settle(cluster)
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert len(house.nova.alive()) == 3
    assert len(house.nodes(cluster)) == 3


def test_failures_never_pile_up_members(house):
    cluster = house.add_cluster(1)
    house.nova.break_builds(30)
    for _ in range(20):
        house.settle(cluster)
        house.clock.move(700)
    assert len(house.nodes(cluster)) == 1


def test_a_profile_that_cannot_work_fails_the_action_with_the_words(house):
    house.profile = house.add_profile(flavor='enormous')
    cluster = house.add_cluster(2)
    house.settle(cluster)
    (created,) = house.db.read(_actions_of, cluster)
    assert created.status == actions.FAILED
    assert 'enormous' in created.status_reason
    assert house.cluster(cluster).status == clusters.ERROR
    assert house.nova.alive() == []
    house.clock.move(7000)
    house.settle(cluster)
    assert house.nova.count('create_servers') == 0


def test_a_blocked_cluster_tries_again_when_somebody_asks(house):
    house.profile = house.add_profile(flavor='enormous')
    cluster = house.add_cluster(1)
    house.settle(cluster)
    house.nova.flavors['9'] = 'enormous'
    house.ask(cluster, 'scale_out', count=1)
    house.settle(cluster)
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert len(house.nova.alive()) == 2


@pytest.mark.parametrize('after_work', [False, True])
def test_a_call_whose_end_is_unknown_makes_no_server_twice(house, after_work):
    house.nova.fail_next(
        'create_servers', unwell(happened=None), after_work=after_work
    )
    cluster = house.add_cluster(3)
    house.settle(cluster)
    assert len(house.nova.alive()) == 3
    known = {each.server_id for each in house.nodes(cluster)}
    assert known == {each.id for each in house.nova.alive()}
    assert house.nova.count('create_servers') == (1 if after_work else 2)


def test_servers_that_are_made_late_are_found_and_not_made_again(house):
    house.nova.fail_next('create_servers', unwell(happened=None))
    cluster = house.add_cluster(3)
    house.run(cluster)
    for _ in range(5):
        house.clock.move(house.settings.launch_patience / 6)
        house.run(cluster)
    ((_, asked),) = [
        each for each in house.nova.calls if each[0] == 'create_servers'
    ]
    house.nova.create_servers(**asked)
    house.settle(cluster)
    known = [each.server_id for each in house.nodes(cluster)]
    assert sorted(known) == sorted(each.id for each in house.nova.alive())
    assert len(known) == 3
    assert house.nova.count('create_servers') == 2  # the first, done late


def test_who_is_found_belongs_to_one_member_while_others_are_awaited(house):
    house.nova.quota = 2
    house.nova.fail_next(
        'create_servers', unwell(happened=None), after_work=True
    )
    cluster = house.add_cluster(5)
    house.settle(cluster, patience=house.settings.launch_patience / 3)
    house.nova.quota = None
    house.settle(cluster)
    known = [each.server_id for each in house.nodes(cluster)]
    assert sorted(known) == sorted(each.id for each in house.nova.alive())
    assert len(known) == 5


def test_a_cloud_that_refuses_is_asked_again_without_a_list(house):
    house.nova.fail_next('create_servers', unwell(happened=False))
    cluster = house.add_cluster(1)
    house.run(cluster)
    (node,) = house.nodes(cluster)
    house.clock.move((node.look_at - house.clock()).total_seconds())
    house.run(cluster)
    assert house.nova.count('create_servers') == 2
    assert house.nova.count('list_servers') == 0


def test_a_cloud_that_asks_for_patience_gets_it(house):
    house.nova.fail_next('create_servers', unwell(retry_after=40))
    cluster = house.add_cluster(1)
    result = house.run(cluster)
    wait = (result.look_at - house.clock()).total_seconds()
    assert 39 <= wait <= 41


def test_a_cloud_that_is_down_is_asked_again_until_it_answers(house):
    for operation in ('create_servers', 'list_servers'):
        house.nova.fail_next(operation, unwell(), times=4)
    cluster = house.add_cluster(2)
    house.settle(cluster)
    assert len(house.nova.alive()) == 2
    assert 'launch.delayed' in house.events(cluster)


def test_a_deletion_that_fails_is_asked_again(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    house.nova.fail_next('delete_server', unwell(), times=3)
    house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    assert len(house.nova.alive()) == 1


def test_a_drain_goes_on_while_nova_is_down(house):
    cluster = house.add_cluster(2)
    house.attach(
        cluster,
        'deletion',
        {'hooks': {'type': 'zaqar', 'params': {'queue': 'q'}}},
    )
    house.settle(cluster)
    house.nova.fail_next('list_servers', unwell(), times=100)
    house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    assert len(house.zaqar.bodies('q')) == 1


def test_a_server_that_never_builds_is_replaced(house):
    house.nova.build_seconds = 10**6
    cluster = house.add_cluster(1)
    house.run(cluster)
    house.run(cluster)
    stuck = house.nodes(cluster)[0].server_id
    house.nova.build_seconds = 1
    house.clock.move(1300)
    house.settle(cluster)
    house.clock.move(60)
    house.settle(cluster)
    (node,) = house.nodes(cluster)
    assert node.status == nodes.ACTIVE
    assert node.server_id != stuck
    assert [each.id for each in house.nova.alive()] == [node.server_id]


def watcher(house):
    return watch.Watch(
        house.db,
        house.doors,
        Worker(house.passes, 1),
        new_id=house.passes._chance.new_id,
    )


def test_a_server_that_vanished_is_noticed_and_replaced(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    keeper = watcher(house)
    assert keeper.run_once() == []
    victim = house.nodes(cluster)[1]
    house.nova.vanish(victim.server_id)
    assert keeper.run_once() == [cluster]
    house.settle(cluster)
    assert len(house.nova.alive()) == 3
    assert 'node.lost' in house.events(cluster)
    assert victim.id not in {each.id for each in house.nodes(cluster)}


def test_a_server_that_vanished_while_nobody_looked_is_noticed(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    house.nova.vanish(house.nodes(cluster)[0].server_id)
    house.clock.move(3600)
    assert watcher(house).run_once() == [cluster]
    house.settle(cluster)
    assert len(house.nova.alive()) == 2


def test_who_watches_one_project_misses_no_server_of_another(house):
    other = FakeNova(house.clock)
    house.doors.nova = lambda owner: (
        house.nova if owner.project_id == PROJECT else other
    )
    for project in (PROJECT, 'project-2'):
        cluster = house.add_cluster(1, project_id=project)
        house.settle(cluster)
    assert (len(house.nova.alive()), len(other.alive())) == (1, 1)
    assert watcher(house).run_once() == []


def test_a_server_in_error_is_an_unhealthy_member(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    keeper = watcher(house)
    keeper.run_once()
    house.clock.move(5)
    node = house.nodes(cluster)[0]
    house.nova.break_down(node.server_id, 'It broke.')
    assert keeper.run_once() == [cluster]
    house.settle(cluster)
    (sick,) = house.nodes(cluster, nodes.UNHEALTHY)
    assert (sick.id, sick.status_reason) == (node.id, 'It broke.')
    action = house.ask(cluster, 'scale_in', count=1)
    house.settle(cluster)
    (chosen,) = house.action(action).decision['chosen']
    assert chosen['node_id'] == sick.id


def test_a_drain_of_a_server_that_vanished_ends(house):
    cluster = house.add_cluster(2)
    house.attach(
        cluster,
        'deletion',
        {'hooks': {'type': 'zaqar', 'params': {'queue': 'q'}}},
    )
    house.settle(cluster)
    keeper = watcher(house)
    keeper.run_once()
    action = house.ask(cluster, 'scale_in', count=1)
    house.run(cluster)
    (node,) = house.nodes(cluster, nodes.DRAINING)
    house.nova.vanish(node.server_id)
    house.clock.move(5)
    keeper.run_once()
    house.settle(cluster)
    assert len(house.nova.alive()) == 1
    assert house.action(action).status == actions.SUCCEEDED


def sweeper(house, grace=0.0):
    return sweep.Sweep(
        house.db,
        house.doors,
        grace=grace,
        new_id=house.passes._chance.new_id,
    )


def test_a_server_of_ours_that_no_node_knows_is_swept(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    house.nova.create_servers(
        {'flavor': '1'},
        name='orphan',
        count=1,
        tags=[
            'autoscale',
            f'autoscale-cluster-{cluster}',
            'autoscale-launch-nobody',
        ],
    )
    (swept,) = sweeper(house).run_once()
    house.clock.move(10)
    assert swept not in {each.id for each in house.nova.alive()}
    assert len(house.nova.alive()) == 1
    assert 'server.orphan_deleted' in house.events(cluster)


def test_nothing_that_may_be_anothers_is_swept(house):
    cluster = house.add_cluster(2)
    house.settle(cluster)
    for tags in (['autoscale'], ['autoscale', 'autoscale-cluster-foreign']):
        house.nova.create_servers(
            {'flavor': '1'}, name='foreign', count=1, tags=tags
        )
    assert sweeper(house).run_once() == []


def test_a_server_that_is_still_awaited_is_not_swept(house):
    house.nova.fail_next(
        'create_servers', unwell(happened=None), after_work=True
    )
    cluster = house.add_cluster(3)
    house.run(cluster)
    assert sweeper(house).run_once() == []
    house.settle(cluster)
    assert len(house.nova.alive()) == 3


def test_a_young_orphan_has_its_grace(house):
    cluster = house.add_cluster(0)
    house.settle(cluster)
    house.nova.create_servers(
        {'flavor': '1'},
        name='orphan',
        count=1,
        tags=['autoscale', f'autoscale-cluster-{cluster}'],
    )
    keeper = sweeper(house, grace=3600)
    assert keeper.run_once() == []
    assert keeper.run_once() == []


def test_doors_are_fakes_of_the_same_shape():
    from autoscale.engine.doors import Doors

    public = {each for each in dir(Doors) if not each.startswith('_')}
    assert public - {'zaqar'} <= set(dir(FakeDoors))


def _actions_of(conn, cluster_id):
    from autoscale.db import action as action_rows

    return action_rows.page(
        conn,
        None,
        filters={'cluster_id': cluster_id},
        sort=[('sequence', 'asc')],
        limit=100,
        marker=None,
    )


def test_a_new_profile_is_what_new_members_are_made_of(house):
    good = house.profile
    house.profile = house.add_profile(flavor='enormous')
    cluster = house.add_cluster(2)
    house.settle(cluster)
    house.ask(cluster, 'update', profile_id=good.id, desired_capacity=3)
    house.settle(cluster)
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert {each.profile_id for each in house.nodes(cluster)} == {good.id}
    assert len(house.nova.alive()) == 3
