"""How soon the other engine goes on when one is killed in mid-work.

A create call is carried out by the cloud and its answer held back, so the
engine that waits for it has the cluster's lease. It is killed at any moment
of the time between two renewals. The other has to take over, find the servers
that were made, and ask for no more.
"""

import random
import time
from collections.abc import Iterator

import sqlalchemy as sa

from benchmarks import caller
from benchmarks import house
from benchmarks import making
from benchmarks import several
from benchmarks import table

KILLS = 20
MEMBERS = 3

#: Seconds of a lease, unless it is configured.
LEASE = 10.0

#: Seconds between two looks at who has the lease.
_LOOK = 0.02


def measure(quick: bool) -> Iterator[table.Row]:
    kills, lease = (1, 2.0) if quick else (KILLS, LEASE)
    config: house.Config = {('engine', 'lease_seconds'): lease}
    settings = {'build_seconds': 0, 'delete_seconds': 0}
    with several.servers() as servers:
        if servers is None:
            return
        with several.Deployment(servers, settings, config) as service:
            killing = _Killing(service, lease)
            for number in range(kills):
                killing.kill_one(f'cluster-{number}')
    name = f'engine killed, leases of {lease:g} s'
    goal = f'<= {lease:g}'
    yield table.row(f'{name}: until the other has it', killing.taken, 's')
    yield table.row(
        f'{name}: the same, the longest', [max(killing.taken)], 's', goal
    )
    yield table.row(f'{name}: until the action ended', killing.ended, 's')
    yield table.row(f'{name}: kills', [kills], 'kills')
    yield table.row(f'{name}: servers lost', [killing.lost], 'servers', '0')
    yield table.row(
        f'{name}: servers too many', [killing.doubled], 'servers', '0'
    )


class _Killing:
    def __init__(self, service: several.Deployment, lease: float) -> None:
        self._service = service
        self._lease = lease
        self._api = service.caller()
        self._profile = making.profile(self._api)
        self.taken: list[float] = []
        self.ended: list[float] = []
        self.lost = 0
        self.doubled = 0

    def kill_one(self, name: str) -> None:
        """One kill, from a cluster without members to one with all."""
        cloud = self._service.cloud
        cluster = making.cluster(self._api, name, self._profile)
        making.await_members(self._api, [cluster])
        fault = cloud.hang('compute', 'create_servers', 10 * self._lease)
        action = making.ask(self._api, cluster, 'scale_out', count=MEMBERS)
        caller.wait_until(lambda: cloud.hits(fault) > 0, look=_LOOK)
        engine = self._holder(cluster)
        time.sleep(random.uniform(0, self._lease / 2))
        engine.kill()
        killed, killed_at = time.monotonic(), time.time()
        caller.wait_until(
            lambda: not self._owner(cluster).startswith(engine.engine_id),
            look=_LOOK,
        )
        self.taken.append(time.monotonic() - killed)
        ended = making.await_action(self._api, action)['ended_at']
        self.ended.append(making.moment(ended) - killed_at)
        self._count(cluster)
        engine.start()

    def _holder(self, cluster: str) -> house.Command:
        owner = self._owner(cluster)
        for each in self._service.engines:
            if owner.startswith(each.engine_id):
                return each
        raise RuntimeError(f'no engine has the cluster, but {owner!r}')

    def _owner(self, cluster: str) -> str:
        """Who has the lease; nobody, when it was given back."""
        asked = sa.text('SELECT lease_owner FROM work WHERE cluster_id = :id')
        with several.looking_into(self._service.database) as conn:
            return conn.execute(asked, {'id': cluster}).scalar() or ''

    def _count(self, cluster: str) -> None:
        tag = f'autoscale-cluster-{cluster}'
        found = [e for e in self._service.cloud.servers() if tag in e['tags']]
        self.lost += max(0, MEMBERS - len(found))
        self.doubled += max(0, len(found) - MEMBERS)
