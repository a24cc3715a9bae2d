"""A cluster with one of each noun, by ids that tests can write out."""

from autoscale.api import capability
from autoscale.db import engine as engines
from autoscale.db import event as events
from autoscale.db import hook as hooks
from autoscale.db import node as nodes
from autoscale.db import profile as profiles
from autoscale.db import request as requests
from tests.functional.api import house as houses
from tests.functional.db import sample

PROFILE = '10000000-0000-4000-8000-000000000000'
CLUSTER = '20000000-0000-4000-8000-000000000000'
NODE = '30000000-0000-4000-8000-000000000000'
GONE = '30000000-0000-4000-8000-000000000001'
HOOK = '40000000-0000-4000-8000-000000000000'
LATE = '40000000-0000-4000-8000-000000000001'
EVENT = '50000000-0000-4000-8000-000000000000'
ENGINE = '60000000-0000-4000-8000-000000000000'
ACTION = '70000000-0000-4000-8000-000000000000'
TOKEN = 'the-token-of-the-hook'
LATE_TOKEN = 'the-token-of-the-late-hook'


def furnish(house: houses.House) -> None:
    """A cluster `seeded` with one of each."""
    now = house.database.now()
    project = {'project_id': house.conf.api.default_project}
    of_cluster = {**project, 'cluster_id': CLUSTER}
    told = {'node_id': NODE, 'action_id': ACTION}

    def write(conn):
        profiles.create(conn, sample.profile(id=PROFILE, **project))
        requests.create_cluster(
            conn,
            sample.cluster(
                id=CLUSTER, name='seeded', profile_id=PROFILE, **project
            ),
            sample.action(
                id=ACTION, cluster_name='seeded', kind='create', **of_cluster
            ),
        )
        nodes.create(conn, sample.node(id=NODE, name='seeded-1', **of_cluster))
        nodes.create(
            conn, sample.node(id=GONE, index=2, status='GONE', **of_cluster)
        )
        in_time, late = map(capability.hash_of, (TOKEN, LATE_TOKEN))
        hooks.create(
            conn,
            sample.hook(
                now, id=HOOK, token_hash=in_time, **told, **of_cluster
            ),
        )
        hooks.create(
            conn,
            sample.hook(
                now,
                id=LATE,
                token_hash=late,
                deadline=sample.THEN,
                **told,
                **of_cluster,
            ),
        )
        events.record(conn, [sample.event(id=EVENT, **told, **of_cluster)])
        engines.start(conn, ENGINE, 'host-1', 4711, '0.1.0')

    house.database.write(write)
