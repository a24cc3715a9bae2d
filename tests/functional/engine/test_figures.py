"""What the engine counts of its passes, and how it says that it stands."""

import pytest

from autoscale.db import work as work_rows
from autoscale.engine import standing
from autoscale.model import action as actions
from autoscale.model import node as nodes
from tests.fakes import figures
from tests.fakes import statements

PASSES = 'autoscale_engine_pass_seconds_count'
#: Statements of a pass that decides and does nothing in the world: to claim
#: the cluster, to read it, to write what was decided and to give it back.
FEW = 2 + 6 + 3

LAG = 'autoscale_engine_due_lag_seconds_sum'


def test_a_pass_is_counted_by_how_it_ended(house):
    cluster = house.add_cluster(1)
    grown = figures.Growth()
    house.settle(cluster)
    assert grown.of(PASSES, result='done') > 1
    house.db.write(work_rows.claim, cluster, 'another', 10)
    assert house.run(cluster) is None
    assert grown.of(PASSES, result='not_claimed') == 1


def test_a_decision_costs_few_statements(house):
    cluster = house.add_cluster(0, max_size=0)
    house.settle(cluster)
    house.ask(cluster, 'scale_out', count=1)
    with statements.noted() as asked:
        house.run(cluster)
    assert 0 < len(asked) <= FEW, asked


def test_a_pass_that_breaks_is_counted(house, monkeypatch):
    cluster = house.add_cluster(1)

    def broken(*args):
        raise RuntimeError('out of luck')

    monkeypatch.setattr(house.performer, 'perform', broken)
    grown = figures.Growth()
    house.run(cluster)
    assert grown.of(PASSES, result='failed') == 1


def test_the_lag_is_the_time_for_which_a_cluster_was_due(house):
    cluster = house.add_cluster(0)
    house.settle(cluster)
    house.ask(cluster, 'scale_out', count=1)
    house.clock.move(42)
    grown = figures.Growth()
    house.run(cluster)
    assert grown.of(LAG) == pytest.approx(42, abs=1)
    assert grown.of('autoscale_engine_due_lag_seconds_count') == 1


def test_a_cluster_that_is_not_due_has_no_lag(house):
    cluster = house.add_cluster(0)
    house.settle(cluster)
    grown = figures.Growth()
    house.run(cluster)
    assert grown.of('autoscale_engine_due_lag_seconds_count') == 0


def test_a_lease_that_ran_out_is_counted_when_it_is_taken_over(house):
    cluster = house.add_cluster(0)
    house.db.write(work_rows.claim, cluster, 'the dead', 10)
    grown = figures.Growth()
    assert house.run(cluster) is None
    assert grown.of('autoscale_engine_leases_taken_over_total') == 0
    house.clock.move(11)
    house.run(cluster)
    house.run(cluster)
    assert grown.of('autoscale_engine_leases_taken_over_total') == 1


def test_actions_are_counted_when_they_end(house):
    cluster = house.add_cluster(1, max_size=1)
    grown = figures.Growth()
    house.settle(cluster)
    house.ask(cluster, 'scale_out', count=5)
    house.settle(cluster)
    ended = 'autoscale_engine_actions_total'
    assert grown.of(ended, kind='create', status=actions.SUCCEEDED) == 1
    assert grown.of(ended, kind='scale_out', status=actions.REFUSED) == 1
    assert len(grown.series(ended)) == 2


def test_messages_are_counted_by_their_transport(house):
    cluster = house.add_cluster(3)
    hook = {'type': 'zaqar', 'params': {'queue': 'q'}, 'timeout': 600}
    house.attach(cluster, 'deletion', {'hooks': hook})
    house.settle(cluster)
    grown = figures.Growth()
    house.ask(cluster, 'scale_in', count=2)
    house.run(cluster)
    sent = {'transport': 'zaqar', 'result': 'delivered'}
    assert grown.of('autoscale_engine_hook_messages_total', **sent) == 2


def test_the_gauges_say_how_the_service_stands(house):
    large = house.add_cluster(3)
    small = house.add_cluster(2)
    hook = {'type': 'zaqar', 'params': {'queue': 'q'}, 'timeout': 600}
    house.attach(large, 'deletion', {'hooks': hook})
    house.settle(large)
    house.settle(small)
    house.ask(large, 'scale_in', count=1)
    house.run(large)
    house.clock.move(90)
    assert len(house.nodes(large, nodes.DRAINING)) == 1
    read = {
        each.name: each.values
        for each in standing.Gauges(house.db, clusters=1).read()
    }
    assert read['autoscale_cluster_desired_capacity'] in (
        {(large,): 2, ('other',): 2},
        {(small,): 2, ('other',): 2},
    )
    assert sum(read['autoscale_cluster_active_members'].values()) == 4
    assert read['autoscale_hooks_waiting'][('60',)] == 1
    assert read['autoscale_hooks_waiting'][('600',)] == 0
    assert read['autoscale_hooks_undelivered'] == {(): 0}
    assert sum(read['autoscale_clusters'].values()) == 2


def test_clusters_by_themselves_can_be_switched_off(house):
    house.add_cluster(1)
    read = standing.Gauges(house.db, clusters=0).read()
    assert not [each for each in read if 'cluster' in each.labels]


def test_a_page_costs_the_same_statements_whatever_there_is(house):
    def selects():
        with statements.noted() as said:
            standing.Gauges(house.db, clusters=20).read()
        return len([each for each in said if each.startswith('SELECT')])

    before = selects()
    for _ in range(5):
        house.settle(house.add_cluster(2))
    assert selects() == before
