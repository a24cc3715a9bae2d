"""Nobody is deleted while Nova seeks a host for it, unless it is for long.

Who is, takes its sisters along: Nova gives them up, and lists them for ever.
"""

import pytest
import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import event as event_rows
from autoscale.db import tables
from autoscale.engine.keepers import sweep
from autoscale.model import action as actions
from autoscale.model import cluster as clusters
from autoscale.model import event as events
from autoscale.model import node as nodes
from tests.functional.engine import house as houses

PLACING = 10


@pytest.fixture
def building(house):
    """A cluster of four, for which Nova has no hosts yet."""
    house.nova.placing_seconds = PLACING
    cluster = house.add_cluster(4)
    house.run(cluster)
    house.clock.move(1)
    house.run(cluster)
    assert len(house.nodes(cluster, nodes.BUILDING)) == 4
    return cluster


def stranded(house):
    """Who was given up."""
    return {each.id for each in house.nova.alive() if each.is_given_up}


def run_until_placed(house, cluster):
    """Passes, every half second, for as long as Nova has no host."""
    placed_at = max(each.placed_at for each in house.nova.servers.values())
    while house.clock() < placed_at:
        house.run(cluster)
        house.clock.move(0.5)


def told(house, cluster, type_):
    found = house.db.read(
        event_rows.page,
        houses.PROJECT,
        filters={'cluster_id': cluster, 'type': type_},
        sort=[('sequence', 'asc')],
        limit=1000,
        marker=None,
    )
    return [(each.level, each.message) for each in found]


@pytest.mark.parametrize(
    'kind, inputs, left',
    [
        ('scale_in', {'count': 3}, 1),
        ('resize', {'number': 1}, 1),
        ('delete', {}, 0),
        ('delete', {'force': True}, 0),
    ],
)
def test_who_leaves_is_deleted_once_it_has_a_host(
    house, building, kind, inputs, left
):
    asked = house.ask(building, kind, **inputs)
    run_until_placed(house, building)
    assert house.nova.count('delete_server') == 0
    house.settle(building)
    assert house.nova.count('delete_server') == 4 - left
    assert len(house.nova.alive()) == left
    assert stranded(house) == set()
    assert house.action(asked).status == actions.SUCCEEDED


def test_a_scale_out_that_is_cancelled_strands_nobody(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    house.nova.placing_seconds = PLACING
    asked = house.ask(cluster, 'scale_out', count=3)
    house.run(cluster)
    house.ask(cluster, 'cancel', action_id=asked)
    run_until_placed(house, cluster)
    assert house.nova.count('delete_server') == 0
    house.settle(cluster)
    assert house.action(asked).status == actions.CANCELLED
    assert len(house.nova.alive()) == 1
    assert stranded(house) == set()


def test_it_is_said_once_why_somebody_is_not_deleted_yet(house, building):
    house.ask(building, 'scale_in', count=1)
    run_until_placed(house, building)
    (node,) = house.nodes(building, nodes.DELETING)
    assert 'Nova still seeks a host' in node.status_reason
    ((level, message),) = told(house, building, 'node.delete_delayed')
    assert level == events.INFO
    assert node.name in message
    assert 'Nova still seeks a host' in message
    house.nova.delete_seconds = 5
    house.clock.move(1)
    house.run(building)
    (node,) = house.nodes(building, nodes.DELETING)
    assert node.status_reason is None


def test_the_record_of_who_is_gone_says_nothing_of_what_held_it_up(
    house, building
):
    house.ask(building, 'scale_in', count=1)
    house.run(building)
    (node,) = house.nodes(building, nodes.DELETING)
    assert node.status_reason
    house.nova.vanish(node.server_id)
    house.settle(building)
    (gone,) = house.nodes(building, nodes.GONE)
    assert (gone.id, gone.status_reason) == (node.id, None)


def test_a_nova_that_finds_no_host_does_not_hold_up_a_deletion(
    house, building
):
    for each in house.nova.servers.values():
        each.placed_at = each.built_at = house.clock.time.replace(year=2100)
    asked = house.ask(building, 'delete')
    for _ in range(int(house.settings.launch_patience) - 2):
        house.run(building)
        house.clock.move(1)
    assert house.nova.count('delete_server') == 0
    house.settle(building)
    assert house.nova.count('delete_server') >= 4
    assert house.action(asked).status == actions.SUCCEEDED


def test_who_was_in_service_is_deleted_without_a_question(house):
    cluster = house.add_cluster(3)
    house.settle(cluster)
    house.ask(cluster, 'scale_in', count=2)
    house.settle(cluster)
    assert house.nova.count('delete_server') == 2
    assert house.nova.count('is_being_placed') == 0


def test_a_question_that_is_not_answered_is_asked_again(house, building):
    unwell = exceptions.CloudIsUnwell(
        service='nova', operation='GET /servers/1', reason='503'
    )
    house.nova.fail_next('is_being_placed', unwell, times=2)
    house.ask(building, 'scale_in', count=1)
    house.run(building)
    assert house.nova.count('delete_server') == 0
    house.settle(building)
    assert len(house.nova.alive()) == 3
    assert stranded(house) == set()


def test_who_is_launched_again_was_not_in_service_yet(house):
    cluster = house.add_cluster(1)
    house.settle(cluster)
    (node,) = house.nodes(cluster)
    house.nova.vanish(node.server_id)
    broken = (
        sa.update(tables.nodes)
        .where(tables.nodes.c.id == node.id)
        .values(status=nodes.ERROR, server_id=None)
    )
    house.db.write(lambda conn: conn.execute(broken))
    house.ask(cluster, 'check')
    house.run(cluster)
    (node,) = house.nodes(cluster, nodes.BUILDING)
    assert node.active_at is None


@pytest.fixture
def given_up(tmp_path):
    """A cluster of three, of whose servers somebody else deleted one."""
    how = {'build_timeout': 30.0, 'launch_patience': 20.0}
    with houses.open_house(tmp_path, **how) as house:
        house.nova.placing_seconds = PLACING
        cluster = house.add_cluster(3)
        house.run(cluster)
        house.clock.move(1)
        house.run(cluster)
        house.nova.delete_server(house.nodes(cluster)[0].server_id)
        assert len(stranded(house)) == 2
        house.nova.placing_seconds = 0
        yield house, cluster


def test_who_was_given_up_is_replaced(given_up):
    house, cluster = given_up
    ghosts = stranded(house)
    house.settle(cluster)
    members = house.nodes(cluster)
    assert [each.status for each in members] == [nodes.ACTIVE] * 3
    assert house.cluster(cluster).status == clusters.ACTIVE
    assert stranded(house) == ghosts
    assert {each.id for each in house.nova.alive()} == ghosts | {
        each.server_id for each in members
    }


def test_who_was_given_up_is_not_swept_again_and_again(given_up):
    house, cluster = given_up
    house.settle(cluster)
    keeper = sweep.Sweep(
        house.db,
        house.doors,
        grace=0.0,
        new_id=house.passes._chance.new_id,
    )
    asked = house.nova.count('delete_server')
    assert keeper.run_once() == []
    assert house.nova.count('delete_server') == asked + len(stranded(house))
    assert 'server.orphan_deleted' not in house.events(cluster)


def test_a_cluster_of_given_up_servers_can_be_deleted(given_up):
    house, cluster = given_up
    asked = house.ask(cluster, 'delete')
    house.settle(cluster)
    assert house.action(asked).status == actions.SUCCEEDED
    assert {each.id for each in house.nova.alive()} == stranded(house)
