"""The sums over everything, against rows that were written one by one."""

import dataclasses
import uuid
from datetime import timedelta

from autoscale.db import cluster as clusters
from autoscale.db import hook as hooks
from autoscale.db import node as nodes
from autoscale.db import standing
from autoscale.model import cluster
from autoscale.model import hook
from autoscale.model import node
from autoscale.model.standing import Size
from tests.functional.db import sample


def members(database, cluster_id, *statuses):
    for number, status in enumerate(statuses):
        database.write(
            nodes.create,
            sample.node(
                id=str(uuid.uuid4()),
                cluster_id=cluster_id,
                index=number,
                status=status,
            ),
        )


def test_an_empty_service_stands_at_nought(database):
    found = database.read(standing.read, largest=5, ages=(0, 60))
    assert found.clusters == dict.fromkeys(cluster.STATUSES, 0)
    assert (found.largest, found.others) == ({}, Size(desired=0, actual=0))
    assert (found.waiting, found.undelivered) == ({0: 0, 60: 0}, 0)


def test_the_largest_stand_alone_and_the_rest_together(database):
    wishes = {}
    for desired, status in ((7, 'ACTIVE'), (5, 'EXHAUSTED'), (1, 'ACTIVE')):
        made = sample.cluster(desired_capacity=desired, status=status)
        database.write(clusters.create, made)
        wishes[desired] = made.id
    members(database, wishes[7], *[node.ACTIVE] * 3, node.BUILDING, node.GONE)
    members(database, wishes[5], node.DRAINING)
    members(database, wishes[1], node.ACTIVE)
    found = database.read(standing.read, largest=1, ages=())
    assert found.largest == {wishes[7]: Size(desired=7, actual=3)}
    assert found.others == Size(desired=6, actual=1)
    assert found.clusters['ACTIVE'] == 2
    assert found.clusters['EXHAUSTED'] == 1
    everyone = database.read(standing.read, largest=10, ages=())
    assert everyone.largest[wishes[5]] == Size(desired=5, actual=0)
    assert everyone.others == Size(desired=0, actual=0)


def test_no_cluster_by_itself_counts_no_member(database):
    database.write(clusters.create, sample.cluster(desired_capacity=4))
    found = database.read(standing.read, largest=0, ages=())
    assert (found.largest, found.others.actual) == ({}, 0)


def test_hooks_that_wait_are_counted_by_age(database):
    now = database.now()
    first = sample.hook(now, status=hook.PENDING, attempts=2)
    for number, (age, changes) in enumerate(
        (
            (7200, {}),
            (120, {'attempts': 0}),
            (10, {'status': hook.SENT}),
            (7200, {'status': hook.COMPLETED}),
        )
    ):
        database.write(
            hooks.create,
            dataclasses.replace(
                first,
                id=str(uuid.uuid4()),
                node_id=str(uuid.uuid4()),
                token_hash=f'hash-{number}',
                created_at=now - timedelta(seconds=age),
                **changes,
            ),
        )
    found = database.read(standing.read, largest=0, ages=(0, 60, 3600, 86400))
    assert found.waiting == {0: 3, 60: 2, 3600: 1, 86400: 0}
    assert found.undelivered == 1
