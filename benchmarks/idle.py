"""What the service does when there is nothing to do.

Each cluster has one member, which is in the cloud; nothing moves.
"""

import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg

from autoscale import conf as options
from autoscale.db import cluster as clusters
from autoscale.db import database
from autoscale.db import node as nodes
from autoscale.db import tables
from autoscale.db import work
from autoscale.model import cluster
from autoscale.model import node
from benchmarks import caller
from benchmarks import house
from benchmarks import making
from benchmarks import process
from benchmarks import table

PROJECT = 'default-project'

#: Seconds until the keepers have seen all that was put there as news: the
#: first looks come at the start, and the watch looks every 15 seconds.
SETTLING = 40.0


def measure(quick: bool) -> Iterator[table.Row]:
    seconds, settling = (2.0, 0.5) if quick else (30.0, SETTLING)
    for count in (0, 10) if quick else (0, 100, 10_000):
        with house.Standalone({'build_seconds': 0}) as service:
            if count:
                fill(service, count)
            time.sleep(settling)
            cpu, statements = house.spent(service, seconds)
            name = f'idle, {count:,} clusters'
            yield table.row(
                f'{name}: queries', [statements / seconds], '1/s', '<= 0.5'
            )
            yield table.row(f'{name}: CPU', [100 * cpu / seconds], '%', '< 1')
            yield table.row(
                f'{name}: memory', [process.resident_mib(service.pid)], 'MiB'
            )


def fill(service: Any, count: int) -> None:
    """Put so many clusters beside the service into its database."""
    profile = making.profile(service.caller())
    servers = _servers(service.cloud, count)
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([], default_config_files=[])
    conf.set_override('connection', service.database, group='database')
    db = database.Database(conf)
    now = db.now()

    def fill(conn: sa.Connection, part: list[str]) -> None:
        for server in part:
            one = _cluster(profile, now)
            clusters.create(conn, one)
            nodes.create(conn, _member(one, server, now))
            work.create(conn, one.id, PROJECT)
        conn.execute(tables.work.update().values(look_at=None))

    for start in range(0, count, 500):
        db.write(fill, servers[start : start + 500])
    db.dispose()


def _servers(cloud: house.Cloud, count: int) -> list[str]:
    """The ids of so many servers that are tagged as ours are."""
    nova = cloud.nova()
    image = nova.glance.find_image('cirros')
    for start in range(0, count, 1000):
        part = min(1000, count - start)
        nova.servers.create(
            'member',
            image,
            '1',
            min_count=part,
            max_count=part,
            nics='auto',
            tags=['autoscale'],
        )
    caller.wait_until(lambda: len(cloud.servers()) == count)
    return [each['id'] for each in cloud.servers()]


def _cluster(profile: str, now: datetime) -> cluster.Cluster:
    cluster_id = str(uuid.uuid4())
    return cluster.Cluster(
        id=cluster_id,
        project_id=PROJECT,
        user_id=None,
        name=f'cluster-{cluster_id}',
        profile_id=profile,
        min_size=0,
        max_size=cluster.UNLIMITED,
        desired_capacity=1,
        status=cluster.ACTIVE,
        status_reason=None,
        metadata={},
        next_index=2,
        is_deleting=False,
        is_forced=False,
        blocked_reason=None,
        exhausted_since=None,
        exhausted_reason=None,
        capacity_failures=0,
        retry_at=None,
        created_at=now.astimezone(UTC),
        updated_at=None,
    )


def _member(of: cluster.Cluster, server: str, now: datetime) -> node.Node:
    return node.Node(
        id=str(uuid.uuid4()),
        cluster_id=of.id,
        project_id=PROJECT,
        name=f'{of.name}-1',
        index=1,
        profile_id=of.profile_id,
        status=node.ACTIVE,
        status_reason=None,
        server_id=server,
        launch_id=None,
        launch_attempts=1,
        zone=None,
        metadata={},
        protected_until=None,
        fault=None,
        action_id=None,
        hook_id=None,
        keep_server=False,
        is_forced=False,
        delete_at=None,
        look_at=None,
        created_at=now,
        updated_at=None,
        active_at=now,
        left_at=None,
    )
